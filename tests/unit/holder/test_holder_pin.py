"""The PIN: attempts, pauses, and the end of it."""

from __future__ import annotations

import pytest

from nlwallet.errors import LocalError, WalletLocked, WrongPin
from nlwallet.holder.attempts import PAUSES
from nlwallet.holder.pin import Pin

NOW = 1_790_000_000


def wrong_round(pin: Pin, now: int) -> None:
    for _ in range(3):
        with pytest.raises(WrongPin):
            pin.check("000000", now=now)
    with pytest.raises(WalletLocked):
        pin.check("000000", now=now)


def test_the_right_pin_passes() -> None:
    Pin("112233").check("112233", now=NOW)


def test_attempts_are_counted_in_the_hint() -> None:
    pin = Pin("112233")
    with pytest.raises(WrongPin) as caught:
        pin.check("000000", now=NOW)
    assert caught.value.hint == "3 of 4 attempts left"
    assert "000000" not in str(caught.value)


def test_the_right_pin_starts_the_count_again() -> None:
    pin = Pin("112233")
    for _ in range(5):
        with pytest.raises(WrongPin):
            pin.check("000000", now=NOW)
        pin.check("112233", now=NOW)


def test_four_wrong_attempts_lock_also_for_the_right_pin() -> None:
    pin = Pin("112233")
    wrong_round(pin, NOW)
    with pytest.raises(WalletLocked, match="wait 60 seconds"):
        pin.check("112233", now=NOW)
    with pytest.raises(WalletLocked):
        pin.check("112233", now=NOW + 59)
    pin.check("112233", now=NOW + 60)


def test_each_pause_is_longer_and_holds_until_it_is_over() -> None:
    pin, now = Pin("112233"), NOW
    for pause in PAUSES:
        wrong_round(pin, now)
        with pytest.raises(WalletLocked, match=f"wait {pause} seconds"):
            pin.check("112233", now=now)
        with pytest.raises(WalletLocked, match="wait 1 seconds"):
            pin.check("112233", now=now + pause - 1)
        now += pause


def test_after_the_last_round_the_wallet_is_blocked() -> None:
    pin, now = Pin("112233"), NOW
    for pause in (*PAUSES, 0):
        wrong_round(pin, now)
        now += pause
    assert pin.blocked
    with pytest.raises(WalletLocked) as caught:
        pin.check("112233", now=now + 10**9)
    assert caught.value.code == "wallet_blocked"


def test_no_pin_is_not_an_attempt() -> None:
    pin = Pin("112233")
    for _ in range(10):
        with pytest.raises(WrongPin) as caught:
            pin.check(None, now=NOW)
        assert caught.value.code == "pin_required"
    pin.check("112233", now=NOW)


@pytest.mark.parametrize("text", ["", "123", "abcdef", "1234567890123", "１２３４５６"])
def test_a_pin_is_four_to_twelve_digits(text: str) -> None:
    with pytest.raises(LocalError):
        Pin(text)


def test_the_pin_is_not_in_the_repr() -> None:
    assert "112233" not in repr(Pin("112233"))
