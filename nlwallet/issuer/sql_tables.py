"""The tables of an issuer: its statuses, and all else that it must not forget. ``owner`` says whose a row is."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from nlwallet.store import Database

_VERSION: Final = 3
_TABLES: Final = MetaData()

Table(
    "status_list",
    _TABLES,
    Column("owner", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("bits", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
)
_entries: Final = Table(
    "status_entry",
    _TABLES,
    Column("owner", Text, primary_key=True),
    Column("list", Integer, primary_key=True, autoincrement=False),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("credential", Text),
    Column("status", Integer, nullable=False),
    Column("changed", BigInteger, nullable=False),
)
"""A decoy belongs to no credential. ``changed`` numbers the changes; 0: it is as it was when it was taken."""
_of_credential: Final = _entries.c.credential.is_not(None)
_changed: Final = _entries.c.changed > 0
Index(
    "status_entry_of_credential",
    _entries.c.owner,
    _entries.c.credential,
    sqlite_where=_of_credential,
    postgresql_where=_of_credential,
)
Index(
    "status_entry_changed",
    _entries.c.owner,
    _entries.c.changed,
    sqlite_where=_changed,
    postgresql_where=_changed,
)
Table(
    "status_token",
    _TABLES,
    Column("owner", Text, primary_key=True),
    Column("list", Integer, primary_key=True, autoincrement=False),
    Column("media_type", Text, primary_key=True),
    Column("issued_at", BigInteger, primary_key=True, autoincrement=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("token", LargeBinary, nullable=False),
)

_kept: Final = Table(
    "issuer_kept",
    _TABLES,
    Column("place", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("expires_at", BigInteger),
    UniqueConstraint("owner", "kind", "name"),
    sqlite_autoincrement=True,
)
"""``place`` is the order in which they came."""
_ends: Final = _kept.c.expires_at.is_not(None)
Index("issuer_kept_until", _kept.c.owner, _kept.c.expires_at, sqlite_where=_ends, postgresql_where=_ends)
_used: Final = Table(
    "issuer_used",
    _TABLES,
    Column("owner", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
)
Index("issuer_used_until", _used.c.owner, _used.c.expires_at)

_OLDER: Final = {
    "list": "INSERT INTO status_list SELECT '', number, size, bits, taken FROM list",
    "entry": "INSERT INTO status_entry SELECT '', list, idx, credential, status, changed FROM entry",
    "token": "INSERT INTO status_token SELECT '', list, media_type, issued_at, expires_at, token FROM token",
    "kept": "INSERT INTO issuer_kept (owner, kind, name, value, expires_at) "
    "SELECT '', kind, name, value, expires_at FROM kept ORDER BY place",
    "used": "INSERT INTO issuer_used SELECT '', kind, name, expires_at FROM used",
}
"""From the tables of versions 1 (statuses only) and 2, which were of SQLite files for one issuer."""


def prepare(database: Database) -> None:
    """See to it that the tables are there. Raises :class:`~nlwallet.errors.LocalError`."""
    database.prepare(
        "issuer", _TABLES, version=_VERSION, bring_over=_bring_over if database.is_sqlite else None
    )


def _bring_over(connection: Connection) -> None:
    version = connection.exec_driver_sql("PRAGMA user_version").scalar()
    if version not in (1, 2):
        return
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    for name in (one for one in _OLDER if one in there):
        connection.exec_driver_sql(_OLDER[name])
        connection.exec_driver_sql(f"DROP TABLE {name}")
    # An older nlwallet refuses such a file, where it would begin anew otherwise.
    connection.exec_driver_sql(f"PRAGMA user_version = {_VERSION}")
