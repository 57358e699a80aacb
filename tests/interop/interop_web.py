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
    """``apps`` are ASGI apps by origin. ``mend`` changes the body of a POST, for a peer that sends a wrong one;
    ``mend_answer`` that of an answer, for one that cannot read it. ``accept`` is what the client takes at a URL, for a
    peer that does not say so.
    """

    apps: dict[str, Any] = field(default_factory=dict)
    mend: Callable[[str, bytes], bytes] = lambda _url, body: body
    mend_answer: Callable[[str, bytes], bytes] = lambda _url, body: body
    accept: Mapping[str, str] = field(default_factory=dict)

    def mending(self, mend: Callable[[str, bytes], bytes]) -> Web:
        return replace(self, mend=mend)

    def mending_answers(self, mend_answer: Callable[[str, bytes], bytes]) -> Web:
        return replace(self, mend_answer=mend_answer)

    def accepting(self, accept: Mapping[str, str]) -> Web:
        return replace(self, accept=accept)

    def __call__(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        url, body = urlsplit(asked["url"]), base64.b64decode(asked["body"])
        if asked["method"] == "POST":
            body = self.mend(asked["url"], body)
        headers = [(name, value) for name, value in asked["headers"] if name != "content-length"]
        if asked["url"] in self.accept:
            headers.append(("accept", self.accept[asked["url"]]))
        request = httpx.Request(asked["method"], asked["url"], headers=headers, content=body)
        response = asyncio.run(_send(self.apps[f"{url.scheme}://{url.netloc}"], request))
        return {
            "status": response.status_code,
            "headers": [
                (name, value) for name, value in response.headers.items() if name != "content-length"
            ],
            "body": base64.b64encode(self.mend_answer(asked["url"], response.content)).decode(),
        }


async def _send(app: Any, request: httpx.Request) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.send(request)
