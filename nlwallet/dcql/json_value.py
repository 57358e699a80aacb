"""Values as ``values`` compares them: JSON type and value, without coercion (OpenID4VP 1.0 §6.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from nlwallet.encoding import b64url_encode


def equals_one_of(value: Any, expected: Iterable[Any]) -> bool:
    """Whether type and value equal one of ``expected``: ``1`` is neither ``"1"`` nor ``true`` nor ``1.0``."""
    kind = type(value)
    return any(type(item) is kind and item == value for item in expected)


def from_cbor(value: Any) -> Any:
    """An mdoc data element as JSON, following the advice of RFC 8949 §6.1.

    Octets become base64url, a tagged value its content, a decoded full-date or tdate its text. What
    that section leaves open becomes ``null``, which equals no expected value.
    """
    if isinstance(value, bytes | bytearray):
        return b64url_encode(bytes(value))
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: from_cbor(item) for key, item in value.items() if isinstance(key, str)}
    if isinstance(value, list | tuple):
        return [from_cbor(item) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if hasattr(value, "tag") and hasattr(value, "value"):
        return from_cbor(value.value)
    return None


def type_name(value: Any) -> str:
    """The JSON type of a value in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a number with a fraction"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list | tuple) else "an object"
