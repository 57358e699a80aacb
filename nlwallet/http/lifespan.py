"""The lifespan of a mounted ASGI app: it starts once, however many clients mount the app, and ends with the last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from nlwallet.errors import LocalError

Message = MutableMapping[str, Any]

SHUTDOWN_SECONDS = 10

_log = logging.getLogger("nlwallet.http")


class Lifespan:
    """A started app. Everything here runs on the one event loop, so nothing needs a lock."""

    _started: dict[int, Lifespan] = {}  # noqa: RUF012 - one per process, as the loop is

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._users = 0
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.ensure_future(self._run())

    @classmethod
    async def enter(cls, app: Callable[..., Awaitable[None]]) -> Lifespan:
        """Start ``app``, or join those that use it. Raises LocalError when it says that it cannot start."""
        lifespan = cls._started.get(id(app))
        if lifespan is None:
            lifespan = cls._started[id(app)] = cls(app)
        lifespan._users += 1
        try:
            problem = await asyncio.shield(lifespan._ready)
            if problem:
                raise LocalError(f"a mounted app does not start: {problem}")
        except BaseException:
            await lifespan.leave()
            raise
        return lifespan

    async def leave(self) -> None:
        """Stop using the app; the last one out shuts it down, and does not wait for ever."""
        self._users -= 1
        if self._users:
            return
        del self._started[id(self._app)]
        if self._ready.done():
            self._inbox.put_nowait({"type": "lifespan.shutdown"})
            await asyncio.wait((self._task,), timeout=SHUTDOWN_SECONDS)
        self._task.cancel()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._inbox.get, self._send)
        except Exception:  # noqa: BLE001
            # Before it is ready, this is how an app says that it has no lifespan (ASGI, Lifespan, "Scope").
            if self._ready.done():
                _log.exception("a mounted app raised at its shutdown")
        finally:
            self._say_ready("")

    async def _send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.complete":
            self._say_ready("")
        elif message["type"] == "lifespan.startup.failed":
            self._say_ready(message.get("message") or "its startup failed")

    def _say_ready(self, problem: str) -> None:
        if not self._ready.done():
            self._ready.set_result(problem)
