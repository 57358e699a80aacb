"""Where a command gets its input: an argument, a file, or standard input (``-``)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nlwallet.encoding import MAX_MESSAGE_BYTES, b64url_encode
from nlwallet.errors import LimitExceeded, LocalError, MalformedInput

_SUFFIXES = frozenset({".txt", ".json", ".jwt", ".pem", ".jws", ".jwe", ".cbor", ".mdoc"})
_CBOR_CONTAINERS = range(0x80, 0xE0)
"""First octets of arrays, maps and tags."""


def read_source(argument: str) -> str:
    """The text behind ``argument``: ``-`` is standard input, an existing file is read, the rest is the text.

    Surrounding white space is removed. CBOR, which is never UTF-8 when it is an array, a map or a tag, comes as
    base64url. Raises :class:`~nlwallet.errors.MalformedInput` for bytes that are
    no UTF-8, :class:`~nlwallet.errors.LimitExceeded` above 1 MiB, and
    :class:`~nlwallet.errors.LocalError` for a file that cannot be read.
    """
    if argument == "-":
        return _text(sys.stdin.buffer.read(MAX_MESSAGE_BYTES + 1))
    if _is_file(argument):
        try:
            with Path(argument).open("rb") as file:
                return _text(file.read(MAX_MESSAGE_BYTES + 1))
        except OSError as error:
            raise LocalError(f"{argument} cannot be read: {os.strerror(error.errno or 0)}") from None
    if _looks_like_a_file_name(argument):
        raise LocalError(f"there is no file {argument}", hint="name a file, give the text itself, or use -")
    return _text(argument.encode("utf-8", "surrogateescape"))


def _is_file(argument: str) -> bool:
    try:
        return Path(argument).is_file()
    except (OSError, ValueError):  # too long for a file name, or with a NUL: it is the text itself
        return False


def _looks_like_a_file_name(argument: str) -> bool:
    return len(argument) < 256 and Path(argument).suffix in {
        ".txt",
        ".json",
        ".jwt",
        ".pem",
        ".jws",
        ".jwe",
        ".cbor",
        ".mdoc",
    }


def _text(data: bytes) -> str:
    if len(data) > MAX_MESSAGE_BYTES:
        raise LimitExceeded(f"the input is longer than {MAX_MESSAGE_BYTES} bytes")
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        if data[0] in _CBOR_CONTAINERS:
            return b64url_encode(data)
        raise MalformedInput(
            "the input is not text in UTF-8, and no CBOR", hint="give PEM for a certificate in DER"
        ) from None
    if not text:
        raise MalformedInput(
            "the input is empty", hint="give a token, a link or a file; - reads standard input"
        )
    return text
