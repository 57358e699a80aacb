"""A session as the requester and the browser see it: a small state machine, with its time limits.

::

    CREATED ──request_uri──▶ WAITING_FOR_RESPONSE ──▶ DONE
       │                          │──▶ FAILED
       ├──────────DELETE──────────┼──▶ CANCELLED
       └───────half an hour───────┴──▶ EXPIRED
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from nlwallet.dcql import DcqlQuery


class SessionState(StrEnum):
    """Where it stands, as the interface says it."""

    CREATED = "CREATED"
    WAITING_FOR_RESPONSE = "WAITING_FOR_RESPONSE"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"

    @property
    def is_active(self) -> bool:
        """Whether something may still come."""
        return self in (self.CREATED, self.WAITING_FOR_RESPONSE)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds: until an idle session expires, and for how long one that ended is kept."""

    expiration: int = 30 * 60
    after_success: int = 5 * 60
    after_failure: int = 4 * 60 * 60


@dataclass(frozen=True, slots=True)
class RequesterSession:
    """All that a server remembers of one. ``last_active`` is when it took its last step, in seconds since the epoch."""

    token: str = field(repr=False)
    use_case: str
    query: DcqlQuery
    return_url_template: str | None
    last_active: int
    state: SessionState = SessionState.CREATED
    presentation: str = field(default="", repr=False)
    """The id of the request that went out for it."""
    return_url: str = field(default="", repr=False)
    """With the nonce; empty where the wallet gets none."""
    nonce: str = field(default="", repr=False)
    disclosed: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    error: str = ""
    revision: int = 0

    def at(self, now: int, lifetimes: Lifetimes) -> Self | None:
        """The session as it is by now: expired, perhaps, or gone (``None``)."""
        session = self
        expires = self.last_active + lifetimes.expiration
        if self.state.is_active and now >= expires:
            session = self._next(expires, state=SessionState.EXPIRED)
        if session.state.is_active:
            return session
        return session if now < session.gone_at(lifetimes) else None

    def gone_at(self, lifetimes: Lifetimes) -> int:
        """When it is forgotten, if it takes no further step."""
        if self.state is SessionState.DONE:
            return self.last_active + lifetimes.after_success
        still_open = lifetimes.expiration if self.state.is_active else 0
        return self.last_active + still_open + lifetimes.after_failure

    # Steps: each returns the session as it is after the step -----------------------------------------

    def waiting(self, now: int, *, presentation: str, return_url: str, nonce: str) -> Self:
        """A wallet has the request."""
        state = SessionState.WAITING_FOR_RESPONSE
        return self._next(now, state=state, presentation=presentation, return_url=return_url, nonce=nonce)

    def done(self, now: int, disclosed: tuple[Mapping[str, Any], ...]) -> Self:
        """The answer was verified."""
        return self._next(now, state=SessionState.DONE, disclosed=disclosed, return_url="")

    def failed(self, now: int, error: str) -> Self:
        """The answer, or the making of the request, went wrong."""
        return self._next(now, state=SessionState.FAILED, error=error, return_url="", nonce="")

    def cancelled(self, now: int) -> Self:
        """The person at the wallet said no, or the one in the browser."""
        return self._next(now, state=SessionState.CANCELLED, return_url="", nonce="")

    def _next(self, now: int, **changes: Any) -> Self:
        return replace(self, revision=self.revision + 1, last_active=now, **changes)
