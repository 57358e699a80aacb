"""OpenID4VP 1.0 with HAIP 1.0: the messages between verifier and wallet, and their rules. No I/O, no clock.

A request goes :class:`AuthorizationRequestLink` → :class:`UnverifiedRequestObject` →
:class:`AuthenticRequestObject` → :class:`VerifiedRequest`; an answer goes :func:`encrypt_response` →
:func:`parse_response_form` → :func:`decrypt_response`.
"""

from nlwallet.openid4vp.checks import check
from nlwallet.openid4vp.client_id import ClientIdentifier, x509_hash_client_id
from nlwallet.openid4vp.codes import ErrorCode, error_code_for, error_description
from nlwallet.openid4vp.form import FORM_MEDIA_TYPE, is_form, parse_form
from nlwallet.openid4vp.link import AuthorizationRequestLink, RequestUriMethod
from nlwallet.openid4vp.metadata import SD_JWT_VC, ClientMetadata, EncryptionTarget, JsonWebKeySet
from nlwallet.openid4vp.request import (
    REGISTRATION_CERTIFICATE,
    SELF_ISSUED_V2,
    AuthorizationRequest,
    VerifierInfo,
)
from nlwallet.openid4vp.request_object import (
    REQUEST_OBJECT_MEDIA_TYPE,
    REQUEST_OBJECT_TYPE,
    AuthenticRequestObject,
    ReplyAddress,
    UnverifiedRequestObject,
    VerifiedRequest,
    sign_request_object,
)
from nlwallet.openid4vp.response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
    EncryptedAuthorizationResponse,
    Presentation,
    decrypt_response,
    encrypt_response,
    error_form,
    parse_response_form,
)
from nlwallet.openid4vp.uri import check_https_uri

__all__ = [
    "FORM_MEDIA_TYPE",
    "REGISTRATION_CERTIFICATE",
    "REQUEST_OBJECT_MEDIA_TYPE",
    "REQUEST_OBJECT_TYPE",
    "SD_JWT_VC",
    "SELF_ISSUED_V2",
    "AuthenticRequestObject",
    "AuthorizationErrorResponse",
    "AuthorizationRequest",
    "AuthorizationRequestLink",
    "AuthorizationResponse",
    "ClientIdentifier",
    "ClientMetadata",
    "EncryptedAuthorizationResponse",
    "EncryptionTarget",
    "ErrorCode",
    "JsonWebKeySet",
    "Presentation",
    "ReplyAddress",
    "RequestUriMethod",
    "UnverifiedRequestObject",
    "VerifiedRequest",
    "VerifierInfo",
    "check",
    "check_https_uri",
    "decrypt_response",
    "encrypt_response",
    "error_code_for",
    "error_description",
    "error_form",
    "is_form",
    "parse_form",
    "parse_response_form",
    "sign_request_object",
    "x509_hash_client_id",
]
