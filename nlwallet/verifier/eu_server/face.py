"""The EU reference verifier's interface over HTTP: ``/ui`` for a front end, ``/wallet`` for wallets."""

from __future__ import annotations

import io
from collections.abc import Mapping

import segno
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import LimitExceeded, RemoteError
from nlwallet.http.face import SECURITY_HEADERS, answer, body, protocol_app
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, is_form, parse_form
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.eu_server.server import REQUEST_PATH, RESPONSE_PATH, Begun, EuServer
from nlwallet.verifier.eu_server.transaction_request import TransactionRequest

QR_PIXELS = 250
_BORDER = 4

_PRESENTATIONS = "/ui/presentations"
_V1 = ("transaction_id", "client_id", "request", "request_uri", "request_uri_method")


def eu_app(server: EuServer) -> Starlette:
    """The ASGI app, for the root of the verifier's ``base_url``. Who reaches ``/ui`` may ask: keep it inside."""
    return protocol_app([*_front_end(server), *_wallets(server)], refuse=_refuse)


def _front_end(server: EuServer) -> list[Route]:
    async def begin(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise EuRefusal("the body is application/json", status=415)
        asked = TransactionRequest.parse(await body(request), x509_hash=server.is_named_by_hash)
        begun = await run_in_threadpool(server.begin, asked)
        v2 = request.url.path.endswith("/v2")
        as_picture = "image/png" in request.headers.get("accept", "").lower()
        headers = {"Transaction-Id": begun.transaction_id}
        if v2 or as_picture:
            headers["Authorization-Request-Uri"] = begun.uri
        if as_picture:
            return Response(
                _picture(begun.uri), media_type="image/png", headers={**SECURITY_HEADERS, **headers}
            )
        return answer(200, _members(begun, v2=v2), {**SECURITY_HEADERS, **headers})

    async def wallet_response(request: Request) -> Response:
        found = await run_in_threadpool(
            server.wallet_response,
            request.path_params["transaction_id"],
            response_code=request.query_params.get("response_code"),
        )
        return answer(200, found)

    async def events(request: Request) -> Response:
        return answer(200, await run_in_threadpool(server.events, request.path_params["transaction_id"]))

    return [
        Route(_PRESENTATIONS, begin, methods=["POST"]),
        Route(f"{_PRESENTATIONS}/v2", begin, methods=["POST"]),
        Route(f"{_PRESENTATIONS}/{{transaction_id}}", wallet_response),
        Route(f"{_PRESENTATIONS}/{{transaction_id}}/events", events),
    ]


def _wallets(server: EuServer) -> list[Route]:
    async def request_uri(request: Request) -> Response:
        posted, received = request.method == "POST", await body(request)
        nonce = parse_form(received, what="the request").get("wallet_nonce") if posted and received else None
        if posted and received and not is_form(request.headers.get("content-type", "")):
            raise EuRefusal("the body is a form", status=415)
        text = await run_in_threadpool(
            server.request_object, request.path_params["id"], posted=posted, wallet_nonce=nonce
        )
        return Response(text, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers=dict(SECURITY_HEADERS))

    async def response_uri(request: Request) -> Response:
        received, content_type = await body(request), request.headers.get("content-type", "")
        return answer(
            200, await run_in_threadpool(server.receive, request.path_params["id"], received, content_type)
        )

    fetch = Route(REQUEST_PATH, request_uri, methods=["GET", "POST"])
    fetch.methods = {"GET", "POST"}  # Starlette adds HEAD; a preview of the link would use up the request
    return [fetch, Route(RESPONSE_PATH, response_uri, methods=["POST"])]


def _members(begun: Begun, *, v2: bool) -> Mapping[str, object]:
    """v1 does not have the link as a whole."""
    return begun.members if v2 else {name: begun.members[name] for name in _V1 if name in begun.members}


def _picture(uri: str) -> bytes:
    """The link as a QR code, as large as fits into 250 pixels, and never smaller than one pixel a module."""
    code = segno.make(uri, error="l", micro=False)
    scale = max(1, QR_PIXELS // (code.symbol_size(border=_BORDER)[0]))
    out = io.BytesIO()
    code.save(out, kind="png", scale=scale, border=_BORDER)
    return out.getvalue()


def _refuse(_: Request, error: RemoteError) -> Response:
    if isinstance(error, EuRefusal) and error.name:
        members = {"error": error.name, "description": error.message}
        return answer(error.status, members)
    status = (
        error.status if isinstance(error, EuRefusal) else 413 if isinstance(error, LimitExceeded) else 400
    )
    return Response(status_code=status, headers=dict(SECURITY_HEADERS))
