from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from nlwallet.errors import LimitExceeded, RemoteError, TransportError
from nlwallet.http import HttpClient, HttpPolicy, HttpReply, network
from nlwallet.http.network import is_public

HERE = HttpPolicy(insecure_allow_http=True, insecure_allow_private_addresses=True, timeout_seconds=5)
HURRIED = HttpPolicy(insecure_allow_http=True, insecure_allow_private_addresses=True, timeout_seconds=0.2)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}"

Serve = Callable[..., Any]


def get(url: str, policy: HttpPolicy = HERE) -> HttpReply:
    with HttpClient(policy) as client:
        return client.get(url, accept="application/json", what="the thing")


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    asked: list[str] = []

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_a_reply_has_status_media_type_and_body(serve: Serve) -> None:
    assert get(serve(OK).url) == HttpReply(200, "application/json", b"{}")


def test_an_error_status_is_part_of_the_reply(serve: Serve) -> None:
    assert get(serve(b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n").url).status == 418


def test_the_request_says_nothing_about_the_software_and_keeps_no_connection(serve: Serve) -> None:
    server = serve(OK)
    get(server.url)
    lines = server.received[0].decode().split("\r\n")
    assert lines[0] == "GET /thing HTTP/1.1"
    names = {line.partition(":")[0].lower() for line in lines[1:] if line}
    assert names == {"host", "accept", "user-agent", "connection"}
    assert "User-Agent: wallet" in lines
    assert "Connection: close" in lines


def test_no_cookie_comes_back_in_a_second_visit(serve: Serve) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nSet-Cookie: id=1\r\nContent-Length: 0\r\n\r\n")
    with HttpClient(HERE) as client:
        client.get(server.url, accept="*/*", what="the thing")
        client.get(server.url, accept="*/*", what="the thing")
    assert len(server.received) == 2
    assert b"ookie" not in server.received[1]


def test_a_form_is_posted_as_a_form(serve: Serve) -> None:
    server = serve(OK)
    with HttpClient(HERE) as client:
        client.post_form(server.url, {"state": "a&b", "response": "é"}, accept="*/*", what="the thing")
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in head
    assert body == b"state=a%26b&response=%C3%A9"


def test_json_is_posted_as_json(serve: Serve) -> None:
    server = serve(OK)
    with HttpClient(HERE) as client:
        client.post_json(server.url, {"a": 1}, accept="*/*", what="it", headers={"Authorization": "Bearer t"})
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    assert b"Content-Type: application/json\r\n" in head
    assert b"Authorization: Bearer t\r\n" in head
    assert body == b'{"a":1}'


def test_the_proxy_of_the_environment_is_not_asked(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve(OK), serve(OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    get(server.url)
    assert (len(proxy.received), len(server.received)) == (0, 1)


# What the policy refuses ---------------------------------------------------------------------


@pytest.mark.req("C-14")
@pytest.mark.parametrize("url", ["http://rp.example/x", "ftp://rp.example/x", "ws://rp.example/x"])
def test_only_https_is_spoken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving_to(monkeypatch, "93.184.215.14")
    with pytest.raises(TransportError) as refusal:
        get(url, HttpPolicy())
    assert refusal.value.code == "https_required"
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rp.example",
        "https://",
        "https:///x",
        "//rp.example/x",
        "https://[::1",
        "https://a b/",
        "https://a:b/",
        "https://user:pin@rp.example/",
        "https://user@rp.example/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "https://x:99999999/",
        "https://rp.example/\x00",
        "https://\ud800.example/",
        "https://xn--/",
    ],
)
def test_what_is_no_address_is_a_typed_error(url: str) -> None:
    with pytest.raises(TransportError):
        get(url, HttpPolicy())


def test_an_endless_address_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        get("https://rp.example/" + "a" * 10_000)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "rp..example", "-"])
def test_a_name_that_no_resolver_takes_is_a_typed_error(host: str) -> None:
    with pytest.raises(TransportError):
        get(f"https://{host}/", HttpPolicy())


@pytest.mark.req("C-14", "W-08")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status: int, serve: Serve) -> None:
    other = serve(OK)
    server = serve(f"HTTP/1.1 {status} Go\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n".encode())
    with pytest.raises(TransportError) as refusal:
        get(server.url)
    assert refusal.value.code == "redirect_refused"
    assert other.received == []


@pytest.mark.req("C-15")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
        "240.0.0.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:4136:e378::1",
    ],
)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "::ffff:93.184.215.14", "2a00:1450:400e::1"])
def test_other_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.req("C-15")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:7f00:1]"]
)
def test_a_party_on_this_machine_is_not_visited(host: str, serve: Serve) -> None:
    server = serve(OK)
    with pytest.raises(TransportError) as refusal:
        get(f"http://{host}:{server.port}/", HttpPolicy(insecure_allow_http=True))
    assert refusal.value.code in {"private_address", "unknown_host"}  # no name server takes 0x7f.1 everywhere
    assert server.received == []


