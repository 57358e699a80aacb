"""CBOR from outside (RFC 8949): bounded, one item, no name twice, and no tag that turns into something clever."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import cbor2
from cbor2 import CBORDecodeError, CBORDecoder, CBORTag

from nlwallet.crypto.cbor_keys import has_composite_key
from nlwallet.encoding import MAX_MESSAGE_BYTES
from nlwallet.errors import LimitExceeded, MalformedInput

MAX_CBOR_DEPTH = 24
"""How deep arrays, maps and tags from outside may nest, counted together."""

_TOO_SHORT_TO_HARM = 8192
"""Octets of an item in which nobody looks for keys that are arrays or maps: so few of them cost next to nothing."""

# Everything that cbor2 would turn into a date, a number, a regular expression or a reference to another place:
# what a format means by a tag is for the reader of that format to say.
_CLEVER = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
# Messages of COSE and CWT, whose arrays and maps would otherwise come as tuples and frozen maps.
_MESSAGES = (16, 17, 18, 61, 96, 97, 98)


def _kept(number: int) -> Any:
    return lambda value, _immutable: CBORTag(number, value)


_AS_THEY_ARE = {number: _kept(number) for number in (*_CLEVER, *_MESSAGES)}


def parse_cbor(
    data: bytes,
    *,
    what: str,
    pointer: str = "",
    max_bytes: int = MAX_MESSAGE_BYTES,
    indefinite_lengths: bool = True,
) -> Any:
    """The one item that ``data`` encodes; tags come as ``cbor2.CBORTag``, whatever their number.

    ``what`` names the input in the error. ``indefinite_lengths`` says whether a string or container may leave its
    length open (RFC 8949 §3.2), which deterministic encoding forbids. Raises
    :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    if len(data) > max_bytes:
        raise LimitExceeded(f"{what} has {len(data)} bytes, the limit is {max_bytes}", pointer=pointer)
    try:
        (value,) = parse_cbor_each((data,), what=what, indefinite_lengths=indefinite_lengths)
    except MalformedInput as error:
        error.pointer = pointer
        raise
    return value


def parse_cbor_each(parts: Sequence[bytes], *, what: str, indefinite_lengths: bool = True) -> list[Any]:
    """The one item that each of ``parts`` encodes, of which the caller bounds the size; see :func:`parse_cbor`.

    One decoder reads them all, as to set one up costs more than a small item. Raises
    :class:`~nlwallet.errors.MalformedInput` with the position of a part as pointer.
    """
    for position, part in enumerate(parts):
        if len(part) > _TOO_SHORT_TO_HARM and has_composite_key(part, max_depth=MAX_CBOR_DEPTH):
            raise MalformedInput(
                f"{what} has a map with a key that is no number or string",
                spec="RFC 8949 §5.6",
                pointer=f"/{position}",
            )
    source = BytesIO(b"".join(parts))
    decoder = CBORDecoder(
        source,
        max_depth=MAX_CBOR_DEPTH,
        allow_duplicate_keys=False,
        allow_indefinite=indefinite_lengths,
        semantic_decoders=_AS_THEY_ARE,
    )
    values: list[Any] = []
    end = 0
    for part in parts:
        end += len(part)
        try:
            values.append(decoder.decode())
        except (CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError):
            raise MalformedInput(f"{what} is not CBOR", spec="RFC 8949", pointer=f"/{len(values)}") from None
        if source.tell() != end:
            raise MalformedInput(
                f"{what} does not end where it should", spec="RFC 8949 §5.1", pointer=f"/{len(values) - 1}"
            )
    return values


def dump_cbor(value: Any) -> bytes:
    """Deterministic CBOR: shortest forms, definite lengths, shorter map keys first (RFC 8949 §4.2.3)."""
    return cbor2.dumps(value, canonical=True)
