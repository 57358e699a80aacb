"""Sessions in a database, which several processes may share."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    text,
)

from nlwallet.store import Database
from nlwallet.verifier.session import Session
from nlwallet.verifier.session_json import read_session, write_session
from nlwallet.verifier.store import MAX_SESSIONS, RETENTION_SECONDS, too_many

_TABLES: Final = MetaData()
_sessions: Final = Table(
    "verifier_session",
    _TABLES,
    Column("owner", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
Index("verifier_session_of_request", _sessions.c.owner, _sessions.c.request_id, unique=True)
Index("verifier_session_until", _sessions.c.owner, _sessions.c.expires_at)


_COUNT: Final = text("SELECT count(*) FROM verifier_session WHERE owner = :owner")
_FORGET: Final = text("DELETE FROM verifier_session WHERE owner = :owner AND expires_at <= :before")
_ADD: Final = text(
    "INSERT INTO verifier_session (owner, id, request_id, expires_at, revision, value) "
    "VALUES (:owner, :id, :request_id, :expires_at, :revision, :value)"
)
_BY_ID: Final = text("SELECT value FROM verifier_session WHERE owner = :owner AND id = :name")
_BY_REQUEST_ID: Final = text("SELECT value FROM verifier_session WHERE owner = :owner AND request_id = :name")
_REPLACE: Final = text(
    "UPDATE verifier_session SET expires_at = :expires_at, revision = :revision, value = :value "
    "WHERE owner = :owner AND id = :id AND revision = :current"
)


class SqlSessionStore:
    """The sessions of one verifier, ``owner``, in ``database``; those of another one are not found here.

    What a step changed is kept when it returns. See :class:`~nlwallet.verifier.InMemorySessionStore` for the other
    arguments.
    """

    def __init__(
        self,
        database: Database,
        *,
        owner: str = "",
        max_sessions: int = MAX_SESSIONS,
        retention_seconds: int = RETENTION_SECONDS,
    ) -> None:
        database.prepare("verifier", _TABLES, version=1)
        self._database = database
        self._owner = owner
        self._max_sessions = max_sessions
        self._retention = retention_seconds

    def __len__(self) -> int:
        with self._database.read() as connection:
            return int(connection.execute(_COUNT, {"owner": self._owner}).scalar_one())

    def add(self, session: Session, *, now: int) -> None:
        """Keep a new session, after the ones that are past their time are gone."""
        with self._database.write(f"sessions of {self._owner}") as connection:
            connection.execute(_FORGET, {"owner": self._owner, "before": now - self._retention})
            if connection.execute(_COUNT, {"owner": self._owner}).scalar_one() >= self._max_sessions:
                raise too_many(self._max_sessions)
            connection.execute(_ADD, self._row(session))

    def by_id(self, transaction_id: str) -> Session | None:
        """The session by the id that the front end has."""
        return self._found(_BY_ID, transaction_id)

    def by_request_id(self, request_id: str) -> Session | None:
        """The session by the id in request_uri and response_uri."""
        return self._found(_BY_REQUEST_ID, request_id)

    def replace(self, current: Session, following: Session) -> bool:
        """Compare by ``revision``, then set."""
        row = {**self._row(following), "id": current.id, "current": current.revision}
        with self._database.write() as connection:
            return connection.execute(_REPLACE, row).rowcount == 1

    def _row(self, session: Session) -> dict[str, object]:
        return {
            "owner": self._owner,
            "id": session.id,
            "request_id": session.request_id,
            "expires_at": session.expires_at,
            "revision": session.revision,
            "value": write_session(session),
        }

    def _found(self, statement: TextClause, name: str) -> Session | None:
        if "\0" in name or not name.isascii():
            return None  # whoever asked made it up: PostgreSQL takes no such text
        with self._database.read() as connection:
            kept = connection.scalar(statement, {"owner": self._owner, "name": name})
        return None if kept is None else read_session(kept)
