"""What goes over the wire between the parties of a sandbox, kept for people who want to see it.

Only a sandbox records, only when asked to, and only invented people live in it: nothing here belongs in
front of real data.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_EXCHANGES = 500
MAX_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its response; bodies are bytes, cut at 64 KiB."""

    to: str
    method: str
    target: str
    request_type: str
    request_body: bytes
    status: int
    response_type: str
    response_body: bytes

    def as_dict(self) -> dict[str, Any]:
        """The exchange as JSON; bodies as text."""
        return {
            "to": self.to,
            "request": f"{self.method} {self.target}",
            "request_type": self.request_type,
            "request_body": self.request_body.decode("utf-8", "replace"),
            "status": self.status,
            "response_type": self.response_type,
            "response_body": self.response_body.decode("utf-8", "replace"),
        }


class Wire:
    """The exchanges of one sandbox, the newest 500, in the order in which they ended."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=MAX_EXCHANGES)

    def tap(self, name: str, app: ASGIApp) -> ASGIApp:
        """``app``, with everything that it receives and answers noted under ``name``."""

        async def tapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            asked, answered = bytearray(), bytearray()
            start: dict[str, Any] = {"status": 0, "headers": []}

            async def listen() -> Message:
                message = await receive()
                if message["type"] == "http.request":
                    _append(asked, message.get("body", b""))
                return message

            async def speak(message: Message) -> None:
                if message["type"] == "http.response.start":
                    start.update(message)
                elif message["type"] == "http.response.body":
                    _append(answered, message.get("body", b""))
                await send(message)

            await app(scope, listen, speak)
            query = f"?{scope['query_string'].decode('ascii', 'replace')}" if scope["query_string"] else ""
            self._exchanges.append(
                Exchange(
                    to=name,
                    method=scope["method"],
                    target=scope["path"] + query,
                    request_type=_content_type(scope["headers"]),
                    request_body=bytes(asked),
                    status=start["status"],
                    response_type=_content_type(start["headers"]),
                    response_body=bytes(answered),
                )
            )

        return tapped

    def take(self) -> tuple[Exchange, ...]:
        """The exchanges since the last call; they are forgotten here."""
        taken = []
        while self._exchanges:
            taken.append(self._exchanges.popleft())
        return tuple(taken)


def _append(body: bytearray, chunk: bytes) -> None:
    body.extend(chunk[: MAX_BODY_BYTES - len(body)])


def _content_type(headers: list[tuple[bytes, bytes]]) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"), "")
