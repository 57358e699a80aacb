"""One party in the register, and those of its instances that hold certificates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nlwallet.crypto import PublicKey
from nlwallet.registration import RelyingPartyRecord, ServiceReference


@dataclass(frozen=True, slots=True)
class Instance:
    """A system of the party with a key of its own, for one service (Reg_10 note)."""

    public_key: PublicKey
    dns_names: tuple[str, ...]
    service_id: str
    acting_for: ServiceReference | None = None


@dataclass(slots=True)
class Entry:
    """What the register holds of one party. ``registered_at`` is seconds since the epoch."""

    record: RelyingPartyRecord
    registered_at: int
    state: Literal["active", "suspended", "cancelled"] = "active"
    instances: list[Instance] = field(default_factory=list)
