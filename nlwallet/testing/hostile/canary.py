"""An address of the attacker's: whoever comes there followed something that it should not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.outside import Outside


@dataclass(slots=True)
class Canary:
    """Serves ``app``, or 404, at a new host of the sandbox, and keeps who came.

    With ``outside`` it is there, and no host of the sandbox.
    """

    edi: Sandbox = field(repr=False)
    app: ASGIApp | None = field(default=None, repr=False)
    outside: Outside | None = field(default=None, repr=False)
    url: str = ""
    _paths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.outside is not None:
            self.url = self.outside.serve(self._answer)
        else:
            self.url = self.edi.serve(f"{secrets.token_hex(6)}.attacker.example", self._answer)

    def hits(self) -> list[str]:
        """The paths that were asked for."""
        return list(self._paths)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._paths.append(scope["path"])
        if self.app is not None:
            await self.app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def serving(
    octets: bytes,
    media_type: str = "application/json",
    *,
    status: int = 200,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> ASGIApp:
    """An app that answers everything so."""
    return serving_each(lambda _: octets, media_type, status=status, headers=headers)


def serving_each(
    octets_at: Callable[[str], bytes],
    media_type: str = "application/json",
    *,
    status: int = 200,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> ASGIApp:
    """An app whose answer depends on the path."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        told = [(b"content-type", media_type.encode("ascii")), *headers]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": octets_at(scope["path"])})

    return answer


@dataclass(slots=True)
class Endless:
    """An app that goes on and on, up to a bound that nobody should wait for."""

    megabytes: int = 64
    taken: int = 0
    """How many megabytes somebody took."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(self.megabytes):
            await send({"type": "http.response.body", "body": b" " * 1_000_000, "more_body": True})
            self.taken += 1
        await send({"type": "http.response.body", "body": b""})
