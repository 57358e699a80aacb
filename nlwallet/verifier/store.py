"""Where sessions are kept. Every change is a compare-and-set, so that a store may be shared by workers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from nlwallet.errors import LocalError
from nlwallet.verifier.session import Session, State

MAX_SESSIONS = 10_000
RETENTION_SECONDS = 600
"""How long a session is kept after it expired, for the front end to collect the result."""


class SessionStore(Protocol):
    """What the verifier needs of a store."""

    def add(self, session: Session, *, now: int) -> None:
        """Keep a new session. Raises :class:`~nlwallet.errors.LocalError` if there are too many."""
        ...

    def by_id(self, transaction_id: str) -> Session | None:
        """The session by the id that the front end has."""
        ...

    def by_request_id(self, request_id: str) -> Session | None:
        """The session by the id in request_uri and response_uri."""
        ...

    def replace(self, current: Session, following: Session) -> bool:
        """Put ``following`` in the place of ``current``, atomically.

        False, and nothing happens, if the stored session has another ``revision`` by now.
        """
        ...


class InMemorySessionStore:
    """Sessions in a dictionary: bounded, forgetful, safe with threads."""

    def __init__(
        self, *, max_sessions: int = MAX_SESSIONS, retention_seconds: int = RETENTION_SECONDS
    ) -> None:
        self._max_sessions = max_sessions
        self._retention = retention_seconds
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._ids: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def add(self, session: Session, *, now: int) -> None:
        """Keep a new session, after the ones that are past their time are gone."""
        with self._lock:
            self._forget(now)
            if len(self._sessions) >= self._max_sessions:
                raise too_many(self._max_sessions)
            self._sessions[session.id] = session
            self._ids[session.request_id] = session.id

    def by_id(self, transaction_id: str) -> Session | None:
        """The session by the id that the front end has."""
        with self._lock:
            return self._sessions.get(transaction_id)

    def by_request_id(self, request_id: str) -> Session | None:
        """The session by the id in request_uri and response_uri."""
        with self._lock:
            return self._sessions.get(self._ids.get(request_id, ""))

    def replace(self, current: Session, following: Session) -> bool:
        """Compare by ``revision``, then set."""
        with self._lock:
            stored = self._sessions.get(current.id)
            if stored is None or stored.revision != current.revision:
                return False
            self._sessions[current.id] = following
            return True

    def _forget(self, now: int) -> None:
        # Sessions stand in the order in which they began, hence nearly in that in which they expire:
        # look at the oldest only, and at all of them when there is no room.
        oldest_first = list(self._sessions.values()) if self._is_full() else self._sessions.values()
        gone = []
        for session in oldest_first:
            if now >= session.expires_at + self._retention:
                gone.append(session)
            elif not self._is_full():
                break
        for session in gone:
            del self._sessions[session.id]
            if self._ids.get(session.request_id) == session.id:
                del self._ids[session.request_id]

    def _is_full(self) -> bool:
        return len(self._sessions) >= self._max_sessions


def too_many(limit: int) -> LocalError:
    """The refusal of one session more."""
    return LocalError(
        f"{limit} presentations are open already",
        code="too_many_sessions",
        hint="wait until some expire, or give the verifier a larger store",
    )


def advance(
    store: SessionStore,
    transaction_id: str,
    step: Callable[[Session], Session],
    *,
    open_at: int | None = None,
    only_from: State | None = None,
) -> Session | None:
    """Take a step from wherever the session is now, and return what it became.

    ``None``, and no step, if the session is gone; with ``open_at`` (now) also if it is not open any more, and with
    ``only_from`` if it is in another state.
    """
    while True:
        current = store.by_id(transaction_id)
        if current is None or (open_at is not None and not current.is_open(open_at)):
            return None
        if only_from is not None and current.state is not only_from:
            return None
        following = step(current)
        if store.replace(current, following):
            return following
