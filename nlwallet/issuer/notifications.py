"""What became of credentials, as wallets tell it (OpenID4VCI 1.0 §11)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from nlwallet.issuer.kept_secrets import Secrets
from nlwallet.openid4vci import Event, Notification

NOTIFICATION_LIFETIME = 30 * 86_400


@dataclass(slots=True, eq=False)
class IssuedBatch:
    """The credentials of one response. ``events`` are those that came.

    ``credential_id`` is what :class:`~nlwallet.issuer.StatusLists` know them by; re-issued ones keep it.
    """

    configuration_id: str
    client_id: str | None
    credential_id: str
    events: OrderedDict[Event, str] = field(default_factory=OrderedDict)
    """Event to description: text from outside."""


class Notifications:
    """Batches by notification id. Thread safe."""

    def __init__(self) -> None:
        self._batches: Secrets[IssuedBatch] = Secrets(lifetime=NOTIFICATION_LIFETIME)
        self._all: list[IssuedBatch] = []
        self._lock = threading.Lock()

    def add(self, batch: IssuedBatch, *, now: int) -> str:
        """The notification id of a new batch."""
        with self._lock:
            self._all.append(batch)
        return self._batches.create(batch, now=now)

    def take(self, notification: Notification, *, now: int, client_id: str | None) -> bool:
        """Note an event; the same one again changes nothing (§11). False for an unknown id."""
        batch = self._batches.look(notification.notification_id, now=now)
        if batch is None or batch.client_id != client_id:
            return False
        with self._lock:
            batch.events.setdefault(notification.event, notification.event_description)
        return True

    @property
    def issued(self) -> Sequence[IssuedBatch]:
        """Every batch, oldest first."""
        with self._lock:
            return tuple(self._all)
