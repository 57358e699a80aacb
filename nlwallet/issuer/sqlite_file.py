"""The SQLite file of an issuer, which several processes may share: its statuses, and all else that it must not forget.

Every step is one transaction, written ahead (WAL) and synced before it is answered (``synchronous=FULL``): a
process that is killed, or a machine that loses its power, leaves the last step done or not done, nothing between.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from nlwallet.errors import LocalError

_VERSION = 2
"""1 had statuses only; what 2 has more is made when such a file is opened."""
_WAIT_SECONDS = 30.0
"""For another process that writes."""

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS list (
        number INTEGER PRIMARY KEY, size INTEGER NOT NULL, bits INTEGER NOT NULL, taken INTEGER NOT NULL DEFAULT 0
    )""",
    # A decoy belongs to no credential. ``changed`` numbers the changes; 0: it is as it was when it was taken.
    """CREATE TABLE IF NOT EXISTS entry (
        list INTEGER NOT NULL REFERENCES list (number), idx INTEGER NOT NULL, credential TEXT,
        status INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (list, idx)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS entry_of_credential ON entry (credential) WHERE credential IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS entry_changed ON entry (changed) WHERE changed > 0",
    """CREATE TABLE IF NOT EXISTS token (
        list INTEGER NOT NULL, media_type TEXT NOT NULL, issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        token BLOB NOT NULL, PRIMARY KEY (list, media_type, issued_at)
    ) WITHOUT ROWID""",
    # ``place`` is the order in which they came.
    """CREATE TABLE IF NOT EXISTS kept (
        place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
        expires_at INTEGER, UNIQUE (kind, name)
    )""",
    "CREATE INDEX IF NOT EXISTS kept_until ON kept (expires_at) WHERE expires_at IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS used (
        kind TEXT NOT NULL, name TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (kind, name)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS used_until ON used (expires_at)",
    f"PRAGMA user_version = {_VERSION}",
)


class SqliteFile:
    """The file at ``path``, which is made, for its owner only, if it is not there. Close it at the end.

    Raises :class:`~nlwallet.errors.LocalError` for a file that is something else, and from every method when the
    file cannot be written: then nothing was done.
    """

    def __init__(self, path: str | Path) -> None:
        self._lock = threading.Lock()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise failed(error) from None
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            # What is deleted, attribute values among it, is not left behind in free pages.
            self._connection.execute("PRAGMA secure_delete = ON")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error as error:
            raise failed(error) from None
        if version > _VERSION:
            raise LocalError(f"the store is of version {version}", code="store", hint="use a newer nlwallet")
        if version < _VERSION:
            with self._transaction() as sql:
                for statement in _SCHEMA:
                    sql.execute(statement)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A write that is done as a whole or not at all; others who want to write wait."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise failed(error) from None

    def _read(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise failed(error) from None


def failed(error: Exception) -> LocalError:
    """The refusal to go on with a file that cannot be used."""
    return LocalError(
        f"the store cannot be used: {type(error).__name__}: {error}",
        code="store",
        hint="is it an SQLite file that this process may write, on a disk with room?",
    )
