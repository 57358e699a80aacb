"""What happened to a transaction, as ``/ui/presentations/{id}/events`` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ACTORS: Final[Mapping[str, str]] = {
    "Transaction initialized": "Verifier",
    "DC Api Transaction initialized": "Verifier",
    "Request object retrieved": "Wallet",
    "FailedToRetrieve request": "Wallet",
    "Wallet response posted": "Wallet",
    "Wallet failed to post response": "Wallet",
    "Verifier got wallet response": "Verifier",
    "Verifier failed to get wallet": "Verifier",
    "Presentation expired": "VerifierEndPoint",
}
"""Who does what; the names are those of the interface."""
MAX_EVENTS: Final = 64


@dataclass(frozen=True, slots=True)
class Event:
    """One. ``at`` is in seconds since the epoch."""

    name: str
    at: int
    members: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Times are milliseconds there."""
        return {
            "timestamp": self.at * 1000,
            "event": self.name,
            "actor": ACTORS[self.name],
            **self.members,
        }
