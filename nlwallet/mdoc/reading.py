"""How the structures of ISO/IEC 18013-5 are read from decoded CBOR: typed, bounded, each refusal with its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from cbor2 import CBORTag

from nlwallet.crypto.cbor import parse_cbor, parse_cbor_each
from nlwallet.crypto.encoded_cbor import ENCODED_CBOR_TAG, wrapped_head
from nlwallet.errors import InvalidMdoc, LimitExceeded

MAX_MDOC_BYTES = 1_048_576
"""How long a document, request or response may be, in bytes (1 MiB)."""
MAX_NAMESPACES = 64
MAX_ELEMENTS = 1024
"""How many elements a namespace may have, shown, signed or asked for."""
MAX_NAME_LENGTH = 256
"""How long docType, namespace and element identifiers may be, in characters."""

_HEAD_OCTETS = 5
"""Of an item of 256 to 65535 octets inside tag 24: the tag takes two of them, the length three."""

_Kind = TypeVar("_Kind")

_WORDS = {
    dict: "a map",
    list: "an array",
    bytes: "a byte string",
    str: "a text",
    int: "an integer",
    bool: "true or false",
}


def decode(data: bytes, *, what: str, pointer: str = "") -> Any:
    """The one CBOR item in ``data``; every length is definite, no key is there twice.

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    return parse_cbor(data, what=what, pointer=pointer, max_bytes=MAX_MDOC_BYTES, indefinite_lengths=False)


def decode_wrapped(data: bytes, *, what: str) -> Any:
    """The CBOR item inside ``data``, which encodes ``#6.24(bstr .cbor item)``; otherwise as :func:`decode`."""
    content = data[_HEAD_OCTETS:]
    head = wrapped_head(len(content))
    # If this is how it begins, there is nothing that a decoder would see and we do not; and nearly all begin so.
    if len(head) != _HEAD_OCTETS or not data.startswith(head):
        content = unwrap(decode(data, what=what), what, "")
    return decode(content, what=what)


def decode_each(parts: Sequence[bytes], *, what: str) -> list[Any]:
    """The one CBOR item in each of ``parts``, which stand in a message that was decoded; otherwise as :func:`decode`.

    The pointer of an error is the position of a part.
    """
    return parse_cbor_each(parts, what=what, indefinite_lengths=False)


def typed(value: Any, kind: type[_Kind], what: str, pointer: str, spec: str = "") -> _Kind:
    """``value``, which must be of this very type. Raises :class:`~nlwallet.errors.InvalidMdoc`."""
    if type(value) is not kind:
        raise InvalidMdoc(f"{what} is not {_WORDS[kind]}", spec=spec, pointer=pointer)
    return value


def member(value: dict[Any, Any], name: str, kind: type[_Kind], pointer: str, spec: str = "") -> _Kind:
    """The required member ``name`` of a map."""
    found = value.get(name)
    if type(found) is kind:
        return found
    if name not in value:
        raise InvalidMdoc(f"{name} is missing", spec=spec, pointer=pointer)
    return typed(found, kind, name, f"{pointer}/{name}", spec)


def short_text(value: Any, what: str, pointer: str) -> str:
    """The name of a document type, namespace or element."""
    if type(value) is str and 0 < len(value) <= MAX_NAME_LENGTH:
        return value
    typed(value, str, what, pointer)
    raise LimitExceeded(f"{what} has 1 to {MAX_NAME_LENGTH} characters", pointer=pointer)


def filled(value: Any, kind: type[_Kind], what: str, pointer: str, *, limit: int = MAX_ELEMENTS) -> _Kind:
    """A map or array of one to ``limit`` entries."""
    if type(value) is kind and 0 < len(value) <= limit:  # type: ignore[arg-type]
        return value
    typed(value, kind, what, pointer)
    if not value:
        raise InvalidMdoc(f"{what} is empty", pointer=pointer, hint="leave out what has no entries")
    raise LimitExceeded(f"{what} has {len(value)} entries, the limit is {limit}", pointer=pointer)


def unwrap(value: Any, what: str, pointer: str) -> bytes:
    """The encoded item inside ``#6.24(bstr)``."""
    if type(value) is CBORTag and value.tag == ENCODED_CBOR_TAG:
        content = value.value
        if type(content) is bytes:
            return content
    raise InvalidMdoc(
        f"{what} is not an encoded CBOR item with tag 24", spec="RFC 8949 §3.4.5.1", pointer=pointer
    )
