"""The same parties on real HTTPS ports of 127.0.0.1: one server each, certificates from a CA of the moment."""

from __future__ import annotations

import ipaddress
import socket
import tempfile
from pathlib import Path

from starlette.types import ASGIApp

from nlwallet.clock import SystemClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox.server_thread import ServerThread, listener

SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"


class Loopback:
    """A :class:`~nlwallet.sandbox.Hosting` on free ports of the loopback interface.

    A host such as ``cafe.example`` becomes ``https://localhost:PORT``. The servers stop at :meth:`close`, and
    with the process. :attr:`tls_anchor_pem` is for other programs that want to talk to them.

    ``port`` is that of the first host, 0 for a free one; the others get free ones, or ``in_sequence`` the next ones.
    ``reached_at``: the name or address of this machine in the
    origins; with another than ``localhost`` the servers listen there, where others can reach them. ``authority``: who
    signs the TLS certificate; else one of the moment.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        in_sequence: bool = False,
        reached_at: str = "localhost",
        authority: CertificateAuthority | None = None,
    ) -> None:
        self._port = port
        self._in_sequence = in_sequence
        self._reached_at = reached_at
        self._authority = authority or tls_authority()
        self._sockets: dict[str, socket.socket] = {}
        self._servers: list[ServerThread] = []
        self._clients: list[HttpClient] = []
        self._folder = tempfile.TemporaryDirectory(prefix="nlwallet-tls-")
        self.tls_anchor_pem = self._make_certificate()

    def origin(self, host: str) -> str:
        """``https://localhost:PORT``; the port is taken at the first call. Raises LocalError if it cannot be."""
        if host not in self._sockets:
            address = "127.0.0.1" if self._reached_at == "localhost" else self._reached_at
            self._sockets[host] = listener(address, self._next_port())
        return f"https://{self._reached_at}:{self._sockets[host].getsockname()[1]}"

    def _next_port(self) -> int:
        taken = len(self._sockets)
        if self._in_sequence and self._port:
            return self._port + taken
        return 0 if taken else self._port

    def serve(self, host: str, app: ASGIApp) -> None:
        """Start a server for ``host`` and wait until it answers. Raises LocalError if it does not."""
        self.origin(host)
        certificate = self._path("tls.pem"), self._path("tls.key")
        self._servers.append(ServerThread(host, app, self._sockets[host], certificate=certificate))

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
        for server in self._servers:
            server.ask_to_stop()
        for server in self._servers:
            server.stop()
        for one in self._sockets.values():
            one.close()
        self._servers.clear()
        self._sockets.clear()
        self._folder.cleanup()

    def _make_certificate(self) -> str:
        now = SystemClock().now()
        authority = self._authority
        key = PrivateKey.generate()
        is_address = _is_address(self._reached_at)
        chain = authority.issue(
            key.public,
            Subject(self._reached_at),
            now=now,
            days=7,
            san_dns=() if is_address else (self._reached_at,),
            san_ips=(self._reached_at,) if is_address else (),
            extended_key_usages=(SERVER_AUTHENTICATION,),
        )
        self._path("tls.pem").write_text(chain.leaf.pem())
        self._path("tls.key").touch(mode=0o600)
        self._path("tls.key").write_bytes(key.pem())
        return authority.certificate.pem()

    def _path(self, name: str) -> Path:
        return Path(self._folder.name) / name


def tls_authority(*, days: int = 7) -> CertificateAuthority:
    """An authority for the TLS certificates of this machine."""
    return CertificateAuthority.create("nlwallet loopback TLS", now=SystemClock().now(), days=days)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
