from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlwallet.clock import SystemClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import TransportError
from nlwallet.http import HttpClient, HttpPolicy

Serve = Callable[..., Any]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def authority() -> CertificateAuthority:
    return CertificateAuthority.create("test TLS", now=SystemClock().now(), days=1)


def tls_server(authority: CertificateAuthority, folder: Path, serve: Serve, name: str, days: int = 1) -> Any:
    key, now = PrivateKey.generate(), SystemClock().now()
    chain = authority.issue(
        key.public,
        Subject(name),
        now=now if days > 0 else now - 10 * 86_400,
        days=abs(days),
        san_dns=(name,),
        extended_key_usages=("1.3.6.1.5.5.7.3.1",),
    )
    (folder / "tls.pem").write_text(chain.leaf.pem())
    (folder / "tls.key").write_bytes(key.pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem", folder / "tls.key")

    def speak(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65_536)
            secure.sendall(OK)

    return serve(speak, raw=True)


def get(port: int, policy: HttpPolicy) -> bytes:
    with HttpClient(policy) as client:
        return client.get(f"https://localhost:{port}/", accept="*/*", what="the thing").body


def policy(anchors: str = "", seconds: float = 5) -> HttpPolicy:
    return HttpPolicy(insecure_allow_private_addresses=True, tls_anchors_pem=anchors, timeout_seconds=seconds)


def test_https_with_an_anchor_of_our_own(authority: Any, tmp_path: Path, serve: Serve) -> None:
    server = tls_server(authority, tmp_path, serve, "localhost")
    assert get(server.port, policy(authority.certificate.pem())) == b"ok"


def test_an_unknown_ca_is_said_to_be_the_reason(authority: Any, tmp_path: Path, serve: Serve) -> None:
    server = tls_server(authority, tmp_path, serve, "localhost")
    with pytest.raises(TransportError) as refusal:
        get(server.port, policy())
    assert refusal.value.code == "untrusted_tls_certificate"
    assert refusal.value.message.startswith("the thing: the TLS certificate of localhost")
    assert "tls_anchors_pem" in refusal.value.hint


@pytest.mark.parametrize(
    ("name", "days", "reason"), [("other.example", 1, "match"), ("localhost", -1, "expired")]
)
def test_a_certificate_for_another_host_or_time_is_refused_with_the_reason(
    name: str, days: int, reason: str, authority: Any, tmp_path: Path, serve: Serve
) -> None:
    server = tls_server(authority, tmp_path, serve, name, days)
    with pytest.raises(TransportError) as refusal:
        get(server.port, policy(authority.certificate.pem()))
    assert refusal.value.code == "untrusted_tls_certificate"
    assert reason in refusal.value.message


def test_a_peer_that_does_not_shake_hands_is_left_at_the_deadline(serve: Serve) -> None:
    over = threading.Event()
    server = serve(lambda _: over.wait(5), raw=True)
    with pytest.raises(TransportError) as refusal:
        get(server.port, policy(seconds=0.2))
    over.set()
    assert refusal.value.code == "timeout"


def test_plain_http_on_a_tls_port_is_a_typed_error(serve: Serve) -> None:
    with pytest.raises(TransportError):
        get(serve(lambda connection: connection.sendall(OK), raw=True).port, policy())
