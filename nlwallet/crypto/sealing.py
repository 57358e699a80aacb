"""Data that is sealed for whoever knows a PIN: Argon2id (RFC 9106) and AES-256-GCM (NIST SP 800-38D)."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from nlwallet.errors import DecryptionFailed, LimitExceeded, LocalError, MalformedInput

_KEY: Final = 32
_SALT: Final = 16
_NONCE: Final = 12
_TAG: Final = 16
MAX_MEMORY_KIB: Final = 1_048_576
"""What this machine is ready to spend on a file from elsewhere: 1 GiB."""
MAX_ITERATIONS: Final = 16
MAX_LANES: Final = 16

_COST = struct.Struct(">IIB")
LOCKED_KEY_BYTES: Final = _COST.size + _SALT + _NONCE + _KEY + _TAG
"""How long a :meth:`SealingKey.locked` key is."""


@dataclass(frozen=True, slots=True)
class DerivationCost:
    """What one guess at a PIN costs. The default is the second recommended option of RFC 9106 §4."""

    memory_kib: int = 65_536
    iterations: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        if not (
            1 <= self.iterations <= MAX_ITERATIONS
            and 1 <= self.lanes <= MAX_LANES
            and 8 * self.lanes <= self.memory_kib <= MAX_MEMORY_KIB
        ):
            raise LimitExceeded(
                "the cost of the key derivation is out of bounds",
                spec="RFC 9106 §3.1",
                hint=f"at most {MAX_MEMORY_KIB} KiB, {MAX_ITERATIONS} iterations and {MAX_LANES} lanes",
            )


class SealingKey:
    """A random key that seals data, and never shows itself: it leaves only :meth:`locked` with a PIN."""

    __slots__ = ("_cipher", "_key")

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY:
            raise LocalError(f"a sealing key has {_KEY} bytes")
        self._key = key
        self._cipher = AESGCM(key)

    @classmethod
    def generate(cls) -> Self:
        """A fresh key."""
        return cls(secrets.token_bytes(_KEY))

    def seal(self, data: bytes, *, bound_to: bytes) -> bytes:
        """``data`` sealed: a random nonce of 12 bytes, the ciphertext, and a tag of 16.

        ``bound_to`` is not secret, and must be the same when it is opened. One key seals at most 2**32 times
        (SP 800-38D §8.3).
        """
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, bound_to)

    def unseal(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        """What was sealed. Raises :class:`~nlwallet.errors.DecryptionFailed` if a bit of it is not as it was."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to)
        except (InvalidTag, ValueError):
            raise DecryptionFailed(
                "the sealed data is not as it was sealed", spec="SP 800-38D §7.2"
            ) from None

    def locked(self, pin: str, *, cost: DerivationCost, bound_to: bytes) -> bytes:
        """The key itself, sealed for whoever knows ``pin``: :data:`LOCKED_KEY_BYTES` bytes."""
        salt = secrets.token_bytes(_SALT)
        head = _COST.pack(cost.memory_kib, cost.iterations, cost.lanes) + salt
        return head + SealingKey(_derive(pin, salt, cost)).seal(self._key, bound_to=head + bound_to)

    @classmethod
    def unlock(cls, locked: bytes, pin: str, *, bound_to: bytes) -> Self:
        """The key that was locked with ``pin``.

        Raises :class:`~nlwallet.errors.DecryptionFailed` for another PIN, or for data that is not as it was, and
        :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded` for what no key was
        locked into.
        """
        if len(locked) != LOCKED_KEY_BYTES:
            raise MalformedInput(f"a locked key has {LOCKED_KEY_BYTES} bytes")
        head, sealed = locked[: _COST.size + _SALT], locked[_COST.size + _SALT :]
        cost = DerivationCost(*_COST.unpack_from(head))
        return cls(
            SealingKey(_derive(pin, head[_COST.size :], cost)).unseal(sealed, bound_to=head + bound_to)
        )

    def __repr__(self) -> str:
        return "SealingKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("a sealing key does not leave the process")


def _derive(pin: str, salt: bytes, cost: DerivationCost) -> bytes:
    try:
        derivation = Argon2id(
            salt=salt,
            length=_KEY,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
    except UnsupportedAlgorithm:
        raise LocalError(
            "the OpenSSL of this Python has no Argon2id",
            code="argon2id_missing",
            hint="install cryptography from its wheel, or OpenSSL 3.2 or newer",
        ) from None
    return derivation.derive(pin.encode("utf-8"))
