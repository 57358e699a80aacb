"""The public interface over HTTP: what wallets fetch and post, and what the relying party's web page looks at."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from nlwallet.errors import RemoteError
from nlwallet.http.face import SECURITY_HEADERS, answer, body, protocol_app
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, is_form, parse_form
from nlwallet.verifier.nl_server.answers import (
    UNSUPPORTED_MEDIA_TYPE,
    Rejected,
    plain,
    problem,
    wallet_error,
)
from nlwallet.verifier.nl_server.button_face import button_routes
from nlwallet.verifier.nl_server.cross_origin import AllowedOrigins, CrossOrigin
from nlwallet.verifier.nl_server.ephemeral_id import session_type_of
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.requester_face import refuse, requester_routes
from nlwallet.verifier.nl_server.server import SESSIONS_PATH, VerificationServer

MAX_PARAMETERS = 16
MAX_WALLET_NONCE = 1024
HEALTH_PATHS = ("/health", "/health/live", "/health/ready", "/health/started")

_SESSION = f"{SESSIONS_PATH}/{{session_token}}"


def public_app(
    server: VerificationServer,
    *,
    allow_origins: AllowedOrigins = (),
    requester_api_key: str | None = None,
) -> Starlette:
    """The ASGI app for everybody.

    ``allow_origins`` are the pages, of other origins, that may look at sessions. With ``requester_api_key`` the
    requester's interface is here too, for who has that key.
    """
    routes: list[BaseRoute] = [
        *(Route(path, _health) for path in HEALTH_PATHS),
        *_wallet_routes(server),
        *_browser_routes(server, CrossOrigin(allow_origins)),
        *button_routes(lambda uri: uri.startswith(f"{server.public_url}{SESSIONS_PATH}/")),
    ]
    if requester_api_key is not None:
        routes += requester_routes(server, api_key=requester_api_key)
    return protocol_app(routes, refuse=refuse, says_nothing_of_unknown=True)


def _wallet_routes(server: VerificationServer) -> list[BaseRoute]:
    async def request_uri(request: Request) -> Response:
        try:
            token = request.path_params["session_token"]
            nonce = _wallet_nonce(request, await body(request))
            text = await run_in_threadpool(
                server.request_object, token, _parameters(request), wallet_nonce=nonce
            )
        except Refusal as error:
            return wallet_error(error)
        return Response(text, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers=dict(SECURITY_HEADERS))

    async def response_uri(request: Request) -> Response:
        received, content_type = await body(request), request.headers.get("content-type", "")
        _check_answer(received, content_type)
        try:
            token = request.path_params["session_token"]
            return answer(200, await run_in_threadpool(server.receive, token, received, content_type))
        except Refusal as error:
            return wallet_error(error)

    fetch = Route(f"{_SESSION}/request_uri", request_uri, methods=["GET", "POST"])
    # Starlette adds HEAD; a preview of the link would use up the request.
    fetch.methods = {"GET", "POST"}
    return [fetch, Route(f"{_SESSION}/response_uri", response_uri, methods=["POST"])]


def _browser_routes(server: VerificationServer, cross_origin: CrossOrigin) -> list[BaseRoute]:
    async def session(request: Request) -> Response:
        headers = cross_origin.headers(request.headers.get("origin"))
        token = request.path_params["session_token"]
        try:
            if request.method == "DELETE":
                await run_in_threadpool(server.cancel, token)
                return Response(status_code=204, headers={**SECURITY_HEADERS, **headers})
            session_type = session_type_of(request.query_params)
            if session_type is None and "session_type" in request.query_params:
                raise Rejected("Failed to deserialize query string: session_type", code="query")
            members = await run_in_threadpool(server.status, token, session_type=session_type)
        except Refusal as error:
            return problem(error, headers)
        except Rejected as error:
            return plain(error, headers)
        return answer(200, members, {**SECURITY_HEADERS, **headers})

    async def preflight(request: Request) -> Response:
        return Response(
            status_code=200, headers={**SECURITY_HEADERS, **cross_origin.preflight(request.headers)}
        )

    routes: list[BaseRoute] = [Route(_SESSION, session, methods=["GET", "DELETE"])]
    if cross_origin.allowed:
        routes.append(Route(_SESSION, preflight, methods=["OPTIONS"]))
    return routes


async def _health(_: Request) -> Response:
    return answer(200, {"status": "UP", "checks": []})


def _parameters(request: Request) -> Mapping[str, str]:
    given = request.query_params
    if len(given) > MAX_PARAMETERS or len(given.multi_items()) != len(given):
        raise Refusal("failed to deserialize query parameters")
    return given


def _wallet_nonce(request: Request, received: bytes) -> str | None:
    """The one parameter of a POST that counts; all others are ignored (OpenID4VP 1.0 §5.10)."""
    if request.method == "GET":
        nonce = request.query_params.get("wallet_nonce")
    else:
        content_type = request.headers.get("content-type", "")
        if not is_form(content_type):
            raise Rejected(
                "Form requests must have `Content-Type: application/x-www-form-urlencoded`",
                code=UNSUPPORTED_MEDIA_TYPE,
            )
        nonce = _form(received).get("wallet_nonce")
    if nonce is not None and not 0 < len(nonce) <= MAX_WALLET_NONCE:
        raise Rejected(f"wallet_nonce has 1 to {MAX_WALLET_NONCE} characters")
    return nonce


def _check_answer(received: bytes, content_type: str) -> None:
    if not is_form(content_type):
        raise Rejected(
            "Form requests must have `Content-Type: application/x-www-form-urlencoded`",
            code=UNSUPPORTED_MEDIA_TYPE,
        )
    fields = _form(received)
    if "response" not in fields and "error" not in fields:
        raise Rejected("Failed to deserialize form body: neither response nor error")


def _form(received: bytes) -> dict[str, str]:
    try:
        return parse_form(received, what="the body")
    except RemoteError as error:
        raise Rejected(f"Failed to deserialize form body: {error.message}") from None
