"""``nlwallet issue`` in one process, ``nlwallet wallet`` in another at a terminal of 80 columns: as two people sit."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PIN = "112233"
PATIENCE_SECONDS = 90
RUN = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from nlwallet.cli import main; main()"
)
"""As a shell at a terminal starts it: tests that run in the background inherit that Ctrl-C is ignored."""
AT_A_TERMINAL = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {RUN}"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a person with a home of her own."""
    return {
        **os.environ,
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "TMPDIR": str(tmp_path),
        "COLUMNS": "80",
        "TERM": "xterm",
        "PYTHONIOENCODING": "utf-8",
    }


class Issuer:
    """``nlwallet issue … --json``."""

    def __init__(self, home: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, "issue", *arguments, "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=home,
        )  # fmt: skip
        self.offer = self.event()

    def event(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        return json.loads(line)  # type: ignore[no-any-return]

    @property
    def command(self) -> list[str]:
        return shlex.split(self.offer["command"])[1:]

    def end(self) -> int:
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode


class Terminal:
    """A command at a terminal, with somebody who reads and types."""

    def __init__(self, home: dict[str, str], *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", AT_A_TERMINAL, *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, env=home, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.screen = ""
        self._read = 0

    def reads(self, text: str) -> None:
        """Wait until ``text`` is on the screen, after what was read before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.screen[self._read :]:
            assert self._more(deadline), f"{text!r} did not come, but: {self.screen[self._read :]}"
        self._read = self.screen.index(text, self._read) + len(text)

    def types(self, text: str) -> None:
        os.write(self._ours, text.encode() + b"\n")

    def interrupts(self) -> None:
        os.write(self._ours, b"\x03")

    def end(self) -> int:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._more(deadline):
            pass
        os.close(self._ours)
        return self.process.wait(PATIENCE_SECONDS)

    def _more(self, deadline: float) -> bool:
        if not select.select([self._ours], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            data = os.read(self._ours, 65_536)
        except OSError:  # the other side is gone
            return False
        self.screen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)


@pytest.fixture
def terminals(home: dict[str, str]) -> Iterator[Any]:
    made: list[Terminal] = []

    def do(*arguments: str) -> Terminal:
        made.append(Terminal(home, *arguments))
        return made[-1]

    yield do
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.fixture
def issuers(home: dict[str, str]) -> Iterator[Any]:
    made: list[Issuer] = []

    def do(*arguments: str) -> Issuer:
        made.append(Issuer(home, *arguments))
        return made[-1]

    yield do
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def plain(screen: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_two_people_at_two_terminals(
    home: dict[str, str], issuers: Any, terminals: Any, language: str
) -> None:
    words = {
        "nl": ("Kies een pincode", "Nog een keer", "Wilt u dit ophalen?", "De code van", "niet goed", "Wilt u dit "
               "bewaren?", "Pincode: ", "Bewaard: Diploma"),
        "en": ("Choose a PIN", "once more", "Do you want to get this?", "The code of", "not right", "Do you want to "
               "keep this?", "PIN: ", "Kept: Diploma"),
    }[language]  # fmt: skip
    choose, again, get, code, wrong, keep, pin, kept = words
    issuer = issuers("diploma", "--tx-code")
    holder = terminals(*issuer.command, "--language", language)
    for question in (choose, again):
        holder.reads(question)
        holder.types(PIN)
    holder.reads(get)
    holder.types("j" if language == "nl" else "y")
    holder.reads(code)
    holder.types("nothing")
    holder.reads(wrong)
    holder.reads(code)
    holder.types(issuer.offer["tx_code"])
    holder.reads("Testuniversiteit Waterland")
    holder.reads(keep)
    holder.types("y")
    holder.reads(pin)
    holder.types("000000")
    holder.reads(pin)
    holder.types(PIN)
    holder.reads(kept)
    assert holder.end() == 0
    assert [issuer.event()["event"], issuer.event()["event"]] == ["fetched", "credential_accepted"]
    assert issuer.end() == 0
    lines = plain(holder.screen).splitlines()
    assert max(len(line) for line in lines if "/" not in line) <= 80
    assert PIN not in holder.screen
    # Nothing of the issuer is left, and the wallet has the card.
    folder = Path(home["TMPDIR"])
    assert sorted(one.name for one in folder.iterdir()) == ["data", "state"]
    listed = subprocess.run(
        [sys.executable, "-c", RUN, "wallet", "cards", "--json", "--pin-stdin"],
        input=f"{PIN}\n", capture_output=True, text=True, env=home, check=True,
    )  # fmt: skip
    (card,) = json.loads(listed.stdout)
    assert card["type"] == "urn:nlwallet:diploma:1"
    assert listed.stderr == ""


def test_ctrl_c_is_no_accident(home: dict[str, str], issuers: Any, terminals: Any) -> None:
    issuer = issuers("pid")
    holder = terminals(*issuer.command)
    holder.reads("Kies een pincode")
    holder.types(PIN)
    holder.reads("Nog een keer")
    holder.types(PIN)
    holder.reads("Wilt u dit ophalen?")
    holder.interrupts()
    ended = holder.end()
    assert ended == 130, holder.screen
    assert "Traceback" not in holder.screen
    # The wallet is whole, and free.
    again = terminals("wallet", "cards")
    again.reads("Pincode")
    again.types(PIN)
    again.reads("geen kaarten")
    assert again.end() == 0
    issuer.process.send_signal(signal.SIGINT)
    _, err = issuer.process.communicate(timeout=PATIENCE_SECONDS)
    assert issuer.process.returncode == 130
    assert "Traceback" not in err
    assert not list(Path(home["TMPDIR"]).glob("nlwallet-*"))


def test_a_service_manager_stops_it_cleanly(home: dict[str, str], issuers: Any) -> None:
    issuer = issuers("pid", "--keep-serving")
    issuer.process.send_signal(signal.SIGTERM)
    assert issuer.end() == 128 + signal.SIGTERM
    assert not list(Path(home["TMPDIR"]).glob("nlwallet-*"))


def test_two_commands_at_once_do_not_share_a_wallet(issuers: Any, terminals: Any) -> None:
    issuer = issuers("pid")
    holder = terminals(*issuer.command)
    holder.reads("Kies een pincode")
    holder.types(PIN)
    holder.reads("Nog een keer")
    holder.types(PIN)
    holder.reads("Wilt u dit ophalen?")
    other = terminals("wallet", "cards")
    other.reads("Pincode")
    other.types(PIN)
    other.reads("vault_in_use")
    assert other.end() == 1
    holder.types("j")
    holder.reads("Wilt u dit bewaren?")
    holder.types("nee")
    assert holder.end() == 1
    assert issuer.end() == 1


def test_an_issuer_that_keeps_serving_makes_a_new_offer(home: dict[str, str], issuers: Any) -> None:
    issuer = issuers("library-card", "--keep-serving")
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", RUN, *issuer.command, "--yes", "--pin-stdin"],
            input=f"{PIN}\n", capture_output=True, text=True, env=home, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert [issuer.event()["event"] for _ in range(2)] == ["fetched", "credential_accepted"]
        issuer.offer = issuer.event()
        assert issuer.offer["event"] == "offer"


def test_a_deferred_card_over_two_processes(home: dict[str, str], issuers: Any) -> None:
    issuer = issuers("pid", "--deferred")

    def wallet(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", RUN, *arguments, "--json", "--pin-stdin"],
            input=f"{PIN}\n", capture_output=True, text=True, env=home, check=False,
        )  # fmt: skip

    first = wallet(*issuer.command, "--yes")
    assert json.loads(first.stdout)["promised"] == 1
    assert [issuer.event()["event"] for _ in range(2)] == ["waiting", "approved"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (later := wallet("wallet", "collect", "--local", "--yes")).returncode == 1:
        assert time.monotonic() < deadline, later.stderr
    (card,) = json.loads(later.stdout)["cards"]
    assert card["type"] == "urn:eudi:pid:nl:1"
    assert [issuer.event()["event"] for _ in range(2)] == ["fetched", "credential_accepted"]
    assert issuer.end() == 0
