"""Credentials that are promised: a transaction to come back with (OpenID4VCI 1.0 §9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from nlwallet.clock import Clock
from nlwallet.crypto import PublicKey
from nlwallet.errors import LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.grant import Dataset
from nlwallet.issuer.issuer_store import IssuerStore, Step
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
    decide: Callable[[Decision], bool] | None = field(default=None, repr=False)
    """Keeps a decision, if it is the first; ``None`` until the promise itself is kept."""

    def approve(self) -> None:
        """Let the wallet have its credentials when it asks again. Raises LocalError if this was decided before."""
        self._decide("approved")

    def deny(self) -> None:
        """Never; the wallet hears ``credential_request_denied``. Raises LocalError if this was decided before."""
        self._decide("denied")

    def _decide(self, decision: Decision) -> None:
        if self.decide is None or not self.decide(decision):
            raise LocalError("this request was decided before, or it has ended")
        self.decision = decision


class Deferrals:
    """All promises of an issuer, by transaction id. Thread safe."""

    def __init__(
        self, store: IssuerStore, clock: Clock, configurations: Mapping[str, CredentialConfiguration]
    ) -> None:
        self._store = store
        self._clock = clock
        self._configurations = configurations
        # No limit: a promise is kept.
        self._transactions: Secrets[Deferral] = Secrets(
            store, "transaction", _write, self._read, DEFERRAL_LIFETIME
        )

    def add(self, step: Step, deferral: Deferral) -> str:
        """The transaction id of a new promise."""
        return self._transactions.create(step, deferral)

    @property
    def waiting(self) -> tuple[Deferral, ...]:
        """What nobody has decided yet, oldest first."""
        kept = self._transactions.all(now=self._clock.now())
        return tuple(one for one in kept if one.decision == "pending")

    def find(self, transaction_id: str, *, now: int) -> Deferral | None:
        """The promise behind a transaction id."""
        return self._transactions.look(transaction_id, now=now)

    def end(self, step: Step, transaction_id: str) -> bool:
        """Invalidate a transaction; of two steps one does it (§9.1)."""
        return self._transactions.consume(step, transaction_id) is not None

    def _decide(self, name: str, decision: Decision) -> bool:
        with self._store.step(now=self._clock.now()) as step:
            current = self._transactions.named(step, name)
            if current is None or current.decision != "pending":
                return False
            # Of what was denied nothing is made: the claims need not be kept.
            dataset = replace(current.dataset, claims={}) if decision == "denied" else current.dataset
            self._transactions.replace(step, name, replace(current, dataset=dataset, decision=decision))
            return True

    def _read(self, name: str, value: Mapping[str, Any]) -> Deferral | None:
        dataset = Dataset.from_json(value["dataset"], self._configurations)
        if dataset is None:
            return None
        return Deferral(
            dataset,
            tuple(PublicKey.from_jwk(jwk) for jwk in value["keys"]),
            value["client_id"],
            value["bound_to"],
            value["decision"],
            lambda decision: self._decide(name, decision),
        )


def _write(deferral: Deferral) -> dict[str, Any]:
    return {
        "dataset": deferral.dataset.as_json(),
        "keys": [key.jwk() for key in deferral.keys],
        "client_id": deferral.client_id,
        "bound_to": deferral.bound_to,
        "decision": deferral.decision,
    }
