"""Statuses in an SQLite file, which several processes may share.

Every step is one transaction, written ahead (WAL) and synced before it is answered (``synchronous=FULL``): a
process that is killed, or a machine that loses its power, leaves the last step done or not done, nothing between.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from nlwallet.errors import LocalError
from nlwallet.issuer.status_store import Place, PublishedToken, StatusChange, StoredList, no_longer_valid
from nlwallet.status import Status

_VERSION = 1
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
    f"PRAGMA user_version = {_VERSION}",
)


class SqliteStatusStore:
    """A store in the file at ``path``, which is made, for its owner only, if it is not there. Close it at the end.

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
            raise _failed(error) from None
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error as error:
            raise _failed(error) from None
        if version > _VERSION:
            raise LocalError(
                f"the status store is of version {version}", code="store", hint="use a newer nlwallet"
            )
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
                raise _failed(error) from None

    def _read(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise _failed(error) from None

    # Lists and entries ----------------------------------------------------------------------------

    def lists(self) -> tuple[StoredList, ...]:
        """All lists, in the order of their numbers."""
        rows = self._read("SELECT number, size, bits, taken FROM list ORDER BY number")
        return tuple(StoredList(*row) for row in rows)  # type: ignore[arg-type]

    def add_list(self, number: int, *, size: int, bits: int) -> None:
        """Begin a list."""
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO list (number, size, bits) VALUES (?, ?, ?)", (number, size, bits)
            )

    def take(
        self, credential_id: str, number: int, indexes: Iterator[int], *, count: int, limit: int
    ) -> tuple[int, ...]:
        """Give entries to a credential."""
        with self._transaction() as sql:
            if _status_of(sql, credential_id) not in (None, Status.VALID):
                raise no_longer_valid()
            (taken_before,) = sql.execute("SELECT taken FROM list WHERE number = ?", (number,)).fetchone()
            wanted = min(count, limit - taken_before)
            taken: list[int] = []
            while len(taken) < wanted:
                idx = next(indexes)
                if _insert(sql, number, idx, credential_id, Status.VALID, 0):
                    taken.append(idx)
            return tuple(taken)

    def change(
        self, credential_id: str, status: int, *, allowed: Collection[int], decoys: Sequence[Place]
    ) -> int | None:
        """Set all entries of a credential."""
        with self._transaction() as sql:
            before = _status_of(sql, credential_id)
            if before is None or before == status or before not in allowed:
                return before
            (latest,) = sql.execute(_LATEST).fetchone()
            sql.execute(
                "UPDATE entry SET status = ?, changed = ? WHERE credential = ?",
                (status, latest + 1, credential_id),
            )
            for number, idx in decoys:
                _insert(sql, number, idx, None, status, latest + 1)
            return before

    def status_of(self, credential_id: str) -> int | None:
        """The status of a credential."""
        with self._lock:
            try:
                return _status_of(self._connection, credential_id)
            except sqlite3.Error as error:
                raise _failed(error) from None

    def places_of(self, credential_id: str) -> tuple[Place, ...]:
        """The entries of a credential."""
        return tuple(self._read("SELECT list, idx FROM entry WHERE credential = ?", credential_id))  # type: ignore[arg-type]

    def changes(self, since: int) -> tuple[int, tuple[StatusChange, ...]]:
        """What changed after ``since``."""
        rows = self._read(
            "SELECT changed, list, idx, status FROM entry WHERE changed > 0 AND changed > ?", since
        )
        latest = max((int(row[0]) for row in rows), default=since)  # type: ignore[call-overload]
        return latest, tuple(StatusChange(*row[1:]) for row in rows)  # type: ignore[arg-type]

    # History --------------------------------------------------------------------------------------

    def archive(self, token: PublishedToken, *, forget_before: int) -> None:
        """Keep a published token."""
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO token (list, media_type, issued_at, expires_at, token) VALUES (?, ?, ?, ?, ?)",
                (token.number, token.media_type, token.issued_at, token.expires_at, token.body),
            )
            sql.execute("DELETE FROM token WHERE expires_at < ?", (forget_before,))

    def archived(self, number: int, media_type: str, time: int) -> PublishedToken | None:
        """The newest token that was valid at ``time``."""
        rows = self._read(
            "SELECT list, media_type, issued_at, expires_at, token FROM token WHERE list = ? AND media_type = ? "
            "AND issued_at <= ? AND expires_at > ? ORDER BY issued_at DESC LIMIT 1",
            number, media_type, time, time,
        )  # fmt: skip
        return PublishedToken(*rows[0]) if rows else None  # type: ignore[arg-type]


_LATEST = "SELECT coalesce(max(changed), 0) FROM entry WHERE changed > 0"


def _status_of(sql: sqlite3.Connection, credential_id: str) -> int | None:
    """All entries of a credential have one status."""
    row = sql.execute("SELECT status FROM entry WHERE credential = ? LIMIT 1", (credential_id,)).fetchone()
    return None if row is None else int(row[0])


def _insert(
    sql: sqlite3.Connection, number: int, idx: int, credential_id: str | None, status: int, changed: int
) -> bool:
    """Take an entry, if it is free."""
    inserted = sql.execute(
        "INSERT OR IGNORE INTO entry (list, idx, credential, status, changed) VALUES (?, ?, ?, ?, ?)",
        (number, idx, credential_id, status, changed),
    ).rowcount
    if inserted:
        sql.execute("UPDATE list SET taken = taken + 1 WHERE number = ?", (number,))
    return bool(inserted)


def _failed(error: Exception) -> LocalError:
    return LocalError(
        f"the status store cannot be used: {type(error).__name__}: {error}",
        code="store",
        hint="is it an SQLite file that this process may write, on a disk with room?",
    )
