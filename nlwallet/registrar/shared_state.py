"""What several processes know together: each has a copy, which is brought up to date before it is used.

A change is made by one at a time. It is kept as a whole, or not at all; then the copy is read again.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class KeptParts(Protocol):
    """Named parts, and the revision at which each was changed last. Revisions only grow, beginning at 1."""

    def since(self, revision: int) -> tuple[int, Mapping[str, bytes]]:
        """The parts that were changed after ``revision``, and up to which revision these are all."""
        ...


class RegisterStep(KeptParts, Protocol):
    """One change, at the end of which everything in it is kept."""

    def put(self, parts: Mapping[str, bytes]) -> int:
        """Keep these in the place of those with their names; the revision of that."""
        ...


class KeptRegister(KeptParts, Protocol):
    """Where registrars keep what they know; several may share it. Safe to use from several threads."""

    def step(self) -> AbstractContextManager[RegisterStep]:
        """A change; nobody else begins one until it has ended. Nothing of it is kept if it ends with an exception."""
        ...


class Copied(Protocol):
    """What one process has of it in memory."""

    def forget(self) -> None:
        """Know nothing."""
        ...

    def take(self, parts: Mapping[str, bytes]) -> None:
        """Know what is in these parts; those of somebody else are among them. Raises LocalError."""
        ...

    def parts(self, known: Collection[str]) -> Mapping[str, bytes]:
        """All that is to be kept; what never changes may be left out if its name is ``known``."""
        ...


class SharedState:
    """Sees to it that ``copied`` is what is ``kept``; without ``kept``, only to the order of threads."""

    def __init__(self, copied: Copied, kept: KeptRegister | None) -> None:
        self._copied = copied
        self._kept = kept
        self._lock = threading.RLock()
        self._steps = 0
        self._revision = 0
        self._known: dict[str, bytes] = {}

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within it the copy is as it was when it began. Raises :class:`~nlwallet.errors.LocalError`."""
        with self._lock:
            if self._kept is not None and not self._steps:
                self._follow(self._kept)
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One change after the other; those within another are a part of it. Raises LocalError."""
        with self._lock:
            if self._kept is None or self._steps:
                yield
                return
            try:
                with self._kept.step() as step:
                    self._follow(step)
                    self._steps += 1
                    try:
                        yield
                    finally:
                        self._steps -= 1
                    self._write(step)
            except BaseException:
                self._begin_again()
                raise

    def _follow(self, kept: KeptParts) -> None:
        revision, parts = kept.since(self._revision)
        if not parts:
            return
        try:
            self._copied.take(parts)
        except BaseException:
            self._begin_again()
            raise
        self._known.update(parts)
        self._revision = revision

    def _write(self, step: RegisterStep) -> None:
        parts = self._copied.parts(self._known.keys())
        changed = {name: value for name, value in parts.items() if self._known.get(name) != value}
        if changed:
            self._revision = step.put(changed)
            self._known.update(changed)

    def _begin_again(self) -> None:
        """The copy may have what was not kept: the next one who wants it reads all."""
        self._copied.forget()
        self._known.clear()
        self._revision = 0
