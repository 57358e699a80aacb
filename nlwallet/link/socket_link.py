"""Two devices in two processes of one machine: a socket of the loopback interface, or one in the file system.

No host but this one can be reached: an address is a port of 127.0.0.1, or the path of a Unix socket.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

from nlwallet.errors import LimitExceeded, LocalError, TransportError
from nlwallet.link.ended import closed, silent
from nlwallet.proximity import Frames, frame

LOOPBACK: Final = "127.0.0.1"
SEND_TIMEOUT: Final = 10.0
"""Seconds for one message to be taken."""
_CHUNK: Final = 65_536

Address: TypeAlias = int | Path
"""A port of 127.0.0.1, or the path of a Unix socket."""


class SocketLink:
    """One end of a connected socket; each message has its length before it."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._frames = Frames()
        self._waiting: list[bytes] = []

    def send(self, message: bytes) -> None:
        """See :class:`~nlwallet.proximity.Link`."""
        try:
            self._socket.settimeout(SEND_TIMEOUT)
            self._socket.sendall(frame(message))
        except OSError:
            raise closed() from None

    def receive(self, timeout: float) -> bytes:
        """See :class:`~nlwallet.proximity.Link`; the time counts for the whole message, however slowly it comes."""
        until = time.monotonic() + timeout
        while not self._waiting:
            try:
                self._socket.settimeout(max(0.0, until - time.monotonic()))  # 0: what is there already
                octets = self._socket.recv(_CHUNK)
            except (TimeoutError, BlockingIOError):
                raise silent() from None
            except OSError:
                raise closed() from None
            if not octets:
                raise closed()
            try:
                self._waiting += self._frames.parse(octets)
            except LimitExceeded:
                self.close()
                raise
        return self._waiting.pop(0)

    def close(self) -> None:
        """See :class:`~nlwallet.proximity.Link`."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@dataclass(slots=True)
class SocketListener:
    """Where a device waits for one other; made by :func:`listen`."""

    address: Address
    _socket: socket.socket

    def accept(self, timeout: float) -> SocketLink:
        """The first that comes, and no other after it. Raises TransportError ``link_timeout``."""
        try:
            self._socket.settimeout(timeout)
            connected, _ = self._socket.accept()
        except TimeoutError:
            raise silent() from None
        except OSError:
            raise closed() from None
        self.close()
        return SocketLink(connected)

    def close(self) -> None:
        """Wait no longer."""
        self._socket.close()
        if isinstance(self.address, Path):
            self.address.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def listen(path: Path | None = None) -> SocketListener:
    """Wait on a free port of 127.0.0.1, or at ``path``. Raises :class:`~nlwallet.errors.LocalError`."""
    waiting = socket.socket(socket.AF_INET if path is None else socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path is None:
            waiting.bind((LOOPBACK, 0))
        else:
            waiting.bind(str(path))
            path.chmod(0o600)
        waiting.listen(1)
    except OSError as error:
        waiting.close()
        raise LocalError(
            f"nobody can be waited for: {os.strerror(error.errno or 0)}", code="no_socket"
        ) from None
    return SocketListener(waiting.getsockname()[1] if path is None else path, waiting)


def connect(address: Address, *, timeout: float) -> SocketLink:
    """Reach the device that waits at ``address``. Raises :class:`~nlwallet.errors.TransportError`."""
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.settimeout(timeout)
        connecting.connect(str(address) if isinstance(address, Path) else (LOOPBACK, address))
    except (OSError, OverflowError):
        connecting.close()
        raise TransportError(
            "there is no device at the address of this code",
            code="link_refused",
            hint="is it still being shown, on this machine? Each code works once",
        ) from None
    return SocketLink(connecting)


class AwaitedLink:
    """The end of a device that shows a code and waits for whoever scans it: connected once something is received."""

    def __init__(self, waiting: SocketListener) -> None:
        self._waiting = waiting
        self._connected: SocketLink | None = None

    def send(self, message: bytes) -> None:
        """See :class:`~nlwallet.proximity.Link`."""
        if self._connected is None:
            raise closed()
        self._connected.send(message)

    def receive(self, timeout: float) -> bytes:
        """See :class:`~nlwallet.proximity.Link`; the time counts for both, the other's coming and its message."""
        until = time.monotonic() + timeout
        if self._connected is None:
            self._connected = self._waiting.accept(timeout)
        return self._connected.receive(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        """See :class:`~nlwallet.proximity.Link`."""
        self._waiting.close()
        if self._connected is not None:
            self._connected.close()