@pytest.mark.req("C-15")
@pytest.mark.parametrize("addresses", [("10.0.0.1",), ("93.184.215.14", "127.0.0.1")])
def test_a_public_name_that_leads_to_a_private_address_is_refused(
    addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving_to(monkeypatch, *addresses)
    monkeypatch.setattr(network, "_connected", lambda *_: pytest.fail("connected"))
    with pytest.raises(TransportError) as refusal:
        get("https://rp.example/", HttpPolicy())
    assert refusal.value.code == "private_address"


def test_the_address_that_was_looked_at_is_the_one_connected_to(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(OK)
    asked = resolving_to(monkeypatch, "127.0.0.1")
    get(f"http://rp.example:{server.port}/")
    assert asked == ["rp.example"]
    assert f"Host: rp.example:{server.port}\r\n".encode() in server.received[0]


def test_the_next_address_is_tried_when_one_does_not_answer(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(OK)
    resolving_to(monkeypatch, "127.0.0.2", "127.0.0.1")
    real = network._connected

    def connect(place: Any, deadline: Any) -> socket.socket:
        if place[1][0] == "127.0.0.2":
            raise ConnectionRefusedError
        return real(place, deadline)

    monkeypatch.setattr(network, "_connected", connect)
    assert get(f"http://rp.example:{server.port}/").status == 200


# Size ----------------------------------------------------------------------------------------


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"a" * 65_536 + b"\r\n")


def endless_header(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"a" * 65_536)


@pytest.mark.req("C-14")
def test_an_endless_body_is_stopped(serve: Serve) -> None:
    with pytest.raises(LimitExceeded):
        get(serve(endless).url)


def test_a_body_of_exactly_the_limit_is_read(serve: Serve) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
    policy = HttpPolicy(
        insecure_allow_http=True, insecure_allow_private_addresses=True, max_response_bytes=10
    )
    assert get(server.url, policy).body == b"0123456789"
    policy = HttpPolicy(insecure_allow_http=True, insecure_allow_private_addresses=True, max_response_bytes=9)
    with pytest.raises(LimitExceeded):
        get(server.url, policy)


def test_endless_headers_are_stopped(serve: Serve) -> None:
    with pytest.raises(TransportError):
        get(serve(endless_header).url)


def test_a_compressed_body_is_refused_unread(serve: Serve) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b")
    with pytest.raises(TransportError) as refusal:
        get(server.url)
    assert refusal.value.code == "content_encoding"


# Time ----------------------------------------------------------------------------------------


def drops(*start: bytes) -> Callable[[socket.socket], None]:
    """Say ``start``, then one byte every 20 ms: never idle for long, and never done."""
    never = threading.Event()

    def trickle(connection: socket.socket) -> None:
        for said in start:
            connection.sendall(said)
        while not never.wait(0.02):
            connection.sendall(b"a")

    return trickle


@pytest.mark.req("C-14")
@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["status line", "headers", "body"],
)
def test_a_peer_that_speaks_byte_by_byte_is_left_at_the_deadline(start: bytes, serve: Serve) -> None:
    with pytest.raises(TransportError) as refusal:
        get(serve(drops(start)).url, HURRIED)
    assert refusal.value.code == "timeout"


def test_a_peer_that_says_nothing_is_left_at_the_deadline(serve: Serve) -> None:
    over = threading.Event()
    server = serve(lambda _: over.wait(5))
    with pytest.raises(TransportError) as refusal:
        get(server.url, HURRIED)
    over.set()
    assert refusal.value.code == "timeout"


def test_a_peer_that_does_not_read_is_left_at_the_deadline(serve: Serve) -> None:
    over = threading.Event()
    server = serve(lambda _: over.wait(5))
    with HttpClient(HURRIED) as client, pytest.raises(TransportError) as refusal:
        client.post_form(server.url, {"response": "a" * 50_000_000}, accept="*/*", what="it")
    over.set()
    assert refusal.value.code == "timeout"


def test_a_resolver_that_does_not_answer_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(5) and [])
    with pytest.raises(TransportError) as refusal:
        get("https://rp.example/", HURRIED)
    over.set()
    assert refusal.value.code == "timeout"


def test_the_deadline_is_one_for_the_whole_exchange(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    """Each byte comes in time; it is their sum that does not."""
    moments = count(start=1000.0, step=0.5)
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    policy = HttpPolicy(insecure_allow_http=True, insecure_allow_private_addresses=True, timeout_seconds=1)
    with pytest.raises(TransportError) as refusal:
        get(server.url, policy)
    assert refusal.value.code == "timeout"


# What is no HTTP -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00" * 1000,
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_a_typed_error(said: bytes, serve: Serve) -> None:
    with pytest.raises(TransportError) as refusal:
        get(serve(said).url)
    assert refusal.value.hint


def test_a_closed_port_is_a_typed_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransportError) as refusal:
        get(f"http://127.0.0.1:{port}/")
    assert "127.0.0.1" in refusal.value.message


def test_an_error_does_not_repeat_the_address_in_full(serve: Serve) -> None:
    """A response_uri or request_uri may carry a secret in its path or query."""
    with pytest.raises(RemoteError) as refusal:
        get(serve(b"").url + "/s3cret?code=s3cret")
    assert "s3cret" not in str(refusal.value)


@pytest.fixture(autouse=True)
def _no_threads_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "nlwallet-resolver":
            thread.join(5)
            assert not thread.is_alive()
