"""Where the Node process fetches: origins that are answered in this process."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx


@dataclass(frozen=True)
class Web:
    """``apps`` are ASGI apps by origin. ``mend`` changes the body of a POST, for a peer that sends a wrong one."""

    apps: dict[str, Any] = field(default_factory=dict)
    mend: Callable[[str, bytes], bytes] = lambda _url, body: body

    def mending(self, mend: Callable[[str, bytes], bytes]) -> Web:
        return replace(self, mend=mend)

    def __call__(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        url, body = urlsplit(asked["url"]), base64.b64decode(asked["body"])
        if asked["method"] == "POST":
            body = self.mend(asked["url"], body)
        headers = [(name, value) for name, value in asked["headers"] if name != "content-length"]
        request = httpx.Request(asked["method"], asked["url"], headers=headers, content=body)
        response = asyncio.run(_send(self.apps[f"{url.scheme}://{url.netloc}"], request))
        return {
            "status": response.status_code,
            "headers": list(response.headers.items()),
            "body": base64.b64encode(response.content).decode(),
        }


async def _send(app: Any, request: httpx.Request) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.send(request)
