"""Servers for the client to meet: a plain socket on 127.0.0.1 that does what a test tells it to, and stops."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

Script = Callable[[socket.socket], None]
"""What the server does with one connection; it may see the peer go at any moment."""


class ScriptedServer:
    """One thread, one script, as many connections as come, until it is closed."""

    def __init__(self, script: Script, *, raw: bool) -> None:
        self._script = script
        self._raw = raw
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.received: list[bytes] = []
        self.over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/thing"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                with suppress(OSError):
                    self.received.append(b"" if self._raw else _request(connection))
                    self._script(connection)
                connection.close()

    def close(self) -> None:
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._thread.join(5)
        assert not self._thread.is_alive()


def _request(connection: socket.socket) -> bytes:
    """One request; of a body that is larger than 64 KiB only the start."""
    read = b""
    while chunk := connection.recv(65_536):
        read += chunk
        head, end, body = read.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if end and len(body) >= min(int(length[1]) if length else 0, 65_536):
            break
    return read


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    servers: list[ScriptedServer] = []

    def start(script: Script | bytes, *, raw: bool = False) -> ScriptedServer:
        """``raw``: the script reads the request itself."""

        def say(connection: socket.socket) -> None:
            assert isinstance(script, bytes)
            connection.sendall(script)

        servers.append(ScriptedServer(say if isinstance(script, bytes) else script, raw=raw))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
