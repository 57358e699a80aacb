"""Moments in an mdoc: RFC 3339 in UTC, whole seconds, tag 0 (ISO/IEC 18013-5 §9.1.2.4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cbor2 import CBORTag

from nlwallet.crypto.encoded_cbor import text
from nlwallet.encoding import date_time
from nlwallet.errors import InvalidMdoc
from nlwallet.mdoc.element_value import TDATE_TAG

_TDATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_TAG_0 = b"\xc0"


@lru_cache(maxsize=1024)
def encode_tdate(seconds: int) -> bytes:
    """The encoded tdate of a moment in seconds since the epoch."""
    return _TAG_0 + text(date_time(seconds))


def parse_tdate(value: Any, what: str, pointer: str) -> int:
    """Seconds since the epoch of a decoded tdate. Raises :class:`~nlwallet.errors.InvalidMdoc`."""
    if isinstance(value, CBORTag) and value.tag == TDATE_TAG and isinstance(value.value, str):
        seconds = _seconds(value.value)
        if seconds is not None:
            return seconds
    raise InvalidMdoc(
        f"{what} is no tdate",
        spec="ISO/IEC 18013-5 §9.1.2.4",
        pointer=pointer,
        hint="tag 0 with a text such as 2026-01-31T00:00:00Z: UTC, whole seconds",
    )


@lru_cache(maxsize=1024)
def _seconds(moment: str) -> int | None:
    if not _TDATE.fullmatch(moment):
        return None
    try:
        return int(datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
