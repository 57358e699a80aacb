"""Status lists from the web: what a server may do to who asks it (Token Status List §8.1, §8.2, §11.4)."""

from __future__ import annotations

import gzip
import os
import socket
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import anyio
import pytest
from status_forge import NOW, SIGNER, URI, cwt, jwt, some_list

from nlwallet.errors import LimitExceeded, RemoteError, TransportError
from nlwallet.http import HttpClient, HttpPolicy, HttpStatusLists, StatusChecker
from nlwallet.http.negotiation import accepts_gzip, preferred
from nlwallet.http.status_checker import JWT_OR_CWT
from nlwallet.status import StatusReference

JWT, CWT = "application/statuslist+jwt", "application/statuslist+cwt"
ORIGIN = "https://issuer.example"
REVOKED = StatusReference(7, URI)


class Server:
    """An ASGI app that gives one answer, and remembers what it was asked."""

    def __init__(
        self, status: int = 200, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> None:
        self.status = status
        self.headers = {"content-type": JWT} if headers is None else dict(headers)
        self.body = body
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        self.asked.append((scope["method"], scope["path"] + (f"?{query}" if query else ""), headers))
        raw = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": self.body})


def look_up(
    app: Any, *, policy: HttpPolicy | None = None, more: Mapping[str, Any] | None = None, **options: Any
) -> int:
    with HttpClient(policy) as http:
        for origin, other in {ORIGIN: app, **(more or {})}.items():
            http.mount(origin, other)
        return StatusChecker(HttpStatusLists(http)).look_up(REVOKED, signer=SIGNER, now=NOW, **options)


@pytest.mark.req("T-17")
def test_a_list_is_asked_for_with_get_and_the_type_that_is_wanted() -> None:
    server = Server(body=jwt().encode())
    assert look_up(server) == 1
    ((method, path, headers),) = server.asked
    assert (method, path, headers["accept"]) == ("GET", "/status/1", JWT)
    server = Server(headers={"content-type": CWT}, body=cwt())
    assert look_up(server, accepted=JWT_OR_CWT) == 1
    assert server.asked[0][2]["accept"] == f"{CWT}, {JWT}"


@pytest.mark.req("T-17", "ADV-147")
@pytest.mark.parametrize("kind", ["text/html", "application/jwt", "", "application/statuslist", CWT])
def test_an_answer_of_another_type_is_refused(kind: str) -> None:
    with pytest.raises(TransportError):
        look_up(Server(headers={"content-type": kind}, body=jwt().encode()))


def test_parameters_and_case_of_the_type_do_not_matter() -> None:
    assert (
        look_up(Server(headers={"content-type": f"{JWT.upper()}; charset=us-ascii"}, body=jwt().encode()))
        == 1
    )


@pytest.mark.req("T-16", "T-17", "ADV-141")
@pytest.mark.parametrize("status", [404, 410, 500, 503, 400, 304])
def test_an_answer_that_is_no_success_is_none(status: int) -> None:
    with pytest.raises(TransportError):
        look_up(Server(status, body=jwt().encode()))


@pytest.mark.req("ADV-141")
def test_an_answer_that_does_not_come_is_waited_for_only_so_long() -> None:
    async def hanging(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await anyio.sleep_forever()

    with pytest.raises(TransportError) as refused:
        look_up(hanging, policy=HttpPolicy(timeout_seconds=0.2))
    assert refused.value.code == "timeout"


@pytest.mark.req("ADV-141")
def test_an_answer_that_comes_byte_by_byte_is_waited_for_only_so_long() -> None:
    async def dripping(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", JWT.encode())]}
        )
        while True:
            await send({"type": "http.response.body", "body": b"e", "more_body": True})
            await anyio.sleep(0.01)

    with pytest.raises(TransportError) as refused:
        look_up(dripping, policy=HttpPolicy(timeout_seconds=0.3))
    assert refused.value.code == "timeout"


@pytest.mark.req("ADV-141")
def test_an_answer_that_is_too_large_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        look_up(Server(body=bytes(5000)), policy=HttpPolicy(max_response_bytes=4096))


@pytest.mark.req("T-14")
@pytest.mark.parametrize("caching", ["no-store", "max-age=1", "max-age=999999999"])
def test_headers_for_caches_have_no_say(caching: str) -> None:
    server = Server(headers={"content-type": JWT, "cache-control": caching, "expires": "0"})
    server.body = jwt(exp=NOW + 3600, ttl=300).encode()
    with HttpClient() as http:
        http.mount(ORIGIN, server)
        checker = StatusChecker(HttpStatusLists(http))
        for later, asked in ((0, 1), (299, 1), (300, 2)):
            checker.look_up(REVOKED, signer=SIGNER, now=NOW + later)
            assert len(server.asked) == asked


# Compression --------------------------------------------------------------------------------------


@pytest.mark.req("T-18")
def test_a_compressed_answer_is_asked_for_and_read() -> None:
    headers = {"content-type": JWT, "content-encoding": "gzip"}
    server = Server(headers=headers, body=gzip.compress(jwt().encode()))
    assert look_up(server) == 1
    assert server.asked[0][2]["accept-encoding"] == "gzip"


@pytest.mark.req("ADV-147")
@pytest.mark.parametrize("count", [1, 200], ids=["just over", "far over"])
def test_a_compressed_bomb_is_put_down_at_the_limit(count: int) -> None:
    headers = {"content-type": JWT, "content-encoding": "gzip"}
    bomb = gzip.compress(bytes(count * (1 << 20) + 1))
    with pytest.raises(LimitExceeded):
        look_up(Server(headers=headers, body=bomb))


@pytest.mark.req("ADV-147")
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", lambda data: data),
        ("gzip", lambda data: gzip.compress(data)[:-9]),
        ("gzip", lambda data: gzip.compress(data) + b"\0"),
        ("gzip", lambda data: gzip.compress(data) + gzip.compress(data)),
        ("gzip", lambda _: b""),
        ("gzip", zlib.compress),
        ("deflate", zlib.compress),
        ("br", lambda data: data),
        ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
    ],
    ids=["plain", "cut", "longer", "twice", "nothing", "zlib", "deflate", "brotli", "nested"],
)
def test_another_compression_is_refused(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    headers = {"content-type": JWT, "content-encoding": encoding}
    with pytest.raises(TransportError):
        look_up(Server(headers=headers, body=pack(jwt().encode())))


# Redirects ----------------------------------------------------------------------------------------


class Redirects:
    """Sends the reader on, ``times`` times, and then answers."""

    def __init__(self, location: str, *, status: int = 302, times: int = 10**6) -> None:
        self.location, self.status, self.left, self.asked = location, status, times, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.asked += 1
        moved, self.left = self.left > 0, self.left - 1
        headers = [(b"location", self.location.encode())] if moved else [(b"content-type", JWT.encode())]
        await send(
            {"type": "http.response.start", "status": self.status if moved else 200, "headers": headers}
        )
        await send({"type": "http.response.body", "body": b"" if moved else jwt().encode()})


@pytest.mark.req("T-18")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["https://cdn.example/lists/1", "/elsewhere", "../1"])
def test_a_redirect_is_followed(status: int, location: str) -> None:
    cdn = Server(body=jwt().encode())
    assert look_up(Redirects(location, status=status, times=1), more={"https://cdn.example": cdn}) == 1
    assert [path for _, path, _ in cdn.asked] == (["/lists/1"] if "cdn" in location else [])


