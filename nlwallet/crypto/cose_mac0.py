"""COSE_Mac0 (RFC 9052 §6.2) with HMAC 256/256: whoever can check it could also have made it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import ALG, read_cose_message
from nlwallet.errors import AlgorithmNotAllowed, InvalidSignature, MalformedInput

HMAC_256_256 = 5
"""The algorithm, as the header numbers it (RFC 9053 §3.1)."""


@dataclass(frozen=True, slots=True)
class CoseMac0:
    """A COSE_Mac0 whose headers were accepted and whose tag was **not** checked yet."""

    protected: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes | None
    """``None`` when it is detached."""
    tag: bytes
    protected_bytes: bytes

    def verify(self, key: bytes, *, payload: bytes) -> None:
        """Check the tag with the secret ``key`` over the detached ``payload``.

        Raises :class:`~nlwallet.errors.InvalidSignature`, or :class:`~nlwallet.errors.MalformedInput` when the
        payload is in the message too.
        """
        if self.payload is not None:
            raise MalformedInput("the payload is in the message or detached", spec="RFC 9052 §6.2")
        if not hmac.compare_digest(self.tag, _tag(key, self.protected_bytes, payload)):
            raise InvalidSignature("the MAC does not verify with the key", spec="RFC 9052 §6.3")


def read_cose_mac0(value: Any, *, what: str) -> CoseMac0:
    """Read a decoded COSE_Mac0, the array without a tag; everything about its headers is decided here.

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.AlgorithmNotAllowed`.
    """
    encoded, protected, unprotected, payload, tag = read_cose_message(
        value, what=what, kind="COSE_Mac0", spec="RFC 9052 §6.2"
    )
    if type(protected.get(ALG)) is not int or protected[ALG] != HMAC_256_256:
        raise AlgorithmNotAllowed(
            f"{what} is not made with HMAC 256/256",
            spec="RFC 9053 §3.1",
            pointer="/protected/alg",
            hint=f"alg is {HMAC_256_256}",
        )
    return CoseMac0(protected, unprotected, payload, tag, encoded)


def make_cose_mac0(payload: bytes, key: bytes) -> list[Any]:
    """The COSE_Mac0 over a detached ``payload`` with the secret ``key``, as the array to encode."""
    protected = dump_cbor({ALG: HMAC_256_256})
    return [protected, {}, None, _tag(key, protected, payload)]


def _tag(key: bytes, protected: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, dump_cbor(["MAC0", protected, b"", payload]), "sha256")
