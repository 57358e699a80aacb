"""Where the status of what was issued is kept: which entry belongs to which credential, and what it says.

An entry that was given out is never given out again, whatever happened since (Token Status List §13.3). Every
method is one atomic step, and what it did is kept when it returns.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from nlwallet.errors import LocalError
from nlwallet.status import Status

Place = tuple[int, int]
"""The number of a list, and an index in it."""


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list, and how many of its entries are in use."""

    number: int
    size: int
    bits: int
    taken: int


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What an entry says now."""

    number: int
    idx: int
    status: int


@dataclass(frozen=True)
class PublishedToken:
    """A signed status list; times are seconds since the epoch."""

    number: int
    media_type: str
    issued_at: int
    expires_at: int
    body: bytes = field(repr=False)

    @cached_property
    def gzip(self) -> bytes:
        """The body as gzip. It holds base64url of what is compressed already: nothing is to be found but letters."""
        deflater = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16, 9, zlib.Z_HUFFMAN_ONLY)
        return deflater.compress(self.body) + deflater.flush()


class StatusStore(Protocol):
    """What :class:`~nlwallet.issuer.StatusLists` needs of a store. Safe to use from several threads."""

    def lists(self) -> tuple[StoredList, ...]:
        """All lists, in the order of their numbers."""
        ...

    def add_list(self, number: int, *, size: int, bits: int) -> None:
        """Begin a list in which every entry is valid; nothing happens if there is one of that number."""
        ...

    def take(
        self, credential_id: str, number: int, indexes: Iterator[int], *, count: int, limit: int
    ) -> tuple[int, ...]:
        """Give the first ``count`` of ``indexes`` that are free to a credential.

        Fewer come back where the list would have more than ``limit`` entries in use. Raises
        :class:`~nlwallet.errors.LocalError` if the credential is not valid any more.
        """
        ...

    def change(
        self, credential_id: str, status: int, *, allowed: Collection[int], decoys: Sequence[Place]
    ) -> int | None:
        """Set all entries of a credential, if the status that it has is one of ``allowed``.

        Those of ``decoys`` that are free become entries of nobody with the same status. Returns the status that
        the credential had before, ``None`` (and nothing happens) if it is not known.
        """
        ...

    def status_of(self, credential_id: str) -> int | None:
        """The status of a credential, ``None`` if it is not known."""
        ...

    def credentials(self) -> tuple[tuple[str, int], ...]:
        """The id and the status of every credential."""
        ...

    def places_of(self, credential_id: str) -> tuple[Place, ...]:
        """The entries of a credential."""
        ...

    def changes(self, since: int) -> tuple[int, tuple[StatusChange, ...]]:
        """The number of the latest change, and what changed after the one numbered ``since``."""
        ...

    def archive(self, token: PublishedToken, *, forget_before: int) -> None:
        """Keep a published token; those that expired before ``forget_before`` go."""
        ...

    def archived(self, number: int, media_type: str, time: int) -> PublishedToken | None:
        """The newest token that was valid at ``time``."""
        ...


def no_longer_valid() -> LocalError:
    """The refusal to issue again what was revoked or suspended."""
    return LocalError(
        "the credential was revoked or suspended",
        code="credential_not_valid",
        hint="issue under another credential id, or restore it first",
    )


@dataclass(slots=True)
class _Kept:
    size: int
    bits: int
    used: bytearray
    """A bit for each entry in use."""
    taken: int = 0

    def use(self, idx: int) -> bool:
        byte, bit = idx >> 3, 1 << (idx & 7)
        if self.used[byte] & bit:
            return False
        self.used[byte] |= bit
        self.taken += 1
        return True


class InMemoryStatusStore:
    """Statuses in dictionaries: gone with the process, and credentials that it issued then have no status."""

    def __init__(self) -> None:
        self._lists: dict[int, _Kept] = {}
        self._places: dict[str, list[Place]] = {}
        self._status: dict[str, int] = {}
        self._changed: OrderedDict[Place, tuple[int, int]] = OrderedDict()
        self._revision = 0
        self._archive: dict[tuple[int, str], dict[int, PublishedToken]] = {}
        self._lock = threading.Lock()

    def lists(self) -> tuple[StoredList, ...]:
        """All lists, in the order of their numbers."""
        with self._lock:
            return tuple(
                StoredList(number, kept.size, kept.bits, kept.taken)
                for number, kept in sorted(self._lists.items())
            )

    def add_list(self, number: int, *, size: int, bits: int) -> None:
        """Begin a list."""
        with self._lock:
            self._lists.setdefault(number, _Kept(size, bits, bytearray((size + 7) // 8)))

    def take(
        self, credential_id: str, number: int, indexes: Iterator[int], *, count: int, limit: int
    ) -> tuple[int, ...]:
        """Give entries to a credential."""
        with self._lock:
            if self._status.get(credential_id, Status.VALID) != Status.VALID:
                raise no_longer_valid()
            kept = self._lists[number]
            wanted = min(count, limit - kept.taken)
            taken: list[int] = []
            while len(taken) < wanted:
                idx = next(indexes)
                if kept.use(idx):
                    taken.append(idx)
            if taken:
                self._status.setdefault(credential_id, Status.VALID)
                self._places.setdefault(credential_id, []).extend((number, idx) for idx in taken)
            return tuple(taken)

    def change(
        self, credential_id: str, status: int, *, allowed: Collection[int], decoys: Sequence[Place]
    ) -> int | None:
        """Set all entries of a credential."""
        with self._lock:
            before = self._status.get(credential_id)
            if before is None or before == status or before not in allowed:
                return before
            self._revision += 1
            self._status[credential_id] = status
            free = [(number, idx) for number, idx in decoys if self._lists[number].use(idx)]
            for place in (*self._places[credential_id], *free):
                self._changed[place] = (self._revision, status)
                self._changed.move_to_end(place)
            return before

    def status_of(self, credential_id: str) -> int | None:
        """The status of a credential."""
        with self._lock:
            return self._status.get(credential_id)

    def credentials(self) -> tuple[tuple[str, int], ...]:
        """Every credential."""
        with self._lock:
            return tuple(self._status.items())

    def places_of(self, credential_id: str) -> tuple[Place, ...]:
        """The entries of a credential."""
        with self._lock:
            return tuple(self._places.get(credential_id, ()))

    def changes(self, since: int) -> tuple[int, tuple[StatusChange, ...]]:
        """What changed after ``since``."""
        with self._lock:
            found: list[StatusChange] = []
            for (number, idx), (revision, status) in reversed(self._changed.items()):
                if revision <= since:
                    break
                found.append(StatusChange(number, idx, status))
            return self._revision, tuple(found)

    def archive(self, token: PublishedToken, *, forget_before: int) -> None:
        """Keep a published token."""
        with self._lock:
            tokens = self._archive.setdefault((token.number, token.media_type), {})
            tokens[token.issued_at] = token
            for issued_at in [at for at, one in tokens.items() if one.expires_at < forget_before]:
                del tokens[issued_at]

    def archived(self, number: int, media_type: str, time: int) -> PublishedToken | None:
        """The newest token that was valid at ``time``."""
        with self._lock:
            tokens = self._archive.get((number, media_type), {}).values()
            found = [token for token in tokens if token.issued_at <= time < token.expires_at]
            return max(found, key=lambda token: token.issued_at, default=None)
