"""Issuance messages and rules: offers with a pre-authorized code, metadata, key proofs (OpenID4VCI 1.0).

Each message can be written and read: what a wallet reads ends in :class:`~nlwallet.errors.InvalidOffer` or
:class:`~nlwallet.errors.InvalidCredential`, what an issuer reads in :class:`~nlwallet.errors.IssuanceRefused`.

Not here yet: the authorization code grant, offers by reference, DPoP, wallet and key attestations, deferred
issuance, notifications and encryption. A message that needs one of them is refused with an error that says so,
and none is ever advertised.
"""

from nlwallet.openid4vci.authorization_server import AuthorizationServerMetadata
from nlwallet.openid4vci.codes import ErrorCode, refusal
from nlwallet.openid4vci.credential import CredentialRequest, CredentialResponse, parse_nonce_response
from nlwallet.openid4vci.metadata import (
    CredentialIssuerMetadata,
    OfferedConfiguration,
    authorization_server_metadata_url,
    endpoint,
    issuer_metadata_url,
)
from nlwallet.openid4vci.offer import OFFER_SCHEMES, PRE_AUTHORIZED_CODE, CredentialOffer, TxCode
from nlwallet.openid4vci.proof import sign_proof, verify_proof
from nlwallet.openid4vci.token import TokenRequest, TokenResponse
from nlwallet.openid4vci.url import is_https_url, is_issuer_identifier

__all__ = [
    "OFFER_SCHEMES",
    "PRE_AUTHORIZED_CODE",
    "AuthorizationServerMetadata",
    "CredentialIssuerMetadata",
    "CredentialOffer",
    "CredentialRequest",
    "CredentialResponse",
    "ErrorCode",
    "OfferedConfiguration",
    "TokenRequest",
    "TokenResponse",
    "TxCode",
    "authorization_server_metadata_url",
    "endpoint",
    "is_https_url",
    "is_issuer_identifier",
    "issuer_metadata_url",
    "parse_nonce_response",
    "refusal",
    "sign_proof",
    "verify_proof",
]
