"""The transaction log: what was asked, what was shared, with whom, when and how it ended; never a value.

What an entry holds follows DASH_03, DASH_05, DATA_DLT_06 and RPT_DPA_05a of the ARF; DASH_03a forbids attribute
values. Also a transaction that was not completed is logged (DASH_02).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Any, Final, Literal, TypeAlias

from nlwallet.claim_path import ClaimPath

LogKind: TypeAlias = Literal[
    "presentation", "proximity", "issuance", "reissuance", "deletion", "erasure_request", "authority_report"
]


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
    INITIATED = "initiated"
    """Drafted for the holder; that it was sent only the browser, mail or telephone knows (DATA_DLT_05)."""


PRESENTATIONS: Final = frozenset({"presentation", "proximity"})
"""Kinds in which somebody asked to be shown something: over the internet, or standing before the holder."""

COMPLETED = frozenset({LogOutcome.SHARED, LogOutcome.RECEIVED, LogOutcome.DELETED, LogOutcome.INITIATED})


@dataclass(frozen=True, slots=True)
class LoggedClaim:
    """A claim by its place, without its value: the type of the card and the path."""

    type: str
    path: ClaimPath

    def as_dict(self) -> dict[str, Any]:
        """The claim's place as JSON."""
        return {"type": self.type, "path": list(self.path)}


@dataclass(frozen=True, slots=True)
class LoggedIntermediary:
    """Who asked in the party's place. It is not shown at the request (RPI_07), and logged (DASH_03 c)."""

    trade_name: str = ""
    identifier: str = ""
    service_id: str = ""
    country: str = ""
    contacts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The intermediary as JSON; empty members are left out."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return {name: _listed(value) for name, value in members.items() if value}


@dataclass(frozen=True, slots=True)
class Counterparty:
    """The other party: names, identifier, and where to go with a question or a complaint.

    Contacts are addresses as they were given: of a web page, an e-mail address or a telephone number;
    :func:`~nlwallet.holder.contact.contacts` says which of them can be used.
    """

    trade_name: str = ""
    legal_name: str = ""
    identifier: str = ""
    country: str = ""
    verified: bool = False
    host: str = ""
    registrar: str = ""
    """Name of who signed the registration certificate."""
    registry: str = ""
    """Address of the registrar's service, where the registration can be looked up (DASH_03 f)."""
    service_id: str = ""
    service_name: str = ""
    entitlement: str = ""
    """As what kind of provider an issuer is registered, such as ``PID_Provider``; empty where that was not shown."""
    contacts: tuple[str, ...] = ()
    """For anything; an issuer has these (DASH_05 b)."""
    deletion_contacts: tuple[str, ...] = ()
    supervisory_authority: str = ""
    supervisory_country: str = ""
    supervisory_contacts: tuple[str, ...] = ()
    privacy_policy: str = ""
    intermediary: LoggedIntermediary | None = None

    def as_dict(self) -> dict[str, Any]:
        """The party as JSON; empty members are left out."""
        members = {name: getattr(self, name) for name in self.__slots__ if name != "verified"}
        if self.intermediary is not None:
            members["intermediary"] = self.intermediary.as_dict()
        return {name: _listed(value) for name, value in members.items() if value} | {
            "verified": self.verified
        }

    @property
    def name(self) -> str:
        """What to call it: the trade name, else the best that is known."""
        return self.trade_name or self.legal_name or self.host or self.identifier


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One transaction. ``time`` is epoch seconds."""

    time: int
    kind: LogKind
    outcome: LogOutcome
    party: Counterparty
    purpose: str = ""
    intended_use: str = ""
    requested: tuple[LoggedClaim, ...] = ()
    """What was asked for; in an erasure request, what is to be erased."""
    shared: tuple[LoggedClaim, ...] = ()
    types: tuple[str, ...] = ()
    """Types of the cards asked for or deleted."""
    transactions: tuple[str, ...] = ()
    """Types of the transaction data that was to be authorised."""
    terms: tuple[tuple[str, str], ...] = ()
    """Of the transaction data, what the specification of its type wants logged; no more of it (DASH_03d)."""
    warnings: tuple[str, ...] = ()
    """Codes of the warnings that the holder saw."""
    reason: str = ""
    """Why it was not completed: a code."""
    language: str = ""
    """Of ``purpose``."""
    issued: tuple[str, ...] = ()
    """Types of the cards that came."""
    copies_requested: int = 0
    copies_issued: int = 0
    by_user: bool = True
    """Whether the holder began it; ``False`` for a wallet that renews a card by itself (DASH_05 f)."""
    about: str = ""
    """:attr:`id` of the presentation that an erasure request or a report is about."""
    contact: str = ""
    """The address that an erasure request or a report was drafted for."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    """Random; says nothing, and is unique in the log."""

    @property
    def asks(self) -> bool:
        """Whether somebody asked to be shown something."""
        return self.kind in PRESENTATIONS

    @property
    def completed(self) -> bool:
        """Whether the transaction came to its end (TS10 §3.1)."""
        return self.outcome in COMPLETED

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON."""
        return {
            "id": self.id,
            "time": self.time,
            "kind": self.kind,
            "outcome": str(self.outcome),
            "party": self.party.as_dict(),
            "purpose": self.purpose,
            "language": self.language,
            "intended_use": self.intended_use,
            "requested": [claim.as_dict() for claim in self.requested],
            "shared": [claim.as_dict() for claim in self.shared],
            "types": list(self.types),
            "issued": list(self.issued),
            "copies_requested": self.copies_requested,
            "copies_issued": self.copies_issued,
            "by_user": self.by_user,
            "transactions": list(self.transactions),
            "terms": [list(pair) for pair in self.terms],
            "warnings": list(self.warnings),
            "reason": self.reason,
            "about": self.about,
            "contact": self.contact,
        }


