"""Call an ASGI or WSGI app as if it were a server: in process, from synchronous code, without a port."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import cache
from typing import Any

import httpx

AsgiApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def mounted_transport(app: AsgiApp | WsgiApp) -> httpx.BaseTransport:
    """A transport that calls ``app``; ASGI apps are coroutine functions or have a coroutine ``__call__``."""
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None)):  # noqa: B004
        return _MountedAsgi(app)  # type: ignore[arg-type]
    return httpx.WSGITransport(app=app)  # type: ignore[arg-type]


class _MountedAsgi(httpx.BaseTransport):
    """Runs the app on the one event loop of this process."""

    def __init__(self, app: AsgiApp) -> None:
        self._transport = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        timeout = request.extensions.get("timeout", {}).get("read")
        try:
            future = asyncio.run_coroutine_threadsafe(self._answer(request), _loop())
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise httpx.ReadTimeout("the mounted app does not answer") from None

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        body = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop in one daemon thread, started when the first app is called; it ends with the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="nlwallet-mounted-apps", daemon=True).start()
    return loop
