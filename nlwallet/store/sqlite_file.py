"""An SQLite file: written ahead (WAL), synced, for its owner only."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from nlwallet.store.failure import unusable

_WAIT_SECONDS: Final = 30.0
"""For another process that writes."""
_CONNECTIONS: Final = 8
_PAUSE_SECONDS: Final = 0.01


def open_sqlite(path: str) -> Engine:
    """The file at ``path``. Raises :class:`~nlwallet.errors.LocalError` if it cannot be made."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise unusable(error) from None

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = FULL")
            # What is deleted, attribute values among it, is not left behind in free pages.
            connection.execute("PRAGMA secure_delete = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        hide_parameters=True,
    )

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "begin", begin)
    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """SQLite waits for others everywhere but here: who comes while another one begins with a new file is refused."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
