"""A form that brings a file (``multipart/form-data``, RFC 7578): strict and bounded, with a few small parts."""

from __future__ import annotations

import re
from typing import Final

from nlwallet.errors import LimitExceeded, MalformedInput

MAX_PARTS: Final = 8
_MAX_HEAD: Final = 4_096
_BOUNDARY: Final = re.compile(
    r"multipart/form-data\s*;\s*boundary=(?:\"([0-9A-Za-z'()+_,./:=? -]{1,70})\"|([0-9A-Za-z'+_.-]{1,70}))\s*",
    re.IGNORECASE,
)
_NAME: Final = re.compile(
    rb'(?im)^content-disposition:[ \t]*form-data;(?:[^\r\n]*;)?[ \t]*name="([a-z_]{1,40})"'
)


def is_upload(content_type: str) -> bool:
    """Whether a Content-Type header names a form with files, and how its parts are told apart."""
    return _BOUNDARY.fullmatch(content_type.strip()) is not None


def parse_upload(content_type: str, data: bytes) -> tuple[tuple[str, bytes], ...]:
    """Names and contents of the parts, in their order; what a file is called, and is said to be, is left out.

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    found = _BOUNDARY.fullmatch(content_type.strip())
    if found is None:
        raise _malformed("no boundary")
    delimiter = b"\r\n--" + (found[1] or found[2]).encode()
    before, *parts = (b"\r\n" + data).split(delimiter, MAX_PARTS + 1)
    if before or len(parts) < 2:
        raise _malformed("another beginning than its boundary")
    if len(parts) > MAX_PARTS + 1 or delimiter in parts[-1]:
        raise LimitExceeded(f"the form has more than {MAX_PARTS} parts")
    *parts, end = parts
    if end not in (b"--", b"--\r\n"):
        raise _malformed("no end")
    return tuple(_read(part) for part in parts)


def _read(part: bytes) -> tuple[str, bytes]:
    head, empty_line, content = part.partition(b"\r\n\r\n")
    name = _NAME.search(head) if len(head) <= _MAX_HEAD else None
    if not empty_line or name is None:
        raise _malformed("a part without a name")
    return name[1].decode(), content


def _malformed(what: str) -> MalformedInput:
    return MalformedInput(f"the form has {what}", spec="RFC 7578 §4")
