"""CBOR with a word beside each item, for people who compare what two programs encoded.

An :class:`Item` says what stands where and encodes it; :func:`annotated` writes one line for each, its head in hex and
what it means. What is secret is counted, never shown.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from nlwallet.crypto.encoded_cbor import NULL, array, byte_string, text, wrapped

_SHOWN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Inside:
    """An item that is not there itself, but in another form: its SHA-256, or the bytes of its encoding."""

    how: Literal["sha256", "sha256_hex", "bytes", "tag24"]
    item: Item


Value: TypeAlias = "str | bytes | tuple[Item, ...] | Inside | None"


@dataclass(frozen=True, slots=True)
class Item:
    """One item and its name in the specification."""

    name: str
    value: Value = field(repr=False)
    secret: bool = False

    def encode(self) -> bytes:
        """The encoding."""
        value = self.value
        if value is None:
            return NULL
        if isinstance(value, str):
            return text(value)
        if isinstance(value, bytes):
            return byte_string(value)
        if isinstance(value, tuple):
            return array([item.encode() for item in value])
        encoded = value.item.encode()
        if value.how == "tag24":
            return wrapped(encoded)
        if value.how == "bytes":
            return byte_string(encoded)
        digest = hashlib.sha256(encoded)
        return byte_string(digest.digest()) if value.how == "sha256" else text(digest.hexdigest())

    def shown(self) -> str:
        """The value for people."""
        value = self.value
        if value is None:
            return "null"
        if isinstance(value, Inside):
            return {
                "sha256": f"SHA-256 of {value.item.name}",
                "sha256_hex": f"SHA-256 of {value.item.name}, as hex text",
                "bytes": f"the bytes of {value.item.name}",
                "tag24": f"tag 24 around {value.item.name}",
            }[value.how]
        if isinstance(value, tuple):
            return f"array of {len(value)}"
        kind = "text" if isinstance(value, str) else "bytes"
        if self.secret:
            return f"{kind} of {len(value)}, not shown"
        return f'"{value}"' if isinstance(value, str) else f"{kind} {value.hex()}"


def annotated(item: Item) -> list[str]:
    """One line for each item, what is hashed or wrapped below the item that it is in."""
    return list(_lines(item, 0))


def annotated_diff(expected: Item, found: Item) -> str:
    """The lines of both: ``-`` before those that only ``expected`` has, ``+`` before those of ``found``."""
    compared = difflib.ndiff(annotated(expected), annotated(found))
    return "\n".join(line.rstrip() for line in compared if not line.startswith("?"))


def _lines(item: Item, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}{_hex(item)}  # {item.name}: {item.shown()}"
    value = item.value
    inner: Sequence[Item] = value if isinstance(value, tuple) else ()
    if isinstance(value, Inside):
        inner = (value.item,)
    for each in inner:
        yield from _lines(each, depth + 1)


def _hex(item: Item) -> str:
    encoded, value = item.encode(), item.value
    if isinstance(value, tuple):
        return encoded[: len(encoded) - sum(len(each.encode()) for each in value)].hex()
    if item.secret:
        return encoded[: len(encoded) - len(_content(value))].hex() + " …"
    return encoded.hex() if len(encoded) <= _SHOWN_BYTES else encoded[:_SHOWN_BYTES].hex() + "…"


def _content(value: Value) -> bytes:
    return value.encode("utf-8") if isinstance(value, str) else value if isinstance(value, bytes) else b""
