"""OpenID4VP 1.0 with HAIP 1.0: the messages between verifier and wallet, and their rules. No I/O, no clock.

A request goes :class:`AuthorizationRequestLink` (or :class:`DcApiRequest`) → :class:`UnverifiedRequestObject` →
:class:`AuthenticRequest` → :class:`VerifiedRequest`; an answer goes :func:`build_response` →
:func:`parse_response_form` (or its siblings) → :func:`decrypt_response`.
"""

from nlwallet.openid4vp.authentic_request import (
    AuthenticRequest,
    ReplyAddress,
    VerifiedRequest,
    WalletCapabilities,
    reply_address,
)
from nlwallet.openid4vp.checks import check
from nlwallet.openid4vp.client import AuthenticatedClient, KnownClients, PreRegisteredClient
from nlwallet.openid4vp.client_id import ClientIdentifier, x509_hash_client_id
from nlwallet.openid4vp.codes import ErrorCode, error_code_for, error_description
from nlwallet.openid4vp.dc_api import (
    DC_API_PROTOCOLS,
    ISO_MDOC,
    MULTISIGNED,
    SIGNED,
    UNSIGNED,
    BrowserProtocol,
    DcApiProtocol,
    DcApiRequest,
    check_origin,
    parse_multisigned,
    parse_signed,
)
from nlwallet.openid4vp.did import (
    DID_DOCUMENT_MEDIA_TYPES,
    DidDocument,
    did_jwk,
    did_web_url,
    resolve_did_jwk,
)
from nlwallet.openid4vp.form import FORM_MEDIA_TYPE, is_form, parse_form
from nlwallet.openid4vp.iso_18013_7 import (
    ISO_18013_7_ENDPOINT,
    iso_18013_7_claims,
    iso_18013_7_vp_token,
    presentation_definition,
)
from nlwallet.openid4vp.link import AuthorizationRequestLink, RequestUriMethod
from nlwallet.openid4vp.metadata import MSO_MDOC, SD_JWT_VC, ClientMetadata, EncryptionTarget, JsonWebKeySet
from nlwallet.openid4vp.request import (
    REGISTRATION_CERTIFICATE,
    SELF_ISSUED_V2,
    AuthorizationRequest,
    ResponseMode,
    VerifierInfo,
)
from nlwallet.openid4vp.request_object import (
    REQUEST_OBJECT_MEDIA_TYPE,
    REQUEST_OBJECT_TYPE,
    UnverifiedRequestObject,
    decrypt_request_object,
    encrypt_request_object,
)
from nlwallet.openid4vp.request_object_check import AskedParts, check_request_object
from nlwallet.openid4vp.request_rules import DC_API_MODES, DIRECT_POST_MODES
from nlwallet.openid4vp.response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
    EncryptedAuthorizationResponse,
    Presentation,
    UnreadResponse,
    as_form,
    build_response,
    decrypt_response,
    error_form,
    parse_response_data,
    parse_response_form,
    parse_response_fragment,
    request_of_response,
)
from nlwallet.openid4vp.scope import query_of_scope
from nlwallet.openid4vp.session_transcript import session_facts, session_transcript
from nlwallet.openid4vp.signer import RequestSigner, sign_multisigned
from nlwallet.openid4vp.transaction_data import (
    TransactionData,
    check_authorisation,
    encode_transaction_data,
    key_binding_claims,
    parse_transaction_data,
)
from nlwallet.openid4vp.transaction_type import TransactionDataMember, TransactionDataType
from nlwallet.openid4vp.transaction_types import KNOWN_TRANSACTION_DATA
from nlwallet.openid4vp.unsigned_request import (
    attribute_to_origin,
    attribute_unsigned,
    claims_of_parameters,
)
from nlwallet.openid4vp.uri import check_https_uri
from nlwallet.openid4vp.verifier_attestation import issue_verifier_attestation, verify_verifier_attestation
from nlwallet.openid4vp.wallet_metadata import WalletMetadata

__all__ = [
    "DC_API_MODES",
    "DC_API_PROTOCOLS",
    "DID_DOCUMENT_MEDIA_TYPES",
    "DIRECT_POST_MODES",
    "FORM_MEDIA_TYPE",
    "ISO_18013_7_ENDPOINT",
    "ISO_MDOC",
    "KNOWN_TRANSACTION_DATA",
    "MSO_MDOC",
    "MULTISIGNED",
    "REGISTRATION_CERTIFICATE",
    "REQUEST_OBJECT_MEDIA_TYPE",
    "REQUEST_OBJECT_TYPE",
    "SD_JWT_VC",
    "SELF_ISSUED_V2",
    "SIGNED",
    "UNSIGNED",
    "AskedParts",
    "AuthenticRequest",
    "AuthenticatedClient",
    "AuthorizationErrorResponse",
    "AuthorizationRequest",
    "AuthorizationRequestLink",
    "AuthorizationResponse",
    "BrowserProtocol",
    "ClientIdentifier",
    "ClientMetadata",
    "DcApiProtocol",
    "DcApiRequest",
    "DidDocument",
    "EncryptedAuthorizationResponse",
    "EncryptionTarget",
    "ErrorCode",
    "JsonWebKeySet",
    "KnownClients",
    "PreRegisteredClient",
    "Presentation",
    "ReplyAddress",
    "RequestSigner",
    "RequestUriMethod",
    "ResponseMode",
    "TransactionData",
    "TransactionDataMember",
    "TransactionDataType",
    "UnreadResponse",
    "UnverifiedRequestObject",
    "VerifiedRequest",
    "VerifierInfo",
    "WalletCapabilities",
    "WalletMetadata",
    "as_form",
    "attribute_to_origin",
    "attribute_unsigned",
    "build_response",
    "check",
    "check_authorisation",
    "check_https_uri",
    "check_origin",
    "check_request_object",
    "claims_of_parameters",
    "decrypt_request_object",
    "decrypt_response",
    "did_jwk",
    "did_web_url",
    "encode_transaction_data",
    "encrypt_request_object",
    "error_code_for",
    "error_description",
    "error_form",
    "is_form",
    "iso_18013_7_claims",
    "iso_18013_7_vp_token",
    "issue_verifier_attestation",
    "key_binding_claims",
    "parse_form",
    "parse_multisigned",
    "parse_response_data",
    "parse_response_form",
    "parse_response_fragment",
    "parse_signed",
    "parse_transaction_data",
    "presentation_definition",
    "query_of_scope",
    "reply_address",
    "request_of_response",
    "resolve_did_jwk",
    "session_facts",
    "session_transcript",
    "sign_multisigned",
    "verify_verifier_attestation",
    "x509_hash_client_id",
]
