"""CBOR put together from parts that are encoded already, so that nothing is encoded twice.

What these functions make is in deterministic encoding (RFC 8949 §4.2.1) when their parts are. Where the same names come
again and again, what goes around the values is kept as a template: bytes with a ``%b`` for each value.
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
_TAG_24 = b"\xd8\x18"


def unsigned(value: int) -> bytes:
    """An unsigned integer."""
    return _UNSIGNED_HEADS[value] if value < _READY_MADE else _head(_UNSIGNED, value)


def byte_string(data: bytes) -> bytes:
    """A byte string."""
    size = len(data)
    return (_BYTES_HEADS[size] if size < _READY_MADE else _head(_BYTES, size)) + data


def text_string(value: str) -> bytes:
    """A text string."""
    octets = value.encode("utf-8")
    size = len(octets)
    return (_TEXT_HEADS[size] if size < _READY_MADE else _head(_TEXT, size)) + octets


@lru_cache(maxsize=2048)
def text(value: str) -> bytes:
    """A text string that is remembered, as those of elements and namespaces: they come again and again."""
    return text_string(value)


def array(items: Sequence[bytes]) -> bytes:
    """An array of encoded items."""
    return _head(_ARRAY, len(items)) + b"".join(items)


def text_map(members: Mapping[str, bytes]) -> bytes:
    """A map from text to encoded values, in the order that deterministic encoding asks for."""
    if not members:
        return EMPTY_MAP
    template, in_order = _text_map_of(tuple(members))
    made: bytes = template % in_order(members)
    return made


def numbered_octets(values: Sequence[bytes]) -> bytes:
    """A map from 0, 1, 2 and so on to byte strings of one length."""
    return _numbered_octets_of(len(values), len(values[0])) % tuple(values)


def wrapped(item: bytes) -> bytes:
    """``#6.24(bstr .cbor item)``."""
    return _TAG_24 + byte_string(item)


def wrapped_head(size: int) -> bytes:
    """What goes before an item of ``size`` octets in ``#6.24(bstr .cbor item)``."""
    return _TAG_24 + _head(_BYTES, size)


@lru_cache(maxsize=1024)
def _text_map_of(names: tuple[str, ...]) -> tuple[bytes, itemgetter[Any]]:
    """The template of a map with these names, and what puts its values in order."""
    in_order = sorted(names, key=text)
    return _map_of([text(name) for name in in_order]), itemgetter(*in_order)


@lru_cache(maxsize=64)
def _numbered_octets_of(count: int, length: int) -> bytes:
    return _map_of([unsigned(number) + _head(_BYTES, length) for number in range(count)])


def _map_of(before: Sequence[bytes]) -> bytes:
    """The template of a map in which a value goes after each of these."""
    head = _head(_MAP, len(before))
    return head.replace(b"%", b"%%") + b"".join(each.replace(b"%", b"%%") + b"%b" for each in before)


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
