"""The HTTP face of an ``issuance_server`` for wallets, as far as what they present goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import InvalidRequest
from nlwallet.http.face import SECURITY_HEADERS, answer, body, protocol_app
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, is_form, parse_form
from nlwallet.verifier.nl_server.answers import plain, wallet_error
from nlwallet.verifier.nl_server.button_face import button_routes
from nlwallet.verifier.nl_server.refusal import Refusal

REQUEST_PATH: Final = "/disclosure/{id}/request_uri"
RESPONSE_PATH: Final = "/disclosure/{id}/response_uri"


class IssuesForPresentations(Protocol):
    """What is behind the face."""

    def request_object(
        self, name: str, parameters: Mapping[str, str], *, wallet_nonce: str | None = None
    ) -> str:
        """The request object of a new session."""
        ...

    def receive(self, token: str, received: bytes, content_type: str) -> dict[str, str]:
        """Take an answer; the offer for it."""
        ...

    def serves(self, uri: str) -> bool:
        """Whether this is a request_uri of one of its use cases."""
        ...


def issuance_face(server: IssuesForPresentations) -> Starlette:
    """The ASGI app, for the root of the server's origin."""

    async def request_uri(request: Request) -> Response:
        received = await body(request)
        if request.method == "POST" and not is_form(request.headers.get("content-type", "")):
            return plain(InvalidRequest("the body is a form", code="unsupported_media_type"))
        nonce = parse_form(received, what="the request").get("wallet_nonce") if received else None
        text = await run_in_threadpool(
            server.request_object, request.path_params["id"], request.query_params, wallet_nonce=nonce
        )
        return Response(text, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers=dict(SECURITY_HEADERS))

    async def response_uri(request: Request) -> Response:
        received, content_type = await body(request), request.headers.get("content-type", "")
        if not is_form(content_type):
            return plain(InvalidRequest("the body is a form", code="unsupported_media_type"))
        token = request.path_params["id"]
        return answer(200, await run_in_threadpool(server.receive, token, received, content_type))

    async def health(_: Request) -> Response:
        return answer(200, {"status": "UP", "checks": []})

    fetch = Route(REQUEST_PATH, request_uri, methods=["GET", "POST"])
    fetch.methods = {"GET", "POST"}  # Starlette adds HEAD; a preview of the link would begin a session
    return protocol_app(
        [
            fetch,
            Route(RESPONSE_PATH, response_uri, methods=["POST"]),
            Route("/health", health),
            *button_routes(server.serves),
        ],
        refuse=lambda _, error: wallet_error(error) if isinstance(error, Refusal) else plain(error),
    )
