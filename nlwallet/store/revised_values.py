"""Values by name, each with a revision and an end: changed by compare-and-set, and forgotten in time."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Table, Text, text

from nlwallet.store.database import Database

_TABLES: Final = MetaData()
_values: Final = Table(
    "nlwallet_revised_value",
    _TABLES,
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
Index("nlwallet_revised_value_until", _values.c.owner, _values.c.until)

_COUNT: Final = text("SELECT count(*) FROM nlwallet_revised_value WHERE owner = :owner")
_FORGET: Final = text("DELETE FROM nlwallet_revised_value WHERE owner = :owner AND until <= :now")
_ADD: Final = text(
    "INSERT INTO nlwallet_revised_value (owner, name, until, revision, value) "
    "VALUES (:owner, :name, :until, :revision, :value)"
)
_GET: Final = text("SELECT value FROM nlwallet_revised_value WHERE owner = :owner AND name = :name")
_REPLACE: Final = text(
    "UPDATE nlwallet_revised_value SET until = :until, revision = :revision, value = :value "
    "WHERE owner = :owner AND name = :name AND revision = :current"
)


class RevisedValues:
    """Those of ``owner`` in ``database``. What a step changed is kept when it returns; times are as the owner counts.

    Raises :class:`~nlwallet.errors.LocalError` where the database cannot be used.
    """

    def __init__(self, database: Database, *, owner: str) -> None:
        database.prepare("revised values", _TABLES, version=1)
        self._database = database
        self._owner = owner

    def __len__(self) -> int:
        with self._database.read() as connection:
            return int(connection.execute(_COUNT, {"owner": self._owner}).scalar_one())

    def add(self, name: str, value: bytes, *, revision: int, until: int, now: int, most: int) -> bool:
        """Keep a new one, after those whose end has come are gone; False, and nothing, if there are ``most`` then."""
        with self._database.write(f"revised values of {self._owner}") as connection:
            connection.execute(_FORGET, {"owner": self._owner, "now": now})
            if connection.execute(_COUNT, {"owner": self._owner}).scalar_one() >= most:
                return False
            connection.execute(_ADD, self._row(name, value, revision, until))
            return True

    def get(self, name: str) -> bytes | None:
        """The value of that name, if there is one."""
        if "\0" in name or not name.isascii():
            return None  # whoever asked made it up: PostgreSQL takes no such text
        with self._database.read() as connection:
            value: bytes | None = connection.scalar(_GET, {"owner": self._owner, "name": name})
        return value

    def replace(self, name: str, value: bytes, *, revision: int, until: int, current: int) -> bool:
        """Put ``value`` in the place of that of the revision ``current``; False, and nothing, if that is gone."""
        row = {**self._row(name, value, revision, until), "current": current}
        with self._database.write() as connection:
            return connection.execute(_REPLACE, row).rowcount == 1

    def _row(self, name: str, value: bytes, revision: int, until: int) -> dict[str, object]:
        return {
            "owner": self._owner,
            "name": name,
            "until": until,
            "revision": revision,
            "value": value,
        }
