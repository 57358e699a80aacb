"""A port of this machine that nobody from outside should be led to."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Inside:
    """Listens on 127.0.0.1, and hangs up on everybody: that somebody came is all there is to see."""

    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _last: socket.socket = field(default_factory=socket.socket)
    """Who comes when it is closed: everybody else stands in the queue before."""
    _came: int = 0
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._last.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._hang_up, name="nlwallet-inside", daemon=True)
        self._thread.start()

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
        """Whether somebody came; nobody can afterwards."""
        self.close()
        return self._came > 0

    def close(self) -> None:
        """Listen no more."""
        if self._thread.is_alive():
            self._last.connect(self._listener.getsockname())
            self._thread.join()
            self._last.close()
            self._listener.close()

    def _hang_up(self) -> None:
        last = self._last.getsockname()
        while True:
            visitor, address = self._listener.accept()
            visitor.close()
            if address == last:
                return
            self._came += 1
