"""The body of an answer, as long as it may be: as it comes, or inflated (RFC 9110 §8.4.1.3)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from nlwallet.errors import LimitExceeded, TransportError

_GZIP = zlib.MAX_WBITS | 16


def read_body(chunks: Iterable[bytes], *, max_bytes: int, what: str) -> bytes:
    """The body, or :class:`~nlwallet.errors.LimitExceeded`."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise LimitExceeded(f"{what} has more than {max_bytes} bytes")
    return bytes(body)


def read_gzip(chunks: Iterable[bytes], *, max_bytes: int, what: str) -> bytes:
    """The inflated body; ``max_bytes`` bounds it before and after. Raises LimitExceeded or TransportError."""
    inflater = zlib.decompressobj(_GZIP)

    def inflated() -> Iterable[bytes]:
        taken = 0
        for chunk in chunks:
            taken += len(chunk)
            if taken > max_bytes:
                raise LimitExceeded(f"{what} has more than {max_bytes} bytes")
            # One byte more than allowed is enough to know; the rest of a bomb stays folded up.
            yield inflater.decompress(chunk, max_bytes + 1)

    try:
        body = read_body(inflated(), max_bytes=max_bytes, what=what)
    except zlib.error:
        raise _damaged(what) from None
    if not inflater.eof or inflater.unused_data:
        raise _damaged(what)
    return body


def _damaged(what: str) -> TransportError:
    return TransportError(f"{what} is not the gzip that it says it is", code="content_encoding")
