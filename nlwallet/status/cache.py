"""Verified status lists, kept inflated: bounded in number and size, the least recently used goes first.

A list is kept under its address, those who were trusted to sign it and the forms that were accepted, so that nobody
gets a list from here that would have been refused on its way in. Not safe with threads: whoever fetches holds a lock.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from nlwallet.status.signer import StatusSigner
from nlwallet.status.token import StatusListToken

MAX_LISTS = 256
MAX_BYTES = 134_217_728
"""128 MiB, as lists are kept: eight of the largest, or a thousand of a million entries."""
_REMEMBERED_TIMES = 16
"""Of how many times as many lists it is remembered how new they were."""

CacheKey = tuple[str, StatusSigner, tuple[str, ...]]
"""The address, who may sign, and the media types that were accepted."""


@dataclass(frozen=True, slots=True)
class CachedStatusList:
    """A token, and until when it needs not be fetched again."""

    token: StatusListToken
    fresh_until: int


class StatusListCache:
    """The lists, and how new the newest was that was ever seen of each."""

    def __init__(self, *, max_lists: int = MAX_LISTS, max_bytes: int = MAX_BYTES) -> None:
        self.max_lists = max_lists
        self.max_bytes = max_bytes
        self._kept: OrderedDict[CacheKey, CachedStatusList] = OrderedDict()
        self._newest: OrderedDict[CacheKey, int] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size_in_bytes(self) -> int:
        """What the lists take in memory."""
        return self._bytes

    def get(self, key: CacheKey) -> CachedStatusList | None:
        """What is kept, fresh or not."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: CacheKey, entry: CachedStatusList) -> None:
        """Keep a list, in the place of an earlier one."""
        self.drop(key)
        self._kept[key] = entry
        self._bytes += entry.token.statuses.size_in_bytes
        while self._kept and (len(self._kept) > self.max_lists or self._bytes > self.max_bytes):
            self.drop(next(iter(self._kept)))
        self._newest[key] = max(entry.token.issued_at, self.newest(key))
        self._newest.move_to_end(key)
        while len(self._newest) > self.max_lists * _REMEMBERED_TIMES:
            self._newest.popitem(last=False)

    def drop(self, key: CacheKey) -> None:
        """Forget a list; how new it was stays known."""
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= dropped.token.statuses.size_in_bytes

    def clear(self) -> None:
        """Forget all lists; how new they were stays known."""
        self._kept.clear()
        self._bytes = 0

    def newest(self, key: CacheKey) -> int:
        """``iat`` of the newest token seen of this list, 0 if there was none."""
        return self._newest.get(key, 0)
