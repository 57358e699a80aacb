"""Connections that send, but hardly: each holds the other side up for as long as it has patience."""

from __future__ import annotations

import select
import socket
import ssl
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

TIMEOUT = 5.0
MOMENT = 1.0
"""Between one character and the next, in seconds."""


class SlowSenders:
    """``count`` connections to ``url``, each with the beginning of a form that never ends. Use it in a ``with``.

    What TLS says about the party is not looked at: nothing secret is sent. Raises :class:`OSError` where nobody
    listens.
    """

    def __init__(self, url: str, *, count: int) -> None:
        self._address, self._count = urlsplit(url), count
        self._stack, self._sockets = ExitStack(), list[socket.socket]()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            for _ in range(self._count):
                self._sockets.append(opened.enter_context(self._connection()))
            self._stack = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def dribble(self) -> int:
        """One more character on each; gives how many connections are still open."""
        still_open = []
        for one in self._sockets:
            try:
                one.sendall(b"A")
            except OSError:
                continue
            still_open.append(one)
        self._sockets = still_open
        return len(still_open)

    def outlast(self, seconds: float) -> int:
        """Go on, a character a moment, until nobody listens any more, or that long; gives how many are still open."""
        deadline = time.monotonic() + seconds
        while self._sockets and (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select(self._sockets, [], [], min(left, MOMENT))
            self._sockets = [one for one in self._sockets if one not in ready or not _is_given_up(one)]
            self.dribble()
        return len(self._sockets)

    def _connection(self) -> socket.socket:
        secure = self._address.scheme == "https"
        host, port = self._address.hostname or "", self._address.port or (443 if secure else 80)
        connected = socket.create_connection((host, port), timeout=TIMEOUT)
        try:
            if secure:
                connected = _unverified().wrap_socket(connected, server_hostname=host)
            connected.sendall(self._beginning())
        except OSError:
            connected.close()
            raise
        return connected

    def _beginning(self) -> bytes:
        path = self._address.path or "/"
        query = f"?{self._address.query}" if self._address.query else ""
        lines = (
            f"POST {path}{query} HTTP/1.1",
            f"Host: {self._address.netloc}",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 100000",
            "",
            "response=",
        )
        return "\r\n".join(lines).encode("ascii")


def _is_given_up(one: socket.socket) -> bool:
    """Whether the other side answered, or went away. What TLS itself has to say is neither."""
    one.settimeout(0)
    try:
        one.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        one.settimeout(TIMEOUT)
        return False
    except OSError:
        return True
    return True


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
