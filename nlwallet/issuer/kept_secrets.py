"""Codes and tokens: secrets that are used once, or for a short time, and then are gone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nlwallet.issuer.issuer_store import IssuerStore, JsonObject, Step, name_of

Value = TypeVar("Value")

SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits in base64url."""
    return secrets.token_urlsafe(SECRET_BYTES)


@dataclass(frozen=True, slots=True)
class Secrets(Generic[Value]):
    """Secrets of one ``kind`` that stand for a value for ``lifetime`` seconds (``None``: for ever).

    Only the hash of a secret is kept: it is the name of the value. ``write`` makes JSON of a value; ``read`` makes a
    value of its name and that JSON, or ``None`` if it means nothing any more. When there are more than ``limit``,
    the oldest goes: for what anybody may make.
    """

    store: IssuerStore
    kind: str
    write: Callable[[Value], JsonObject]
    read: Callable[[str, dict[str, Any]], Value | None]
    lifetime: int | None
    limit: int | None = None

    def create(self, step: Step, value: Value) -> str:
        """A fresh secret for ``value``."""
        secret = new_secret()
        self.keep(step, secret, value)
        return secret

    def keep(self, step: Step, secret: str, value: Value) -> None:
        """Let a secret that is new stand for ``value``."""
        expires_at = None if self.lifetime is None else step.now + self.lifetime
        step.put(self.kind, name_of(secret), self.write(value), expires_at=expires_at, limit=self.limit)

    def look(self, secret: str, *, now: int) -> Value | None:
        """What the secret stands for; it stays usable. ``None`` when unknown, used or expired."""
        name = name_of(secret)
        found = self.store.get(self.kind, name, now=now)
        return None if found is None else self.read(name, found)

    def all(self, *, now: int) -> tuple[Value, ...]:
        """Every value that is kept, in the order in which they came."""
        values = (self.read(name, found) for name, found in self.store.all(self.kind, now=now))
        return tuple(value for value in values if value is not None)

    def named(self, step: Step, name: str) -> Value | None:
        """The value of a name, in a step that may change it."""
        found = step.get(self.kind, name)
        return None if found is None else self.read(name, found)

    def replace(self, step: Step, name: str, value: Value) -> None:
        """Another value for the same secret."""
        step.replace(self.kind, name, self.write(value))

    def consume(self, step: Step, secret: str) -> Value | None:
        """What the secret stands for, and it is gone; of two steps one gets it."""
        name = name_of(secret)
        value = self.named(step, name)
        step.remove(self.kind, name)
        return value
