"""All that an issuer must not forget in a database, which several processes may share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, text

from nlwallet.errors import LocalError
from nlwallet.issuer.issuer_store import JsonObject, Step, read_value, write_value
from nlwallet.issuer.sql_tables import prepare
from nlwallet.issuer.status_sql import SqlStatusStore
from nlwallet.store import Database

_NAMED: Final = "owner = :owner AND kind = :kind AND name = :name"
_LIVES: Final = "(expires_at IS NULL OR expires_at > :now)"

_FORGET_KEPT: Final = text("DELETE FROM issuer_kept WHERE owner = :owner AND expires_at <= :now")
_FORGET_USED: Final = text("DELETE FROM issuer_used WHERE owner = :owner AND expires_at <= :now")
_VALUE: Final = text(f"SELECT value FROM issuer_kept WHERE {_NAMED}")  # noqa: S608 - nothing from outside is in it
_LIVING: Final = text(f"SELECT value FROM issuer_kept WHERE {_NAMED} AND {_LIVES}")  # noqa: S608
_ALL: Final = text(
    f"SELECT name, value FROM issuer_kept WHERE owner = :owner AND kind = :kind AND {_LIVES} ORDER BY place"  # noqa: S608
)
_KEEP: Final = text(
    "INSERT INTO issuer_kept (owner, kind, name, value, expires_at) "
    "VALUES (:owner, :kind, :name, :value, :expires_at)"
)
_COUNT: Final = text("SELECT count(*) FROM issuer_kept WHERE owner = :owner AND kind = :kind")
_DROP_OLDEST: Final = text(
    "DELETE FROM issuer_kept WHERE place IN (SELECT place FROM issuer_kept "
    "WHERE owner = :owner AND kind = :kind ORDER BY place LIMIT :surplus)"
)
_REPLACE: Final = text(f"UPDATE issuer_kept SET value = :value WHERE {_NAMED}")  # noqa: S608
_REMOVE: Final = text(f"DELETE FROM issuer_kept WHERE {_NAMED}")  # noqa: S608
_WAS_USED: Final = text(f"SELECT 1 FROM issuer_used WHERE {_NAMED}")  # noqa: S608
_STILL_USED: Final = text(f"SELECT 1 FROM issuer_used WHERE {_NAMED} AND expires_at > :now")  # noqa: S608
_COUNT_USED: Final = text("SELECT count(*) FROM issuer_used WHERE owner = :owner AND kind = :kind")
_USE: Final = text(
    "INSERT INTO issuer_used (owner, kind, name, expires_at) VALUES (:owner, :kind, :name, :expires_at)"
)


class SqlIssuerStore:
    """The things of one issuer, ``owner``, in ``database``, with its statuses beside them."""

    def __init__(self, database: Database, *, owner: str = "") -> None:
        prepare(database)
        self.statuses = SqlStatusStore(database, owner=owner)
        self._database = database
        self._owner = owner

    @contextmanager
    def step(self, *, now: int) -> Iterator[Step]:
        """Begin a step."""
        with self._database.write(f"issuer {self._owner}") as connection:
            for forget in (_FORGET_KEPT, _FORGET_USED):
                connection.execute(forget, {"owner": self._owner, "now": now})
            yield _SqlStep(connection, self._owner, now)

    def get(self, kind: str, name: str, *, now: int) -> dict[str, Any] | None:
        """The value of that name."""
        with self._database.read() as connection:
            value = connection.scalar(_LIVING, {"owner": self._owner, "kind": kind, "name": name, "now": now})
        return None if value is None else read_value(value)

    def all(self, kind: str, *, now: int) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Names and values of a kind."""
        with self._database.read() as connection:
            rows = connection.execute(_ALL, {"owner": self._owner, "kind": kind, "now": now}).all()
        return tuple((name, read_value(value)) for name, value in rows)

    def was_used(self, kind: str, name: str, *, now: int) -> bool:
        """Whether a name was used."""
        with self._database.read() as connection:
            found = connection.scalar(
                _STILL_USED, {"owner": self._owner, "kind": kind, "name": name, "now": now}
            )
        return found is not None


class _SqlStep:
    """Statements of one transaction."""

    def __init__(self, connection: Connection, owner: str, now: int) -> None:
        self.now = now
        self._connection = connection
        self._owner = owner

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        value = self._connection.scalar(_VALUE, self._row(kind, name=name))
        return None if value is None else read_value(value)

    def put(
        self, kind: str, name: str, value: JsonObject, *, expires_at: int | None, limit: int | None = None
    ) -> None:
        self._connection.execute(
            _KEEP, self._row(kind, name=name, value=write_value(value), expires_at=expires_at)
        )
        if limit is not None:
            surplus = self._connection.execute(_COUNT, self._row(kind)).scalar_one() - limit
            if surplus > 0:
                self._connection.execute(_DROP_OLDEST, self._row(kind, surplus=surplus))

    def replace(self, kind: str, name: str, value: JsonObject) -> None:
        row = self._row(kind, name=name, value=write_value(value))
        if not self._connection.execute(_REPLACE, row).rowcount:
            raise LocalError("there is no value of that name", code="store")

    def remove(self, kind: str, name: str) -> bool:
        return bool(self._connection.execute(_REMOVE, self._row(kind, name=name)).rowcount)

    def use(self, kind: str, ends: Mapping[str, int], *, limit: int) -> bool:
        if any(self._connection.scalar(_WAS_USED, self._row(kind, name=name)) for name in ends):
            return False
        if self._connection.execute(_COUNT_USED, self._row(kind)).scalar_one() + len(ends) > limit:
            return False
        for name, end in ends.items():
            self._connection.execute(_USE, self._row(kind, name=name, expires_at=end))
        return True

    def _row(self, kind: str, **more: object) -> dict[str, object]:
        return {"owner": self._owner, "kind": kind, **more}
