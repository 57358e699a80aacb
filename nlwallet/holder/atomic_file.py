"""Files that are as they were or as they are to be, whatever happens in between; for their owner's eyes only."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nlwallet.errors import LocalError

_MODE = 0o600


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of the file, readable and writable by its owner only.

    Written beside it, synced, and renamed over it; the folder is synced too. Raises
    :class:`~nlwallet.errors.LocalError`: then the file is as it was.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        _write(beside, data)
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise failed(path, error) from None
    finally:
        with suppress(OSError):
            beside.unlink()


def remove_leftovers(path: Path) -> None:
    """Remove what writers of ``path`` that were killed left beside it. Only for who holds its lock."""
    with suppress(OSError):
        for left in path.parent.glob(f".{path.name}.*.new"):
            left.unlink(missing_ok=True)


def read_whole(path: Path, *, max_bytes: int) -> bytes:
    """The file; one byte more than ``max_bytes`` of a longer one. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise LocalError(f"{path} is no file", code="file")
            return file.read(max_bytes + 1)
    except OSError as error:
        raise failed(path, error) from None


def make_folder(folder: Path) -> None:
    """The folder, for its owner only where it is not there yet. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise failed(folder, error) from None


class FileLock:
    """A lock between processes, beside the file that it is about; the system frees it when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._descriptor: int | None = None

    def take(self, *, wait: bool) -> bool:
        """Whether it could be had. Raises :class:`~nlwallet.errors.LocalError` where there are no such locks."""
        try:
            import fcntl
        except ImportError:  # pragma: no cover - Windows
            raise LocalError(
                "this system has no file locks that end with their process", code="file"
            ) from None
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        except OSError as error:
            raise failed(self._path, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return False
            raise failed(self._path, error) from None
        self._descriptor = descriptor
        return True

    def free(self) -> None:
        """Let others have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for it, and free it at the end."""
        self.take(wait=True)
        try:
            yield
        finally:
            self.free()


def failed(path: Path, error: OSError) -> LocalError:
    """What the system said, about ``path``."""
    return LocalError(f"{path}: {os.strerror(error.errno or 0)}", code="file")


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
