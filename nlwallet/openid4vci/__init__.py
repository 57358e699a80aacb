"""Issuance messages and rules: offers, authorization, tokens, key proofs, credentials (OpenID4VCI 1.0, HAIP 1.0).

Each message can be written and read: what a wallet reads ends in :class:`~nlwallet.errors.InvalidOffer` or
:class:`~nlwallet.errors.InvalidCredential`, what an issuer reads in :class:`~nlwallet.errors.IssuanceRefused`.
"""

from nlwallet.openid4vci.authorization import (
    REQUEST_URI_PREFIX,
    AuthorizationCodeResponse,
    AuthorizationRequest,
    authorization_redirect,
    check_resource,
    granted,
    is_redirect_uri,
    parameters_of,
)
from nlwallet.openid4vci.authorization_details import (
    AuthorizationDetail,
    details_parameter,
    parse_details_parameter,
)
from nlwallet.openid4vci.authorization_server import AuthorizationServerMetadata
from nlwallet.openid4vci.claim_names import ClaimName
from nlwallet.openid4vci.codes import ErrorCode, refusal
from nlwallet.openid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    ProofType,
    parse_nonce_response,
)
from nlwallet.openid4vci.dpop import DPOP_MAX_AGE, DPOP_MAX_AHEAD, DpopProof, sign_dpop, verify_dpop
from nlwallet.openid4vci.encryption import (
    ENCS,
    MESSAGE_MEDIA_TYPE,
    EncryptionTo,
    RequestEncryption,
    decrypt_message,
    response_encryption_metadata,
)
from nlwallet.openid4vci.issuer_info import issuer_info, registration_certificates_in
from nlwallet.openid4vci.key_attestation import (
    RESISTANCES,
    KeyAttestation,
    KeyAttestationsRequired,
    issue_key_attestation,
    verify_key_attestation,
)
from nlwallet.openid4vci.metadata import (
    CredentialIssuerMetadata,
    OfferedConfiguration,
    authorization_server_metadata_url,
    issuer_metadata_url,
)
from nlwallet.openid4vci.notification import Event, Notification
from nlwallet.openid4vci.offer import (
    AUTHORIZATION_CODE,
    OFFER_SCHEMES,
    PRE_AUTHORIZED_CODE,
    CredentialOffer,
    TxCode,
    offer_link,
    offer_reference,
)
from nlwallet.openid4vci.pkce import code_challenge, proves
from nlwallet.openid4vci.proof import VerifiedProof, sign_proof, verify_attestation_proof, verify_proof
from nlwallet.openid4vci.reuse_policy import ReusePolicy
from nlwallet.openid4vci.signed_metadata import (
    SIGNED_METADATA_MEDIA_TYPE,
    SIGNED_METADATA_TYP,
    SignedIssuerMetadata,
    sign_issuer_metadata,
    verify_issuer_metadata,
)
from nlwallet.openid4vci.token import REFRESH_TOKEN, TokenRequest, TokenResponse
from nlwallet.openid4vci.url import (
    is_https_url,
    is_image_uri,
    is_issuer_identifier,
    is_localhost_redirect,
    is_loopback_redirect,
)
from nlwallet.openid4vci.wallet_attestation import (
    ATTESTATION_HEADER,
    CHALLENGE_HEADER,
    POP_HEADER,
    POP_MAX_AGE,
    POP_MAX_AHEAD,
    WalletAttestation,
    issue_wallet_attestation,
    sign_attestation_pop,
    verify_attestation_pop,
    verify_wallet_attestation,
)

__all__ = [
    "ATTESTATION_HEADER",
    "AUTHORIZATION_CODE",
    "CHALLENGE_HEADER",
    "DPOP_MAX_AGE",
    "DPOP_MAX_AHEAD",
    "ENCS",
    "MESSAGE_MEDIA_TYPE",
    "OFFER_SCHEMES",
    "POP_HEADER",
    "POP_MAX_AGE",
    "POP_MAX_AHEAD",
    "PRE_AUTHORIZED_CODE",
    "REFRESH_TOKEN",
    "REQUEST_URI_PREFIX",
    "RESISTANCES",
    "SIGNED_METADATA_MEDIA_TYPE",
    "SIGNED_METADATA_TYP",
    "AuthorizationCodeResponse",
    "AuthorizationDetail",
    "AuthorizationRequest",
    "AuthorizationServerMetadata",
    "ClaimName",
    "CredentialIssuerMetadata",
    "CredentialOffer",
    "CredentialRequest",
    "CredentialResponse",
    "DeferredCredentialRequest",
    "DpopProof",
    "EncryptionTo",
    "ErrorCode",
    "Event",
    "KeyAttestation",
    "KeyAttestationsRequired",
    "Notification",
    "OfferedConfiguration",
    "ProofType",
    "RequestEncryption",
    "ReusePolicy",
    "SignedIssuerMetadata",
    "TokenRequest",
    "TokenResponse",
    "TxCode",
    "VerifiedProof",
    "WalletAttestation",
    "authorization_redirect",
    "authorization_server_metadata_url",
    "check_resource",
    "code_challenge",
    "decrypt_message",
    "details_parameter",
    "granted",
    "is_https_url",
    "is_image_uri",
    "is_issuer_identifier",
    "is_localhost_redirect",
    "is_loopback_redirect",
    "is_redirect_uri",
    "issue_key_attestation",
    "issue_wallet_attestation",
    "issuer_info",
    "issuer_metadata_url",
    "offer_link",
    "offer_reference",
    "parameters_of",
    "parse_details_parameter",
    "parse_nonce_response",
    "proves",
    "refusal",
    "registration_certificates_in",
    "response_encryption_metadata",
    "sign_attestation_pop",
    "sign_dpop",
    "sign_issuer_metadata",
    "sign_proof",
    "verify_attestation_pop",
    "verify_attestation_proof",
    "verify_dpop",
    "verify_issuer_metadata",
    "verify_key_attestation",
    "verify_proof",
    "verify_wallet_attestation",
]
