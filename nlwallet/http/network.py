"""The network as a role may use it: one checked connection for one exchange, and one moment at which it ends.

No connection is kept: a party cannot link two visits of a wallet by it. The address is resolved once, looked
at, and connected to, so that a second look-up cannot lead elsewhere (DNS rebinding). Every read and write gets
the time that is left of the whole exchange, so that nobody keeps a role busy byte by byte.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import httpcore
import httpx

from nlwallet.errors import TransportError

# Addresses that ``ipaddress`` calls global or that carry an IPv4 address which would need a look of its own.
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "::/96",  # IPv4-compatible, RFC 4291 §2.5.5.1
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64 of a local network, RFC 8215
        "2001::/32",  # Teredo, RFC 4380
        "2002::/16",  # 6to4, RFC 3056
        "fec0::/10",  # site-local, RFC 3879
    )
)


class Deadline:
    """The moment, by the monotonic clock, at which an exchange is over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def deadline_of(request: httpx.Request) -> Deadline:
    """The deadline that :class:`~nlwallet.http.HttpClient` put into the request's extensions."""
    deadline = request.extensions["deadline"]
    assert isinstance(deadline, Deadline)
    return deadline


class Network(httpx.BaseTransport):
    """httpx's way to httpcore, with a network backend that looks at the address it connects to."""

    def __init__(self, *, allow_private_addresses: bool, tls_anchors_pem: str) -> None:
        self._allow_private_addresses = allow_private_addresses
        self._tls_anchors_pem = tls_anchors_pem
        self._tls: ssl.SSLContext | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange. Raises httpcore's errors, or TransportError where the reason is known."""
        url = request.url
        secure = url.scheme == "https"
        if secure and self._tls is None:  # loading the system's anchors takes a while
            self._tls = _tls(self._tls_anchors_pem)
        connection = httpcore.HTTPConnection(
            httpcore.Origin(url.raw_scheme, url.raw_host, url.port or (443 if secure else 80)),
            ssl_context=self._tls,
            network_backend=_Backend(deadline_of(request), self._allow_private_addresses),
        )
        try:
            answer = connection.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=[*request.headers.raw, (b"Connection", b"close")],
                    content=request.stream,
                )
            )
        except BaseException:
            connection.close()
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, connection))


class Elsewhere(httpx.BaseTransport):
    """A mounted base URL: the same request, sent to where the party really is."""

    def __init__(self, base_url: str, *, tls_anchors_pem: str) -> None:
        self._base = httpx.URL(base_url.rstrip("/"))
        self._network = Network(allow_private_addresses=True, tls_anchors_pem=tls_anchors_pem)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The exchange, at the base URL."""
        path = self._base.raw_path.rstrip(b"/") + request.url.raw_path
        others = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
        return self._network.handle_request(
            httpx.Request(
                request.method,
                self._base.copy_with(raw_path=path),
                headers=[(b"Host", self._base.netloc), *others],
                stream=request.stream,
                extensions=request.extensions,
            )
        )


def is_public(address: str) -> bool:
    """Whether an IP address in text form is one that anybody on the internet can reach."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return (
        parsed.is_global
        and not parsed.is_multicast
        and not any(parsed.version == network.version and parsed in network for network in _SPECIAL)
    )


_Place = tuple[socket.AddressFamily, tuple[Any, ...]]


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline, allow_private_addresses: bool) -> None:  # noqa: FBT001
        self._deadline = deadline
        self._allow_private_addresses = allow_private_addresses

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        places = self._resolve(host, port)
        if not places:
            raise TransportError(f"no address is known of {host}", code="unknown_host", hint="check the name")
        # All, not only the one that would be used: a name that leads to both is up to no good.
        if not self._allow_private_addresses and not all(is_public(str(place[1][0])) for place in places):
            raise TransportError(
                f"{host} is an address of a private network",
                code="private_address",
                spec="SD-JWT VC §7.1",
                hint="allow it in the HttpPolicy if the party runs on this machine",
            )
        for place in places:
            try:
                return _Stream(_connected(place, self._deadline), self._deadline)
            except TimeoutError:
                raise httpcore.ConnectTimeout("connecting") from None
            except OSError:
                continue
        raise TransportError(f"{host} does not accept the connection", hint="is the other side up?")

    def _resolve(self, host: str, port: int) -> list[_Place]:
        # The resolver knows no time limit: it gets a thread, and we wait only as long as we may.
        found: list[_Place] = []

        def look_up() -> None:
            with suppress(OSError, UnicodeError):
                entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found.extend(dict.fromkeys((entry[0], entry[4]) for entry in entries))

        resolver = threading.Thread(target=look_up, name="nlwallet-resolver", daemon=True)
        resolver.start()
        resolver.join(self._deadline.left())
        if resolver.is_alive():
            raise httpcore.ConnectTimeout("resolving")
        return found

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("no local sockets")


class _Stream(httpcore.NetworkStream):
    """A connected socket that stops at the deadline; the timeouts that httpcore passes are not needed."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(self._deadline.left())
            return self._socket.recv(max_bytes)
        except TimeoutError:
            raise httpcore.ReadTimeout("reading") from None
        except OSError:
            raise httpcore.ReadError("the connection broke") from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = memoryview(buffer)
        try:
            while left:
                self._socket.settimeout(self._deadline.left())
                left = left[self._socket.send(left) :]
        except TimeoutError:
            raise httpcore.WriteTimeout("writing") from None
        except OSError:
            raise httpcore.WriteError("the connection broke") from None

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._socket.settimeout(self._deadline.left())
            return _Stream(
                ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._deadline
            )
        except TimeoutError:
            raise httpcore.ConnectTimeout("shaking hands") from None
        except ssl.SSLCertVerificationError as error:
            raise TransportError(
                f"the TLS certificate of {server_hostname}: {error.verify_message}",
                code="untrusted_tls_certificate",
                spec="RFC 9525 §6",
                hint="put the CA's certificate into HttpPolicy.tls_anchors_pem",
            ) from None
        except OSError:
            raise httpcore.ConnectError("no TLS") from None
        finally:
            # wrap_socket took over the descriptor, or closed it together with what it could not wrap.
            self._socket.close()

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        # httpcore asks for this one alone, to see which protocol was agreed upon (ALPN).
        return self._socket if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket) else None


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, connection: httpcore.HTTPConnection) -> None:
        self._answer = answer
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._answer.stream, Iterable)
        yield from self._answer.stream

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


def _connected(place: _Place, deadline: Deadline) -> socket.socket:
    family, address = place
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        connected.settimeout(deadline.left())
        connected.connect(address)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connected.close()
        raise
    return connected


def _tls(anchors_pem: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if anchors_pem:
        context.load_verify_locations(cadata=anchors_pem)
    return context
