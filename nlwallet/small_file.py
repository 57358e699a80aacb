"""A file that a person names, which is never large: a certificate, a key, a registration, settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from nlwallet.errors import LocalError

SMALL_FILE_BYTES: Final = 262_144


def read_small_file(path: Path, *, what: str, most: int = SMALL_FILE_BYTES, hint: str = "") -> bytes:
    """All of the file, which ``what`` says what it should be; of a larger one than ``most`` bytes nothing is taken.

    Raises :class:`~nlwallet.errors.LocalError`: ``file`` where it cannot be read, with ``hint``, or ``limit_exceeded``.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise LocalError(f"{path} cannot be read: {reason}", code="file", hint=hint) from None
    if len(content) > most:
        raise LocalError(
            f"{path} is larger than the {most} bytes that {what} may have",
            code="limit_exceeded",
            hint="is it the right file? Of several certificates, leave out those that are not needed",
        )
    return content
