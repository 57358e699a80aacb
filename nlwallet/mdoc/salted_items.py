"""IssuerSignedItems as they are written: each copy of a document has its own salts and digestIDs (§9.1.2.5)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

from nlwallet.crypto.encoded_cbor import byte_string_head, text, unsigned, wrapped_head
from nlwallet.mdoc.element_value import encode_element
from nlwallet.mdoc.reading import MAX_ELEMENTS

SALT_BYTES = 32
"""More than the standard's 16: the NL Wallet takes no document with shorter ones."""

# The members in the order of the standard (§8.3.2.1.2.2) and of its examples: the NL Wallet takes the digest over
# what it writes itself, and that is the order in which it writes.
_SALT = text("random") + byte_string_head(SALT_BYTES)
_BEGINNINGS = tuple(b"\xa4" + text("digestID") + unsigned(number) + _SALT for number in range(MAX_ELEMENTS))


def encode_elements(elements: Mapping[str, Any]) -> list[bytes]:
    """Identifier and value of each element: the end of its item, which is the same in every copy."""
    return [_identifier(name) + encode_element(value) for name, value in elements.items()]


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
        beginning = _BEGINNINGS[digest_id]
        size = len(beginning) + SALT_BYTES + len(element)
        item = (_HEADS[size] if size < _READY_MADE else wrapped_head(size)) + beginning + salt + element
        items.append(item)
        digests[digest_id] = digest(item).digest()
    return items, digests


@lru_cache(maxsize=64)
def _draw(count: int) -> Struct:
    """What is drawn for so many elements: the keys to sort digestIDs by, and the salts."""
    return Struct(f"<{count}Q" + f"{SALT_BYTES}s" * count)


@lru_cache(maxsize=2048)
def _identifier(name: str) -> bytes:
    return text("elementIdentifier") + text(name) + text("elementValue")


_READY_MADE = 512
_HEADS = tuple(map(wrapped_head, range(_READY_MADE)))
