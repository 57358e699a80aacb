"""A relying party of yours, mounted in a test: what an honest wallet gets of it, and what a hostile one does."""

from __future__ import annotations

import json
import threading
import unittest
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from nlwallet.errors import LocalError
from nlwallet.http import HttpClient
from nlwallet.testing.hostile import (
    Attack,
    AttackReport,
    AttackResult,
    CallableParty,
    HostileWallet,
    RelyingPartyUnderTest,
    SessionOutcome,
    Verdict,
    WebParty,
)
from nlwallet.testing.hostile.visitor import link_in

if TYPE_CHECKING:
    from nlwallet.testing.cassette import Cassette
    from nlwallet.testing.cassette_replay import Replayed
    from nlwallet.testing.ecosystem import Ecosystem, WatchedWallet

Start: TypeAlias = str | Callable[[], Any] | RelyingPartyUnderTest
"""``"POST /login"``, or a function that begins a session and gives the link, or what holds it."""

Ended: TypeAlias = str | Callable[[Any], bool | SessionOutcome | None]
"""``"/login/{id}"``, or a function that is given what the start gave, and says whether the session succeeded."""

_METHODS = ("GET", "POST", "PUT")


class PartyUnderTest:
    """A party and the hostile wallet that attacks it: ``party.survives(attack)``. See :meth:`Ecosystem.under_test`."""

    def __init__(
        self,
        edi: Ecosystem,
        party: RelyingPartyUnderTest,
        http: HttpClient,
        *,
        place: tuple[str, Any],
        person: str,
        travels: bool,
    ) -> None:
        self.party = party
        self._edi, self._place, self._person = edi, place, person
        self._wallet = HostileWallet(edi, person=person, http=http, travels=travels)
        self._accepted = threading.Event()

    def accepts(self) -> AttackResult:
        """One honest presentation. Raises :class:`AssertionError`, with what was sent and what came back."""
        __tracebackhide__ = True
        result = self._wallet.honest(self.party)
        if result.verdict is not Verdict.SURVIVED:
            raise AssertionError(f"the honest presentation is not accepted\n{result.story()}")
        self._accepted.set()
        return result

    def survives(self, attack: Attack) -> AttackResult:
        """One attack, after an honest presentation was accepted once: who refuses everybody survives all of them.

        Raises :class:`AssertionError` that tells what was sent, what came back, the section that it breaks and how to
        mend it. A case that the party cannot be judged by is skipped, with the reason (:class:`unittest.SkipTest`).
        """
        __tracebackhide__ = True
        if not self._accepted.is_set():
            self.accepts()
        result = self._wallet.attack(self.party, attack)
        result.check()
        if result.verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_JUDGED):
            raise unittest.SkipTest(f"{result.verdict}: {result.seen}")
        return result

    def replays(self, cassette: Cassette, wallet: WatchedWallet | None = None) -> Replayed:
        """Re-enact a recorded exchange here: see :func:`~nlwallet.testing.cassette_reenact.reenact`.

        ``wallet`` answers; else one like the recorded. Raises :class:`~nlwallet.errors.LocalError`.
        """
        from nlwallet.testing.cassette_reenact import reenact, wallet_like

        answering = wallet or wallet_like(cassette, self._edi, person=self._person)
        answering.mount(*self._place)
        return reenact(cassette, self.party, answering)

    def report(self, attacks: Sequence[Attack]) -> AttackReport:
        """All of ``attacks``, and what came of each."""
        return self._wallet.report(self.party, attacks)


def party_of(
    origin: str,
    http: HttpClient,
    start: Start,
    outcome: Ended,
    *,
    success: str | Mapping[str, Any],
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str],
    same_device: str,
) -> RelyingPartyUnderTest:
    """How a session is begun and seen, as the hostile wallet wants to know it. Raises LocalError."""
    if not (isinstance(start, str) or callable(start)):
        return start
    if callable(start):
        return _called(origin, start, outcome)
    if not isinstance(outcome, str) or not outcome:
        raise LocalError("where is the outcome of a session seen?", hint='outcome="/login/{id}"')
    method, address = _asked(origin, start)
    return WebParty(
        address,
        _at(origin, outcome),
        success=success,
        method=method,
        body=body,
        headers=headers,
        http=http,
        same_device=" ".join(_asked(origin, same_device)) if same_device else "",
    )


def _asked(origin: str, start: str) -> tuple[str, str]:
    method, _, path = start.rpartition(" ")
    if method not in ("", *_METHODS):
        raise LocalError(f"{method} is no way to begin a session", hint='start="POST /login"')
    return method or "GET", _at(origin, path)


def _called(origin: str, start: Callable[[], Any], outcome: Ended) -> CallableParty:
    if not callable(outcome):
        raise LocalError(
            "a function begins the session, so a function sees how it ended",
            hint="outcome=lambda login: …, given what start gave; True when it succeeded",
        )
    see: Callable[[Any], bool | SessionOutcome | None] = outcome

    def begin() -> tuple[str, Callable[[], bool | SessionOutcome | None]]:
        begun = start()
        return link_in(_text(begun)), lambda: _judged(see(begun))

    return CallableParty(begin, name=origin)


def _judged(seen: object) -> bool | SessionOutcome | None:
    if seen is None or isinstance(seen, bool | SessionOutcome):
        return seen
    raise LocalError(
        f"the outcome is a {type(seen).__name__}: whether the session succeeded cannot be told from it",
        hint="say True or False, or a SessionOutcome with the claims that were released",
    )


def _text(begun: object) -> str:
    """What a start gave: a link, JSON that holds it, or the response of a test client."""
    if isinstance(begun, str):
        return begun
    if isinstance(begun, Mapping | Sequence):
        return json.dumps(begun, default=str)
    for name in ("text", "uri"):
        if isinstance(text := getattr(begun, name, None), str):
            return text
    raise LocalError(
        f"there is no link in the {type(begun).__name__} with which a session begins",
        hint="give the link, or a text, JSON or response that holds it",
    )


def _at(origin: str, path: str) -> str:
    return path if "://" in path else f"{origin.rstrip('/')}/{path.lstrip('/')}"
