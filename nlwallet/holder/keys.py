"""Where the keys of a wallet are made and kept: in software here; a secure element or a service can take its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from nlwallet.crypto import (
    SealingKey,
    SigningKey,
    SoftwareKey,
    generate_software_key,
    seal_software_keys,
    unseal_software_keys,
)


class KeyStore(Protocol):
    """Makes keys that sign. Their private halves have no other way out than :meth:`sealed`, if they have that one."""

    def generate(self) -> SigningKey:
        """A fresh key that signs with ES256 (HAIP 1.0 §7)."""
        ...

    def sealed(self, keys: Sequence[SigningKey], *, under: SealingKey) -> bytes:
        """What :meth:`unsealed` needs to bring these keys back: the keys themselves, or handles of keys elsewhere."""
        ...

    def unsealed(self, sealed: bytes, *, under: SealingKey) -> Sequence[SigningKey]:
        """The keys. Raises a :class:`~nlwallet.errors.RemoteError` for what this store did not seal."""
        ...

    def forget(self, keys: Sequence[SigningKey]) -> None:
        """These are used no more."""
        ...


class SoftwareKeys:
    """A :class:`KeyStore` in the memory of the process."""

    def generate(self) -> SigningKey:
        """A fresh P-256 key."""
        return generate_software_key()

    def sealed(self, keys: Sequence[SigningKey], *, under: SealingKey) -> bytes:
        """The keys, encrypted. Raises :class:`~nlwallet.errors.LocalError` for a key of another store."""
        return seal_software_keys(cast("Sequence[SoftwareKey]", keys), under=under)

    def unsealed(self, sealed: bytes, *, under: SealingKey) -> Sequence[SigningKey]:
        """The keys that were sealed. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return unseal_software_keys(sealed, under=under)

    def forget(self, keys: Sequence[SigningKey]) -> None:
        """Nothing to do: what is not sealed again is gone with the process."""
