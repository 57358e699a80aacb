"""The one HTTP client of a role, and the one policy that it keeps.

https only, no redirects, no cookies, no proxy from the environment, no private address (a link comes from a
stranger, and must not reach what only this machine can reach), and bounds on time and size. Mounted origins
are answered in process and never touch the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from nlwallet.encoding import dump_json
from nlwallet.errors import LimitExceeded, LocalError, RemoteError, TransportError
from nlwallet.http.content import read_body, read_gzip
from nlwallet.http.mount import AsgiApp, WsgiApp, mounted_transport
from nlwallet.http.network import Deadline, Elsewhere, Network

MAX_URL_LENGTH = 8192
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOST = re.compile(rb"[a-z0-9._-]+|[0-9a-f:.]+")
"""A name as it is looked up (IDNA is done by then), or an address of IPv4 or IPv6."""


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
    """What came back. ``content_type`` is the media type in lower case, without parameters.

    ``headers`` has lower-case names; of a header that came several times, the values joined by a comma.
    """

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """What one exchange was, for whoever watches a client: either ``reply`` or ``error`` is there."""

    method: str
    url: str
    what: str
    form: Mapping[str, str] = field(repr=False)
    """The fields that were posted, if it was a form."""
    reply: HttpReply | None = field(default=None, repr=False)
    error: RemoteError | None = None
    body: bytes = field(default=b"", repr=False)
    """What was sent, if it was no form."""


class HttpClient:
    """GET and POST under an :class:`HttpPolicy`. Use it in one role; close it, or use it in a ``with``."""

    def __init__(self, policy: HttpPolicy | None = None) -> None:
        self.policy = policy or HttpPolicy()
        self._mounts: dict[str, httpx.BaseTransport] = {}
        self._watchers: list[Callable[[HttpExchange], None]] = []
        self._network = Network(
            allow_private_addresses=self.policy.insecure_allow_private_addresses,
            tls_anchors_pem=self.policy.tls_anchors_pem,
        )

    def mount(self, origin: str, app: AsgiApp | WsgiApp | str) -> None:
        """Answer requests to ``origin`` (``https://rp.example``) by an ASGI or WSGI app, or at another base URL.

        A base URL (a string) is reached over the network, without the ban on plain http and private addresses:
        whoever mounts it knows where it is. An ASGI app's lifespan starts with the first request to it and ends
        when the last client that mounted it is closed. Raises :class:`~nlwallet.errors.LocalError` when
        ``origin`` is no origin.
        """
        try:
            url = _parse(origin, "the mounted origin")
        except (TransportError, LimitExceeded) as error:
            raise LocalError(error.message, hint="mount at https://host") from None
        if url.raw_path not in (b"", b"/"):
            raise LocalError("an app is mounted at an origin, without a path", hint="mount at https://host")
        before = self._mounts.pop(_origin(url), None)
        if before is not None:
            before.close()
        self._mounts[_origin(url)] = (
            Elsewhere(app, tls_anchors_pem=self.policy.tls_anchors_pem)
            if isinstance(app, str)
            else mounted_transport(app, self.policy.max_response_bytes)
        )

    def mounts(self, url: str) -> bool:
        """Whether ``url`` is answered by something that was mounted, and not over the network as it stands."""
        return _origin(_parse(url, "the address")) in self._mounts

    def watch(self, watcher: Callable[[HttpExchange], None]) -> None:
        """Tell ``watcher`` of every exchange, when it is over: for tests, which say afterwards what went on."""
        self._watchers.append(watcher)

    def get(self, url: str, *, accept: str, what: str, follow: int = 0, gzip: bool = False) -> HttpReply:
        """GET ``url``. ``what`` names the thing in errors.

        ``follow`` is how many redirects are followed, each under the same policy; ``gzip`` says that the answer
        may come compressed, and bounds what it inflates to. Raises :class:`~nlwallet.errors.TransportError` or
        :class:`~nlwallet.errors.LimitExceeded`; an HTTP error status is no error here but part of the reply.
        """
        headers = {"Accept-Encoding": "gzip"} if gzip else None
        for _ in range(follow + 1):
            reply = self._exchange("GET", url, accept, what, headers=headers, redirects=follow > 0, gzip=gzip)
            if follow == 0 or reply.status not in _REDIRECTS:
                return reply
            url = _redirected(url, reply.headers.get("location", ""), what)
        raise TransportError(f"{what}: there are more than {follow} redirects", code="redirect_refused")

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

    def post_text(
        self,
        url: str,
        text: str,
        *,
        media_type: str,
        accept: str,
        what: str,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """POST ``text`` as ``media_type``. See :meth:`get`."""
        return self._exchange(
            "POST",
            url,
            accept,
            what,
            content=text.encode("utf-8"),
            headers={"Content-Type": media_type, **(headers or {})},
        )

    def visit(self, url: str, *, what: str, form: Mapping[str, str] | None = None) -> HttpReply:
        """Go to a page as a person's browser does, or send its ``form``; a redirect is not followed but returned.

        For the one place where a user agent is part of the protocol: the authorization endpoint. See :meth:`get`.
        """
        if form is None:
            return self._exchange("GET", url, "text/html", what, redirects=True)
        return self._exchange("POST", url, "text/html", what, redirects=True, data=dict(form))

    def send(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, what: str
    ) -> HttpReply:
        """Any request with any body, for tests of the other side; a redirect is not followed. See :meth:`get`."""
        return self._exchange(method, url, "*/*", what, redirects=True, content=body, headers=headers)

    def relay(self, request: httpx.Request) -> httpx.Response:
        """Pass on what a browser in a test asks for: cookies and redirects are its own affair, the policy is ours.

        Raises :class:`~nlwallet.errors.TransportError`, and what a transport of httpx raises.
        """
        target = _parse(str(request.url), "the page")
        request.extensions = {**request.extensions, "deadline": Deadline(self.policy.timeout_seconds)}
        return self._transport(target, "the page").handle_request(request)

    def close(self) -> None:
        """Let go of the mounted apps."""
        for transport in self._mounts.values():
            transport.close()
        self._mounts.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exchange(self, method: str, url: str, accept: str, what: str, **options: Any) -> HttpReply:
        reply, failure = None, None
        try:
            reply = self._once(method, url, accept, what, **options)
        except RemoteError as error:
            failure = error
            raise
        finally:
            for watcher in self._watchers:
                form, body = options.get("data") or {}, options.get("content") or b""
                watcher(HttpExchange(method, url, what, form, reply, failure, body))
        return reply

    def _once(
        self,
        method: str,
        url: str,
        accept: str,
        what: str,
        *,
        headers: Mapping[str, str] | None = None,
        redirects: bool = False,
        gzip: bool = False,
        **body: Any,
    ) -> HttpReply:
        target = _parse(url, what)
        transport = self._transport(target, what)
        request = httpx.Request(
            method,
            target,
            headers={"Accept": accept, "User-Agent": "wallet", **(headers or {})},
            extensions={"deadline": Deadline(self.policy.timeout_seconds)},
            **body,
        )
        try:
            response = transport.handle_request(request)
            try:
                return self._reply(response, target, what, redirects=redirects, gzip=gzip)
            finally:
                response.close()
        except TransportError as error:
            if error.code != "untrusted_tls_certificate":
                raise
            named = f"{what}: {error.message}"
            raise TransportError(named, code=error.code, spec=error.spec, hint=error.hint) from None
        except (httpcore.TimeoutException, httpx.TimeoutException, TimeoutError):
            raise TransportError(
                f"{what}: {target.host} did not answer in {self.policy.timeout_seconds:g} seconds",
                code="timeout",
                hint="is the other side up?",
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, OSError) as error:
            raise TransportError(
                f"{what}: {target.host}: {type(error).__name__}", hint="does a web server answer there?"
            ) from None

    def _reply(
        self, response: httpx.Response, url: httpx.URL, what: str, *, redirects: bool, gzip: bool
    ) -> HttpReply:
        if 300 <= response.status_code < 400 and not redirects:
            raise TransportError(
                f"{what}: {url.host} answered with a redirect",
                spec="OpenID4VP 1.0 §14.8",
                code="redirect_refused",
                hint="answer at this very address",
            )
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding != "identity" and not (gzip and encoding == "gzip"):
            raise TransportError(f"{what} came compressed without being asked to", code="content_encoding")
        assert isinstance(response.stream, httpx.SyncByteStream)
        read = read_gzip if encoding == "gzip" else read_body
        body = read(response.stream, max_bytes=self.policy.max_response_bytes, what=what)
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return HttpReply(response.status_code, media_type, body, dict(response.headers))

    def _transport(self, url: httpx.URL, what: str) -> httpx.BaseTransport:
        mounted = self._mounts.get(_origin(url))
        if mounted is not None:
            return mounted
        if url.scheme != "https" and not (url.scheme == "http" and self.policy.insecure_allow_http):
            raise TransportError(
                f"{what}: {url.scheme} is not allowed", code="https_required", hint="use an https address"
            )
        return self._network


def _parse(url: str, what: str) -> httpx.URL:
    """One reading of the address, for the choice of the transport and for the request alike."""
    if len(url) > MAX_URL_LENGTH:
        raise LimitExceeded(f"the address of {what} is longer than {MAX_URL_LENGTH} characters")
    try:
        parsed = httpx.URL(url)
        usable = (
            bool(parsed.scheme and parsed.host and _HOST.fullmatch(parsed.raw_host)) and not parsed.userinfo
        )
    except (httpx.InvalidURL, ValueError):
        usable = False
    if not usable:
        raise TransportError(
            f"{what}: this is no address of a web server", spec="RFC 3986", hint="https://host/path"
        )
    return parsed


def _redirected(url: str, location: str, what: str) -> str:
    """Where a redirect leads (RFC 9110 §15.4); a fragment is not for the server."""
    try:
        return str(_parse(url, what).join(location).copy_with(fragment=None)) if location else ""
    except (httpx.InvalidURL, ValueError):
        return ""  # which is no address, as the next step says


def _origin(url: httpx.URL) -> str:
    # httpx gives the host in lower case and leaves out the default port.
    return f"{url.scheme}://{url.raw_host.decode('ascii')}:{url.port or ''}"
