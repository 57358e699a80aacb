"""Receiving cards (skeleton)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlwallet.clock import Clock
from nlwallet.errors import LocalError
from nlwallet.holder.labels import Labels
from nlwallet.holder.log import Counterparty, LogEntry, LogOutcome
from nlwallet.holder.vault import Card
from nlwallet.http import HttpClient
from nlwallet.profiles import Profile
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import TrustAnchors


@dataclass(slots=True)
class Reception:
    """One reception."""

    anchors: TrustAnchors
    http: HttpClient
    clock: Clock
    profile: Profile
    types: TypeMetadataRegistry
    labels: Labels

    def receive(self, offer_uri: str, *, tx_code: str | None) -> tuple[Card, ...]:
        """Receive."""
        raise LocalError("not yet")

    def entry(self, outcome: LogOutcome, *, cards: Sequence[Card] = (), reason: str = "") -> LogEntry:
        """Log entry."""
        return LogEntry(self.clock.now(), "issuance", outcome, Counterparty(), reason=reason)
