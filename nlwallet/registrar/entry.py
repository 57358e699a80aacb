"""One party in the register, and those of its instances that hold certificates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from nlwallet.crypto import PublicKey
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord, ServiceReference

MAX_ISSUED: Final = 64


@dataclass(frozen=True, slots=True)
class Instance:
    """A system of the party with a key of its own, for one service (Reg_10 note)."""

    public_key: PublicKey
    dns_names: tuple[str, ...]
    service_id: str
    acting_for: ServiceReference | None = None
    short_lived: bool = False
    """Whether its access certificate lives a day and is never revoked, instead of being on a list (Reg_12)."""


@dataclass(slots=True)
class Entry:
    """What the register holds of one party. ``registered_at`` is seconds since the epoch."""

    record: RelyingPartyRecord
    registered_at: int
    state: Literal["active", "suspended", "cancelled"] = "active"
    instances: list[Instance] = field(default_factory=list)
    issued: list[RelyingPartyCertificates] = field(default_factory=list)
    """What it got, oldest first; no more than :data:`MAX_ISSUED` are remembered."""
    asked_for_with: list[RelyingPartyCertificates] = field(default_factory=list)
    """With what its intermediary asks in its place, oldest first; as many."""

    def remember(self, certificates: RelyingPartyCertificates) -> RelyingPartyCertificates:
        """Keep what was issued, for the public to see."""
        self.issued.append(certificates)
        del self.issued[:-MAX_ISSUED]
        return certificates

    def remember_intermediary(self, certificates: RelyingPartyCertificates) -> RelyingPartyCertificates:
        """Keep what its intermediary asks with, for another start to go on with."""
        self.asked_for_with.append(certificates)
        del self.asked_for_with[:-MAX_ISSUED]
        return certificates
