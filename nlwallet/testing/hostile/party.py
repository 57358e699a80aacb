"""The relying party under test: a way to begin a session, and a way to see how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

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


@dataclass(frozen=True, slots=True)
class PartySession:
    """One session that the relying party began. ``link`` is what its button or QR code holds."""

    link: str
    see: Callable[[], Seen] = field(repr=False)

    def outcome(self) -> SessionOutcome:
        """How it stands now."""
        seen = self.see()
        if isinstance(seen, SessionOutcome):
            return seen
        if isinstance(seen, Mapping):
            return SessionOutcome("succeeded" if seen else "pending", seen)
        return SessionOutcome("pending" if not seen else "succeeded")


class RelyingPartyUnderTest(Protocol):
    """What the hostile wallet has to know of a relying party."""

    @property
    def name(self) -> str:
        """For reports."""
        ...

    def begin(self) -> PartySession:
        """Begin a session, as its page does when somebody presses the button."""
        ...


@dataclass(frozen=True, slots=True)
class CallableParty:
    """A relying party that is a function: it gives a link, and a function that looks at the outcome."""

    start: Callable[[], tuple[str, Callable[[], Seen]]] = field(repr=False)
    name: str = "the relying party"

    def begin(self) -> PartySession:
        """Call the function."""
        link, see = self.start()
        return PartySession(link, see)


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


def outcome_of(result: PresentationResult) -> SessionOutcome:
    """The same of a :class:`~nlwallet.verifier.PresentationResult`."""
    if result.status is Status.VERIFIED:
        claims = {one.query_id: dict(one.claims) for one in result.presentations}
        return SessionOutcome("succeeded", claims)
    waiting = result.status in (Status.PENDING, Status.AWAITING_CONFIRMATION)
    return SessionOutcome("pending" if waiting else "failed")
