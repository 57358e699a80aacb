"""JSON inside an SD-JWT: read fast, and a repeated member name is refused all the same (RFC 8725 §2.4).

Two parsers that take different members of ``{"vct": "a", "vct": "b"}`` see different credentials. The fast
parser does not tell. But a text that is written again as it was names no member twice; for one with other white
space members are counted against colons; and only what does not add up either is read again, slowly.
"""

from __future__ import annotations

from typing import Any

import orjson

from nlwallet.encoding import dump_json, parse_json, parse_signed_json
from nlwallet.errors import MalformedInput

_SPACED_COLONS = (b" :", b"\t:", b"\n:", b"\r:")


def parse_unambiguous_json(raw: bytes, *, what: str, pointer: str = "") -> Any:
    """Parse ``raw``, which is part of a message whose length was checked.

    How deep it nests is checked where claims are put together. Raises :class:`~nlwallet.errors.MalformedInput` or
    :class:`~nlwallet.errors.LimitExceeded`.
    """
    try:
        value = orjson.loads(raw)
        if b"{" in raw and dump_json(value) != raw and _may_repeat(raw, value):
            parse_json(raw, what=what, pointer=pointer)
    except (ValueError, TypeError):  # not JSON, or deeper than it could be written again
        return parse_signed_json(raw, what=what, pointer=pointer)
    return value


def parse_unambiguous_object(raw: bytes, *, what: str, pointer: str = "") -> dict[str, Any]:
    """:func:`parse_unambiguous_json`, and it must be an object."""
    value = parse_unambiguous_json(raw, what=what, pointer=pointer)
    if not isinstance(value, dict):
        raise MalformedInput(f"{what} is not a JSON object", spec="RFC 7519 §7.2", pointer=pointer)
    return value


def _may_repeat(raw: bytes, value: Any) -> bool:
    """Every member ends its name in ``":``; a string that holds one counts too much, never too little."""
    members = 0
    containers = [value]
    while containers:
        container = containers.pop()
        if type(container) is dict:
            members += len(container)
            container = container.values()
        containers += [item for item in container if type(item) is dict or type(item) is list]
    return raw.count(b'":') != members or any(spaced in raw for spaced in _SPACED_COLONS)
