"""The count of wrong PINs on disk: it outlives the process, a crash, and a copy of the wallet."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import DerivationCost
from nlwallet.errors import InvalidVault, LocalError, WalletLocked, WrongPin
from nlwallet.holder import FileVault
from nlwallet.holder.attempts import ATTEMPTS_PER_ROUND, PAUSES, Attempts, attempt
from nlwallet.holder.attempts_file import AttemptsFile

NOW = 1_790_000_000
PIN, WRONG = "112233", "000000"
CHEAP = DerivationCost(memory_kib=8, iterations=1, lanes=1)

Open = Callable[..., FileVault]


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wallet.vault"


@pytest.fixture
def open_it(path: Path, tmp_path: Path, clock: TravellingClock) -> Open:
    """Opens the wallet anew each time, as a new process does."""
    FileVault.create(path, pin=PIN, attempts=tmp_path / "state", clock=clock, cost=CHEAP).close()

    def do(pin: str, *, at: Path | None = None) -> FileVault:
        return FileVault.open(at or path, pin=pin, attempts=tmp_path / "state", clock=clock, cost=CHEAP)

    return do


@pytest.fixture
def record(tmp_path: Path) -> AttemptsFile:
    return AttemptsFile(tmp_path / "count.json")


def wrong_round(open_it: Open) -> None:
    for left in range(ATTEMPTS_PER_ROUND - 1, 0, -1):
        with pytest.raises(WrongPin) as caught:
            open_it(WRONG)
        assert caught.value.hint == f"{left} of {ATTEMPTS_PER_ROUND} attempts left"
    with pytest.raises(WalletLocked):
        open_it(WRONG)


def test_rounds_pauses_and_the_block_go_on_over_restarts(open_it: Open, clock: TravellingClock) -> None:
    for pause in PAUSES:
        wrong_round(open_it)
        with pytest.raises(WalletLocked, match=f"wait {pause} seconds"):
            open_it(PIN)
        clock.travel(pause - 1)
        with pytest.raises(WalletLocked, match="wait 1 seconds"):
            open_it(PIN)
        clock.travel(1)
    wrong_round(open_it)
    clock.travel(10**8)
    with pytest.raises(WalletLocked) as caught:
        open_it(PIN)
    assert caught.value.code == "wallet_blocked"


def test_the_right_pin_starts_the_count_again(open_it: Open) -> None:
    for _ in range(6):
        with pytest.raises(WrongPin):
            open_it(WRONG)
        open_it(PIN).close()


def test_a_copy_of_the_wallet_is_no_new_try(open_it: Open, path: Path) -> None:
    before = path.read_bytes()
    wrong_round(open_it)
    copy = path.with_name("copy.vault")
    shutil.copy(path, copy)
    with pytest.raises(WalletLocked):
        open_it(PIN, at=copy)
    path.write_bytes(before)
    with pytest.raises(WalletLocked):
        open_it(PIN)


def test_a_locked_wallet_does_not_even_try(open_it: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong_round(open_it)
    monkeypatch.setattr("nlwallet.crypto.sealing._derive", lambda *_: pytest.fail("the PIN was tried"))
    with pytest.raises(WalletLocked):
        open_it(PIN)


def test_wrong_pins_at_a_prompt_count_together_with_those_at_the_door(
    open_it: Open, clock: TravellingClock
) -> None:
    with open_it(PIN) as vault:
        for _ in range(3):
            with pytest.raises(WrongPin):
                vault.pin.check(WRONG, now=clock.now())
    with pytest.raises(WalletLocked):
        open_it(WRONG)


def test_an_attempt_counts_before_it_is_tried(record: AttemptsFile) -> None:
    """Pulling the plug while the PIN is tried gives no free attempt."""
    program = (
        "import os, signal, sys; from pathlib import Path;"
        "from nlwallet.holder.attempts import attempt; from nlwallet.holder.attempts_file import AttemptsFile;"
        "attempt(AttemptsFile(Path(sys.argv[1])), lambda: os.kill(os.getpid(), signal.SIGKILL), now=1)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(record.path)], check=False)
    assert done.returncode == -9
    assert record.read().wrong == 1


def test_what_is_no_attempt_does_not_count(record: AttemptsFile) -> None:
    def broken() -> bool:
        raise LocalError("no Argon2id here")

    with pytest.raises(LocalError, match="no Argon2id"):
        attempt(record, broken, now=NOW)
    assert record.read() == Attempts()


def test_no_attempt_at_a_time_is_lost(record: AttemptsFile) -> None:
    """Of twelve at once, four are tried, and the rest find the wallet locked."""
    together, tried = threading.Barrier(12), []
    told: list[str] = []

    def wrong() -> bool:
        tried.append(1)
        return False

    def run() -> None:
        together.wait()
        try:
            attempt(record, wrong, now=NOW)
        except (WrongPin, WalletLocked) as error:
            told.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tried) == ATTEMPTS_PER_ROUND
    assert sorted(told) == ["wallet_locked"] * 9 + ["wrong_pin"] * 3
    assert record.read() == Attempts(4, NOW + PAUSES[0])


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"wrong": -1}', '{"wrong": true}', '{"wrong": 1, "locked_until": "x"}', "\xff" * 5000],
)
def test_a_damaged_count_opens_nothing(open_it: Open, tmp_path: Path, text: str) -> None:
    with pytest.raises(WrongPin):
        open_it(WRONG)
    (count,) = (tmp_path / "state").glob("*.json")
    count.write_text(text)
    with pytest.raises(InvalidVault) as caught:
        open_it(PIN)
    assert caught.value.code == "attempts_damaged"


def test_the_count_is_its_owners(open_it: Open, tmp_path: Path) -> None:
    open_it(PIN).close()
    for one in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_count_that_cannot_be_kept_opens_nothing(open_it: Open, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "state", ignore_errors=True)
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(LocalError) as caught:
        open_it(PIN)
    assert caught.value.code == "file"
