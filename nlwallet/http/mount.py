"""Call an ASGI or WSGI app as if it were a server: in process, from synchronous code, without a port."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, MutableMapping
from typing import Any, TypeVar

import httpx

from nlwallet.errors import LocalError
from nlwallet.http.lifespan import Lifespan
from nlwallet.http.network import deadline_of

Message = MutableMapping[str, Any]
AsgiApp = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

_log = logging.getLogger("nlwallet.http")
_T = TypeVar("_T")


def mounted_transport(app: AsgiApp | WsgiApp, max_response_bytes: int) -> httpx.BaseTransport:
    """A transport that calls ``app``; ASGI apps are coroutine functions or have a coroutine ``__call__``."""
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None)):  # noqa: B004
        return _MountedAsgi(app, max_response_bytes)  # type: ignore[arg-type]
    return _MountedWsgi(app)  # type: ignore[arg-type]


class _MountedWsgi(httpx.BaseTransport):
    """Runs the app in the caller's thread, so it must end by itself: the time limit cannot stop it."""

    def __init__(self, app: WsgiApp) -> None:
        self._transport = httpx.WSGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._transport.handle_request(request)
        except Exception:  # noqa: BLE001 - whatever it is, to the outside it is a 500
            return _broken()


class _MountedAsgi(httpx.BaseTransport):
    """Runs the app on the one event loop of this process."""

    def __init__(self, app: AsgiApp, max_response_bytes: int) -> None:
        self._app = app
        self._max_response_bytes = max_response_bytes
        self._lifespan: Lifespan | None = None
        self._starting = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline = deadline_of(request)
        with self._starting:
            if self._lifespan is None:
                self._lifespan = _on_loop(Lifespan.enter(self._app), deadline.left())
        answer = _Answer(self._max_response_bytes)
        _on_loop(self._call(request, self._lifespan.state, answer), deadline.left())
        if answer.status is None:
            return httpx.Response(500)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=httpx.ByteStream(bytes(answer.body))
        )

    async def _call(self, request: httpx.Request, state: dict[str, Any], answer: _Answer) -> None:
        running = asyncio.ensure_future(self._run(request, state, answer))
        full = asyncio.ensure_future(answer.full.wait())
        try:
            # The whole call, so that what an app does after its answer is done when the answer is here.
            await asyncio.wait((running, full), return_when=asyncio.FIRST_COMPLETED)
        finally:
            running.cancel()
            full.cancel()

    async def _run(self, request: httpx.Request, state: dict[str, Any], answer: _Answer) -> None:
        try:
            await self._app(_scope(request, state), _body_of(request, answer), answer.send)
        except Exception:  # noqa: BLE001 - whatever it is, to the outside it is a 500
            _broken()

    def close(self) -> None:
        with self._starting:
            lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None:
            _on_loop(lifespan.leave(), None)


class _Answer:
    def __init__(self, max_response_bytes: int) -> None:
        self.status: int | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.full = asyncio.Event()
        self.complete = asyncio.Event()
        self._max_response_bytes = max_response_bytes

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if len(self.body) > self._max_response_bytes:
                self.full.set()
                await asyncio.sleep(0)  # an endless answer ends here: its task is cancelled meanwhile
            if not message.get("more_body", False):
                self.complete.set()


def _scope(request: httpx.Request, state: dict[str, Any]) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "server": (url.host, url.port),
        "client": ("127.0.0.1", 0),
        "root_path": "",
        "state": dict(state),
    }


def _body_of(request: httpx.Request, answer: _Answer) -> Callable[[], Awaitable[Message]]:
    rest = [request.read()]

    async def receive() -> Message:
        if rest:
            return {"type": "http.request", "body": rest.pop(), "more_body": False}
        await answer.complete.wait()
        return {"type": "http.disconnect"}

    return receive


def _broken() -> httpx.Response:
    """An app that raises looks from outside like any server that breaks; the log says why."""
    _log.exception("a mounted app raised")
    return httpx.Response(500)


_starting = threading.Lock()
_running: list[tuple[asyncio.AbstractEventLoop, threading.Thread]] = []


def _on_loop(work: Coroutine[Any, Any, _T], seconds: float | None) -> _T:
    """Run ``work`` on the one loop in its one daemon thread, which starts when it is first needed."""
    with _starting:
        if not _running:
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=loop.run_forever, name="nlwallet-mounted-apps", daemon=True)
            thread.start()
            _running.append((loop, thread))
    loop, thread = _running[0]
    if threading.current_thread() is thread:
        work.close()
        raise LocalError(
            "an app calls a synchronous role on the event loop that answers it",
            hint="call it in a worker thread: a plain `def` endpoint, or asyncio.to_thread",
        )
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result(seconds)
    except (TimeoutError, concurrent.futures.TimeoutError):
        future.cancel()
        raise httpx.ReadTimeout("the mounted app does not answer") from None
