"""What was issued, and what became of it, as wallets tell it (OpenID4VCI 1.0 §11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nlwallet.clock import Clock
from nlwallet.issuer.issuer_store import IssuerStore, Step, name_of
from nlwallet.issuer.kept_secrets import Secrets
from nlwallet.openid4vci import Event, Notification

NOTIFICATION_LIFETIME = 30 * 86_400


@dataclass(frozen=True, slots=True)
class IssuedBatch:
    """The credentials of one response. ``events`` are those that came.

    ``credential_id`` is what :class:`~nlwallet.issuer.StatusLists` know them by; re-issued ones keep it.
    ``issued_at`` is in seconds since the epoch. It is kept before the credentials leave: if the issuer was stopped
    right then, the wallet may have none of them.
    """

    configuration_id: str
    client_id: str | None
    credential_id: str
    issued_at: int
    events: Mapping[Event, str] = field(default_factory=dict)
    """Event to description: text from outside."""

    def as_json(self) -> dict[str, Any]:
        """The batch as it is kept."""
        return {
            "configuration": self.configuration_id,
            "client_id": self.client_id,
            "credential_id": self.credential_id,
            "issued_at": self.issued_at,
            "events": dict(self.events),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> IssuedBatch:
        """The batch that was kept."""
        return cls(
            value["configuration"],
            value["client_id"],
            value["credential_id"],
            value["issued_at"],
            value["events"],
        )


class Notifications:
    """Batches by notification id, for ever: what was issued is not forgotten. Thread safe."""

    def __init__(self, store: IssuerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._batches: Secrets[IssuedBatch] = Secrets(
            store, "issued", IssuedBatch.as_json, lambda _, value: IssuedBatch.from_json(value), None
        )

    def add(self, step: Step, batch: IssuedBatch) -> str:
        """The notification id of a new batch."""
        return self._batches.create(step, batch)

    def take(self, notification: Notification, *, client_id: str | None) -> bool:
        """Note an event; the same one again changes nothing (§11). False for an unknown id, or one that is old."""
        name = name_of(notification.notification_id)
        with self._store.step(now=self._clock.now()) as step:
            batch = self._batches.named(step, name)
            if batch is None or batch.client_id != client_id:
                return False
            if step.now >= batch.issued_at + NOTIFICATION_LIFETIME:
                return False
            if notification.event not in batch.events:
                events = {**batch.events, notification.event: notification.event_description}
                self._batches.replace(step, name, replace(batch, events=events))
            return True

    @property
    def issued(self) -> Sequence[IssuedBatch]:
        """Every batch, oldest first."""
        return self._batches.all(now=self._clock.now())
