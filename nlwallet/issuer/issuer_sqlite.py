"""All that an issuer must not forget in an SQLite file, which several processes may share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer.issuer_store import JsonObject, Step, read_value, write_value
from nlwallet.issuer.sqlite_file import SqliteFile
from nlwallet.issuer.status_sqlite import SqliteStatusStore


class SqliteIssuerStore(SqliteFile):
    """A store in the file at ``path``, with the statuses in the same file.

    See :class:`~nlwallet.issuer.sqlite_file.SqliteFile`. Open it in each process: not before a fork.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self.statuses = SqliteStatusStore(path)

    def close(self) -> None:
        """Let go of the file."""
        self.statuses.close()
        super().close()

    @contextmanager
    def step(self, *, now: int) -> Iterator[Step]:
        """Begin a step."""
        with self._transaction() as sql:
            sql.execute("DELETE FROM kept WHERE expires_at <= ?", (now,))
            sql.execute("DELETE FROM used WHERE expires_at <= ?", (now,))
            yield _SqliteStep(sql, now)

    def get(self, kind: str, name: str, *, now: int) -> dict[str, Any] | None:
        """The value of that name."""
        rows = self._read(
            "SELECT value FROM kept WHERE kind = ? AND name = ? AND (expires_at IS NULL OR expires_at > ?)",
            kind, name, now,
        )  # fmt: skip
        return read_value(rows[0][0]) if rows else None  # type: ignore[arg-type]

    def all(self, kind: str, *, now: int) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Names and values of a kind."""
        rows = self._read(
            "SELECT name, value FROM kept WHERE kind = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY place",
            kind, now,
        )  # fmt: skip
        return tuple((name, read_value(value)) for name, value in rows)  # type: ignore[arg-type,misc]

    def was_used(self, kind: str, name: str, *, now: int) -> bool:
        """Whether a name was used."""
        return bool(
            self._read("SELECT 1 FROM used WHERE kind = ? AND name = ? AND expires_at > ?", kind, name, now)
        )


class _SqliteStep:
    """Statements of one transaction."""

    def __init__(self, sql: sqlite3.Connection, now: int) -> None:
        self.now = now
        self._sql = sql

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        row = self._sql.execute("SELECT value FROM kept WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return None if row is None else read_value(row[0])

    def put(
        self, kind: str, name: str, value: JsonObject, *, expires_at: int | None, limit: int | None = None
    ) -> None:
        self._sql.execute(
            "INSERT INTO kept (kind, name, value, expires_at) VALUES (?, ?, ?, ?)",
            (kind, name, write_value(value), expires_at),
        )
        if limit is not None:
            (there,) = self._sql.execute("SELECT count(*) FROM kept WHERE kind = ?", (kind,)).fetchone()
            if there > limit:
                self._sql.execute(
                    "DELETE FROM kept WHERE place IN (SELECT place FROM kept WHERE kind = ? ORDER BY place LIMIT ?)",
                    (kind, there - limit),
                )

    def replace(self, kind: str, name: str, value: JsonObject) -> None:
        if not self._sql.execute(
            "UPDATE kept SET value = ? WHERE kind = ? AND name = ?", (write_value(value), kind, name)
        ).rowcount:
            raise LocalError("there is no value of that name", code="store")

    def remove(self, kind: str, name: str) -> bool:
        removed = self._sql.execute("DELETE FROM kept WHERE kind = ? AND name = ?", (kind, name)).rowcount
        return bool(removed)

    def use(self, kind: str, ends: Mapping[str, int], *, limit: int) -> bool:
        there = "SELECT 1 FROM used WHERE kind = ? AND name = ?"
        if any(self._sql.execute(there, (kind, name)).fetchone() for name in ends):
            return False
        (used,) = self._sql.execute("SELECT count(*) FROM used WHERE kind = ?", (kind,)).fetchone()
        if used + len(ends) > limit:
            return False
        self._sql.executemany(
            "INSERT INTO used (kind, name, expires_at) VALUES (?, ?, ?)",
            [(kind, name, end) for name, end in ends.items()],
        )
        return True
