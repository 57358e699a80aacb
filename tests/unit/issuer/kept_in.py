"""Stores of an issuer in a database, closed at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from nlwallet.issuer import SqlIssuerStore, SqlStatusStore
from nlwallet.store import Database


def address(place: Path | str) -> str:
    """The address of a file; that of a database is one."""
    return f"sqlite:///{place}" if isinstance(place, Path) else place


@contextmanager
def issuer_store(place: Path | str) -> Iterator[SqlIssuerStore]:
    with Database(address(place)) as database:
        yield SqlIssuerStore(database)


@contextmanager
def status_store(place: Path | str) -> Iterator[SqlStatusStore]:
    with Database(address(place)) as database:
        yield SqlStatusStore(database)


def run(store: SqlIssuerStore | SqlStatusStore, statement: str) -> None:
    """Do something to a store that no issuer does."""
    with store._database.write() as connection:
        connection.execute(text(statement))
