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
    delete,
    func,
    select,
    update,
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
        mine = select(func.count()).select_from(_sessions).where(_sessions.c.owner == self._owner)
        with self._database.read() as connection:
            return connection.scalar(mine) or 0

    def add(self, session: Session, *, now: int) -> None:
        """Keep a new session, after the ones that are past their time are gone."""
        past = delete(_sessions).where(
            _sessions.c.owner == self._owner, _sessions.c.expires_at <= now - self._retention
        )
        mine = select(func.count()).select_from(_sessions).where(_sessions.c.owner == self._owner)
        with self._database.write(f"sessions of {self._owner}") as connection:
            connection.execute(past)
            if (connection.scalar(mine) or 0) >= self._max_sessions:
                raise too_many(self._max_sessions)
            connection.execute(
                self._database.insert(_sessions).values(
                    owner=self._owner,
                    id=session.id,
                    request_id=session.request_id,
                    expires_at=session.expires_at,
                    revision=session.revision,
                    value=write_session(session),
                )
            )

    def by_id(self, transaction_id: str) -> Session | None:
        """The session by the id that the front end has."""
        return self._found("id", transaction_id)

    def by_request_id(self, request_id: str) -> Session | None:
        """The session by the id in request_uri and response_uri."""
        return self._found("request_id", request_id)

    def replace(self, current: Session, following: Session) -> bool:
        """Compare by ``revision``, then set."""
        change = (
            update(_sessions)
            .where(
                _sessions.c.owner == self._owner,
                _sessions.c.id == current.id,
                _sessions.c.revision == current.revision,
            )
            .values(
                expires_at=following.expires_at, revision=following.revision, value=write_session(following)
            )
        )
        with self._database.write() as connection:
            return connection.execute(change).rowcount == 1

    def _found(self, column: str, name: str) -> Session | None:
        if "\0" in name or not name.isascii():
            return None  # whoever asked made it up: PostgreSQL takes no such text
        wanted = select(_sessions.c.value).where(
            _sessions.c.owner == self._owner, _sessions.c[column] == name
        )
        with self._database.read() as connection:
            kept = connection.scalar(wanted)
        return None if kept is None else read_session(kept)
