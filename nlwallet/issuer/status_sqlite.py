"""Statuses in an SQLite file, which several processes may share."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence

from nlwallet.issuer.sqlite_file import SqliteFile, failed
from nlwallet.issuer.status_store import Place, PublishedToken, StatusChange, StoredList, no_longer_valid
from nlwallet.status import Status


class SqliteStatusStore(SqliteFile):
    """A store in the file at ``path``; see :class:`~nlwallet.issuer.sqlite_file.SqliteFile`."""

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
                raise failed(error) from None

    def credentials(self) -> tuple[tuple[str, int], ...]:
        """Every credential."""
        rows = self._read(
            "SELECT credential, MAX(status) FROM entry WHERE credential IS NOT NULL GROUP BY credential"
        )
        return tuple((str(credential), int(str(status))) for credential, status in rows)

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
