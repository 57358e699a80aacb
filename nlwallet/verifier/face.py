"""The HTTP face that wallets see: ``/request/{id}`` and ``/response/{id}`` (OpenID4VP 1.0 §5.10, §8.2).

It answers 200 or 4xx with an OAuth error in JSON, never a redirect. The work is done in a worker thread.
"""

from __future__ import annotations

from typing import Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.encoding import dump_json
from nlwallet.errors import InvalidRequest, InvalidResponse, RemoteError
from nlwallet.openid4vp import (
    REQUEST_OBJECT_MEDIA_TYPE,
    ErrorCode,
    error_code_for,
    error_description,
    is_form,
    parse_form,
)

MAX_BODY_BYTES = 1_048_576
MAX_WALLET_NONCE = 1024

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STATUS = {"unknown_request": 404, "request_ended": 410, "unsupported_media_type": 415}


class Presentations(Protocol):
    """What is behind the face: see :class:`nlwallet.verifier.Verifier`."""

    def request_object(self, request_id: str, *, wallet_nonce: str | None = None) -> str:
        """The signed request object."""
        ...

    def receive(self, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
        """Take a response, and say where the user goes."""
        ...


def face(presentations: Presentations) -> Starlette:
    """The ASGI app; mount it at the root of the verifier's ``base_url``."""

    async def request_uri(request: Request) -> Response:
        request_id = request.path_params["request_id"]
        wallet_nonce = _wallet_nonce(await _body(request), request.headers.get("content-type", ""))
        text = await run_in_threadpool(presentations.request_object, request_id, wallet_nonce=wallet_nonce)
        return Response(text, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers=_HEADERS)

    async def response_uri(request: Request) -> Response:
        request_id = request.path_params["request_id"]
        body, content_type = await _body(request), request.headers.get("content-type", "")
        members = await run_in_threadpool(presentations.receive, request_id, body, content_type)
        return _json(200, members)

    app = Starlette(
        routes=[
            Route("/request/{request_id}", request_uri, methods=["GET", "POST"]),
            Route("/response/{request_id}", response_uri, methods=["POST"]),
        ],
        exception_handlers={RemoteError: _refuse, HTTPException: _refuse_http, Exception: _fail},
    )
    # A wallet treats a redirect as an error, also the one for a trailing slash.
    app.router.redirect_slashes = False
    return app


async def _body(request: Request) -> bytes:
    """The body, read no further than the limit."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise HTTPException(413, f"the body has more than {MAX_BODY_BYTES} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _wallet_nonce(body: bytes, content_type: str) -> str | None:
    """The only parameter of a POST that is looked at; wallet_metadata changes nothing here (§15.6)."""
    if not body:
        return None
    if not is_form(content_type):
        raise InvalidResponse(
            "the body is not a form", code="unsupported_media_type", spec="OpenID4VP 1.0 §5.10"
        )
    wallet_nonce = parse_form(body, what="the request").get("wallet_nonce")
    if wallet_nonce is not None and not 0 < len(wallet_nonce) <= MAX_WALLET_NONCE:
        raise InvalidRequest(
            f"wallet_nonce has 1 to {MAX_WALLET_NONCE} characters", spec="OpenID4VP 1.0 §5.10"
        )
    return wallet_nonce


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, RemoteError)
    text = f"{error.message}. {error.hint}" if error.hint else error.message
    return _error(_STATUS.get(error.code, 400), error_code_for(error), text)


async def _refuse_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _error(error.status_code, ErrorCode.INVALID_REQUEST, error.detail)
    response.headers.update(error.headers or {})
    return response


async def _fail(_: Request, __: Exception) -> Response:
    # A mistake of ours. The server logs it; the wallet learns nothing.
    return _error(500, ErrorCode.SERVER_ERROR, "something went wrong here")


def _error(status: int, code: ErrorCode, description: str) -> Response:
    return _json(status, {"error": str(code), "error_description": error_description(description)})


def _json(status: int, members: dict[str, str]) -> Response:
    return Response(dump_json(members), status, media_type="application/json", headers=_HEADERS)
