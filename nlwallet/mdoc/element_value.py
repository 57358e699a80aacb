"""The value of a data element: from Python to CBOR, and from CBOR to what a query or a page can use.

Dates are a CBOR type of their own: ``full-date`` (tag 1004, RFC 8943) and ``tdate`` (tag 0, RFC 8949 §3.4.1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from cbor2 import CBORTag, dumps

from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.encoded_cbor import NULL, array, byte_string, text_map, text_string, unsigned
from nlwallet.encoding import b64url_encode
from nlwallet.errors import LocalError

TDATE_TAG, FULL_DATE_TAG = 0, 1004

_BIGNUM, _NEGATIVE_BIGNUM = 2, 3
_THE_SAME_IN_JSON = frozenset({str, int, bool, type(None)})
_ARRAYS = frozenset({list, tuple})
"""As cbor2 decodes them; the second inside a tag."""


def encode_element(value: Any) -> bytes:
    """The deterministic encoding of an element value.

    ``datetime.date`` becomes a full-date and an aware ``datetime.datetime`` a tdate in UTC, whole seconds.
    Raises :class:`~nlwallet.errors.LocalError` for what CBOR has no form for here.
    """
    encode = _ENCODERS.get(type(value))
    return dump_cbor(_writable(value)) if encode is None else encode(value)


def json_of_element(value: Any) -> Any:
    """An element value as JSON, as RFC 8949 §6.1 advises: octets become base64url, a tagged value its content.

    So a full-date and a tdate become their text. What that section leaves open becomes ``None``; a map keeps its
    members with a text as name. A negative number that is beyond 64 bits is told as the bignum that it also is.
    """
    if type(value) in _THE_SAME_IN_JSON:
        return (
            value
            if type(value) is not int or value >= -(1 << 63)
            else f"~{b64url_encode((-1 - value).to_bytes(8))}"
        )
    if isinstance(value, bytes):
        return b64url_encode(value)
    if type(value) in _ARRAYS:
        return [json_of_element(item) for item in value]
    if isinstance(value, CBORTag):
        content = json_of_element(value.value)
        return f"~{content}" if value.tag == _NEGATIVE_BIGNUM else content
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: json_of_element(item) for name, item in value.items() if isinstance(name, str)}
    return None


def _writable(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float | bytes):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise LocalError("a time without a time zone has no tdate", spec="ISO/IEC 18013-5 §7.2.1")
        return CBORTag(TDATE_TAG, value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    if isinstance(value, date):
        return CBORTag(FULL_DATE_TAG, value.isoformat())
    if isinstance(value, Mapping):
        return {name: _writable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    if isinstance(value, CBORTag):
        return CBORTag(value.tag, _writable(value.value))
    raise LocalError(
        f"an element value cannot be a {type(value).__name__}",
        hint="text, number, boolean, bytes, date, aware datetime, list or mapping of these",
    )


def _encode_date(value: date) -> bytes:
    return _FULL_DATE + value.isoformat().encode("ascii")


def _encode_list(value: list[Any]) -> bytes:
    return array([encode_element(each) for each in value])


def _encode_map(value: dict[Any, Any]) -> bytes:
    if set(map(type, value)) - {str}:
        return dump_cbor(_writable(value))
    return text_map({name: encode_element(each) for name, each in value.items()})


_FULL_DATE = b"\xd9\x03\xec\x6a"
_ENCODERS: Mapping[type, Callable[[Any], bytes]] = {
    str: text_string,
    bytes: byte_string,
    bool: lambda value: b"\xf5" if value else b"\xf4",
    int: lambda value: unsigned(value) if 0 <= value < 1 << 64 else dumps(value),
    type(None): lambda _: NULL,
    date: _encode_date,
    list: _encode_list,
    dict: _encode_map,
}
"""The common types, put together here: cbor2 sets up an encoder for each call, which costs more than the value."""
