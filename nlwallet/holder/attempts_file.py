"""The count of wrong PINs in a file of its own: it outlives the process, and a copy of the wallet shares it.

Whoever may write this file may also set it back, and whoever has the wallet's file may guess without it: what slows
that down is the cost of each guess (:class:`~nlwallet.crypto.DerivationCost`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import InvalidVault, RemoteError
from nlwallet.holder.atomic_file import FileLock, make_folder, read_whole, write_atomically
from nlwallet.holder.attempts import Attempts

_MAX_BYTES: Final = 4096


class AttemptsFile:
    """An :class:`~nlwallet.holder.attempts.AttemptRecord` in the file at ``path``; none yet means no wrong attempt."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()

    def read(self) -> Attempts:
        """The count. Raises :class:`~nlwallet.errors.InvalidVault` for a file that says something else."""
        if not self.path.exists():
            return Attempts()
        try:
            members = parse_json_object(read_whole(self.path, max_bytes=_MAX_BYTES), what="the count")
        except RemoteError:
            members = {}
        wrong, until = members.get("wrong"), members.get("locked_until")
        if type(wrong) is not int or wrong < 0 or not (until is None or type(until) is int):
            raise InvalidVault(
                "the count of wrong PINs is damaged", code="attempts_damaged", hint=f"see {self.path}"
            )
        return Attempts(wrong, until)

    def write(self, attempts: Attempts) -> None:
        """Keep the count. Raises :class:`~nlwallet.errors.LocalError` if that cannot be."""
        write_atomically(
            self.path, dump_json({"wrong": attempts.wrong, "locked_until": attempts.locked_until})
        )

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One thread of one process at a time."""
        make_folder(self.path.parent)
        with self._lock, FileLock(self.path).held():
            yield
