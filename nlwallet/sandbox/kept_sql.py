"""What a sandbox keeps in its database itself: keys and authorities by name, and the parts of its register."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, MetaData, Table, Text, text

from nlwallet.registrar import RegisterStep
from nlwallet.store import Database

_TABLES: Final = MetaData()
Table(
    "sandbox_kept",
    _TABLES,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
_REGISTER: Final = MetaData()
_parts: Final = Table(
    "register_part",
    _REGISTER,
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("changed", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
"""``changed`` is the revision at which a part was changed last."""
Index("register_part_changed", _parts.c.owner, _parts.c.changed)

_VALUE: Final = text("SELECT value FROM sandbox_kept WHERE name = :name")
_KEEP: Final = text("INSERT INTO sandbox_kept (name, value) VALUES (:name, :value)")
_SINCE: Final = text(
    "SELECT name, value, changed FROM register_part WHERE owner = :owner AND changed > :revision"
)
_LATEST: Final = text("SELECT coalesce(max(changed), 0) FROM register_part WHERE owner = :owner")
_PUT: Final = text(
    "INSERT INTO register_part (owner, name, changed, value) VALUES (:owner, :name, :changed, :value) "
    "ON CONFLICT (owner, name) DO UPDATE SET changed = excluded.changed, value = excluded.value"
)


class KeptValues:
    """Values by name. Secrets are among them, in the clear."""

    def __init__(self, database: Database) -> None:
        database.prepare("sandbox", _TABLES, version=1)
        self._database = database

    def get(self, name: str) -> bytes | None:
        """The value of that name, if there is one."""
        with self._database.read() as connection:
            value: bytes | None = connection.scalar(_VALUE, {"name": name})
        return value

    def once(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The value that the first one made who asked for that name."""
        there = self.get(name)
        if there is not None:
            return there
        made = make()
        with self._database.write("sandbox") as connection:
            first: bytes | None = connection.scalar(_VALUE, {"name": name})
            if first is None:
                connection.execute(_KEEP, {"name": name, "value": made})
        return made if first is None else first


@dataclass(frozen=True, slots=True)
class _Step:
    """One transaction."""

    connection: Connection
    owner: str

    def since(self, revision: int) -> tuple[int, Mapping[str, bytes]]:
        rows = self.connection.execute(_SINCE, {"owner": self.owner, "revision": revision}).all()
        latest = max((int(changed) for _, _, changed in rows), default=revision)
        return latest, {name: bytes(value) for name, value, _ in rows}

    def put(self, parts: Mapping[str, bytes]) -> int:
        changed = int(self.connection.execute(_LATEST, {"owner": self.owner}).scalar_one()) + 1
        rows = [
            {"owner": self.owner, "name": name, "changed": changed, "value": value}
            for name, value in parts.items()
        ]
        self.connection.execute(_PUT, rows)
        return changed


class SqlKeptRegister:
    """What the registrars at one address, ``owner``, know. No secret is in it."""

    def __init__(self, database: Database, *, owner: str) -> None:
        database.prepare("register", _REGISTER, version=1)
        self._database = database
        self._owner = owner

    def since(self, revision: int) -> tuple[int, Mapping[str, bytes]]:
        """What was changed after ``revision``."""
        with self._database.read() as connection:
            return _Step(connection, self._owner).since(revision)

    @contextmanager
    def step(self) -> Iterator[RegisterStep]:
        """One transaction, one at a time."""
        with self._database.write(f"register {self._owner}") as connection:
            yield _Step(connection, self._owner)
