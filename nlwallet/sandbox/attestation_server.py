"""The issuer's own server, which is asked what to issue to whoever presented this (NL Wallet issuance_server)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.errors import MalformedInput, TransportError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox.issuable_document import IssuableDocument, parse_issuable_documents
from nlwallet.verifier import PresentationResult, disclosed_attestations

TIMEOUT_SECONDS = 5.0
"""Less than wallets wait for the answer to their presentation."""

_WHAT = "what the issuer wants to issue"


@dataclass(frozen=True, slots=True)
class AttestationServer:
    """Posts each verified presentation to ``url`` as JSON, and reads which cards come back for it.

    ``http`` bounds how long that may take, and how much may come. The server need not be reachable for wallets.
    """

    url: str
    http: HttpClient = field(default_factory=lambda: HttpClient(HttpPolicy(timeout_seconds=TIMEOUT_SECONDS)))

    def __call__(self, result: PresentationResult) -> tuple[IssuableDocument, ...]:
        """The documents to issue. Raises :class:`~nlwallet.errors.TransportError` or another RemoteError."""
        return self.documents(disclosed_attestations(result.presentations))

    def documents(self, disclosed: Sequence[Mapping[str, Any]]) -> tuple[IssuableDocument, ...]:
        """Those for what was disclosed, as the requester of a session gets it. Raises as above."""
        reply = self.http.post_json(self.url, disclosed, accept="application/json", what=_WHAT)
        if not 200 <= reply.status < 300:
            raise TransportError(
                f"{_WHAT}: the server answered with HTTP status {reply.status}",
                hint="200, also with no documents",
            )
        if reply.content_type != "application/json":
            raise MalformedInput(f"{_WHAT} is not application/json")
        return parse_issuable_documents(reply.body)
