"""How the server's interface says things over HTTP: problem details, OAuth errors, and what its framework refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nlwallet.encoding import dump_json
from nlwallet.errors import LimitExceeded, RemoteError
from nlwallet.http.face import SECURITY_HEADERS, answer
from nlwallet.openid4vp import error_description
from nlwallet.verifier.nl_server.refusal import PROBLEMS, WALLET_STATUS, Refusal

PROBLEM_MEDIA_TYPE = "application/problem+json"
UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
NOT_JSON = "not_json"
UNPROCESSABLE = "unprocessable"
"""The body can be read, but is not what the interface has."""

_PLAIN = {UNSUPPORTED_MEDIA_TYPE: 415, NOT_JSON: 400, UNPROCESSABLE: 422}


class Rejected(RemoteError):
    """A request that does not get as far as the server: it is answered in plain text, as axum does."""

    default_code = UNPROCESSABLE
    default_spec = "NL Wallet verification_server"


def problem(error: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """Problem details (RFC 7807)."""
    status, title = PROBLEMS[error.code]
    members: dict[str, Any] = {
        "type": error.code,
        "title": title,
        "status": status,
        "detail": f"{error.message}. {error.hint}" if error.hint else error.message,
    }
    if error.session_status:
        members["session_status"] = error.session_status
    if error.session_error:
        members["session_error"] = error.session_error
    return Response(
        dump_json(members),
        status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers={**SECURITY_HEADERS, **(headers or {})},
    )


def wallet_error(error: Refusal) -> Response:
    """An OAuth error, with where the user may go all the same."""
    members = {
        "error": error.code,
        "error_description": error_description(error.message),
        "redirect_uri": error.redirect_uri,
    }
    return answer(WALLET_STATUS[error.code], {name: text for name, text in members.items() if text})


def plain(error: RemoteError, headers: Mapping[str, str] | None = None) -> Response:
    """The refusal of something that is no request of this interface."""
    status = 413 if isinstance(error, LimitExceeded) else _PLAIN.get(error.code, 400)
    text = f"{error.message} at {error.pointer}" if error.pointer else error.message
    return Response(
        text, status, media_type="text/plain; charset=utf-8", headers={**SECURITY_HEADERS, **(headers or {})}
    )


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
