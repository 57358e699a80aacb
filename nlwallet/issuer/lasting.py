"""What stays as long as a store: whose it is, and the keys that must not change when an issuer starts again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import LocalError
from nlwallet.issuer.issuer_store import IssuerStore, JsonObject

_KEY_BYTES = 32


def lasting_key(store: IssuerStore, name: str) -> bytes:
    """A random key of 256 bits: the same one for whoever asks a store for that name."""

    def make() -> dict[str, Any]:
        return {"key": b64url_encode(secrets.token_bytes(_KEY_BYTES))}

    return b64url_decode(lasting(store, name, make)["key"])


def lasting(store: IssuerStore, name: str, make: Callable[[], JsonObject]) -> dict[str, Any]:
    """What the first one made who asked a store for that name; it is never forgotten."""
    there = store.get("lasting", name, now=0)
    if there is not None:
        return there
    with store.step(now=0) as step:
        found = step.get("lasting", name)
        if found is None:
            found = dict(make())
            step.put("lasting", name, found, expires_at=None)
        return found


def encryption_key(store: IssuerStore) -> PrivateKey:
    """The key that requests are encrypted to: wallets that have the metadata go on using it after a restart."""
    made = lasting(store, "request_encryption", lambda: PrivateKey.generate("P-256").private_jwk())
    return PrivateKey.from_jwk(made)


def check_owner(store: IssuerStore, credential_issuer: str, *, now: int) -> None:
    """A token of one issuer is good for nothing at another, so they do not share a store.

    What expired while nobody used the store goes. Raises :class:`~nlwallet.errors.LocalError`.
    """
    owner = lasting(store, "issuer", lambda: {"credential_issuer": credential_issuer})
    if owner["credential_issuer"] != credential_issuer:
        raise LocalError("the store is that of another issuer", code="store", hint="one file for each issuer")
    with store.step(now=now):
        pass
