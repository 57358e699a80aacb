"""One direction of an encrypted session: AES-256-GCM under a counter that both sides keep (NIST SP 800-38D §8.2.1)."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nlwallet.errors import DecryptionFailed, LocalError

KEY_BYTES: Final = 32
IDENTIFIER_BYTES: Final = 8
TAG_BYTES: Final = 16
_MAX_COUNTER: Final = 2**32 - 1


class SessionCipher:
    """Messages of one sender, in their order: each has the next counter in its IV, and none goes twice.

    ``key`` is 32 bytes, ``identifier`` the fixed 8 bytes of the sender. A message that was left out, changed,
    repeated or sent by the other side does not decrypt. Neither key nor counter can be set back.
    """

    __slots__ = ("_cipher", "_counter", "_identifier")

    def __init__(self, key: bytes, *, identifier: bytes) -> None:
        if len(key) != KEY_BYTES or len(identifier) != IDENTIFIER_BYTES:
            raise LocalError(
                f"a session has a key of {KEY_BYTES} and an identifier of {IDENTIFIER_BYTES} bytes"
            )
        self._cipher = AESGCM(key)
        self._identifier = identifier
        self._counter = 0

    @property
    def messages(self) -> int:
        """How many messages went this way until now."""
        return self._counter

    def encrypt(self, data: bytes) -> bytes:
        """The next message: ciphertext, and a tag of 16 bytes."""
        return self._cipher.encrypt(self._next_iv(), data, None)

    def decrypt(self, data: bytes) -> bytes:
        """What the other side sent next. Raises :class:`~nlwallet.errors.DecryptionFailed` if it did not send that."""
        try:
            return self._cipher.decrypt(self._next_iv(), data, None)
        except (InvalidTag, ValueError):
            raise DecryptionFailed(
                "a message of the session does not decrypt",
                spec="SP 800-38D §7.2",
                hint="another key or transcript, or not the next message of the session",
            ) from None

    def _next_iv(self) -> bytes:
        if self._counter >= _MAX_COUNTER:
            raise LocalError("the counter of the session is used up", spec="SP 800-38D §8.2.1")
        self._counter += 1
        return self._identifier + self._counter.to_bytes(4)

    def __repr__(self) -> str:
        return f"<SessionCipher after {self._counter} messages>"
