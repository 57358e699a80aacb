"""The same parties on real HTTPS ports of 127.0.0.1: one server each, certificates from a CA of the moment."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from nlwallet.clock import SystemClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpPolicy

SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"
START_SECONDS = 10


class Loopback:
    """A :class:`~nlwallet.sandbox.Hosting` on free ports of the loopback interface.

    A host such as ``cafe.example`` becomes ``https://localhost:PORT``. The servers stop at :meth:`close`, and
    with the process. :attr:`tls_anchor_pem` is for other programs that want to talk to them.
    """

    def __init__(self) -> None:
        self._sockets: dict[str, socket.socket] = {}
        self._servers: list[tuple[uvicorn.Server, threading.Thread]] = []
        self._clients: list[HttpClient] = []
        self._folder = tempfile.TemporaryDirectory(prefix="nlwallet-tls-")
        self.tls_anchor_pem = self._make_certificate()

    def origin(self, host: str) -> str:
        """``https://localhost:PORT``; the port is taken at the first call."""
        if host not in self._sockets:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listener.bind(("127.0.0.1", 0))
            self._sockets[host] = listener
        return f"https://localhost:{self._sockets[host].getsockname()[1]}"

    def serve(self, host: str, app: ASGIApp) -> None:
        """Start a server for ``host`` and wait until it answers. Raises LocalError if it does not."""
        self.origin(host)
        config = uvicorn.Config(
            app,
            ssl_certfile=str(self._path("tls.pem")),
            ssl_keyfile=str(self._path("tls.key")),
            log_level="critical",
            lifespan="off",
            server_header=False,
            h11_max_incomplete_event_size=65_536,
            timeout_keep_alive=5,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [self._sockets[host]]}, name=f"nlwallet-{host}", daemon=True
        )
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise LocalError(f"the server for {host} does not start")
            time.sleep(0.005)
        self._servers.append((server, thread))

    def client(self) -> HttpClient:
        """A client that trusts the TLS certificates of this sandbox and may reach 127.0.0.1."""
        policy = HttpPolicy(insecure_allow_private_addresses=True, tls_anchors_pem=self.tls_anchor_pem)
        client = HttpClient(policy)
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Stop the servers, close the sockets and delete the key."""
        for client in self._clients:
            client.close()
        for server, _ in self._servers:
            server.should_exit = True
        for _, thread in self._servers:
            thread.join(START_SECONDS)
        for listener in self._sockets.values():
            listener.close()
        self._servers.clear()
        self._sockets.clear()
        self._folder.cleanup()

    def _make_certificate(self) -> str:
        now = SystemClock().now()
        authority = CertificateAuthority.create("nlwallet loopback TLS", now=now, days=7)
        key = PrivateKey.generate()
        chain = authority.issue(
            key.public,
            Subject("localhost"),
            now=now,
            days=7,
            san_dns=("localhost",),
            extended_key_usages=(SERVER_AUTHENTICATION,),
        )
        self._path("tls.pem").write_text(chain.leaf.pem())
        self._path("tls.key").touch(mode=0o600)
        self._path("tls.key").write_bytes(key.pem())
        return authority.certificate.pem()

    def _path(self, name: str) -> Path:
        return Path(self._folder.name) / name
