"""HPKE in base mode: encrypted to a public key, by nobody in particular (RFC 9180).

One suite, the one that ISO/IEC TS 18013-7 Annex C names: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from nlwallet.crypto.keys import PrivateKey, PublicKey
from nlwallet.errors import AlgorithmNotAllowed, DecryptionFailed

ENCAPSULATED_BYTES: Final = 65
"""How long the encapsulated key is: an uncompressed point (RFC 9180 §7.1)."""

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_CURVE: Final = "P-256"


def seal_hpke(plaintext: bytes, key: PublicKey, *, info: bytes) -> tuple[bytes, bytes]:
    """The encapsulated key and the ciphertext of ``plaintext`` for who has ``key``, without additional data.

    Raises :class:`~nlwallet.errors.AlgorithmNotAllowed` for a key on another curve than P-256.
    """
    if key.curve != _CURVE or not isinstance(key.pyca, ec.EllipticCurvePublicKey):
        raise AlgorithmNotAllowed(f"HPKE goes with {_CURVE} here, not with {key.curve}", spec="RFC 9180 §7.1")
    sealed = _SUITE.encrypt(plaintext, key.pyca, info=info)
    return sealed[:ENCAPSULATED_BYTES], sealed[ENCAPSULATED_BYTES:]


def open_hpke(encapsulated: bytes, ciphertext: bytes, key: PrivateKey, *, info: bytes) -> bytes:
    """What :func:`seal_hpke` sealed. Raises :class:`~nlwallet.errors.DecryptionFailed`."""
    try:
        if len(encapsulated) != ENCAPSULATED_BYTES or not isinstance(key.pyca, ec.EllipticCurvePrivateKey):
            raise ValueError
        return bytes(_SUITE.decrypt(encapsulated + ciphertext, key.pyca, info=info))
    except (InvalidTag, ValueError, TypeError):
        raise DecryptionFailed("the message does not decrypt with this key", spec="RFC 9180 §5.2") from None
