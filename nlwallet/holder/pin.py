"""The holder's PIN: a few attempts, then a pause that grows, then no more.

Four attempts a round; after the first three rounds a pause of 1, 5 and 60 minutes, after the fourth
the wallet is blocked. It stands in for the user authentication of a real wallet (RPA_08); the
PIN of a real one never lies in the memory of the device.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from threading import Lock
from typing import Final

from nlwallet.errors import LocalError, WalletLocked, WrongPin

ATTEMPTS_PER_ROUND: Final = 4
PAUSES: Final = (60, 300, 3600)
"""Seconds of pause after each round; when they are used up, the wallet is blocked."""


class Pin:
    """Compares, counts and locks. ``now`` is epoch seconds."""

    def __init__(self, pin: str) -> None:
        if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
            raise LocalError("a PIN is 4 to 12 digits")
        self._salt = secrets.token_bytes(16)
        self._digest = self._digest_of(pin)
        self._wrong = 0
        self._locked_until: int | None = None
        self._lock = Lock()

    def check(self, pin: str | None, *, now: int) -> None:
        """Return when ``pin`` is right; a missing PIN is not an attempt.

        Raises :class:`~nlwallet.errors.WrongPin`, with what is left in the hint, or
        :class:`~nlwallet.errors.WalletLocked` when this was the last attempt of a round or the
        pause is not over.
        """
        with self._lock:
            if self.blocked or (self._locked_until is not None and now < self._locked_until):
                raise self._locked(now)
            if pin is None:
                raise WrongPin("this wallet has a PIN", code="pin_required", hint="approve(pin=...)")
            if hmac.compare_digest(self._digest_of(pin), self._digest):
                self._wrong, self._locked_until = 0, None
                return
            self._wrong += 1
            left = -self._wrong % ATTEMPTS_PER_ROUND
            if left:
                raise WrongPin("the PIN is wrong", hint=f"{left} of {ATTEMPTS_PER_ROUND} attempts left")
            rounds = self._wrong // ATTEMPTS_PER_ROUND
            if rounds <= len(PAUSES):
                self._locked_until = now + PAUSES[rounds - 1]
            raise self._locked(now)

    @property
    def blocked(self) -> bool:
        """Whether all rounds are used up."""
        return self._wrong >= ATTEMPTS_PER_ROUND * (len(PAUSES) + 1)

    def _locked(self, now: int) -> WalletLocked:
        if self.blocked or self._locked_until is None:
            return WalletLocked("too many wrong PINs: the wallet is blocked", code="wallet_blocked")
        return WalletLocked(
            "too many wrong PINs: the wallet is locked", hint=f"wait {self._locked_until - now} seconds"
        )

    def _digest_of(self, pin: str) -> bytes:
        return hashlib.blake2b(pin.encode(), key=self._salt).digest()

    def __repr__(self) -> str:
        return "Pin(…)"
