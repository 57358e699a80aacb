"""How the linter reads members of JSON: nothing is refused, what is wrong becomes a finding."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from nlwallet.encoding import json_pointer
from nlwallet.lint.finding import Findings, Fix

MAX_SHOWN = 60
"""How much of a name from the input a finding repeats."""

MAX_READ = 256
"""How many elements of one array are looked at; a wallet reads no more (:mod:`nlwallet.dcql`)."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]+")


def below(pointer: str, *tokens: str | int) -> str:
    """``pointer`` with reference tokens added."""
    return pointer + json_pointer(tokens)


def shown(name: object) -> str:
    """A name from the input as it may stand in a text: quoted, short, printable."""
    text = name if isinstance(name, str) else type_of(name)
    printable = "".join(character if character.isprintable() else "�" for character in text)
    return f"'{printable[:MAX_SHOWN]}{'…' if len(printable) > MAX_SHOWN else ''}'"


def type_of(value: object) -> str:
    """The JSON type of a value in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def is_identifier(value: object) -> bool:
    """Whether this is an ``id`` by §6.1 and §6.3: letters, digits, ``_`` and ``-``."""
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def non_empty_array(value: Any, pointer: str, what: str, check: str, log: Findings) -> list[Any]:
    """The elements of an array; what is none, or is empty, is a finding and gives no elements."""
    if not isinstance(value, list):
        log.error(check, pointer, f"{what} is {type_of(value)}, not an array.")
        return []
    if not value:
        log.error(check, pointer, f"{what} is an empty array.", "Give an element, or leave the member out.")
    if len(value) > MAX_READ:
        log.error("W-39", pointer, f"{what} has {len(value)} elements, more than a wallet reads.")
    return value[:MAX_READ]


def boolean(members: Mapping[str, Any], name: str, pointer: str, check: str, log: Findings) -> bool | None:
    """The boolean member ``name``, or ``None``."""
    value = members.get(name)
    if name in members and not isinstance(value, bool):
        as_meant = {"true": True, "false": False}.get(value) if isinstance(value, str) else None
        at = below(pointer, name)
        patch = () if as_meant is None else ({"op": "replace", "path": at, "value": as_meant},)
        log.error(
            check, at, f"{name} is {type_of(value)}, not a boolean.", Fix("Write true or false.", patch)
        )
        return None
    return value if isinstance(value, bool) else None


def tell_unknown(
    members: Mapping[str, Any], known: Collection[str], pointer: str, what: str, log: Findings
) -> None:
    """A note for each member that no wallet reads; a warning where it looks like a slip of the pen."""
    for name in members:
        if name in known:
            continue
        at = below(pointer, name)
        likely = "" if log.left_out else alike(name, known)
        if likely and likely not in members:
            log.warning(
                "REQ-09",
                at,
                f"{what} has no member {shown(name)}: a wallet will ignore it.",
                Fix(f"Did you mean {likely}?", ({"op": "move", "from": at, "path": below(pointer, likely)},)),
            )
        else:
            log.note("REQ-09", at, f"{what} has no member {shown(name)}: a wallet will ignore it.")


def alike(name: str, known: Collection[str]) -> str:
    """The one of ``known`` that somebody may have meant by ``name``; empty when none looks alike."""
    own = _plain(name)
    # Comparing is slow, and what comes in may be long: only names of about the same length are compared.
    near = {_plain(one): one for one in known if abs(len(_plain(one)) - len(own)) <= 2}
    found = get_close_matches(own, near, n=1, cutoff=0.75) if near else []
    return near[found[0]] if found else ""


def _plain(name: str) -> str:
    return name[:MAX_SHOWN].replace("_", "").replace("-", "").lower()
