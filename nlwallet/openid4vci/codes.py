"""The error codes of issuance (OpenID4VCI 1.0 §6.3 and §8.3.1.2, RFC 6749 §5.2, RFC 6750 §3.1)."""

from __future__ import annotations

from enum import StrEnum

from nlwallet.errors import IssuanceRefused


class ErrorCode(StrEnum):
    """What an issuer or its authorization server says when it refuses a request."""

    # Token endpoint
    INVALID_REQUEST = "invalid_request"
    INVALID_GRANT = "invalid_grant"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details"

    # Credential endpoint
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - a code, not a secret
    INSUFFICIENT_SCOPE = "insufficient_scope"
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration"
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier"
    INVALID_PROOF = "invalid_proof"
    INVALID_NONCE = "invalid_nonce"
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters"


def refusal(
    code: ErrorCode, reason: str, *, section: str = "§8.3.1.2", pointer: str = "", hint: str = ""
) -> IssuanceRefused:
    """The error to raise; ``section`` is that of OpenID4VCI 1.0."""
    return IssuanceRefused(
        reason, code=str(code), spec=f"OpenID4VCI 1.0 {section}", pointer=pointer, hint=hint
    )
