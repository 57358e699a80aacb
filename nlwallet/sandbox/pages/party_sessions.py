"""What a relying party's web site remembers of a visit: the request on the screen, and what came of it.

The QR code on a screen is a new one every few seconds, so that a picture of it that somebody passes on is soon of no
use (OpenID4VP 1.0 §14.1). Once a wallet has fetched one, that one stays and no other is shown.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from nlwallet.clock import Clock
from nlwallet.sandbox.pilot_scenario import Pilot
from nlwallet.verifier import (
    Flow,
    PresentationRequest,
    PresentationResult,
    Status,
    VerifiedPresentation,
    Verifier,
)

ROTATE_SECONDS: Final = 20
"""How long one QR code is shown. It is good until the next but one is drawn: a wallet may just have seen it."""
VISIT_SECONDS: Final = 600
"""How long a page that nobody answers goes on drawing codes."""
MAX_VISITS: Final = 1_000


class Progress(StrEnum):
    """Where a visit is, as its page tells it."""

    WAITING = "waiting"
    OPENED = "opened"
    VERIFIED = "verified"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"


_PROGRESS: Final = {
    Status.VERIFIED: Progress.VERIFIED,
    Status.REFUSED: Progress.REFUSED,
    Status.FAILED: Progress.FAILED,
    Status.EXPIRED: Progress.EXPIRED,
}


@dataclass(slots=True)
class Visit:
    """One visitor who was asked for something. ``id`` stands in the page's address, ``browser`` in the cookie."""

    id: str
    pilot: Pilot
    party: Verifier
    flow: Flow
    browser: str = field(repr=False)
    began_at: int
    return_page: str = ""
    shown: PresentationRequest | None = None
    shown_since: int = 0
    before: PresentationRequest | None = None
    """The request whose QR code was shown before, while it is still good."""
    result: PresentationResult | None = None
    """The last word, when there is one: a presentation is released once."""
    offered: str = ""
    """The link of a card that the party gives in return."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def look(self, now: int) -> Progress:
        """How it stands; draws the next QR code when it is time."""
        with self.lock:
            if self.result is None:
                self._look(now)
            if self.result is not None:
                return _PROGRESS[self.result.status]
            shown = self.shown
            return Progress.OPENED if shown is not None and self._of(shown).fetched else Progress.WAITING

    @property
    def presentations(self) -> tuple[VerifiedPresentation, ...]:
        """What was verified."""
        return () if self.result is None else self.result.presentations

    def returned(self, response_code: str) -> None:
        """The wallet brought the visitor back (OpenID4VP 1.0 §14.2).

        Raises :class:`~nlwallet.errors.InvalidResponse` for a wrong code.
        """
        with self.lock:
            if self.result is None and self.shown is not None:
                found = self.party.result(
                    self.shown, response_code=response_code, browser_session=self.browser
                )
                self._settle(found)

    def stop(self) -> None:
        """The visitor goes away: nobody may answer any more."""
        with self.lock:
            ended = [self._end(request) for request in (self.before, self.shown) if request is not None]
            self.before = None
            self.result = self.result or next((one for one in ended if one.status != "expired"), ended[-1])

    def show(self, now: int) -> None:
        """Put the next request on the screen."""
        self.before, self.shown, self.shown_since = self.shown, self._ask(), now

    def _look(self, now: int) -> None:
        for request in (self.before, self.shown):
            if request is None:
                continue
            found = self._of(request)
            if self._settle(found) or found.fetched:
                self._keep_only(request)
                return
        if self.flow == "same_device":
            return
        if now - self.shown_since < ROTATE_SECONDS:
            return
        if self.before is not None:
            self._end(self.before)
        if now - self.began_at >= VISIT_SECONDS and self.shown is not None:
            self.before, self.result = None, self._end(self.shown)
        else:
            self.show(now)

    def _of(self, request: PresentationRequest) -> PresentationResult:
        return self.party.result(request, browser_session=self.browser)

    def _settle(self, found: PresentationResult) -> bool:
        """Whether that is the last word; a code that nobody scanned in time is not."""
        passed_by = found.status is Status.EXPIRED and self.flow == "cross_device" and not found.fetched
        if found.status in _PROGRESS and not passed_by:
            self.result = found
        return self.result is not None

    def _keep_only(self, request: PresentationRequest) -> None:
        other = self.before if request is self.shown else self.shown
        self.before, self.shown = None, request
        if other is not None:
            self._end(other)

    def _end(self, request: PresentationRequest) -> PresentationResult:
        return self.party.withdraw(request, browser_session=self.browser)

    def _ask(self) -> PresentationRequest:
        return self.party.request(
            self.pilot.query,
            intended_use=self.pilot.intended_use,
            flow=self.flow,
            redirect_uri=self.return_page or None,
            browser_session=self.browser,
        )


class Visits:
    """The visits of a web site: bounded, the oldest go."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def begin(
        self, pilot: Pilot, party: Verifier, *, flow: Flow, browser: str, return_page: Callable[[str], str]
    ) -> Visit:
        """A new visit, and its request."""
        id_ = secrets.token_urlsafe(24)
        now = self._clock.now()
        back = return_page(id_) if flow == "same_device" else ""
        visit = Visit(id_, pilot, party, flow, browser, now, back)
        visit.show(now)
        with self._lock:
            self._visits[id_] = visit
            gone = self._visits.popitem(last=False)[1] if len(self._visits) > MAX_VISITS else None
        if gone is not None:
            gone.stop()
        return visit

    def find(self, id_: str, browser: str) -> Visit | None:
        """The visit, if it is of that browser."""
        with self._lock:
            visit = self._visits.get(id_)
        given = browser.encode("utf-8", "surrogatepass")
        return visit if visit is not None and secrets.compare_digest(visit.browser.encode(), given) else None
