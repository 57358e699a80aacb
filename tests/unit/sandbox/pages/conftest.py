"""A browser without a screen for the pages of the sandbox: cookies and redirects, in process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode finds no modules beside a test

OpenBrowser = Callable[..., httpx.Client]


class _InProcess(httpx.BaseTransport):
    def __init__(self, app: ASGIApp) -> None:
        self._app = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def call() -> tuple[int, httpx.Headers, bytes]:
            reply = await self._app.handle_async_request(request)
            return reply.status_code, reply.headers, await reply.aread()

        status, headers, body = asyncio.run(call())
        return httpx.Response(status, headers=headers, content=body)


@pytest.fixture
def open_browser() -> OpenBrowser:
    """Opens a browser that knows nothing yet at a site."""

    def open_(app: ASGIApp, site: str, language: str = "nl") -> httpx.Client:
        return httpx.Client(transport=_InProcess(app), base_url=site, headers={"Accept-Language": language})

    return open_
