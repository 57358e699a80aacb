"""All that an issuer must not forget, in memory: for tests, and for one process that may forget it."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer.issuer_store import JsonObject, Step, read_value, write_value
from nlwallet.issuer.status_store import InMemoryStatusStore, StatusStore


@dataclass(frozen=True, slots=True)
class _Row:
    place: int
    """The order in which they came."""
    expires_at: int | None
    value: bytes = field(repr=False)

    def ended(self, now: int) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class InMemoryIssuerStore:
    """Everything in dictionaries: gone with the process, and so are its offers, its tokens and its promises."""

    def __init__(self) -> None:
        self.statuses: StatusStore = InMemoryStatusStore()
        self._kept: dict[str, dict[str, _Row]] = {}
        self._used: dict[str, dict[str, int]] = {}
        self._ends: list[tuple[int, str, str]] = []
        """A heap: when the end of a name of a kind comes, kept or used."""
        self._places = 0
        self._lock = threading.Lock()

    @contextmanager
    def step(self, *, now: int) -> Iterator[Step]:
        """Begin a step."""
        with self._lock:
            self._purge(now)
            step = _MemoryStep(self, now)
            try:
                yield step
            except BaseException:
                step.undo()
                raise

    def get(self, kind: str, name: str, *, now: int) -> dict[str, Any] | None:
        """The value of that name."""
        with self._lock:
            row = self._kept.get(kind, {}).get(name)
        return None if row is None or row.ended(now) else read_value(row.value)

    def all(self, kind: str, *, now: int) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Names and values of a kind."""
        with self._lock:
            rows = sorted(self._kept.get(kind, {}).items(), key=lambda item: item[1].place)
        return tuple((name, read_value(row.value)) for name, row in rows if not row.ended(now))

    def was_used(self, kind: str, name: str, *, now: int) -> bool:
        """Whether a name was used."""
        with self._lock:
            return now < self._used.get(kind, {}).get(name, now)

    def _purge(self, now: int) -> None:
        while self._ends and self._ends[0][0] <= now:
            end, kind, name = heapq.heappop(self._ends)
            row = self._kept.get(kind, {}).get(name)
            if row is not None and row.expires_at == end:
                del self._kept[kind][name]
            if self._used.get(kind, {}).get(name) == end:
                del self._used[kind][name]


class _MemoryStep:
    """Writes at once, and knows how to undo it; the store is locked meanwhile."""

    def __init__(self, store: InMemoryIssuerStore, now: int) -> None:
        self.now = now
        self._store = store
        self._undo: list[Callable[[], object]] = []

    def undo(self) -> None:
        for back in reversed(self._undo):
            back()

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        row = self._of(kind).get(name)
        return None if row is None else read_value(row.value)

    def put(
        self, kind: str, name: str, value: JsonObject, *, expires_at: int | None, limit: int | None = None
    ) -> None:
        of_kind, written = self._of(kind), write_value(value)
        if name in of_kind:
            raise LocalError("there is a value of that name", code="store")
        self._store._places += 1
        of_kind[name] = _Row(self._store._places, expires_at, written)
        self._undo.append(lambda: of_kind.pop(name))
        if expires_at is not None:
            heapq.heappush(self._store._ends, (expires_at, kind, name))
        while limit is not None and len(of_kind) > limit:
            self.remove(kind, next(iter(of_kind)))

    def replace(self, kind: str, name: str, value: JsonObject) -> None:
        of_kind, written = self._of(kind), write_value(value)
        before = of_kind.get(name)
        if before is None:
            raise LocalError("there is no value of that name", code="store")
        of_kind[name] = replace(before, value=written)
        self._undo.append(lambda: of_kind.update({name: before}))

    def remove(self, kind: str, name: str) -> bool:
        of_kind = self._of(kind)
        before = of_kind.pop(name, None)
        if before is None:
            return False
        self._undo.append(lambda: of_kind.update({name: before}))
        return True

    def use(self, kind: str, ends: Mapping[str, int], *, limit: int) -> bool:
        used = self._store._used.setdefault(kind, {})
        if any(name in used for name in ends) or len(used) + len(ends) > limit:
            return False
        used.update(ends)
        self._undo.append(lambda: [used.pop(name) for name in ends])
        for name, end in ends.items():
            heapq.heappush(self._store._ends, (end, kind, name))
        return True

    def _of(self, kind: str) -> dict[str, _Row]:
        return self._store._kept.setdefault(kind, {})
