"""The NL Wallet's ``issuance_server``, as far as cards for what was presented go: its paths, links and errors.

A link does not expire and is the same for everybody: each wallet that opens it begins a session of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import InvalidRequest, RemoteError
from nlwallet.http.face import SECURITY_HEADERS, answer, body, protocol_app
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, AuthorizationRequestLink, is_form, parse_form
from nlwallet.sandbox.disclosure_based_issuance import DisclosureBasedIssuance
from nlwallet.verifier.nl_server.answers import plain, wallet_error
from nlwallet.verifier.nl_server.button_face import button_routes
from nlwallet.verifier.nl_server.ephemeral_id import session_type_of
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.return_url import SESSION_TYPES, SessionType
from nlwallet.verifier.nl_server.server import UNIVERSAL_LINK_BASE

REQUEST_PATH: Final = "/disclosure/{id}/request_uri"
RESPONSE_PATH: Final = "/disclosure/{id}/response_uri"
LINK_PATH: Final = "disclosure_based_issuance"

_CODES: Final = {
    "unknown_request": "unknown_session",
    "no_issuable_attestations": "no_issuable_attestations",
    "server_error": "server_error",
    "temporarily_unavailable": "server_error",
}


class IssuanceServer:
    """The use cases of one server, by name. ``universal_link_base_url`` is the start of links."""

    def __init__(self, *, universal_link_base_url: str = UNIVERSAL_LINK_BASE) -> None:
        self._links = universal_link_base_url
        self._use_cases: dict[str, DisclosureBasedIssuance] = {}
        self.app: Starlette = _app(self)
        """The HTTP face for wallets, for the root of the server's origin."""

    def add(self, use_case: DisclosureBasedIssuance) -> None:
        """One more; made with :data:`RESPONSE_PATH`."""
        self._use_cases[use_case.name] = use_case

    def __getitem__(self, name: str) -> DisclosureBasedIssuance:
        return self._use_cases[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._use_cases)

    def links(self, name: str) -> Mapping[SessionType, str]:
        """The links of a use case, by session type: ``same-device-ul`` and ``cross-device-ul`` of the button."""
        verifier = self._use_cases[name].verifier
        base = f"{verifier.base_url}{REQUEST_PATH.replace('{id}', name)}"
        return {
            one: AuthorizationRequestLink(
                verifier.client_id,
                f"{base}?{urlencode({'session_type': one})}",
                "post",
                f"{self._links}{LINK_PATH}",
            ).uri()
            for one in SESSION_TYPES
        }

    def request_object(
        self, name: str, parameters: Mapping[str, str], *, wallet_nonce: str | None = None
    ) -> str:
        """The request object of a new session. Raises :class:`~nlwallet.verifier.nl_server.Refusal`."""
        if session_type_of(parameters) is None:
            raise Refusal("missing query parameters")
        use_case = self._use_cases.get(name)
        if use_case is None:
            raise Refusal("unknown use case", code="server_error")
        try:
            return use_case.request_object(name, wallet_nonce=wallet_nonce)
        except RemoteError as error:
            raise _refusal(error) from error

    def receive(self, token: str, received: bytes, content_type: str) -> dict[str, str]:
        """Take an answer, whatever it is: the first one ends the session. Gives the offer for it.

        Raises :class:`~nlwallet.verifier.nl_server.Refusal`.
        """
        use_case = next((one for one in self._use_cases.values() if one.takes(token)), None)
        if use_case is None:
            raise Refusal("unknown session", code="unknown_session")
        try:
            return use_case.receive(token, received, content_type)
        except RemoteError as error:
            if error.code == "request_ended" and use_case.has_expired(token):
                raise Refusal(error.message, code="expired_session") from error
            use_case.end(token, error)
            raise _refusal(error) from error


def _app(server: IssuanceServer) -> Starlette:
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

    def is_ours(uri: str) -> bool:
        return any(uri.startswith(f"{server[name].verifier.base_url}/disclosure/") for name in server)

    fetch = Route(REQUEST_PATH, request_uri, methods=["GET", "POST"])
    fetch.methods = {"GET", "POST"}  # Starlette adds HEAD; a preview of the link would begin a session
    return protocol_app(
        [
            fetch,
            Route(RESPONSE_PATH, response_uri, methods=["POST"]),
            Route("/health", health),
            *button_routes(is_ours),
        ],
        refuse=lambda _, error: wallet_error(error) if isinstance(error, Refusal) else plain(error),
    )


def _refusal(error: RemoteError) -> Refusal:
    return Refusal(error.message, code=_CODES.get(error.code, "invalid_request"))