@pytest.mark.req("T-18", "ADV-142")
@pytest.mark.parametrize("location", [URI, "/status/2", "https://issuer.example/"])
def test_a_loop_of_redirects_ends(location: str) -> None:
    server = Redirects(location)
    with pytest.raises(TransportError) as refused:
        look_up(server)
    assert (refused.value.code, server.asked) == ("redirect_refused", 4)
    assert look_up(Redirects(location, times=3)) == 1


@pytest.mark.req("T-18", "ADV-142")
@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://issuer.example/status/1", "https_required"), ("http://other.example/", "https_required"),
        ("https://10.0.0.1/", "private_address"), ("https://127.0.0.1/", "private_address"),
        ("https://[::1]/", "private_address"), ("https://169.254.169.254/latest", "private_address"),
        ("file:///etc/passwd", "transport"), ("https://user@cdn.example/", "transport"), ("", "transport"),
        ("https://[", "transport"), ("javascript:alert(1)", "transport"),
    ],
)  # fmt: skip
def test_a_redirect_to_where_nobody_may_go_is_not_followed(
    location: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", refuse_to_connect)
    with pytest.raises(TransportError) as refused:
        look_up(Redirects(location), more={"https://cdn.example": Server(body=jwt().encode())})
    assert refused.value.code == code


def refuse_to_connect(self: socket.socket, address: Any) -> None:
    pytest.fail(f"a connection was tried to {address}")


# Addresses ----------------------------------------------------------------------------------------


@pytest.mark.req("ADV-143")
@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/", "https://169.254.169.254/", "https://127.0.0.1/", "https://localhost/1",
        "https://10.1.2.3/", "https://192.168.0.1:8443/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/", "https://0x7f000001/", "https://2130706433/", "file:///etc/passwd",
        "https://user:word@issuer.example/", "https://issuer.example@127.0.0.1/", "https://0/",
    ],
)  # fmt: skip
def test_no_request_goes_to_where_only_this_machine_may(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", refuse_to_connect)
    with HttpClient() as http, pytest.raises(RemoteError):
        StatusChecker(HttpStatusLists(http)).check(
            {"status_list": {"idx": 7, "uri": uri}}, signer=SIGNER, now=NOW
        )


@pytest.mark.req("ADV-143")
def test_a_name_that_leads_to_a_private_address_as_well_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("93.184.216.34", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    monkeypatch.setattr(socket.socket, "connect", refuse_to_connect)
    with HttpClient() as http, pytest.raises(TransportError) as refused:
        HttpStatusLists(http)("https://rebinding.example/1", accept=JWT)
    assert refused.value.code == "private_address"


# Negotiation --------------------------------------------------------------------------------------


@pytest.mark.req("T-17")
@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JWT), ("*/*", JWT), ("application/*", JWT), (JWT, JWT), (CWT, CWT), (CWT.upper(), CWT),
        (f"{CWT}, {JWT}", JWT), (f"{JWT};q=0.5, {CWT}", CWT), (f"{CWT};q=0.9,*/*;q=0.8", CWT),
        (f"{JWT};q=0, */*", CWT), (f"text/html, {CWT} ; q=0.1", CWT), (f"{CWT}; profile=x", CWT),
        ("text/html", None), ("application/json", None), (f"{JWT};q=0", None), ("*/*;q=0", None),
        (f"{JWT};q=x", None), (",,;", None),
    ],
)  # fmt: skip
def test_the_form_that_a_reader_wants(accept: str, expected: str | None) -> None:
    assert preferred(accept, (JWT, CWT)) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [("", False), ("gzip", True), ("GZIP", True), ("br, gzip;q=0.2", True), ("*", True), ("gzip;q=0, *", False),
     ("identity", False), ("br", False)],
)  # fmt: skip
def test_whether_a_reader_takes_gzip(header: str, expected: bool) -> None:
    assert accepts_gzip(header) is expected


def test_a_list_that_cannot_be_compressed_fits_a_larger_policy() -> None:
    statuses = some_list()
    statuses._bytes = bytearray(os.urandom(1 << 20))
    statuses[7] = 1
    server = Server(body=jwt(status_list={"lst": statuses.encode()}).encode())
    with pytest.raises(LimitExceeded):
        look_up(server)
    assert look_up(server, policy=HttpPolicy(max_response_bytes=1 << 21)) == 1
