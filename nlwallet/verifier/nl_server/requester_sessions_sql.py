"""The sessions of a server in a database: there after a restart, and shared by processes with the same settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Table, Text, text

from nlwallet.errors import LocalError
from nlwallet.store import Database
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.requester_session import Lifetimes, RequesterSession
from nlwallet.verifier.nl_server.requester_session_json import read_requester_session, write_requester_session
from nlwallet.verifier.nl_server.requester_sessions import MAX_SESSIONS, too_many

_TABLES: Final = MetaData()
_sessions: Final = Table(
    "nl_requester_session",
    _TABLES,
    Column("owner", Text, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("gone_at", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
Index("nl_requester_session_until", _sessions.c.owner, _sessions.c.gone_at)

_COUNT: Final = text("SELECT count(*) FROM nl_requester_session WHERE owner = :owner")
_FORGET: Final = text("DELETE FROM nl_requester_session WHERE owner = :owner AND gone_at <= :now")
_ADD: Final = text(
    "INSERT INTO nl_requester_session (owner, token, gone_at, revision, value) "
    "VALUES (:owner, :token, :gone_at, :revision, :value)"
)
_FIND: Final = text("SELECT value FROM nl_requester_session WHERE owner = :owner AND token = :token")
_REPLACE: Final = text(
    "UPDATE nl_requester_session SET gone_at = :gone_at, revision = :revision, value = :value "
    "WHERE owner = :owner AND token = :token AND revision = :current"
)


class SqlRequesterSessions:
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
        database.prepare("nl_verification_server", _TABLES, version=1)
        self.lifetimes = lifetimes
        self._database = database
        self._owner = owner
        self._max_sessions = max_sessions

    def __len__(self) -> int:
        with self._database.read() as connection:
            return int(connection.execute(_COUNT, {"owner": self._owner}).scalar_one())

    def add(self, session: RequesterSession, *, now: int) -> None:
        """Keep a new one, after those that are past their time are gone."""
        with _told(), self._database.write(f"requester sessions of {self._owner}") as connection:
            connection.execute(_FORGET, {"owner": self._owner, "now": now})
            if connection.execute(_COUNT, {"owner": self._owner}).scalar_one() >= self._max_sessions:
                raise too_many(self._max_sessions)
            connection.execute(_ADD, self._row(session))

    def find(self, token: str, *, now: int) -> RequesterSession | None:
        """The session as it is by now."""
        if "\0" in token or not token.isascii():
            return None  # whoever asked made it up: PostgreSQL takes no such text
        with _told():
            with self._database.read() as connection:
                kept = connection.scalar(_FIND, {"owner": self._owner, "token": token})
            return None if kept is None else read_requester_session(kept).at(now, self.lifetimes)

    def replace(self, current: RequesterSession, following: RequesterSession) -> bool:
        """Put ``following`` in the place of ``current``; False, and nothing, if another came first."""
        row = {**self._row(following), "current": current.revision}
        with _told(), self._database.write() as connection:
            return connection.execute(_REPLACE, row).rowcount == 1

    def _row(self, session: RequesterSession) -> dict[str, object]:
        return {
            "owner": self._owner,
            "token": session.token,
            "gone_at": session.gone_at(self.lifetimes),
            "revision": session.revision,
            "value": write_requester_session(session),
        }


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except LocalError as error:
        if error.code != "store":
            raise
        raise Refusal("the sessions cannot be had now", code="server_error") from error
