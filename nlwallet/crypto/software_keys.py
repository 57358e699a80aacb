"""Keys in software whose private half stays in this room: they sign, and leave only sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nlwallet.crypto.keys import PrivateKey, PublicKey
from nlwallet.crypto.sealing import SealingKey
from nlwallet.encoding import dump_json, parse_json
from nlwallet.errors import LocalError, MalformedInput

_PURPOSE: Final = b"nlwallet software keys"
_MAX_BYTES: Final = 64 * 1_048_576


class SoftwareKey:
    """A :class:`~nlwallet.crypto.SigningKey` without a way to its private half: none is public, none is pickled."""

    __slots__ = ("_within",)

    def __init__(self, key: PrivateKey) -> None:
        self._within = key

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self._within.public

    @property
    def alg(self) -> str:
        """The JOSE algorithm."""
        return self._within.alg

    def sign(self, data: bytes) -> bytes:
        """A JOSE signature of ``data``."""
        return self._within.sign(data)

    def __repr__(self) -> str:
        return f"<SoftwareKey of {self.public!r}>"

    def __reduce__(self) -> str:
        raise TypeError("a holder's key does not leave the process")


def generate_software_key() -> SoftwareKey:
    """A fresh P-256 key (HAIP 1.0 §7)."""
    return SoftwareKey(PrivateKey.generate())


def seal_software_keys(keys: Sequence[SoftwareKey], *, under: SealingKey) -> bytes:
    """These keys, sealed; the only way that they leave the process."""
    if not all(isinstance(key, SoftwareKey) for key in keys):
        raise LocalError("a key is not one of these: it was made elsewhere", hint="SoftwareKeys.generate()")
    return under.seal(dump_json([key._within.private_jwk() for key in keys]), bound_to=_PURPOSE)


def unseal_software_keys(sealed: bytes, *, under: SealingKey) -> tuple[SoftwareKey, ...]:
    """The keys that were sealed. Raises :class:`~nlwallet.errors.DecryptionFailed` or MalformedInput."""
    jwks = parse_json(under.unseal(sealed, bound_to=_PURPOSE), what="the sealed keys", max_bytes=_MAX_BYTES)
    if not isinstance(jwks, list):
        raise MalformedInput("the sealed keys are no array")
    return tuple(SoftwareKey(PrivateKey.from_jwk(jwk)) for jwk in jwks)
