"""The error codes of issuance (OpenID4VCI 1.0 §6.3, §8.3.1.2, §9.3, §11.3; RFC 6749, 6750, 8707, 9126, 9449)."""

from __future__ import annotations

from enum import StrEnum

from nlwallet.errors import IssuanceRefused


class ErrorCode(StrEnum):
    """What an issuer or its authorization server says when it refuses a request."""

    # Authorization and token endpoint
    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    INVALID_SCOPE = "invalid_scope"
    ACCESS_DENIED = "access_denied"
    INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details"
    INVALID_REQUEST_URI = "invalid_request_uri"
    INVALID_TARGET = "invalid_target"
    USE_ATTESTATION_CHALLENGE = "use_attestation_challenge"
    USE_FRESH_ATTESTATION = "use_fresh_attestation"

    # DPoP, at every endpoint
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    USE_DPOP_NONCE = "use_dpop_nonce"

    # Credential endpoint
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - a code, not a secret
    INSUFFICIENT_SCOPE = "insufficient_scope"
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration"
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier"
    INVALID_PROOF = "invalid_proof"
    INVALID_NONCE = "invalid_nonce"
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters"
    CREDENTIAL_REQUEST_DENIED = "credential_request_denied"

    # Deferred credential and notification endpoint
    INVALID_TRANSACTION_ID = "invalid_transaction_id"
    INVALID_NOTIFICATION_ID = "invalid_notification_id"
    INVALID_NOTIFICATION_REQUEST = "invalid_notification_request"


def refusal(
    code: ErrorCode, reason: str, *, section: str = "§8.3.1.2", pointer: str = "", hint: str = ""
) -> IssuanceRefused:
    """The error to raise; ``section`` is that of OpenID4VCI 1.0."""
    return IssuanceRefused(
        reason, code=str(code), spec=f"OpenID4VCI 1.0 {section}", pointer=pointer, hint=hint
    )
