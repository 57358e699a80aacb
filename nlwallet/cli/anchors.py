"""Trust anchors in files, as a person names them on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.small_file import read_small_file

_PEM_END: Final = b"-----END CERTIFICATE-----"


def read_anchors(path: Path) -> tuple[Certificate, ...]:
    """The certificates in a PEM file. Raises LocalError or MalformedInput."""
    text = read_pem(path).encode("ascii", "replace")
    parts = [part + _PEM_END for part in text.split(_PEM_END)[:-1]]
    return tuple(Certificate.from_pem(part) for part in parts or [text])


def read_pem(path: Path) -> str:
    """The text of a file with a certificate. Raises LocalError or MalformedInput."""
    text = read_small_file(path, what="a file of certificates")
    Certificate.from_pem(text)
    return text.decode("ascii", "replace")
