"""CBOR put together from parts that are encoded already, so that nothing is encoded twice.

What these functions make is in deterministic encoding (RFC 8949 §4.2.1) when their parts are. What is around parts that
change is kept as a template: octets with a :data:`PLACE` for each part, filled with ``template % parts``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

ENCODED_CBOR_TAG = 24
"""A byte string that holds an encoded CBOR item (RFC 8949 §3.4.5.1)."""

_UNSIGNED, _BYTES, _TEXT, _ARRAY, _MAP = 0x00, 0x40, 0x60, 0x80, 0xA0
NULL, EMPTY_MAP = b"\xf6", b"\xa0"
PLACE = b"%b"
"""Where something goes in a template."""
_TAG_24 = b"\xd8\x18"


def unsigned(value: int) -> bytes:
    """An unsigned integer."""
    return _UNSIGNED_HEADS[value] if value < _READY_MADE else _head(_UNSIGNED, value)


def byte_string(data: bytes) -> bytes:
    """A byte string."""
    size = len(data)
    return (_BYTES_HEADS[size] if size < _READY_MADE else _head(_BYTES, size)) + data


def byte_string_head(size: int) -> bytes:
    """What goes before the octets of a byte string."""
    return _BYTES_HEADS[size] if size < _READY_MADE else _head(_BYTES, size)


def text_string(value: str) -> bytes:
    """A text string."""
    octets = value.encode("utf-8")
    size = len(octets)
    return (_TEXT_HEADS[size] if size < _READY_MADE else _head(_TEXT, size)) + octets


def fixed(item: bytes) -> bytes:
    """What stays as it is in a template."""
    return item.replace(b"%", b"%%")


@lru_cache(maxsize=2048)
def text(value: str) -> bytes:
    """A text string that is remembered, as those of elements and namespaces: they come again and again."""
    return text_string(value)


def array(items: Sequence[bytes]) -> bytes:
    """An array of encoded items."""
    size = len(items)
    return (_ARRAY_HEADS[size] if size < _READY_MADE else _head(_ARRAY, size)) + b"".join(items)


def text_map(members: Mapping[str, bytes]) -> bytes:
    """A map from text to encoded values, in the order that deterministic encoding asks for."""
    if not members:
        return EMPTY_MAP
    template, in_order = _text_map_of(tuple(members))
    made: bytes = template % in_order(members)
    return made


@lru_cache(maxsize=1024)
def _text_map_of(names: tuple[str, ...]) -> tuple[bytes, itemgetter[Any]]:
    """The template of a map with these names, and what puts its values in order."""
    return text_map_template(dict.fromkeys(names, PLACE)), itemgetter(*sorted(names, key=text))


def text_map_template(members: Mapping[str, bytes]) -> bytes:
    """The template of a map from text to what these templates make, in the order of deterministic encoding."""
    parts = (fixed(text(name)) + members[name] for name in sorted(members, key=text))
    return fixed(_head(_MAP, len(members))) + b"".join(parts)


@lru_cache(maxsize=64)
def numbered_octets_template(count: int, length: int) -> bytes:
    """The template of a map from 0, 1, 2 and so on to byte strings of one length, whose octets are put in."""
    parts = (fixed(unsigned(number) + byte_string_head(length)) + PLACE for number in range(count))
    return fixed(_head(_MAP, count)) + b"".join(parts)


def wrapped(item: bytes) -> bytes:
    """``#6.24(bstr .cbor item)``."""
    size = len(item)
    return (_WRAPPED_HEADS[size] if size < _READY_MADE else wrapped_head(size)) + item


def wrapped_head(size: int) -> bytes:
    """What goes before an item of ``size`` octets in ``#6.24(bstr .cbor item)``."""
    return _TAG_24 + byte_string_head(size)


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
_UNSIGNED_HEADS, _BYTES_HEADS, _TEXT_HEADS, _ARRAY_HEADS = (
    tuple(_head(kind, size) for size in range(_READY_MADE)) for kind in (_UNSIGNED, _BYTES, _TEXT, _ARRAY)
)
_WRAPPED_HEADS = tuple(_TAG_24 + head for head in _BYTES_HEADS)
