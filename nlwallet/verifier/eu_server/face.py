"""The EU reference verifier's interface over HTTP: ``/ui`` and ``/utilities`` inside, ``/wallet`` for wallets."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final

import segno
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.encoding import dump_json
from nlwallet.errors import LimitExceeded, RemoteError
from nlwallet.http.face import SECURITY_HEADERS, answer, body, media_type, protocol_app
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, is_form, parse_form
from nlwallet.verifier.eu_server.catalogue import intended_uses, public_keys
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.eu_server.server import REQUEST_PATH, RESPONSE_PATH, Begun, EuServer
from nlwallet.verifier.eu_server.transaction_request import TransactionRequest
from nlwallet.verifier.eu_server.utility_face import utility_routes
from nlwallet.verifier.face import MAX_WALLET_NONCE

QR_PIXELS = 250
_BORDER = 4

TRANSACTION_ID: Final = "Transaction-Id"
AUTHORIZATION_REQUEST_URI: Final = "Authorization-Request-Uri"
JWK_SET_MEDIA_TYPE: Final = "application/jwk-set+json"
PREFLIGHT_SECONDS: Final = 3600

_PRESENTATIONS = "/ui/presentations"
_V1 = ("transaction_id", "client_id", "request", "request_uri", "request_uri_method")


def eu_app(server: EuServer, *, allow_origins: Sequence[str] = ()) -> Starlette:
    """The ASGI app, for the root of the verifier's ``base_url``.

    Who reaches ``/ui`` or ``/utilities`` may ask: keep them inside. Pages of ``allow_origins`` may call from a
    browser (CORS), those of ``*`` from anywhere.
    """
    app = protocol_app([*_front_end(server), *utility_routes(server), *_wallets(server)], refuse=_refuse)
    if allow_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(allow_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=[TRANSACTION_ID, AUTHORIZATION_REQUEST_URI],
            max_age=PREFLIGHT_SECONDS,
        )
    return app


def _front_end(server: EuServer) -> list[Route]:
    async def begin(request: Request) -> Response:
        asked = TransactionRequest.parse(await _json(request), x509_hash=server.is_named_by_hash)
        begun = await run_in_threadpool(server.begin, asked)
        v2 = request.url.path.endswith("/v2")
        as_picture = "image/png" in request.headers.get("accept", "").lower()
        headers = {**SECURITY_HEADERS, TRANSACTION_ID: begun.transaction_id}
        if v2 or as_picture:
            headers[AUTHORIZATION_REQUEST_URI] = begun.uri
        if as_picture:
            return Response(_picture(begun.uri), media_type="image/png", headers=headers)
        return answer(200, _members(begun, v2=v2), headers)

    async def begin_in_browser(request: Request) -> Response:
        asked = TransactionRequest.parse_for_browser(await _json(request), x509_hash=server.is_named_by_hash)
        members = await run_in_threadpool(server.begin_in_browser, asked)
        return answer(200, members, {**SECURITY_HEADERS, TRANSACTION_ID: members["transaction_id"]})

    async def browser_request(request: Request) -> Response:
        return answer(
            200, await run_in_threadpool(server.browser_request, request.path_params["transaction_id"])
        )

    async def browser_response(request: Request) -> Response:
        if not is_form(request.headers.get("content-type", "")):
            raise EuRefusal("the body is a form", status=415)
        received = await body(request)
        await run_in_threadpool(server.receive_from_browser, request.path_params["transaction_id"], received)
        return Response(headers=dict(SECURITY_HEADERS))

    async def wallet_response(request: Request) -> Response:
        found = await run_in_threadpool(
            server.wallet_response,
            request.path_params["transaction_id"],
            response_code=request.query_params.get("response_code"),
        )
        return answer(200, found)

    async def events(request: Request) -> Response:
        return answer(200, await run_in_threadpool(server.events, request.path_params["transaction_id"]))

    async def uses(_: Request) -> Response:
        return answer(200, intended_uses(server.verifier))

    one = f"{_PRESENTATIONS}/{{transaction_id}}"
    return [
        Route(_PRESENTATIONS, begin, methods=["POST"]),
        Route(f"{_PRESENTATIONS}/v2", begin, methods=["POST"]),
        Route(f"{_PRESENTATIONS}/dc-api", begin_in_browser, methods=["POST"]),
        Route(f"{_PRESENTATIONS}/dc-api/{{transaction_id}}/request", browser_request),
        Route(f"{one}/dc-api", browser_response, methods=["POST"]),
        Route(one, wallet_response),
        Route(f"{one}/events", events),
        Route("/ui/intended-uses", uses),
    ]


def _wallets(server: EuServer) -> list[Route]:
    async def request_uri(request: Request) -> Response:
        posted, received = request.method == "POST", await body(request)
        if posted and received and not is_form(request.headers.get("content-type", "")):
            raise EuRefusal("the body is a form", status=415)
        of_wallet = parse_form(received, what="the request") if posted and received else {}
        text = await run_in_threadpool(
            server.request_object,
            request.path_params["id"],
            posted=posted,
            wallet_nonce=_wallet_nonce(of_wallet),
            wallet_metadata=of_wallet.get("wallet_metadata"),
        )
        return Response(text, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers=dict(SECURITY_HEADERS))

    async def response_uri(request: Request) -> Response:
        received, content_type = await body(request), request.headers.get("content-type", "")
        return answer(
            200, await run_in_threadpool(server.receive, request.path_params["id"], received, content_type)
        )

    async def keys(_: Request) -> Response:
        return Response(
            dump_json(public_keys(server.verifier)),
            media_type=JWK_SET_MEDIA_TYPE,
            headers=dict(SECURITY_HEADERS),
        )

    fetch = Route(REQUEST_PATH, request_uri, methods=["GET", "POST"])
    fetch.methods = {"GET", "POST"}  # Starlette adds HEAD; a preview of the link would use up the request
    return [
        fetch,
        Route(RESPONSE_PATH, response_uri, methods=["POST"]),
        Route("/wallet/public-keys.json", keys),
    ]


async def _json(request: Request) -> bytes:
    if media_type(request) != "application/json":
        raise EuRefusal("the body is application/json", status=415)
    return await body(request)


def _wallet_nonce(of_wallet: Mapping[str, str]) -> str | None:
    nonce = of_wallet.get("wallet_nonce")
    if nonce is not None and not 0 < len(nonce) <= MAX_WALLET_NONCE:
        raise EuRefusal(f"wallet_nonce has 1 to {MAX_WALLET_NONCE} characters")
    return nonce


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
    if isinstance(error, EuRefusal) and error.body is not None:
        return answer(error.status, error.body)
    if isinstance(error, EuRefusal) and error.name:
        members = {"error": error.name, "description": error.message}
        return answer(error.status, members)
    status = (
        error.status if isinstance(error, EuRefusal) else 413 if isinstance(error, LimitExceeded) else 400
    )
    return Response(status_code=status, headers=dict(SECURITY_HEADERS))
