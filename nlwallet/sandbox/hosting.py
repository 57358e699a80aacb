"""Where the parties of a sandbox live: in process without ports, or on HTTPS ports of 127.0.0.1."""

from __future__ import annotations

from typing import Protocol

from starlette.types import ASGIApp

from nlwallet.http import HttpClient, HttpPolicy


class Hosting(Protocol):
    """A place for the HTTP faces of the roles, and clients that reach it."""

    def origin(self, host: str) -> str:
        """The origin that ``host`` (``cafe.example``) gets: ``https://cafe.example``."""
        ...

    def serve(self, host: str, app: ASGIApp) -> None:
        """Answer at the origin of ``host`` with ``app``."""
        ...

    def client(self) -> HttpClient:
        """A new client that reaches every party of the sandbox."""
        ...

    def close(self) -> None:
        """Stop serving."""
        ...


class InProcess:
    """No ports: a request to a party's origin is a call of its ASGI app."""

    def __init__(self) -> None:
        self._apps: dict[str, ASGIApp] = {}
        self._clients: list[HttpClient] = []

    def origin(self, host: str) -> str:
        """``https://`` and the host; nothing is ever resolved."""
        return f"https://{host}"

    def serve(self, host: str, app: ASGIApp) -> None:
        """Mount ``app`` in every client, those of today and those to come."""
        self._apps[self.origin(host)] = app
        for client in self._clients:
            client.mount(self.origin(host), app)

    def client(self) -> HttpClient:
        """A client with all parties mounted."""
        client = HttpClient(HttpPolicy())
        for origin, app in self._apps.items():
            client.mount(origin, app)
        self._clients.append(client)
        return client

    @property
    def clients(self) -> tuple[HttpClient, ...]:
        """All that are in use."""
        return tuple(self._clients)

    def close(self) -> None:
        """Let go of the clients."""
        for client in self._clients:
            client.close()
        self._clients.clear()
