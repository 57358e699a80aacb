"""How often a wrong PIN was given, and how long the wallet is locked for it.

Four attempts a round; after the first three rounds a pause of 1, 5 and 60 minutes, after the fourth the wallet is
blocked, as with the NL Wallet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Final, Protocol

from nlwallet.errors import NlWalletError, WalletLocked, WrongPin

ATTEMPTS_PER_ROUND: Final = 4
PAUSES: Final = (60, 300, 3600)
"""Seconds of pause after each round; when they are used up, the wallet is blocked."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Wrong attempts since the last right one. ``locked_until`` is epoch seconds."""

    wrong: int = 0
    locked_until: int | None = None

    @property
    def blocked(self) -> bool:
        """Whether all rounds are used up."""
        return self.wrong >= ATTEMPTS_PER_ROUND * (len(PAUSES) + 1)

    def one_more(self, now: int) -> Attempts:
        """After another wrong one."""
        wrong = self.wrong + 1
        rounds, left = divmod(wrong, ATTEMPTS_PER_ROUND)
        locks = left == 0 and rounds <= len(PAUSES)
        return Attempts(wrong, now + PAUSES[rounds - 1] if locks else self.locked_until)

    def refusal(self, now: int) -> WalletLocked | None:
        """Why no attempt may be made at ``now``."""
        if self.blocked:
            return WalletLocked("too many wrong PINs: the wallet is blocked", code="wallet_blocked")
        if self.locked_until is None or now >= self.locked_until:
            return None
        return WalletLocked(
            "too many wrong PINs: the wallet is locked", hint=f"wait {self.locked_until - now} seconds"
        )


class AttemptRecord(Protocol):
    """Where the count is kept."""

    def read(self) -> Attempts:
        """The count."""
        ...

    def write(self, attempts: Attempts) -> None:
        """Keep the count; it is kept when this returns."""
        ...

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Nobody else reads or writes it meanwhile, in this process or in another."""
        ...


class AttemptsInMemory:
    """A record that lasts as long as the process."""

    def __init__(self) -> None:
        self._attempts = Attempts()
        self._lock = Lock()

    def read(self) -> Attempts:
        """The count."""
        return self._attempts

    def write(self, attempts: Attempts) -> None:
        """Keep the count."""
        self._attempts = attempts

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One thread at a time."""
        with self._lock:
            yield


def attempt(record: AttemptRecord, right: Callable[[], bool], *, now: int) -> None:
    """Try a PIN: ``right`` says whether it is.

    Raises :class:`~nlwallet.errors.WrongPin`, with what is left in the hint, or
    :class:`~nlwallet.errors.WalletLocked` when this was the last attempt of a round or the pause is not over; then
    ``right`` is not asked.
    """
    with record.exclusive():
        before = record.read()
        if (refusal := before.refusal(now)) is not None:
            raise refusal
        # Counted before it is tried: whoever pulls the plug in between has used it up.
        counted = before.one_more(now)
        record.write(counted)
        try:
            was_right = right()
        except NlWalletError:  # nothing was learned about the PIN
            record.write(before)
            raise
        if was_right:
            record.write(Attempts())
            return
    if (refusal := counted.refusal(now)) is not None:
        raise refusal
    left = -counted.wrong % ATTEMPTS_PER_ROUND
    raise WrongPin("the PIN is wrong", hint=f"{left} of {ATTEMPTS_PER_ROUND} attempts left")
