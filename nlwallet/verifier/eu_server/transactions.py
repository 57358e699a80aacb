"""What is remembered of transactions beside their sessions: in memory, bounded, for a while after their end."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nlwallet.verifier.answering import Answering
from nlwallet.verifier.eu_server.events import MAX_EVENTS, Event
from nlwallet.verifier.eu_server.transaction_request import TransactionRequest

MAX_TRANSACTIONS: Final = 10_000


@dataclass(slots=True, eq=False)
class Transaction:
    """One. ``ends_at`` is in seconds since the epoch."""

    session_id: str
    request: TransactionRequest
    answering: Answering
    ends_at: int
    browser_request: str = ""
    """The signed request, where it went through the browser's Digital Credentials API."""
    response_code: str = ""
    """What the wallet takes along to the page of the front end, where there is one to go to."""
    fetched: bool = False
    vp_token: Mapping[str, Any] | None = None
    events: list[Event] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, name: str, now: int, **members: Any) -> None:
        """Something happened to it."""
        with self._lock:
            if len(self.events) < MAX_EVENTS:
                self.events.append(Event(name, now, members))

    def note_once(self, name: str, now: int) -> None:
        """The same, unless it has happened before."""
        with self._lock:
            if len(self.events) < MAX_EVENTS and all(one.name != name for one in self.events):
                self.events.append(Event(name, now))

    def noted(self) -> tuple[Event, ...]:
        """What happened so far."""
        with self._lock:
            return tuple(self.events)

    def take_request(self, *, allowed: bool) -> bool:
        """Whether the request object may go out now: once, and only to who was ``allowed``."""
        with self._lock:
            first, self.fetched = allowed and not self.fetched, self.fetched or allowed
        return first


class Transactions:
    """Those that are known, the oldest first. ``kept`` is how many seconds each is known after its end."""

    def __init__(self, *, kept: int) -> None:
        self._kept = kept
        self._by_id: OrderedDict[str, Transaction] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, transaction: Transaction, *, now: int) -> None:
        """Know this one; those whose time is over, and the oldest of too many, are forgotten."""
        with self._lock:
            while self._by_id and (
                len(self._by_id) >= MAX_TRANSACTIONS
                or next(iter(self._by_id.values())).ends_at + self._kept <= now
            ):
                self._by_id.popitem(last=False)
            self._by_id[transaction.session_id] = transaction

    def get(self, session_id: str) -> Transaction | None:
        """The one of this session."""
        with self._lock:
            return self._by_id.get(session_id)
