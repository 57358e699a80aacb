"""The one HTTP client of a role, and the one policy that it keeps.

https only, no redirects, no cookies, no proxy from the environment, no private address (a link comes from a
stranger, and must not reach what only this machine can reach), and bounds on time and size. Mounted origins
are answered in process and never touch the network.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore
import httpx

from nlwallet.encoding import dump_json
from nlwallet.errors import LimitExceeded, TransportError
from nlwallet.http.mount import AsgiApp, WsgiApp, mounted_transport

MAX_URL_LENGTH = 8192


@dataclass(frozen=True)
class HttpPolicy:
    """What a client may do. The two insecure options are for parties on this machine; times are seconds."""

    insecure_allow_http: bool = False
    insecure_allow_private_addresses: bool = False
    tls_anchors_pem: str = ""
    """TLS anchors beside those of the system, in PEM."""
    timeout_seconds: float = 10.0
    """For a whole exchange, however slowly the other side speaks."""
    max_response_bytes: int = 1_048_576


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What came back. ``content_type`` is the media type in lower case, without parameters."""

    status: int
    content_type: str
    body: bytes


class HttpClient:
    """GET and POST under an :class:`HttpPolicy`. Use it in one role; close it, or use it in a ``with``."""

    def __init__(self, policy: HttpPolicy | None = None) -> None:
        self.policy = policy or HttpPolicy()
        self._mounts: dict[str, httpx.BaseTransport] = {}
        self._network = _GuardedTransport(self.policy)

    def mount(self, origin: str, app: AsgiApp | WsgiApp | str) -> None:
        """Answer requests to ``origin`` (``https://rp.example``) by an ASGI or WSGI app, or at another base URL.

        A base URL (a string) is reached over the network, without the ban on plain http and private addresses:
        whoever mounts it knows where it is.
        """
        self._mounts[_origin(origin)] = (
            _Elsewhere(app, self.policy) if isinstance(app, str) else mounted_transport(app)
        )

    def get(self, url: str, *, accept: str, what: str) -> HttpReply:
        """GET ``url``. ``what`` names the thing in errors.

        Raises :class:`~nlwallet.errors.TransportError` or :class:`~nlwallet.errors.LimitExceeded`; an HTTP
        error status is no error here but part of the reply.
        """
        return self._exchange("GET", url, accept, what)

    def post_form(
        self,
        url: str,
        fields: Mapping[str, str],
        *,
        accept: str,
        what: str,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """POST ``application/x-www-form-urlencoded``. See :meth:`get`."""
        return self._exchange("POST", url, accept, what, data=dict(fields), headers=headers)

    def post_json(
        self, url: str, value: Any, *, accept: str, what: str, headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        """POST ``application/json``. See :meth:`get`."""
        return self._exchange(
            "POST",
            url,
            accept,
            what,
            content=dump_json(value),
            headers={"Content-Type": "application/json", **(headers or {})},
        )

    def close(self) -> None:
        """Close what is open."""
        self._network.close()
        for transport in self._mounts.values():
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exchange(
        self,
        method: str,
        url: str,
        accept: str,
        what: str,
        *,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> HttpReply:
        transport = self._transport(url, what)
        deadline = time.monotonic() + self.policy.timeout_seconds
        request = httpx.Request(
            method,
            url,
            headers={"Accept": accept, "User-Agent": "wallet", **(headers or {})},
            extensions={"timeout": httpx.Timeout(self.policy.timeout_seconds).as_dict()},
            **body,
        )
        try:
            response = transport.handle_request(request)
            try:
                content = self._read(response, what, deadline)
            finally:
                response.close()
        except httpx.TimeoutException:
            raise _failed(what, url, "no answer in time", "is the other side up?") from None
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise _failed(
                what, url, type(error).__name__, "is the other side up, and its certificate trusted?"
            ) from None
        except httpcore.TimeoutException:
            raise _failed(what, url, "no answer in time", "is the other side up?") from None
        if 300 <= response.status_code < 400:
            raise TransportError(
                f"{what}: {_host(url)} answered with a redirect",
                spec="OpenID4VP 1.0 §14.8",
                code="redirect_refused",
                hint="answer at this very address",
            )
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return HttpReply(response.status_code, media_type, content)

    def _read(self, response: httpx.Response, what: str, deadline: float) -> bytes:
        assert isinstance(response.stream, httpx.SyncByteStream)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise TransportError(f"{what} came compressed without being asked to", code="content_encoding")
        chunks, size = [], 0
        for chunk in response.stream:
            size += len(chunk)
            if size > self.policy.max_response_bytes:
                raise LimitExceeded(f"{what} has more than {self.policy.max_response_bytes} bytes")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("slow")
            chunks.append(chunk)
        return b"".join(chunks)

    def _transport(self, url: str, what: str) -> httpx.BaseTransport:
        if len(url) > MAX_URL_LENGTH:
            raise LimitExceeded(f"the address of {what} is longer than {MAX_URL_LENGTH} characters")
        mounted = self._mounts.get(_origin(url))
        if mounted is not None:
            return mounted
        scheme = url.partition(":")[0].lower()
        if scheme != "https" and not (scheme == "http" and self.policy.insecure_allow_http):
            raise TransportError(
                f"{what}: {scheme or 'no scheme'} is not allowed",
                code="https_required",
                hint="use an https address",
            )
        return self._network


class _GuardedTransport(httpx.BaseTransport):
    """httpx's way to httpcore, with a network backend that looks at the address it connects to."""

    def __init__(self, policy: HttpPolicy) -> None:
        self._policy = policy
        self._pool: httpcore.ConnectionPool | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._pool is None:  # loading the system's anchors takes a while: only when the network is used
            self._pool = httpcore.ConnectionPool(
                ssl_context=_tls(self._policy),
                network_backend=_GuardedBackend(self._policy.insecure_allow_private_addresses),
                max_connections=16,
            )
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Any:
        return iter(self._answer.stream)  # type: ignore[arg-type]

    def close(self) -> None:
        self._answer.close()


class _GuardedBackend(httpcore.NetworkBackend):
    """Resolves, looks at every address, and connects to one that it looked at: no second look-up to fool."""

    def __init__(self, allow_private: bool) -> None:  # noqa: FBT001
        self._backend = httpcore.SyncBackend()
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore.ConnectError(f"{host} is not known") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private and not all(_is_public(address) for address in addresses):
            raise TransportError(
                f"{host} is an address of a private network",
                code="private_address",
                spec="SD-JWT VC §7.1",
                hint="allow it in the HttpPolicy if the party runs on this machine",
            )
        for position, address in enumerate(addresses, start=1):
            try:
                return self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                if position == len(addresses):
                    raise
        raise httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("no local sockets")


class _Elsewhere(httpx.BaseTransport):
    """A mounted base URL: the same request, sent to where the party really is."""

    def __init__(self, base_url: str, policy: HttpPolicy) -> None:
        self._base = httpx.URL(base_url.rstrip("/"))
        self._network = _GuardedTransport(
            HttpPolicy(insecure_allow_private_addresses=True, tls_anchors_pem=policy.tls_anchors_pem)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = self._base.raw_path.rstrip(b"/") + request.url.raw_path
        there = self._base.copy_with(raw_path=path)
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
        return self._network.handle_request(
            httpx.Request(
                request.method, there, headers=headers, stream=request.stream, extensions=request.extensions
            )
        )

    def close(self) -> None:
        self._network.close()


def _tls(policy: HttpPolicy) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if policy.tls_anchors_pem:
        context.load_verify_locations(cadata=policy.tls_anchors_pem)
    return context


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if inner is not None:
            parsed = inner
    return parsed.is_global and not parsed.is_multicast


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TransportError("this is no address", spec="RFC 3986", hint="https://host/path") from None
    host = (parts.hostname or "").lower()
    default = {"https": 443, "http": 80}.get(parts.scheme)
    if not host or parts.username is not None:
        raise TransportError("this is no address of a web server", spec="RFC 3986", hint="https://host/path")
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


def _host(url: str) -> str:
    return urlsplit(url).hostname or "?"


def _failed(what: str, url: str, reason: str, hint: str) -> TransportError:
    return TransportError(f"{what}: {_host(url)}: {reason}", hint=hint)
