"""The holder's PIN: a few attempts, then a pause that grows, then no more.

It stands in for the user authentication of a real wallet (RPA_08); the PIN of a real one never lies in the memory of
the device.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from nlwallet.errors import LocalError, WrongPin
from nlwallet.holder.attempts import AttemptRecord, AttemptsInMemory, attempt


class Pin:
    """Compares, counts and locks. ``now`` is epoch seconds. ``attempts``: where the count is kept."""

    def __init__(self, pin: str, *, attempts: AttemptRecord | None = None) -> None:
        check_pin_form(pin)
        self._salt = secrets.token_bytes(16)
        self._digest = self._digest_of(pin)
        self._attempts: AttemptRecord = attempts or AttemptsInMemory()

    def check(self, pin: str | None, *, now: int) -> None:
        """Return when ``pin`` is right; a missing PIN is not an attempt.

        Raises :class:`~nlwallet.errors.WrongPin`, with what is left in the hint, or
        :class:`~nlwallet.errors.WalletLocked` when this was the last attempt of a round or the
        pause is not over.
        """
        if pin is None:
            refusal = self._attempts.read().refusal(now)
            raise refusal or WrongPin("this wallet has a PIN", code="pin_required", hint="approve(pin=...)")
        attempt(self._attempts, lambda: hmac.compare_digest(self._digest_of(pin), self._digest), now=now)

    def change(self, pin: str) -> None:
        """Another PIN from now on; whether the holder may do so was asked before. Raises LocalError."""
        check_pin_form(pin)
        self._digest = self._digest_of(pin)

    @property
    def blocked(self) -> bool:
        """Whether all rounds are used up."""
        return self._attempts.read().blocked

    def _digest_of(self, pin: str) -> bytes:
        return hashlib.blake2b(pin.encode(), key=self._salt).digest()

    def __repr__(self) -> str:
        return "Pin(…)"


def check_pin_form(pin: str) -> None:
    """Raises :class:`~nlwallet.errors.LocalError` for what is no PIN."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise LocalError("a PIN is 4 to 12 digits")