class TransactionLog:
    """Entries in the order in which they were written; none is ever changed, and only its holder deletes any.

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

    def take_in(self, entries: Iterable[LogEntry]) -> tuple[LogEntry, ...]:
        """Put entries of another wallet of the same holder in their places by time; gives those that were new."""
        with self._lock:
            known = {entry.id for entry in self._entries}
            new = tuple({entry.id: entry for entry in entries if entry.id not in known}.values())
            self._entries = sorted((*self._entries, *new), key=lambda entry: entry.time)
        return new

    def remove(self, ids: Collection[str]) -> None:
        """Delete entries. For :class:`~nlwallet.holder.log_removal.LogRemoval` alone, which asks (DASH_06a)."""
        with self._lock:
            self._entries = [entry for entry in self._entries if entry.id not in ids]

    def put_back(self, entries: Iterable[LogEntry]) -> None:
        """Be as it was: what happened since could not be kept, nor what it tells of."""
        with self._lock:
            self._entries = list(entries)

    @property
    def entries(self) -> tuple[LogEntry, ...]:
        """All entries, oldest first."""
        with self._lock:
            return tuple(self._entries)


def counterparty_of(record: dict[str, Any]) -> Counterparty:
    """The party of a record, which is :meth:`Counterparty.as_dict`."""
    members: dict[str, Any] = _tuples(record)
    if "intermediary" in members:
        between: dict[str, Any] = _tuples(record["intermediary"])
        members["intermediary"] = LoggedIntermediary(**between)
    return Counterparty(**members)


def entry_of(record: dict[str, Any]) -> LogEntry:
    """The entry of a record, which is :meth:`LogEntry.as_dict`."""
    members: dict[str, Any] = {
        **record,
        "outcome": LogOutcome(record["outcome"]),
        "party": counterparty_of(record["party"]),
    }
    for name in ("requested", "shared"):
        members[name] = tuple(LoggedClaim(one["type"], tuple(one["path"])) for one in record[name])
    members["terms"] = tuple((name, value) for name, value in record["terms"])
    for name in ("types", "transactions", "warnings", "issued"):
        members[name] = tuple(record[name])
    return LogEntry(**members)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _tuples(record: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}
