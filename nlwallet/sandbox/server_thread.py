"""A web server in a thread of its own, on a socket of the loopback interface."""

from __future__ import annotations

import errno
import os
import socket
import threading
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from nlwallet.errors import LocalError

START_SECONDS = 10
STOP_SECONDS = 10


def listener(address: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises LocalError: ``port_taken`` or ``no_port``."""
    # With the protocol named, asyncio turns Nagle's algorithm off: else each answer waits 40 ms for an acknowledgement.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A port that was used a moment ago may be used again; one that is in use may not (Linux).
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen()
    except OSError as error:
        made.close()
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise LocalError(
            f"cannot listen on {address} port {port}: {reason}",
            code="port_taken" if error.errno == errno.EADDRINUSE else "no_port",
            hint="another port, or 0 for a free one",
        ) from None
    except OverflowError:
        made.close()
        raise LocalError(
            f"there is no port {port}", code="no_port", hint="1 to 65535, or 0 for a free one"
        ) from None
    return made


class ServerThread:
    """Serves ``app`` on ``socket``, over TLS with ``certificate`` (certificate and key files), until :meth:`stop`."""

    def __init__(
        self,
        name: str,
        app: ASGIApp,
        listening: socket.socket,
        *,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        pem, key = certificate or (None, None)
        config = uvicorn.Config(
            app,
            interface="asgi3",
            ssl_certfile=None if pem is None else str(pem),
            ssl_keyfile=None if key is None else str(key),
            log_config=None,
            log_level="critical",
            lifespan="off",
            server_header=False,
            h11_max_incomplete_event_size=65_536,
            timeout_keep_alive=5,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name=f"nlwallet-{name}", daemon=True
        )
        self._thread.start()
        self._server.settled.wait(START_SECONDS)
        if not self._server.started:
            raise LocalError(f"the server for {name} does not start{self._server.why_not}")

    def ask_to_stop(self) -> None:
        """Take no new connections, and end; :meth:`stop` waits for that."""
        self._server.should_exit = True

    def stop(self) -> None:
        """End, and wait until it has."""
        self.ask_to_stop()
        self._thread.join(STOP_SECONDS)


class _Server(uvicorn.Server):
    """Tells at once that it answers, or never will: a sandbox starts some thirty of these one after another."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()
        self.why_not = ""

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        except OSError as error:  # also ssl.SSLError: a certificate or key that cannot be used
            self.why_not = f": {error.strerror or type(error).__name__}"
        finally:
            self.settled.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()
