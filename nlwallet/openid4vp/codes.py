"""The error codes that travel between wallet and verifier (OpenID4VP 1.0 §8.5, RFC 6749, RFC 9101)."""

from __future__ import annotations

import re
from enum import StrEnum

from nlwallet.errors import RemoteError


class ErrorCode(StrEnum):
    """What a wallet may say when it does not answer a request."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    ACCESS_DENIED = "access_denied"
    VP_FORMATS_NOT_SUPPORTED = "vp_formats_not_supported"
    INVALID_REQUEST_URI_METHOD = "invalid_request_uri_method"
    INVALID_TRANSACTION_DATA = "invalid_transaction_data"
    WALLET_UNAVAILABLE = "wallet_unavailable"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    INVALID_SCOPE = "invalid_scope"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    SERVER_ERROR = "server_error"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    INVALID_REQUEST_URI = "invalid_request_uri"
    INVALID_REQUEST_OBJECT = "invalid_request_object"
    REQUEST_NOT_SUPPORTED = "request_not_supported"
    REQUEST_URI_NOT_SUPPORTED = "request_uri_not_supported"


_NOT_IN_DESCRIPTION = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_MAX_DESCRIPTION = 500


def error_code_for(error: RemoteError) -> ErrorCode:
    """The code to send for ``error``: its own if OpenID4VP §8.5 knows it, else ``invalid_request``."""
    try:
        return ErrorCode(error.code)
    except ValueError:
        return ErrorCode.INVALID_REQUEST


def error_description(text: str) -> str:
    """``text`` in the characters that ``error_description`` may have (RFC 6749 §5.2), bounded."""
    return _NOT_IN_DESCRIPTION.sub("'", text)[:_MAX_DESCRIPTION]
