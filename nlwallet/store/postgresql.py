"""A PostgreSQL database, for processes on several machines."""

from __future__ import annotations

import hashlib
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, text

from nlwallet.errors import LocalError

_CONNECTIONS: Final = 8


def open_postgresql(url: URL) -> Engine:
    """The database at ``url``, through psycopg. Raises :class:`~nlwallet.errors.LocalError` if that is missing."""
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=_CONNECTIONS,
            max_overflow=_CONNECTIONS,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ModuleNotFoundError:
        raise LocalError(
            "PostgreSQL needs psycopg", code="store", hint="pip install 'nlwallet[sandbox,postgres]'"
        ) from None


def lock_for_transaction(connection: Connection, name: str) -> None:
    """Wait until nobody else has the lock of that name; it is given back when the transaction ends."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
