"""The HTTP face of status lists (Token Status List §8, §9): anybody may read them, also a script in a browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.http.face import PUBLIC_HEADERS
from nlwallet.http.negotiation import accepts_gzip, preferred
from nlwallet.issuer.status_store import PublishedToken
from nlwallet.status import AGGREGATION_MEDIA_TYPE, STATUS_LIST_CWT_MEDIA_TYPE, STATUS_LIST_MEDIA_TYPE

MEDIA_TYPES = (STATUS_LIST_MEDIA_TYPE, STATUS_LIST_CWT_MEDIA_TYPE)
"""What is served, the first where a reader does not mind."""

_METHODS = ["GET", "OPTIONS"]
_PREFLIGHT = {
    **PUBLIC_HEADERS,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept",
}
_MAX_DIGITS = 15
"""Of a number in an address: of a list, or of seconds."""


class Publisher(Protocol):
    """What is behind the face: see :class:`nlwallet.issuer.StatusLists`."""

    ttl: int
    history: int

    def uri(self, number: int) -> str:
        """The address of a list."""
        ...

    def token(self, number: int, media_type: str) -> PublishedToken | None:
        """The list as it is."""
        ...

    def token_at(self, number: int, media_type: str, time: int) -> PublishedToken | None:
        """The list as it was."""
        ...

    def aggregation(self) -> bytes | None:
        """The addresses of all lists."""
        ...


def status_routes(publisher: Publisher, *, path: str, lists: Sequence[str]) -> list[Route]:
    """``/{number}`` below each path of ``lists``, and ``/status-aggregation`` below ``path``."""

    def status_list(request: Request) -> Response:
        media_type = preferred(", ".join(request.headers.getlist("accept")), MEDIA_TYPES)
        if media_type is None:
            raise HTTPException(406, f"there is {' and '.join(MEDIA_TYPES)}", headers=_VARY)
        text = request.path_params["number"]
        number = int(text) if _is_number(text) else 0
        if urlsplit(publisher.uri(number)).path != request.url.path:
            return _token(request, None, "no-store")
        times = request.query_params.getlist("time")
        if times:
            return _token(request, _at(publisher, number, media_type, times), "no-store")
        return _token(request, publisher.token(number, media_type), f"max-age={publisher.ttl}")

    def aggregation(_: Request) -> Response:
        document = publisher.aggregation()
        if document is None:
            raise HTTPException(404, "the status lists are not published together")
        return Response(document, media_type=AGGREGATION_MEDIA_TYPE, headers=dict(PUBLIC_HEADERS))

    return [
        *(Route(f"{one}/{{number}}", _with_preflight(status_list), methods=_METHODS) for one in lists),
        Route(f"{path}/status-aggregation", _with_preflight(aggregation), methods=_METHODS),
    ]


_VARY = {"Vary": "Accept, Accept-Encoding", "Access-Control-Allow-Origin": "*"}


def _with_preflight(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    def answered(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        return endpoint(request)

    return answered


def _token(request: Request, token: PublishedToken | None, caching: str) -> Response:
    if token is None:
        raise HTTPException(404, "there is no such status list, or none of that time", headers=_VARY)
    headers = {**PUBLIC_HEADERS, **_VARY, "Cache-Control": caching}
    # A CWT is compressed through and through; a JWT has a quarter of base64url in it (§8.2).
    if token.media_type == STATUS_LIST_MEDIA_TYPE and accepts_gzip(
        request.headers.get("accept-encoding", "")
    ):
        headers["Content-Encoding"] = "gzip"
        return Response(token.gzip, media_type=token.media_type, headers=headers)
    return Response(token.body, media_type=token.media_type, headers=headers)


def _at(publisher: Publisher, number: int, media_type: str, times: list[str]) -> PublishedToken | None:
    if not publisher.history:
        raise HTTPException(501, "earlier status lists are not kept", headers=_VARY)
    (time, *others) = times
    if others or not _is_number(time):
        raise HTTPException(400, "time is one number of seconds since the epoch", headers=_VARY)
    return publisher.token_at(number, media_type, int(time))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
