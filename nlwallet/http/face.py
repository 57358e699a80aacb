"""What the HTTP faces of the roles share: a bounded body, a form read strictly, errors as the protocols say them.

Nothing here knows a protocol: the face of a role says which error code it answers with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from nlwallet.encoding import dump_json
from nlwallet.errors import RemoteError
from nlwallet.openid4vp import error_description, is_form, parse_form
from nlwallet.openid4vp.form import parse_form_pairs

MAX_BODY_BYTES = 1_048_576
MAX_BODY_SECONDS = 20.0
"""For a whole body: who sends it slower holds a connection up, and nothing else."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer of a protocol endpoint: it is for one reader, once, and never a page (RFC 6749 §5.1)."""

PUBLIC_HEADERS: Mapping[str, str] = {
    **{name: value for name, value in SECURITY_HEADERS.items() if name != "Cache-Control"},
    "Access-Control-Allow-Origin": "*",
}
"""On what anybody may read and keep, also a script in a browser (Token Status List §8.1)."""

Refusal = Callable[[Request, RemoteError], Response]


def protocol_app(
    routes: Sequence[BaseRoute], *, refuse: Refusal, says_nothing_of_unknown: bool = False
) -> Starlette:
    """A Starlette app that answers every mistake in JSON and never redirects.

    ``refuse`` turns a :class:`~nlwallet.errors.RemoteError` into the protocol's answer. A mistake of ours is
    answered with 500 and ``server_error``; it is logged by the server, and its text stays inside. Who
    ``says_nothing_of_unknown`` paths and methods answers 404 and 405 without a body, as the NL Wallet's servers do.
    """

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, RemoteError)
        return refuse(request, error)

    handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
        RemoteError: refused,
        HTTPException: _refused_in_silence if says_nothing_of_unknown else _refused_by_http,
        Exception: _broken,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    # A wallet treats a redirect as an error, also the one for a trailing slash.
    app.router.redirect_slashes = False
    return app


async def body(request: Request, *, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The body, read no further than ``max_bytes``, whatever Content-Length says. Ends in 413 beyond that.

    Ends in 408 where it is not there after :data:`MAX_BODY_SECONDS` (RFC 9110 §15.5.9).
    """
    read = bytearray()
    with anyio.move_on_after(MAX_BODY_SECONDS):
        async for chunk in request.stream():
            read += chunk
            if len(read) > max_bytes:
                raise HTTPException(413, f"the body has more than {max_bytes} bytes")
        return bytes(read)
    raise HTTPException(408, "the body comes too slowly", headers={"Connection": "close"})


async def form(request: Request, *, what: str, max_bytes: int = MAX_BODY_BYTES) -> dict[str, str]:
    """The fields of a form, each there once. Ends in 415 when the body is something else.

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    return parse_form(await _form_body(request, max_bytes), what=what, max_bytes=max_bytes)


async def form_pairs(
    request: Request, *, what: str, max_bytes: int = MAX_BODY_BYTES
) -> tuple[tuple[str, str], ...]:
    """The fields of a form in their order, for one in which several boxes have one name; else as :func:`form`."""
    return parse_form_pairs(await _form_body(request, max_bytes), what=what, max_bytes=max_bytes)


async def _form_body(request: Request, max_bytes: int) -> bytes:
    if not is_form(request.headers.get("content-type", "")):
        raise HTTPException(415, "the body is application/x-www-form-urlencoded")
    return await body(request, max_bytes=max_bytes)


def media_type(request: Request) -> str:
    """The media type of the body: lower case, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def answer(status: int, value: Any, headers: Mapping[str, str] = SECURITY_HEADERS) -> Response:
    """``value`` as JSON."""
    return Response(dump_json(value), status, media_type="application/json", headers=dict(headers))


def error_answer(status: int, code: str, description: str = "") -> Response:
    """An OAuth error response (RFC 6749 §5.2)."""
    members = {"error": code, "error_description": error_description(description)}
    return answer(status, {name: text for name, text in members.items() if text})


async def _refused_by_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # RFC 6750 §3.1: who sends no token at all gets no error code, only the challenge.
    response = answer(401, {}) if error.status_code == 401 else _as_invalid_request(error)
    response.headers.update(error.headers or {})
    return response


async def _refused_in_silence(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code not in (404, 405):
        return await _refused_by_http(request, error)
    return Response(status_code=error.status_code, headers={**SECURITY_HEADERS, **(error.headers or {})})


def _as_invalid_request(error: HTTPException) -> Response:
    return error_answer(error.status_code, "invalid_request", error.detail)


async def _broken(_: Request, __: Exception) -> Response:
    return error_answer(500, "server_error", "something went wrong here")
