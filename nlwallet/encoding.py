"""Base64url, JSON and moments as the wire carries them: strict and bounded.

Two readers of JSON stand here, on purpose. :func:`parse_json` refuses repeated member names and is
for every message of a protocol. :func:`parse_signed_json` is the fast one for the bytes of JOSE
headers, payloads and Disclosures, where RFC 7515 §4 allows "the last member wins".
"""

from __future__ import annotations

import binascii
import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NoReturn

import orjson
from pydantic import ConfigDict, TypeAdapter

from nlwallet.errors import LimitExceeded, MalformedInput

MAX_JSON_DEPTH = 32
"""How deep a JSON value from outside may nest: arrays and objects, counted together."""

MAX_MESSAGE_BYTES = 1_048_576
"""How long a whole message from outside may be, in bytes (1 MiB)."""

# In one pass and in Rust: half the time of binascii, which has no base64url and would need two more.
_base64url = TypeAdapter(bytes, config=ConfigDict(ser_json_bytes="base64")).serializer.to_python
# What base64url does not have becomes a byte that no base64 has, so that the strict decoder refuses it.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
_PADDING = (b"", b"===", b"==", b"=")

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A JSON string, or the beginning of one that has no end."""
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_MAYBE_HALF_A_PAIR = re.compile(rb"\\u[dD][89A-Fa-f]")


def b64url_encode(data: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    text: str = _base64url(data, mode="json")
    return text.rstrip("=")


def b64url_decode(text: str | bytes, *, pointer: str = "") -> bytes:
    """Decode base64url without padding; padding, white space and ``+/`` are refused.

    Raises :class:`~nlwallet.errors.MalformedInput`.
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else text
        return binascii.a2b_base64(raw.translate(_FROM_URL) + _PADDING[len(raw) % 4], strict_mode=True)
    except ValueError:
        raise MalformedInput(
            "not base64url without padding",
            spec="RFC 7515 §2",
            pointer=pointer,
            hint="use the alphabet A-Z a-z 0-9 - _ and leave out '='",
        ) from None


def date_time(seconds: int) -> str:
    """A moment in seconds since the epoch as RFC 3339 has it, in UTC: ``2026-01-31T00:00:00Z``.

    Raises ValueError, OverflowError or OSError for one that no calendar has: after the year 9999.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def dump_json(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return orjson.dumps(value)


def parse_json(
    data: str | bytes,
    *,
    what: str = "message",
    pointer: str = "",
    max_depth: int = MAX_JSON_DEPTH,
    max_bytes: int = MAX_MESSAGE_BYTES,
) -> Any:
    """Parse JSON of a protocol message; repeated names, NaN and infinity, half characters, depth and size are refused.

    So is a whole number beyond 64 bits: not every reader would see the same one (RFC 8259 §6), and nobody writes it.
    ``what`` names the input in the error. Raises :class:`~nlwallet.errors.MalformedInput` or
    :class:`~nlwallet.errors.LimitExceeded`.
    """
    raw = _bounded(data, what, pointer, max_depth, max_bytes)
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
        if _MAYBE_HALF_A_PAIR.search(raw):
            orjson.loads(
                raw
            )  # refuses an escaped surrogate that stands alone: no text in UTF-8 could hold it
        return value
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _RepeatedName) else "not JSON in UTF-8"
        raise MalformedInput(f"{what}: {reason}", spec="RFC 8259", pointer=pointer) from None


def parse_signed_json(
    data: bytes,
    *,
    what: str = "payload",
    pointer: str = "",
    max_depth: int = MAX_JSON_DEPTH,
    max_bytes: int = MAX_MESSAGE_BYTES,
) -> Any:
    """Parse JSON of a JOSE header, payload or Disclosure, fast; of a repeated name the last one counts.

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    raw = _bounded(data, what, pointer, max_depth, max_bytes)
    try:
        return orjson.loads(raw)
    except ValueError:
        raise MalformedInput(f"{what}: not JSON in UTF-8", spec="RFC 8259", pointer=pointer) from None


def parse_json_object(
    data: str | bytes, *, what: str = "message", pointer: str = "", max_bytes: int = MAX_MESSAGE_BYTES
) -> dict[str, Any]:
    """:func:`parse_json`, and it must be an object."""
    value = parse_json(data, what=what, pointer=pointer, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise MalformedInput(f"{what} is not a JSON object", spec="RFC 8259 §4", pointer=pointer)
    return value


def json_pointer(tokens: Iterable[str | int | None]) -> str:
    """A JSON pointer from its reference tokens (RFC 6901 §3); ``None``, every element, is written ``*``."""
    names = ("*" if token is None else str(token) for token in tokens)
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


class _RepeatedName(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RepeatedName("an object names a member twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _whole(text: str) -> int:
    value = int(text)
    if not -(1 << 63) <= value < 1 << 64:
        raise ValueError("beyond 64 bits")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("beyond every number")
    return value


def _bounded(data: str | bytes, what: str, pointer: str, max_depth: int, max_bytes: int) -> bytes:
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > max_bytes:
        raise LimitExceeded(f"{what} has {len(raw)} bytes, the limit is {max_bytes}", pointer=pointer)
    # Only a text with more brackets than the limit can be too deep; brackets inside strings may
    # overcount here, so the exact depth is counted before the text is refused.
    if raw.count(b"[") + raw.count(b"{") > max_depth and _depth(raw) > max_depth:
        raise LimitExceeded(f"{what} nests deeper than {max_depth}", pointer=pointer)
    return raw


def _depth(raw: bytes) -> int:
    depth = deepest = 0
    for bracket in _STRING.sub(b"", raw).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
