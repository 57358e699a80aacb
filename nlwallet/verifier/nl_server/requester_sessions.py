"""Where the sessions of a server are kept; here in memory: bounded, forgetful, safe with threads."""

from __future__ import annotations

import threading
from typing import Final, Protocol

from nlwallet.errors import LocalError
from nlwallet.verifier.nl_server.requester_session import Lifetimes, RequesterSession

MAX_SESSIONS: Final = 10_000


class RequesterSessionStore(Protocol):
    """What a server needs of a store. Every step is a compare-and-set."""

    def add(self, session: RequesterSession, *, now: int) -> None:
        """Keep a new one. Raises :class:`~nlwallet.errors.LocalError` if there are too many."""
        ...

    def find(self, token: str, *, now: int) -> RequesterSession | None:
        """The session as it is by now; ``None`` if nobody knows it (any more)."""
        ...

    def replace(self, current: RequesterSession, following: RequesterSession) -> bool:
        """Put ``following`` in the place of ``current``; False, and nothing, if another came first."""
        ...


class RequesterSessions:
    """By token. What is over for longer than ``lifetimes`` says is gone, also when nobody has cleaned up yet."""

    def __init__(self, lifetimes: Lifetimes, *, max_sessions: int = MAX_SESSIONS) -> None:
        self.lifetimes = lifetimes
        self._max_sessions = max_sessions
        self._sessions: dict[str, RequesterSession] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def add(self, session: RequesterSession, *, now: int) -> None:
        """Keep a new one. Raises :class:`~nlwallet.errors.LocalError` if there are too many."""
        with self._lock:
            if len(self._sessions) >= self._max_sessions:
                self._clean_up(now)
            if len(self._sessions) >= self._max_sessions:
                raise too_many(self._max_sessions)
            self._sessions[session.token] = session

    def find(self, token: str, *, now: int) -> RequesterSession | None:
        """The session as it is by now."""
        with self._lock:
            stored = self._sessions.get(token)
            if stored is None:
                return None
            current = stored.at(now, self.lifetimes)
            if current is None:
                del self._sessions[token]
            elif current is not stored:
                self._sessions[token] = current
            return current

    def replace(self, current: RequesterSession, following: RequesterSession) -> bool:
        """Put ``following`` in the place of ``current``; False, and nothing, if another came first."""
        with self._lock:
            stored = self._sessions.get(current.token)
            if stored is None or stored.revision != current.revision:
                return False
            self._sessions[current.token] = following
            return True

    def _clean_up(self, now: int) -> None:
        for token, session in list(self._sessions.items()):
            if session.at(now, self.lifetimes) is None:
                del self._sessions[token]


def too_many(limit: int) -> LocalError:
    """The refusal of one session more."""
    return LocalError(f"{limit} sessions are kept already", code="too_many_sessions")
