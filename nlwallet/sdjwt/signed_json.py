"""JSON inside an SD-JWT: read fast, and a repeated member name is refused all the same (RFC 8725 §2.4).

Two parsers that take different members of ``{"vct": "a", "vct": "b"}`` see different credentials. The fast
parser does not tell, so members are counted against colons, and only a text that does not add up is read again.
"""

from __future__ import annotations

from typing import Any

from nlwallet.encoding import parse_json, parse_signed_json
from nlwallet.errors import MalformedInput

_SPACED_COLONS = (b" :", b"\t:", b"\n:", b"\r:")


def parse_unambiguous_json(raw: bytes, *, what: str, pointer: str = "") -> Any:
    """Parse ``raw``. Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`."""
    value = parse_signed_json(raw, what=what, pointer=pointer)
    if b"{" in raw and _may_repeat(raw, value):
        parse_json(raw, what=what, pointer=pointer)
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
