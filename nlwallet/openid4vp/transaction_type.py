"""A type of transaction data: which members an entry has, and how a person reads them (OpenID4VP 1.0 §5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from nlwallet.encoding import json_pointer

Kind: TypeAlias = Literal[
    "object", "text", "number", "amount", "integer", "boolean", "date", "date_time", "url", "currency"
]
Labels: TypeAlias = Mapping[str, str]
"""Language tag to text."""

MAX_TEXT = 2048
MAX_DEPTH = 4
MAX_NUMBER = 10**15
"""Beyond it a JSON number loses digits on the way, and a person could not read it anyway."""


@dataclass(frozen=True, slots=True)
class TransactionDataMember:
    """A member by its path below the entry, what it holds, and its label by language.

    ``required`` counts where the object around it is present. ``values`` are the only texts allowed, each
    with how a person reads it. A member without a label is checked, and not shown.
    """

    path: tuple[str, ...]
    kind: Kind
    label: Labels = field(default_factory=dict)
    required: bool = False
    values: Mapping[str, Labels] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an entry, and where."""

    text: str
    pointer: str


@dataclass(frozen=True, slots=True)
class TransactionDataType:
    """What one ``type`` defines. ``name`` says in a few words what is authorised, by language.

    ``logged`` are the members whose values its specification wants in the wallet's log, after ``log_name``; no other
    value goes there (ARF DASH_03d).
    """

    type: str
    name: Labels
    members: tuple[TransactionDataMember, ...]
    log_name: str = ""
    logged: tuple[str, ...] = ()
    """Dotted paths."""

    def to_log(self, content: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """What of ``content`` is logged: names and values (EUDI TS12 §5.3)."""
        pairs = [("transaction_data_types.name", self.log_name)] if self.log_name else []
        for name in self.logged:
            value: Any = content
            for step in name.split("."):
                value = value.get(step) if isinstance(value, Mapping) else None
            if isinstance(value, str):
                pairs.append((name, value))
        return tuple(pairs)

    def problem(self, content: Mapping[str, Any]) -> Problem | None:
        """The first thing in ``content`` that this type does not allow, or that is missing (§8.5)."""
        known = {member.path: member for member in self.members}
        present: set[tuple[str, ...]] = {()}
        for path, value in _walk(content, ()):
            member = known.get(path)
            if member is None:
                return Problem("a member that this type does not define", json_pointer(path))
            if not _fits(value, member):
                return Problem(f"not a value of the kind {member.kind}", json_pointer(path))
            present.add(path)
        for member in self.members:
            if member.required and member.path[:-1] in present and member.path not in present:
                return Problem("a required member is missing", json_pointer(member.path))
        return None

    def shown(self, content: Mapping[str, Any]) -> Iterator[tuple[TransactionDataMember, Any]]:
        """Each labelled member that is present, with its value, in the order of the type."""
        values = dict(_walk(content, ()))
        for member in self.members:
            if member.label and member.path in values:
                yield member, values[member.path]


def _walk(value: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, member in value.items():
        path = (*at, name)
        yield path, member
        if isinstance(member, dict) and len(path) < MAX_DEPTH:
            yield from _walk(member, path)


def _fits(value: Any, member: TransactionDataMember) -> bool:
    if member.kind == "object":
        return isinstance(value, dict)
    if member.kind == "boolean":
        return isinstance(value, bool)
    if member.kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER
    if member.kind in {"number", "amount"}:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT:
        return False
    if member.values:
        return value in member.values
    return _is_text_of(value, member.kind)


def _is_text_of(value: str, kind: Kind) -> bool:
    if kind == "currency":
        return re.fullmatch(r"[A-Z]{3}", value) is not None
    if kind == "url":
        return value.startswith(("https://", "data:image/"))
    try:
        if kind == "date":
            date.fromisoformat(value)
        elif kind == "date_time":
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
