"""Credentials that are promised: a transaction to come back with (OpenID4VCI 1.0 §9)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from nlwallet.crypto import PublicKey
from nlwallet.errors import LocalError
from nlwallet.issuer.grant import Dataset
from nlwallet.issuer.kept_secrets import Secrets

Decision: TypeAlias = Literal["pending", "approved", "denied"]

DEFERRAL_LIFETIME = 30 * 86_400
INTERVAL = 5
"""Seconds that a wallet should wait before it asks again."""


@dataclass(slots=True, eq=False)
class Deferral:
    """One promise, waiting for somebody at the issuer to :meth:`approve` or :meth:`deny` it."""

    dataset: Dataset
    keys: tuple[PublicKey, ...] = field(repr=False)
    client_id: str | None
    bound_to: str | None = field(repr=False)
    decision: Decision = "pending"

    def approve(self) -> None:
        """Let the wallet have its credentials when it asks again."""
        self._decide("approved")

    def deny(self) -> None:
        """Never; the wallet hears ``credential_request_denied``."""
        self._decide("denied")

    def _decide(self, decision: Decision) -> None:
        if self.decision != "pending":
            raise LocalError("this request was decided before")
        self.decision = decision


class Deferrals:
    """All promises of an issuer, by transaction id. Thread safe."""

    def __init__(self) -> None:
        self._transactions: Secrets[Deferral] = Secrets(lifetime=DEFERRAL_LIFETIME)
        self._waiting: list[Deferral] = []
        self._lock = threading.Lock()

    def add(self, deferral: Deferral, *, now: int) -> str:
        """The transaction id of a new promise."""
        with self._lock:
            self._waiting.append(deferral)
        return self._transactions.create(deferral, now=now)

    @property
    def waiting(self) -> tuple[Deferral, ...]:
        """What nobody has decided yet, oldest first."""
        with self._lock:
            self._waiting = [one for one in self._waiting if one.decision == "pending"]
            return tuple(self._waiting)

    def find(self, transaction_id: str, *, now: int) -> Deferral | None:
        """The promise behind a transaction id."""
        return self._transactions.look(transaction_id, now=now)

    def end(self, transaction_id: str, *, now: int) -> bool:
        """Invalidate a transaction; of two callers one does it (§9.1)."""
        return self._transactions.consume(transaction_id, now=now) is not None
