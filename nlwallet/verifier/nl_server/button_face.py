"""The button for pages that have none: a script to include, and the QR codes that it shows.

``<script src="https://verify.example/nlwallet-button.js"></script>`` and then ``<nlwallet-button usecase="login"
start-url="/sessions">``. The script is a static file: it may be served from anywhere, and says by ``qr-url`` then where
QR codes come from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import parse_qs

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import RemoteError
from nlwallet.http.face import PUBLIC_HEADERS, SECURITY_HEADERS, answer
from nlwallet.verifier.nl_server.answers import Rejected

SCRIPT_PATH: Final = "/nlwallet-button.js"
QR_PATH: Final = "/nlwallet-button/qr.json"
MAX_LINK: Final = 2048
QUIET_ZONE: Final = 4
"""White modules around a code (ISO/IEC 18004 §6.3.8)."""

_FROM_ANYWHERE: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


def button_routes(is_ours: Callable[[str], bool]) -> list[Route]:
    """The script, and the drawing of links whose request_uri ``is_ours``: not of what others would like drawn."""

    async def script(_: Request) -> Response:
        return Response(_script(), media_type="text/javascript", headers={**PUBLIC_HEADERS, **_FROM_ANYWHERE})

    async def qr(request: Request) -> Response:
        link = request.query_params.get("text", "")
        if not _is_drawn(link, is_ours):
            raise Rejected("this is no link of this server")
        size, path = qr_path(link)
        return answer(200, {"size": size, "path": path}, {**SECURITY_HEADERS, **_FROM_ANYWHERE})

    return [Route(SCRIPT_PATH, script), Route(QR_PATH, qr)]


def qr_path(text: str) -> tuple[int, str]:
    """A QR code as an SVG path in a square of that many modules, the quiet zone included; error correction level L."""
    code = segno.make(text, error="l", micro=False)
    steps = []
    for y, row in enumerate(code.matrix):
        start = None
        for x, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                steps.append(f"M{start + QUIET_ZONE} {y + QUIET_ZONE}h{x - start}v1h-{x - start}z")
                start = None
    return len(code.matrix) + 2 * QUIET_ZONE, "".join(steps)


def _is_drawn(link: str, is_ours: Callable[[str], bool]) -> bool:
    if len(link) > MAX_LINK or not link.isascii():
        return False
    try:
        request_uris = parse_qs(link.partition("?")[2], max_num_fields=8).get("request_uri", [])
    except (ValueError, RemoteError):
        return False
    return len(request_uris) == 1 and is_ours(request_uris[0])


@cache
def _script() -> bytes:
    return files("nlwallet.verifier.nl_server").joinpath("static/nlwallet-button.js").read_bytes()
