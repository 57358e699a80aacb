"""The NL Wallet's ``issuance_server``, as far as cards for what was presented go: its paths, links and errors.

A link does not expire and is the same for everybody: each wallet that opens it begins a session of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlencode

from starlette.applications import Starlette

from nlwallet.errors import RemoteError
from nlwallet.openid4vp import AuthorizationRequestLink
from nlwallet.sandbox.disclosure_based_issuance import DisclosureBasedIssuance
from nlwallet.sandbox.issuance_face import REQUEST_PATH, issuance_face
from nlwallet.verifier.nl_server.ephemeral_id import session_type_of
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.return_url import SESSION_TYPES, SessionType
from nlwallet.verifier.nl_server.server import UNIVERSAL_LINK_BASE

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
        self.app: Starlette = issuance_face(self)
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
        return static_links(verifier.base_url, name, client_id=verifier.client_id, start=self._links)

    def serves(self, uri: str) -> bool:
        """Whether this is a request_uri of one of its use cases."""
        return any(uri.startswith(f"{one.verifier.base_url}/disclosure/") for one in self._use_cases.values())

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


def static_links(base_url: str, name: str, *, client_id: str, start: str) -> Mapping[SessionType, str]:
    """The links of the use case ``name`` of a server at ``base_url``; ``start`` is that of universal links."""
    request_uri = f"{base_url}{REQUEST_PATH.replace('{id}', quote(name, safe=''))}"
    return {
        one: AuthorizationRequestLink(
            client_id, f"{request_uri}?{urlencode({'session_type': one})}", "post", f"{start}{LINK_PATH}"
        ).uri()
        for one in SESSION_TYPES
    }


def _refusal(error: RemoteError) -> Refusal:
    return Refusal(error.message, code=_CODES.get(error.code, "invalid_request"))
