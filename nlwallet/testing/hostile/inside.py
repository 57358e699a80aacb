"""A port of this machine that nobody from outside should be led to."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field


@dataclass(slots=True)
class Inside:
    """Listens on 127.0.0.1, and answers nobody: that somebody came is all there is to see."""

    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def place(self) -> str:
        """``127.0.0.1:PORT``, for behind a scheme."""
        return f"127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port alone."""
        port: int = self._listener.getsockname()[1]
        return port

    def was_visited(self) -> bool:
        """Whether somebody came."""
        self._listener.settimeout(0)
        try:
            visitor, _ = self._listener.accept()
        except BlockingIOError:
            return False
        visitor.close()
        return True

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()
