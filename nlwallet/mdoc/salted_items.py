"""IssuerSignedItems as they are written: each copy of a document has its own salts and digestIDs (§9.1.2.5)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

from nlwallet.crypto.encoded_cbor import byte_string_head, text, unsigned, wrapped_head
from nlwallet.mdoc.element_value import encode_element
from nlwallet.mdoc.issuer_signed_item import MIN_SALT_BYTES
from nlwallet.mdoc.reading import MAX_ELEMENTS

# The names in the order of deterministic encoding: random, digestID, elementValue, elementIdentifier.
_RANDOM = b"\xa4" + text("random") + byte_string_head(MIN_SALT_BYTES)
_NUMBERS = tuple(text("digestID") + unsigned(number) + text("elementValue") for number in range(MAX_ELEMENTS))


def encode_elements(elements: Mapping[str, Any]) -> list[bytes]:
    """Value and identifier of each element: the end of its item, which is the same in every copy."""
    return [encode_element(value) + _identifier(name) for name, value in elements.items()]


def salted_items(
    elements: Sequence[bytes], digest: Callable[[bytes], Any]
) -> tuple[list[bytes], list[bytes]]:
    """IssuerSignedItemBytes of encoded elements, at most 1024, tag 24 included; and their digests, by digestID.

    The digestIDs are in an order that tells nothing: they must not say which element it is. ``digest`` is a
    constructor of hashlib.
    """
    draw = _draw(len(elements))
    drawn = draw.unpack(os.urandom(draw.size))
    keys, salts = list(drawn[: len(elements)]), drawn[len(elements) :]
    digest_ids = sorted(range(len(elements)), key=keys.__getitem__)
    items, digests = [], [b""] * len(elements)
    for digest_id, salt, element in zip(digest_ids, salts, elements, strict=True):
        rest = _NUMBERS[digest_id] + element
        size = len(rest)
        item = (_HEADS[size] if size < _READY_MADE else _head(size)) + salt + rest
        items.append(item)
        digests[digest_id] = digest(item).digest()
    return items, digests


@lru_cache(maxsize=64)
def _draw(count: int) -> Struct:
    """What is drawn for so many elements: the keys to sort digestIDs by, and the salts."""
    return Struct(f"<{count}Q" + f"{MIN_SALT_BYTES}s" * count)


@lru_cache(maxsize=2048)
def _identifier(name: str) -> bytes:
    return text("elementIdentifier") + text(name)


def _head(behind_salt: int) -> bytes:
    """What stands before a salt, when so many octets stand behind it."""
    return wrapped_head(len(_RANDOM) + MIN_SALT_BYTES + behind_salt) + _RANDOM


_READY_MADE = 512
_HEADS = tuple(_head(size) for size in range(_READY_MADE))
