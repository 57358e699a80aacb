"""A server of the attacker's own, for parties that do not share a process with it."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from nlwallet.errors import LocalError

START_SECONDS = 10


class Outside:
    """Status lists, and whatever else an attacker serves, each at a path of its own. Use it in a ``with``.

    It listens at ``address`` and ``port``, 0 for a free one. ``url`` is where the party finds it, if that is another
    place: a name of this machine in a container, or a TLS proxy. ``tls`` is a PEM file with certificate and key.
    Raises :class:`~nlwallet.errors.LocalError` where it cannot listen.
    """

    def __init__(
        self, *, address: str = "127.0.0.1", port: int = 0, url: str = "", tls: str | None = None
    ) -> None:
        self._apps: dict[str, ASGIApp] = {}
        family, host = (socket.AF_INET6, f"[{address}]") if ":" in address else (socket.AF_INET, address)
        try:
            self._listener = socket.create_server((address, port), family=family)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise LocalError(f"cannot listen on {address} port {port}: {reason}", code="no_port") from None
        scheme = "http" if tls is None else "https"
        self.url = url.rstrip("/") or f"{scheme}://{host}:{self._listener.getsockname()[1]}"
        try:
            self._server, self._thread = self._started(tls)
        except BaseException:
            self._listener.close()
            raise

    def serve(self, app: ASGIApp) -> str:
        """Answer with ``app`` at a new address, and below it; the app sees the path below it."""
        token = secrets.token_hex(8)
        self._apps[token] = app
        return f"{self.url}/{token}"

    def close(self) -> None:
        """Serve no longer."""
        self._server.should_exit = True
        self._thread.join(START_SECONDS)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the app by the first part of the path that is one of ours: a proxy may put others before it."""
        parts = scope["path"].split("/")
        at = next((number for number, part in enumerate(parts) if part in self._apps), None)
        if at is None:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        path = "/".join(["", *parts[at + 1 :]]) or "/"
        await self._apps[parts[at]]({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    def _started(self, tls: str | None) -> tuple[uvicorn.Server, threading.Thread]:
        try:
            config = uvicorn.Config(
                self,
                interface="asgi3",
                ssl_certfile=tls,
                log_level="critical",
                lifespan="off",
                server_header=False,
                timeout_keep_alive=5,
            )
            config.load()
        except OSError as error:
            raise LocalError(f"{tls} holds no certificate with its key: {error}", code="file") from None
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [self._listener]}, name="nlwallet-outside", daemon=True
        )
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise LocalError("the server for status lists does not start")
            time.sleep(0.005)
        return server, thread
