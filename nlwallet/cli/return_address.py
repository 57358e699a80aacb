"""A port of this machine at which a browser comes back from an issuer's page (RFC 8252 §7.3)."""

from __future__ import annotations

import hmac
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from nlwallet.cli.asking import Person
from nlwallet.cli.wallet_words import word
from nlwallet.errors import LocalError
from nlwallet.holder import Language
from nlwallet.holder.html_page import CONTENT_SECURITY_POLICY, document
from nlwallet.http.html import joined, tag

SECONDS_TO_LOG_IN: Final = 600
_PATH: Final = "/back"
_MAX_PARAMETERS: Final = 20
_PATIENCE: Final = 5
"""With a browser that connects and says nothing, in seconds."""


class ReturnAddress:
    """Listens from the beginning to the end of the block, on this machine only, at a port that was free."""

    def __init__(self, language: Language) -> None:
        self._server = _Server(language)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    @property
    def uri(self) -> str:
        """The redirect URI."""
        return f"http://127.0.0.1:{self._server.server_port}{_PATH}"

    def waited_for(self, state: str, person: Person, *, seconds: float = SECONDS_TO_LOG_IN) -> str:
        """The URI at which the browser came back with ``state``, or that ``person`` pasted because it could not.

        Whatever else comes by, another site's page for example, is sent away. Raises
        :class:`~nlwallet.errors.LocalError` when nobody came in ``seconds``.
        """
        self._server.state = state
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            pasted = person.line_unless(self._server, seconds=left)
            if pasted:
                return pasted
            if pasted is None:
                self._server.handle_request()
            if self._server.came_with is not None:
                return f"{self.uri}?{self._server.came_with}"
        raise LocalError(
            f"nobody came back from the issuer's page in {seconds:.0f} seconds",
            code="not_come_back",
            hint="take the offer again, or ask for a new one",
        )


class _Server(HTTPServer):
    timeout = 0

    def __init__(self, language: Language) -> None:
        super().__init__(("127.0.0.1", 0), _Visitor)
        self.language: Language = language
        self.state = ""
        self.came_with: str | None = None

    def handle_error(self, *_: Any) -> None:
        """A visitor who hangs up is no reason to say anything."""


class _Visitor(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE

    def do_GET(self) -> None:
        query = self._query()
        if query is None:
            self._answer(404, "page.unknown")
        else:
            self.server.came_with = query
            self._answer(200, "page.done")

    def _query(self) -> str | None:
        """What she came back with; ``None`` of whoever is not she."""
        try:
            parts = urlsplit(self.path)
            states = parse_qs(parts.query, max_num_fields=_MAX_PARAMETERS).get("state", [])
        except ValueError:
            return None
        if parts.path != _PATH or len(states) != 1:
            return None
        return parts.query if hmac.compare_digest(states[0].encode(), self.server.state.encode()) else None

    def _answer(self, status: int, key: str) -> None:
        language = self.server.language
        title, text = word(language, f"{key}.title"), word(language, key)
        body = document(language, title, joined(tag("h1", title), tag("p", text)), page={}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        # The code stands in the address: it goes to nobody else, and stays nowhere.
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "nlwallet"

    def log_message(self, *_: Any) -> None:
        """Nothing: what would be written is the code."""
