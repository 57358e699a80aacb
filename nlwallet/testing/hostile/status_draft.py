"""A status list token before it is signed, and the place where a relying party fetches it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from nlwallet.encoding import b64url_encode
from nlwallet.testing.hostile.forging_issuer import ForgingIssuer
from nlwallet.testing.hostile.jws_draft import JwsDraft

INDEX = 7
"""The entry of the credential."""
ENTRIES = 64
MEDIA_TYPE = "application/statuslist+jwt"


@dataclass(slots=True)
class StatusDraft:
    """One token, and how it is served; every part open to change."""

    token: JwsDraft
    media_type: str = MEDIA_TYPE
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    status: int = 200
    rewrite: Callable[[str], str | bytes] = field(default=lambda text: text, repr=False)

    @classmethod
    def good(cls, issuer: ForgingIssuer, uri: str, *, now: int, value: int = 0, bits: int = 1) -> StatusDraft:
        """A token in which the credential has this status, and all others are valid."""
        entries = bytearray(ENTRIES * bits // 8)
        entries[INDEX * bits // 8] |= value << (INDEX * bits % 8)
        payload = {
            "sub": uri,
            "iat": now,
            "exp": now + 3600,
            "ttl": 1,
            "status_list": {"bits": bits, "lst": b64url_encode(zlib.compress(bytes(entries), 9))},
        }
        header = {"alg": issuer.key.alg, "typ": "statuslist+jwt", "x5c": issuer.chain.x5c()}
        return cls(JwsDraft(header, payload, issuer.key.sign))

    def list_of(self, octets: bytes) -> None:
        """Put other compressed octets into it."""
        self.token.payload["status_list"]["lst"] = b64url_encode(octets)

    def app(self) -> ASGIApp:
        """What answers at its address."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            body = self.rewrite(self.token.compact())
            octets = body.encode("ascii") if isinstance(body, str) else body
            headers: list[Any] = [(b"content-type", self.media_type.encode("ascii")), *self.headers]
            await send({"type": "http.response.start", "status": self.status, "headers": headers})
            await send({"type": "http.response.body", "body": octets})

        return answer
