"""The log of a register: every change, who it was about, and which members changed (ARF Reg_09)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from nlwallet.encoding import json_pointer

What: TypeAlias = Literal[
    "registered", "certified", "updated", "deleted", "renewed", "suspended", "resumed", "cancelled"
]


@dataclass(frozen=True, slots=True)
class Change:
    """One line; ``at`` is seconds since the epoch.

    ``pointers`` say where in the record something was changed (``updated``) or is no more (``deleted``).
    """

    at: int
    identifier: str
    what: What
    pointers: tuple[str, ...] = ()
    reason: str = ""


class ChangeLog:
    """Lines are added, and never change. Whoever owns it sees to the order of threads."""

    def __init__(self, before: Iterable[Change] = ()) -> None:
        self._changes = list(before)

    def add(
        self, at: int, identifier: str, what: What, *, pointers: Sequence[str] = (), reason: str = ""
    ) -> None:
        """One more line."""
        self._changes.append(Change(at, identifier, what, tuple(pointers), reason))

    def extend(self, changes: Iterable[Change]) -> None:
        """Lines that somebody else added."""
        self._changes.extend(changes)

    def compare(
        self, at: int, identifier: str, before: Mapping[str, Any], after: Mapping[str, Any], *, reason: str
    ) -> None:
        """A line for what changed or came, and one for what was deleted, as far as there is any."""
        old, new = dict(_flat(before, ())), dict(_flat(after, ()))
        changed = [where for where, value in new.items() if where not in old or old[where] != value]
        deleted = [where for where in old if where not in new]
        if changed:
            self.add(at, identifier, "updated", pointers=changed, reason=reason)
        if deleted:
            self.add(at, identifier, "deleted", pointers=deleted, reason=reason)

    def __iter__(self) -> Iterator[Change]:
        return iter(tuple(self._changes))


def _flat(value: Any, where: tuple[str | int, ...]) -> Iterator[tuple[str, Any]]:
    """The leaves by JSON pointer; services and intended uses by their ids, so that their order means nothing."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _flat(member, (*where, name))
    elif isinstance(value, list | tuple):
        for index, member in enumerate(value):
            id_ = member.get("id") if isinstance(member, Mapping) else None
            yield from _flat(member, (*where, id_ if isinstance(id_, str) else index))
    else:
        yield json_pointer(where), value
