"""Values of a sandbox in its database, by name: keys, authorities, and what is in the register."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, text

from nlwallet.store import Database

_TABLES: Final = MetaData()
Table(
    "sandbox_kept",
    _TABLES,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
_VALUE: Final = text("SELECT value FROM sandbox_kept WHERE name = :name")
_KEEP: Final = text(
    "INSERT INTO sandbox_kept (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
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

    def put(self, name: str, value: bytes) -> None:
        """Keep a value, in the place of an earlier one."""
        with self._database.write("sandbox") as connection:
            connection.execute(_KEEP, {"name": name, "value": value})

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
