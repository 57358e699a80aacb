"""Structures of ISO/IEC 18013-5 §8.2 and §9.1.1 are read as those of its documents are; only the error is another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nlwallet.errors import InvalidMdoc, MalformedInput, RemoteError


@contextmanager
def refused_as(kind: type[RemoteError], spec: str) -> Iterator[None]:
    """What does not have its form is refused as ``kind``; limits and algorithms stay their own errors."""
    try:
        yield
    except (InvalidMdoc, MalformedInput) as error:
        raise kind(error.message, spec=spec, pointer=error.pointer, hint=error.hint) from None
