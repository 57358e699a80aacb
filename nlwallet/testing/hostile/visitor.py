"""The browser of who begins a session at a relying party: cookies are kept, redirects followed, up to the wallet."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from functools import cache
from html import unescape
from typing import Any, Final

import httpcore
import httpx

from nlwallet.errors import LocalError, TransportError
from nlwallet.http import HttpClient

TIMEOUT: Final = 10.0
MAX_REDIRECTS: Final = 10
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"'<>]*[?&]client_id=[^\s\"'<>]+")


class Visitor:
    """Keeps its cookies from one request to the next, and no connection.

    ``http`` is the way to a party that is mounted in it; without, ``tls_anchor`` is a PEM file with the TLS anchor of
    the party, beside those of the system.
    """

    def __init__(
        self, headers: Mapping[str, str], *, tls_anchor: str = "", http: HttpClient | None = None
    ) -> None:
        self._headers, self._tls_anchor, self._http = dict(headers), tls_anchor, http
        self._cookies = httpx.Cookies()

    def fetch(
        self, method: str, address: str, body: Any = None, *, form: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One request, with ``body`` as JSON or with the fields of a ``form``. Raises a TransportError.

        A redirect is followed unless it leads to a wallet.
        """
        try:
            with self._client() as client:
                reply = client.request(method, address, json=body, data=form)
                for _ in range(MAX_REDIRECTS):
                    onwards = reply.next_request
                    if onwards is None or _LINK.search(reply.headers["location"]):
                        break
                    reply = client.send(onwards)
                self._cookies = client.cookies
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TransportError(
                f"{address}: {type(error).__name__}", hint="does a web server answer there?"
            ) from None
        return reply

    def another(self) -> Visitor:
        """Somebody else's browser: the same way to the party, without a cookie."""
        return Visitor(self._headers, tls_anchor=self._tls_anchor, http=self._http)

    def _client(self) -> httpx.Client:
        options: dict[str, Any] = {"headers": self._headers, "cookies": self._cookies, "timeout": TIMEOUT}
        if self._http is not None:
            return httpx.Client(transport=_Through(self._http), **options)
        return httpx.Client(verify=_tls(self._tls_anchor), **options)


class _Through(httpx.BaseTransport):
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._http.relay(request)
        except (httpcore.TimeoutException, httpcore.NetworkError, OSError) as error:
            raise httpx.ConnectError(str(error)) from None


def link_of(reply: httpx.Response) -> str:
    """The link of an authorization request in a reply: where it sends the browser, or in what it says."""
    return link_in(f"{reply.headers.get('location', '')} {reply.text}")


def link_in(text: str) -> str:
    """The first link of an authorization request in text, HTML or JSON. Raises :class:`~nlwallet.errors.LocalError`."""
    plain = unescape(text.replace("\\/", "/").replace("\\u0026", "&"))
    found = _LINK.search(plain)
    if found is None:
        raise LocalError(
            "there is no link of a request in what was answered",
            spec="OpenID4VP 1.0 §5.4",
            hint="the answer has openid4vp://?client_id=…&request_uri=… in its text, an attribute or a member",
        )
    return found.group()


def members_of(text: str) -> Mapping[str, Any]:
    """The members of a JSON object, none if it is something else."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


@cache
def _tls(anchor: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        if anchor:
            context.load_verify_locations(anchor)
    except (OSError, ssl.SSLError) as error:
        raise LocalError(f"{anchor} holds no TLS anchor: {error.strerror or error}", code="file") from None
    return context
