"""How the members of a query are read from JSON: typed, bounded, each refusal with its JSON pointer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nlwallet.errors import InvalidQuery, LimitExceeded

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]+")

MAX_IDENTIFIER_LENGTH = 256
"""How long an ``id`` of a query may be, in characters."""


def read_object(value: Any, pointer: str, what: str, *, spec: str) -> Mapping[str, Any]:
    """``value``, which must be a JSON object."""
    if not isinstance(value, Mapping):
        raise InvalidQuery(f"{what} is not an object", spec=spec, pointer=pointer)
    return value


def read_array(value: Any, pointer: str, what: str, *, spec: str, limit: int) -> list[Any]:
    """``value``, which must be a JSON array of one to ``limit`` elements."""
    if not isinstance(value, list | tuple):
        raise InvalidQuery(f"{what} is not an array", spec=spec, pointer=pointer)
    if not value:
        raise InvalidQuery(
            f"{what} is an empty array", spec=spec, pointer=pointer, hint="give an element or leave it out"
        )
    if len(value) > limit:
        raise LimitExceeded(
            f"{what} has {len(value)} elements, the limit is {limit}", spec=spec, pointer=pointer
        )
    return list(value)


def read_string(value: Any, pointer: str, what: str, *, spec: str) -> str:
    """``value``, which must be a non-empty string."""
    if not isinstance(value, str) or not value:
        raise InvalidQuery(f"{what} is not a non-empty string", spec=spec, pointer=pointer)
    return value


def read_identifier(value: Any, pointer: str, what: str, *, spec: str) -> str:
    """An ``id``: letters, digits, ``_`` and ``-`` (OpenID4VP 1.0 §6.1, §6.3)."""
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise InvalidQuery(
            f"{what} is not an identifier",
            spec=spec,
            pointer=pointer,
            hint="a non-empty string of the letters A-Z a-z, the digits, _ and -",
        )
    if len(value) > MAX_IDENTIFIER_LENGTH:
        raise LimitExceeded(
            f"{what} is longer than {MAX_IDENTIFIER_LENGTH} characters", spec=spec, pointer=pointer
        )
    return value


def read_boolean(members: Mapping[str, Any], name: str, pointer: str, *, default: bool, spec: str) -> bool:
    """The optional boolean member ``name``; no other type stands for one."""
    value = members.get(name, default)
    if not isinstance(value, bool):
        raise InvalidQuery(f"{name} is not a boolean", spec=spec, pointer=f"{pointer}/{name}")
    return value


def read_member(members: Mapping[str, Any], name: str, pointer: str, *, spec: str, hint: str = "") -> Any:
    """The required member ``name``."""
    if name not in members:
        raise InvalidQuery(f"{name} is missing", spec=spec, pointer=pointer, hint=hint)
    return members[name]
