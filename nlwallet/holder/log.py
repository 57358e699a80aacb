"""The transaction log: what was asked, what was shared, with whom, when and how it ended; never a value.

What an entry holds follows DASH_03 and DASH_05 of the ARF; DASH_03a forbids attribute values. Also
a transaction that was not completed is logged (DASH_02).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any, Literal

from nlwallet.claim_path import ClaimPath


class LogOutcome(StrEnum):
    """How a transaction ended."""

    SHARED = "shared"
    POSSIBLY_SHARED = "possibly_shared"
    """The answer was sent, and it is not known whether it arrived."""
    DENIED = "denied"
    UNANSWERABLE = "unanswerable"
    """Denied, and approval was not possible: a card was missing, or a policy forbade it."""
    EXPIRED = "expired"
    LOCKED = "locked"
    """Ended by too many wrong PINs."""
    FAILED = "failed"
    """The request could not be trusted or understood, or a card could not be received."""
    RECEIVED = "received"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class LoggedClaim:
    """A claim by its place, without its value: the type of the card and the path."""

    type: str
    path: ClaimPath

    def as_dict(self) -> dict[str, Any]:
        """The claim's place as JSON."""
        return {"type": self.type, "path": list(self.path)}


@dataclass(frozen=True, slots=True)
class Counterparty:
    """The other party: names, identifier, and where to go with a question or a complaint."""

    trade_name: str = ""
    legal_name: str = ""
    identifier: str = ""
    country: str = ""
    verified: bool = False
    host: str = ""
    registrar: str = ""
    """Name of who signed the registration certificate."""
    deletion_contact: str = ""
    supervisory_authority: str = ""
    supervisory_contact: str = ""
    privacy_policy: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The party as JSON; empty members are left out."""
        members = {name: getattr(self, name) for name in self.__slots__ if name != "verified"}
        return {name: value for name, value in members.items() if value} | {"verified": self.verified}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One transaction. ``time`` is epoch seconds."""

    time: int
    kind: Literal["presentation", "issuance", "deletion"]
    outcome: LogOutcome
    party: Counterparty
    purpose: str = ""
    intended_use: str = ""
    requested: tuple[LoggedClaim, ...] = ()
    shared: tuple[LoggedClaim, ...] = ()
    types: tuple[str, ...] = ()
    """Types of the cards asked for, received or deleted."""
    transactions: tuple[str, ...] = ()
    """Types of the transaction data that was to be authorised."""
    warnings: tuple[str, ...] = ()
    """Codes of the warnings that the holder saw."""
    reason: str = ""
    """Why it was not completed: a code."""

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON."""
        return {
            "time": self.time,
            "kind": self.kind,
            "outcome": str(self.outcome),
            "party": self.party.as_dict(),
            "purpose": self.purpose,
            "intended_use": self.intended_use,
            "requested": [claim.as_dict() for claim in self.requested],
            "shared": [claim.as_dict() for claim in self.shared],
            "types": list(self.types),
            "transactions": list(self.transactions),
            "warnings": list(self.warnings),
            "reason": self.reason,
        }


class TransactionLog:
    """Entries in the order in which they were written; nothing is ever changed.

    ``entries``: those that were written before. ``on_add`` is called after each new one.
    """

    def __init__(self, entries: Iterable[LogEntry] = (), *, on_add: Callable[[], None] | None = None) -> None:
        self._entries = list(entries)
        self._on_add = on_add
        self._lock = Lock()

    def add(self, entry: LogEntry) -> None:
        """Write one entry."""
        with self._lock:
            self._entries.append(entry)
        if self._on_add is not None:
            self._on_add()

    def take_back(self, count: int) -> None:
        """Forget all but the first ``count``: those after them could not be kept, nor what they tell of."""
        with self._lock:
            del self._entries[count:]

    @property
    def entries(self) -> tuple[LogEntry, ...]:
        """All entries, oldest first."""
        with self._lock:
            return tuple(self._entries)
