"""The relying party under test: a way to begin a session, and a way to see how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable
from urllib.parse import parse_qs, urlsplit

from nlwallet.errors import RemoteError
from nlwallet.verifier import PresentationResult, Status, Verifier

SessionState: TypeAlias = Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class SessionOutcome:
    """How a session stands at the relying party, and which claims it gives to its application."""

    state: SessionState
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Attribute values by any name; empty unless it released some."""


Seen: TypeAlias = SessionOutcome | bool | Mapping[str, Any] | None
"""What a look at the outcome gives: all of it, whether it succeeded, the claims, or ``None`` while pending."""


ComeBack: TypeAlias = Callable[[str, bool], Seen]
"""Open the address to which the wallet sends its user, in the browser that began the session or in another one."""


@dataclass(frozen=True, slots=True)
class PartySession:
    """One session that the relying party began. ``link`` is what its button or QR code holds."""

    link: str
    see: Callable[[], Seen] = field(repr=False)
    """Look at the outcome, as the browser does that began the session."""
    open_in: ComeBack | None = field(default=None, repr=False)
    """For a same-device session."""

    def outcome(self) -> SessionOutcome:
        """How it stands now."""
        return _outcome(self.see())

    def come_back(self, address: str, *, own_browser: bool) -> SessionOutcome:
        """How it stands after the user came back to ``address``, in her own browser or somebody else in another."""
        assert self.open_in is not None, "only a same-device session is come back to"
        return _outcome(self.open_in(address, own_browser))


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """One session through the browser's Digital Credentials API (OpenID4VP 1.0 Appendix A)."""

    data: Mapping[str, Any] = field(repr=False)
    """``data`` of the request that the page gives to ``navigator.credentials.get``."""
    origin: str
    """That of the page, as the browser tells it to the wallet."""
    receive: Callable[[Any], Seen] = field(repr=False)
    """Give the page ``data`` of what the browser got; gives the outcome."""
    see: Callable[[], Seen] = field(repr=False)

    def given(self, data: Any) -> SessionOutcome:
        """How it stands after the page got ``data``."""
        return _outcome(self.receive(data))

    def outcome(self) -> SessionOutcome:
        """How it stands now."""
        return _outcome(self.see())


def _outcome(seen: Seen) -> SessionOutcome:
    if isinstance(seen, SessionOutcome):
        return seen
    if isinstance(seen, Mapping):
        return SessionOutcome("succeeded" if seen else "pending", seen)
    return SessionOutcome("succeeded" if seen else "pending")


class RelyingPartyUnderTest(Protocol):
    """What the hostile wallet has to know of a relying party."""

    @property
    def name(self) -> str:
        """For reports."""
        ...

    def begin(self) -> PartySession:
        """Begin a session, as its page does when somebody presses the button."""
        ...

    def begin_same_device(self) -> PartySession | None:
        """The same in the browser of the phone; ``None`` where there is no such flow."""
        ...


@runtime_checkable
class SpeaksDcApi(Protocol):
    """What a party under test has beside that, if its pages ask through the browser's API."""

    def begin_dc_api(self) -> BrowserSession | None:
        """Begin a session in which the page asks; ``None`` where it does not."""
        ...


@dataclass(frozen=True, slots=True)
class CallableParty:
    """A relying party that is a function: it gives a link, and a function that looks at the outcome."""

    start: Callable[[], tuple[str, Callable[[], Seen]]] = field(repr=False)
    name: str = "the relying party"
    start_same_device: Callable[[], tuple[str, Callable[[], Seen], ComeBack]] | None = field(
        default=None, repr=False
    )
    start_dc_api: Callable[[], BrowserSession] | None = field(default=None, repr=False)

    def begin(self) -> PartySession:
        """Call the function."""
        link, see = self.start()
        return PartySession(link, see)

    def begin_same_device(self) -> PartySession | None:
        """Call the other function, if there is one."""
        return None if self.start_same_device is None else PartySession(*self.start_same_device())

    def begin_dc_api(self) -> BrowserSession | None:
        """Call the third, if there is one."""
        return None if self.start_dc_api is None else self.start_dc_api()


@dataclass(frozen=True, slots=True)
class VerifierParty:
    """A :class:`~nlwallet.verifier.Verifier` of ours, cross-device, with its registered query or another."""

    verifier: Verifier
    query: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """More for :meth:`Verifier.request`."""

    @property
    def name(self) -> str:
        """Where it is."""
        return self.verifier.base_url

    def begin(self) -> PartySession:
        """A new request of the verifier."""
        request = self.verifier.request(self.query, **self.options)
        return PartySession(request.uri, lambda: outcome_of(self.verifier.result(request)))

    def begin_same_device(self) -> PartySession:
        """A new same-device request, in a browser session of its own."""
        browser = secrets.token_urlsafe(8)
        request = self.verifier.request(
            self.query,
            flow="same_device",
            redirect_uri=f"{self.verifier.base_url}/back",
            browser_session=browser,
            **self.options,
        )

        def look() -> Seen:
            return outcome_of(self.verifier.result(request, browser_session=browser))

        def open_in(address: str, own_browser: bool) -> Seen:  # noqa: FBT001 - see ComeBack
            code = parse_qs(urlsplit(address).query).get("response_code", [""])[0]
            session = browser if own_browser else "another"
            try:
                return outcome_of(self.verifier.result(request, response_code=code, browser_session=session))
            except RemoteError:
                return SessionOutcome("failed")

        return PartySession(request.uri, look, open_in)

    def begin_dc_api(self) -> BrowserSession:
        """A new request of a page at the verifier's own origin."""
        origin = self.verifier.base_url
        request = self.verifier.dc_api_request(
            self.query,
            origins=[origin],
            encrypted=self.options.get("response_mode") != "direct_post",
            transaction_data=self.options.get("transaction_data", ()),
        )

        def receive(data: Any) -> Seen:
            try:
                return outcome_of(self.verifier.receive_dc_api(request, data, origin=origin))
            except RemoteError:
                return SessionOutcome("failed")

        return BrowserSession(
            request.data, origin, receive, lambda: outcome_of(self.verifier.result(request))
        )


def outcome_of(result: PresentationResult) -> SessionOutcome:
    """The same of a :class:`~nlwallet.verifier.PresentationResult`."""
    if result.status is Status.VERIFIED:
        claims = {one.query_id: dict(one.claims) for one in result.presentations}
        return SessionOutcome("succeeded", claims)
    waiting = result.status in (Status.PENDING, Status.AWAITING_CONFIRMATION)
    return SessionOutcome("pending" if waiting else "failed")
