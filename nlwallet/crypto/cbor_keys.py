"""Whether a map in CBOR has a key that is no number, string or simple value: looked for before anything is decoded.

A tuple of numbers has a hash that anybody can compute. With thousands of keys that have the same one, a map of a
megabyte keeps its reader busy for minutes, and no format here has such keys.
"""

from __future__ import annotations

_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = 2, 3, 4, 5, 6, 7
_OPEN, _BREAK = 31, 0xFF
_ARGUMENT = {24: 1, 25: 2, 26: 4, 27: 8}
"""How many octets the argument of a head has, by what the head says (RFC 8949 §3)."""
_NO_END = -1


def has_composite_key(data: bytes, *, max_depth: int) -> bool:
    """Whether some map in ``data`` has an array, a map or a tag as a key, as far as ``data`` is CBOR.

    What nests deeper than ``max_depth`` is not looked at: nobody decodes it.
    """
    end, at = len(data), 0
    still, in_map, is_key = 1, False, False  # of the item that we are in: how much is to come, and what it is
    around: list[tuple[int, bool, bool]] = []
    while at < end:
        if still == 0 or (still == _NO_END and data[at] == _BREAK):
            at += still == _NO_END
            if not around:
                return False
            still, in_map, is_key = around.pop()
            continue
        kind, size = data[at] >> 5, data[at] & 31
        at += 1
        if is_key and _ARRAY <= kind <= _TAG:
            return True
        still -= still != _NO_END
        is_key = in_map and not is_key
        octets = _ARGUMENT.get(size, 0)
        value = int.from_bytes(data[at : at + octets]) if octets else size
        at += octets
        if size == _OPEN:
            value = _NO_END
        if kind in (_BYTES, _TEXT) and value != _NO_END:
            at += value
        elif _BYTES <= kind < _SIMPLE:
            if len(around) >= max_depth:
                return False
            around.append((still, in_map, is_key))
            is_map = kind == _MAP
            still = 1 if kind == _TAG else 2 * value if is_map and value != _NO_END else value
            in_map = is_key = is_map
    return False
