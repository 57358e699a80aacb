"""Statuses in a database, which several processes may share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, text

from nlwallet.issuer.sql_tables import prepare
from nlwallet.issuer.status_store import Place, PublishedToken, StatusChange, StoredList, no_longer_valid
from nlwallet.status import Status
from nlwallet.store import Database

_LISTS: Final = text("SELECT number, size, bits, taken FROM status_list WHERE owner = :owner ORDER BY number")
_ADD_LIST: Final = text(
    "INSERT INTO status_list (owner, number, size, bits, taken) VALUES (:owner, :number, :size, :bits, 0) "
    "ON CONFLICT DO NOTHING"
)
_TAKEN: Final = text("SELECT taken FROM status_list WHERE owner = :owner AND number = :number")
_ONE_MORE: Final = text("UPDATE status_list SET taken = taken + 1 WHERE owner = :owner AND number = :number")
_TAKE: Final = text(
    "INSERT INTO status_entry (owner, list, idx, credential, status, changed) "
    "VALUES (:owner, :number, :idx, :credential, :status, :changed) ON CONFLICT DO NOTHING RETURNING idx"
)
_LATEST: Final = text(
    "SELECT coalesce(max(changed), 0) FROM status_entry WHERE owner = :owner AND changed > 0"
)
_CHANGE: Final = text(
    "UPDATE status_entry SET status = :status, changed = :changed WHERE owner = :owner AND credential = :credential"
)
_STATUS: Final = text(
    "SELECT status FROM status_entry WHERE owner = :owner AND credential = :credential LIMIT 1"
)
_CREDENTIALS: Final = text(
    "SELECT credential, max(status) FROM status_entry WHERE owner = :owner AND credential IS NOT NULL "
    "GROUP BY credential"
)
_PLACES: Final = text("SELECT list, idx FROM status_entry WHERE owner = :owner AND credential = :credential")
_CHANGES: Final = text(
    "SELECT changed, list, idx, status FROM status_entry "
    "WHERE owner = :owner AND changed > 0 AND changed > :since"
)
_ARCHIVE: Final = text(
    "INSERT INTO status_token (owner, list, media_type, issued_at, expires_at, token) "
    "VALUES (:owner, :number, :media_type, :issued_at, :expires_at, :token) "
    "ON CONFLICT (owner, list, media_type, issued_at) "
    "DO UPDATE SET expires_at = excluded.expires_at, token = excluded.token"
)
_FORGET: Final = text("DELETE FROM status_token WHERE owner = :owner AND expires_at < :before")
_ARCHIVED: Final = text(
    "SELECT list, media_type, issued_at, expires_at, token FROM status_token WHERE owner = :owner "
    "AND list = :number AND media_type = :media_type AND issued_at <= :time AND expires_at > :time "
    "ORDER BY issued_at DESC LIMIT 1"
)


class SqlStatusStore:
    """The statuses of one issuer, ``owner``, in ``database``."""

    def __init__(self, database: Database, *, owner: str = "") -> None:
        prepare(database)
        self._database = database
        self._owner = owner
        self._lock = f"statuses of {owner}"

    # Lists and entries ----------------------------------------------------------------------------

    def lists(self) -> tuple[StoredList, ...]:
        """All lists, in the order of their numbers."""
        with self._database.read() as connection:
            return tuple(StoredList(*row) for row in connection.execute(_LISTS, self._row()))

    def add_list(self, number: int, *, size: int, bits: int) -> None:
        """Begin a list."""
        with self._database.write(self._lock) as connection:
            connection.execute(_ADD_LIST, self._row(number=number, size=size, bits=bits))

    def take(
        self, credential_id: str, number: int, indexes: Iterator[int], *, count: int, limit: int
    ) -> tuple[int, ...]:
        """Give entries to a credential."""
        with self._database.write(self._lock) as connection:
            if self._status_of(connection, credential_id) not in (None, Status.VALID):
                raise no_longer_valid()
            taken_before = connection.execute(_TAKEN, self._row(number=number)).scalar_one()
            wanted = min(count, limit - taken_before)
            taken: list[int] = []
            while len(taken) < wanted:
                idx = next(indexes)
                if self._take(connection, number, idx, credential_id, Status.VALID, 0):
                    taken.append(idx)
            return tuple(taken)

    def change(
        self, credential_id: str, status: int, *, allowed: Collection[int], decoys: Sequence[Place]
    ) -> int | None:
        """Set all entries of a credential."""
        with self._database.write(self._lock) as connection:
            before = self._status_of(connection, credential_id)
            if before is None or before == status or before not in allowed:
                return before
            changed = connection.execute(_LATEST, self._row()).scalar_one() + 1
            connection.execute(
                _CHANGE, self._row(credential=credential_id, status=int(status), changed=changed)
            )
            for number, idx in decoys:
                self._take(connection, number, idx, None, status, changed)
            return before

    def status_of(self, credential_id: str) -> int | None:
        """The status of a credential."""
        with self._database.read() as connection:
            return self._status_of(connection, credential_id)

    def credentials(self) -> tuple[tuple[str, int], ...]:
        """Every credential."""
        with self._database.read() as connection:
            rows = connection.execute(_CREDENTIALS, self._row()).all()
        return tuple((credential, status) for credential, status in rows)

    def places_of(self, credential_id: str) -> tuple[Place, ...]:
        """The entries of a credential."""
        with self._database.read() as connection:
            rows = connection.execute(_PLACES, self._row(credential=credential_id)).all()
        return tuple((number, idx) for number, idx in rows)

    def changes(self, since: int) -> tuple[int, tuple[StatusChange, ...]]:
        """What changed after ``since``."""
        with self._database.read() as connection:
            rows = connection.execute(_CHANGES, self._row(since=since)).all()
        latest = max((int(row[0]) for row in rows), default=since)
        return latest, tuple(StatusChange(number, idx, status) for _, number, idx, status in rows)

    # History --------------------------------------------------------------------------------------

    def archive(self, token: PublishedToken, *, forget_before: int) -> None:
        """Keep a published token."""
        row = self._row(
            number=token.number,
            media_type=token.media_type,
            issued_at=token.issued_at,
            expires_at=token.expires_at,
            token=token.body,
        )
        with self._database.write(self._lock) as connection:
            connection.execute(_ARCHIVE, row)
            connection.execute(_FORGET, self._row(before=forget_before))

    def archived(self, number: int, media_type: str, time: int) -> PublishedToken | None:
        """The newest token that was valid at ``time``."""
        row = self._row(number=number, media_type=media_type, time=time)
        with self._database.read() as connection:
            found = connection.execute(_ARCHIVED, row).first()
        return None if found is None else PublishedToken(*found)

    # ----------------------------------------------------------------------------------------------

    def _row(self, **more: object) -> dict[str, object]:
        return {"owner": self._owner, **more}

    def _status_of(self, connection: Connection, credential_id: str) -> int | None:
        """All entries of a credential have one status."""
        status = connection.scalar(_STATUS, self._row(credential=credential_id))
        return None if status is None else int(status)

    def _take(
        self,
        connection: Connection,
        number: int,
        idx: int,
        credential_id: str | None,
        status: int,
        changed: int,
    ) -> bool:
        """Take an entry, if it is free."""
        row = self._row(number=number, idx=idx, credential=credential_id, status=int(status), changed=changed)
        if connection.execute(_TAKE, row).first() is None:
            return False
        connection.execute(_ONE_MORE, self._row(number=number))
        return True
