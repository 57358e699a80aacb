"""The requester's interface over HTTP: for a relying party's own back end, never for browsers or wallets."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import RemoteError
from nlwallet.http.face import SECURITY_HEADERS, answer, body, protocol_app
from nlwallet.verifier.nl_server.answers import UNSUPPORTED_MEDIA_TYPE, Rejected, is_json, plain, problem
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.server import SESSIONS_PATH, VerificationServer
from nlwallet.verifier.nl_server.start_request import StartRequest

Endpoint = Callable[[Request], Awaitable[Response]]


def requester_routes(server: VerificationServer, *, api_key: str | None = None) -> list[Route]:
    """``POST /disclosure/sessions`` and ``GET …/disclosed_attributes``; with ``api_key`` only for its bearer."""

    async def start(request: Request) -> Response:
        if not is_json(request):
            raise Rejected(
                "Expected request with `Content-Type: application/json`", code=UNSUPPORTED_MEDIA_TYPE
            )
        asked = StartRequest.parse(
            await body(request), version=server.version, insecure=server.insecure_return_urls
        )
        token = await run_in_threadpool(
            server.start,
            asked.use_case,
            query=asked.query,
            return_url_template=asked.return_url_template,
        )
        return answer(200, {"session_token": token})

    async def disclosed_attributes(request: Request) -> Response:
        token, nonce = request.path_params["session_token"], request.query_params.get("nonce")
        return answer(200, await run_in_threadpool(server.disclosed_attributes, token, nonce=nonce))

    return [
        Route(SESSIONS_PATH, _guarded(start, api_key), methods=["POST"]),
        Route(
            f"{SESSIONS_PATH}/{{session_token}}/disclosed_attributes", _guarded(disclosed_attributes, api_key)
        ),
    ]


def requester_app(server: VerificationServer, *, api_key: str | None = None) -> Starlette:
    """The interface on a listener of its own: who can reach that may ask, and needs ``api_key`` if there is one."""
    routes = requester_routes(server, api_key=api_key)
    return protocol_app(routes, refuse=refuse, says_nothing_of_unknown=True)


def refuse(_: Request, error: RemoteError) -> Response:
    """Problem details, or plain text for what is no request of this interface."""
    return problem(error) if isinstance(error, Refusal) else plain(error)


def _guarded(endpoint: Endpoint, api_key: str | None) -> Endpoint:
    if api_key is None:
        return endpoint
    expected = f"Bearer {api_key}".encode("utf-8", "surrogatepass")

    async def guarded(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, expected):
            return Response(status_code=401, headers=dict(SECURITY_HEADERS))
        return await endpoint(request)

    return guarded
