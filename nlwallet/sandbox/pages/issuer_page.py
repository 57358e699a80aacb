"""The authorization pages of the issuers, where a browser finds them: at the desks' site, by plain http.

The parties' own addresses have certificates of the sandbox, which programs are told to trust and browsers are not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from nlwallet.issuer import Issuer
from nlwallet.sandbox.pages.form_guard import check_navigation, check_origin

_OWN = frozenset({b"host", b"origin"})


def authorization_endpoint(issuer: Issuer) -> str:
    """Where wallets send the holder; empty for an issuer that only makes offers."""
    return str(issuer.authorization_server_metadata().get("authorization_endpoint", ""))


@dataclass(frozen=True, slots=True)
class IssuerPage:
    """Hands a browser's request to the authorization endpoint of an issuer, as a proxy in front of it would.

    ``issuer_of`` finds it by the name of a card in the path. Ends in 403 for what a page of another origin sent, and
    tells the issuer that it came from its own.
    """

    issuer_of: Callable[[str], Issuer]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI app."""
        request = Request(scope)
        check_navigation(request) if request.method == "GET" else check_origin(request)
        issuer = self.issuer_of(request.path_params["card"])
        endpoint = urlsplit(authorization_endpoint(issuer))
        own = {b"host": endpoint.netloc.encode()}
        if "origin" in request.headers:
            own[b"origin"] = f"{endpoint.scheme}://{endpoint.netloc}".encode()
        headers = [(name, value) for name, value in scope["headers"] if name not in _OWN]
        path = endpoint.path
        passed = {
            **{name: scope[name] for name in ("type", "asgi", "http_version", "method", "query_string")},
            "scheme": endpoint.scheme,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "headers": [*headers, *own.items()],
            "client": scope.get("client"),
            "server": scope.get("server"),
        }
        await issuer.app(passed, receive, send)
