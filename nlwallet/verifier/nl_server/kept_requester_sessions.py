"""The sessions of a server in a database: there after a restart, and shared by processes with the same settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nlwallet.errors import LocalError
from nlwallet.store import Database, RevisedValues
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.requester_session import Lifetimes, RequesterSession
from nlwallet.verifier.nl_server.requester_session_json import read_requester_session, write_requester_session
from nlwallet.verifier.nl_server.requester_sessions import MAX_SESSIONS, too_many


class KeptRequesterSessions:
    """Those of one server, ``owner``, in ``database``. What a step changed is kept when it returns.

    Raises :class:`Refusal` with ``server_error`` where the database cannot be used.
    """

    def __init__(
        self,
        database: Database,
        lifetimes: Lifetimes,
        *,
        owner: str,
        max_sessions: int = MAX_SESSIONS,
    ) -> None:
        self.lifetimes = lifetimes
        self._values = RevisedValues(database, owner=owner)
        self._max_sessions = max_sessions

    def __len__(self) -> int:
        return len(self._values)

    def add(self, session: RequesterSession, *, now: int) -> None:
        """Keep a new one, after those that are past their time are gone."""
        with _told():
            is_kept = self._values.add(
                session.token,
                write_requester_session(session),
                revision=session.revision,
                until=session.gone_at(self.lifetimes),
                now=now,
                most=self._max_sessions,
            )
        if not is_kept:
            raise too_many(self._max_sessions)

    def find(self, token: str, *, now: int) -> RequesterSession | None:
        """The session as it is by now."""
        with _told():
            kept = self._values.get(token)
            return None if kept is None else read_requester_session(kept).at(now, self.lifetimes)

    def replace(self, current: RequesterSession, following: RequesterSession) -> bool:
        """Put ``following`` in the place of ``current``; False, and nothing, if another came first."""
        with _told():
            return self._values.replace(
                current.token,
                write_requester_session(following),
                revision=following.revision,
                until=following.gone_at(self.lifetimes),
                current=current.revision,
            )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except LocalError as error:
        raise Refusal("the sessions cannot be had now", code="server_error") from error
