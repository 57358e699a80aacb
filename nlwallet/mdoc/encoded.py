"""CBOR put together from parts that are encoded already, so that nothing is encoded twice.

What these functions make is in deterministic encoding (RFC 8949 §4.2.1) when their parts are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

ENCODED_CBOR_TAG = 24
"""A byte string that holds an encoded CBOR item (RFC 8949 §3.4.5.1)."""

_UNSIGNED, _BYTES, _TEXT, _ARRAY, _MAP = 0x00, 0x40, 0x60, 0x80, 0xA0
_TAG_24 = b"\xd8\x18"


def unsigned(value: int) -> bytes:
    """An unsigned integer."""
    return _UNSIGNED_HEADS[value] if value < _READY_MADE else _head(_UNSIGNED, value)


def byte_string(data: bytes) -> bytes:
    """A byte string."""
    size = len(data)
    return (_BYTES_HEADS[size] if size < _READY_MADE else _head(_BYTES, size)) + data


def text_string(octets: bytes) -> bytes:
    """A text string of these octets, UTF-8."""
    size = len(octets)
    return (_TEXT_HEADS[size] if size < _READY_MADE else _head(_TEXT, size)) + octets


@lru_cache(maxsize=2048)
def text(value: str) -> bytes:
    """A text string; names of elements and namespaces come again and again."""
    octets = value.encode("utf-8")
    return _head(_TEXT, len(octets)) + octets


def array(items: Sequence[bytes]) -> bytes:
    """An array of encoded items."""
    return _head(_ARRAY, len(items)) + b"".join(items)


def text_map(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A map from text to encoded values, in the order that deterministic encoding asks for."""
    pairs = sorted((text(name), value) for name, value in members)
    return _head(_MAP, len(pairs)) + b"".join(name + value for name, value in pairs)


def numbered_octets(values: Sequence[bytes]) -> bytes:
    """A map from 0, 1, 2 and so on to byte strings."""
    if len(values) > _READY_MADE or set(map(len, values)) - _READY_LENGTHS:
        parts = [unsigned(n) + byte_string(each) for n, each in enumerate(values)]
    else:
        parts = [_NUMBERED_OCTETS[len(each)][n] + each for n, each in enumerate(values)]
    return _head(_MAP, len(values)) + b"".join(parts)


def wrapped(item: bytes) -> bytes:
    """``#6.24(bstr .cbor item)``."""
    return _TAG_24 + byte_string(item)


def _head(kind: int, size: int) -> bytes:
    if size < 24:
        return bytes((kind | size,))
    if size < 0x100:
        return bytes((kind | 24, size))
    if size < 0x10000:
        return bytes((kind | 25,)) + size.to_bytes(2)
    return (
        bytes((kind | 26,)) + size.to_bytes(4) if size < 1 << 32 else bytes((kind | 27,)) + size.to_bytes(8)
    )


_READY_MADE = 256
_UNSIGNED_HEADS, _BYTES_HEADS, _TEXT_HEADS = (
    tuple(_head(kind, size) for size in range(_READY_MADE)) for kind in (_UNSIGNED, _BYTES, _TEXT)
)
_READY_LENGTHS = frozenset({32, 48, 64})
_NUMBERED_OCTETS = {
    length: tuple(number + _BYTES_HEADS[length] for number in _UNSIGNED_HEADS) for length in _READY_LENGTHS
}
"""What goes before digest number 0, 1, 2 and so on, by its length."""
