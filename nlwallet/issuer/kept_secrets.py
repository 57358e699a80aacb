"""Codes and tokens: secrets that are used once, or for a short time, and then are gone."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")

SECRET_BYTES = 32


class Secrets(Generic[Value]):
    """Random secrets that stand for a value for ``lifetime`` seconds. Thread safe.

    Only the hash of a secret is kept. What has expired goes when the next one comes, and when there are more than
    ``limit``, the oldest goes.
    """

    def __init__(self, *, lifetime: int, limit: int = 10_000) -> None:
        self.lifetime = lifetime
        self._limit = limit
        self._values: OrderedDict[bytes, tuple[int, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def create(self, value: Value, *, now: int) -> str:
        """A fresh secret (256 bits, base64url) for ``value``."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with self._lock:
            # All live equally long, so the first to expire is the first of all.
            while self._values and next(iter(self._values.values()))[0] <= now:
                self._values.popitem(last=False)
            self._values[_hash(secret)] = (now + self.lifetime, value)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
        return secret

    def look(self, secret: str, *, now: int) -> Value | None:
        """What the secret stands for; it stays usable. ``None`` when unknown or expired."""
        with self._lock:
            expires_at, value = self._values.get(_hash(secret), (0, None))
        return value if now < expires_at else None

    def consume(
        self, secret: str, *, now: int, unless: Callable[[Value], bool] = lambda _: False
    ) -> Value | None:
        """What the secret stands for, and it is gone; of two callers one gets it.

        Where ``unless`` says so of the value, nothing is consumed and ``None`` comes back.
        """
        key = _hash(secret)
        with self._lock:
            expires_at, value = self._values.get(key, (0, None))
            if value is None or now >= expires_at:
                self._values.pop(key, None)
                return None
            if unless(value):
                return None
            del self._values[key]
            return value

    def revoke(self, secret: str) -> None:
        """Forget a secret."""
        with self._lock:
            self._values.pop(_hash(secret), None)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
