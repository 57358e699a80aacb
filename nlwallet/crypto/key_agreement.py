"""ECDH and HKDF: the secret that two keys have in common, and keys that are made of it."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from nlwallet.crypto.keys import PrivateKey, PublicKey
from nlwallet.crypto.software_keys import SoftwareKey
from nlwallet.errors import AlgorithmNotAllowed


def agree(private_key: PrivateKey | SoftwareKey, public_key: PublicKey) -> bytes:
    """The shared secret Z of the two keys (BSI TR-03111 §4.3.1, NIST SP 800-56A): the x coordinate, a secret.

    Raises :class:`~nlwallet.errors.AlgorithmNotAllowed` when they are not on one curve that can agree.
    """
    if isinstance(private_key, SoftwareKey):
        private_key = private_key._within
    mine, theirs = private_key.pyca, public_key.pyca
    if (
        not isinstance(mine, ec.EllipticCurvePrivateKey)
        or not isinstance(theirs, ec.EllipticCurvePublicKey)
        or private_key.curve != public_key.curve
    ):
        raise AlgorithmNotAllowed(
            f"a {private_key.curve} and a {public_key.curve} key cannot agree on a secret",
            hint="both keys are on P-256, P-384 or P-521",
        )
    return mine.exchange(ec.ECDH(), theirs)


def hkdf_sha256(secret: bytes, *, salt: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF with SHA-256 (RFC 5869): ``length`` bytes that are a key."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
