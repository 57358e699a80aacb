"""Trust anchors in files, as a person names them on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.errors import LocalError

_PEM_END: Final = b"-----END CERTIFICATE-----"
_MAX_PEM: Final = 262_144


def read_anchors(path: Path) -> tuple[Certificate, ...]:
    """The certificates in a PEM file. Raises LocalError or MalformedInput."""
    text = read_pem(path).encode("ascii", "replace")
    parts = [part + _PEM_END for part in text.split(_PEM_END)[:-1]]
    return tuple(Certificate.from_pem(part) for part in parts or [text])


def read_pem(path: Path) -> str:
    """The text of a file with a certificate. Raises LocalError or MalformedInput."""
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_PEM)
    except OSError as error:
        raise LocalError(f"{path} cannot be read: {os.strerror(error.errno or 0)}", code="file") from None
    Certificate.from_pem(text)
    return text.decode("ascii", "replace")
