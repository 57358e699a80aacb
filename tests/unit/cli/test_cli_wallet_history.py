"""``nlwallet wallet log, erase, report, shared-with`` as a script uses them."""

from __future__ import annotations

import io
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.cli.wallet_place import attempts_folder, default_wallet
from nlwallet.cli.wallet_words import WORDS
from nlwallet.clock import TravellingClock
from nlwallet.crypto import DerivationCost
from nlwallet.holder import FileVault, LogOutcome, file_vault, read_transaction_log
from nlwallet.holder.log import LogKind
from nlwallet.issuer import card

PIN = "112233"
PASSWORD = "drie blauwe fietsen"
NOW = 1_790_000_000
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wallet of somebody who has a PID, shared from it at the café, and refused once."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    cheap = DerivationCost(memory_kib=8, iterations=1, lanes=1)
    monkeypatch.setattr(file_vault, "DerivationCost", lambda: cheap)
    clock = TravellingClock(NOW)
    place: dict[str, Any] = {"pin": PIN, "attempts": attempts_folder(), "clock": clock}
    with Sandbox(clock=clock) as edi, FileVault.create(default_wallet(), **place) as vault:
        wallet = edi.empty_wallet(pin=None, store=vault)
        wallet.receive(edi.pid_issuer.offer("nl-pid", card("pid").claims("frouke", now=NOW)).uri)
        bar = edi.relying_party("cafe-de-vrije-val")
        wallet.open(bar.request().uri).approve(despite_warnings=True, pin=PIN)
        wallet.open(bar.request().uri).deny()
    return tmp_path


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def do(*arguments: str, then: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PIN}\n{then}"))
        capsys.readouterr()
        code = run(["wallet", *arguments, "--pin-stdin"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return do


def kinds(wallet: Command) -> list[str]:
    return [entry["kind"] for entry in json.loads(wallet("log", "--json")[1])]


def test_the_log_is_listed_with_numbers_and_by_party(wallet: Command) -> None:
    code, out, _ = wallet("log")
    assert code == 0
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert "geweigerd" in lines[2]
    assert "Café De Vrije Val" in lines[1]
    of_bar = wallet("log", "--party", "café de vrije val", "--language", "en")[1].splitlines()
    assert [line.split()[0] for line in of_bar] == ["2", "3"]
    assert len(json.loads(wallet("log", "--party", "Nergens", "--json")[1])) == 0


@pytest.mark.parametrize("language", ["nl", "en"])
def test_there_is_a_word_for_every_kind_and_outcome(language: Any) -> None:
    for name in (*LogKind.__args__, *LogOutcome):
        assert WORDS[language][f"log.{name}"]


def test_what_a_party_got_is_told(wallet: Command) -> None:
    code, out, _ = wallet("shared-with", "Café De Vrije Val")
    assert code == 0
    assert "Wat kreeg Café De Vrije Val van u?" in out
    answer = json.loads(wallet("shared-with", "NTRNL-90000002", "--json")[1])
    assert [claim["path"] for claim in answer["claims"]] == [["age_over_18"]]
    assert wallet("shared-with", "Nergens")[0] == 1


def test_a_request_to_erase_is_drafted_and_logged(wallet: Command) -> None:
    code, out, _ = wallet("erase", "2")
    assert code == 0
    assert "artikel 17 van de AVG" in out
    assert out.rstrip().splitlines()[-1].startswith("https://")
    assert kinds(wallet)[-1] == "erasure_request"
    draft = json.loads(wallet("erase", "2", "--json", "--everything", "--language", "en")[1])
    assert (draft["kind"], draft["language"]) == ("web", "en")
    for arguments, words in (
        (("erase", "3"), "nothing_shared"),
        (("erase", "99"), "no_such_entry"),
        (("erase", "2", "--channel", "telephone"), "no_contact"),
    ):
        code, _, err = wallet(*arguments)
        assert (code, len(err.splitlines())) == (1, 1)
        assert words in err
    assert wallet("erase", "2", "--channel", "pigeon")[0] == 2


def test_a_report_is_drafted_with_its_file(wallet: Command, tmp_path: Path) -> None:
    file = tmp_path / "bijlage.json"
    code, out, _ = wallet("report", "3", "--remark", "Dit klopt niet.", "--attachment", str(file))
    assert code == 0
    assert "Dit klopt niet." in out
    assert len(read_transaction_log(file.read_text(encoding="utf-8"))) == 1
    assert kinds(wallet)[-1] == "authority_report"
    code, _, err = wallet("report", "3", "--attachment", str(file))
    assert (code, "cannot write" in err) == (1, True)


def test_the_log_goes_to_a_file_with_a_password_and_comes_back(wallet: Command, tmp_path: Path) -> None:
    file = tmp_path / "log.jwe"
    code, _, err = wallet("log", "export", str(file), then=f"{PASSWORD}\n")
    assert (code, err) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(read_transaction_log(file.read_bytes(), password=PASSWORD)) == 3
    one = tmp_path / "one.json"
    assert wallet("log", "export", str(one), "--plain", "--entry", "2")[0] == 0
    assert [entry.kind for entry in read_transaction_log(one.read_bytes())] == ["presentation"]
    assert wallet("log", "delete", "1", "2", "--yes")[0] == 0
    assert kinds(wallet) == ["presentation"]
    code, out, _ = wallet("log", "import", str(file), then=f"{PASSWORD}\n")
    assert (code, "Nieuwe regels in uw geschiedenis: 2." in out) == (0, True)
    assert sorted(kinds(wallet)) == ["issuance", "presentation", "presentation"]
    for arguments, then, words in (
        (("log", "export", str(file)), PASSWORD, "cannot write"),
        (("log", "export", str(tmp_path / "x")), "kort", "weak_password"),
        (("log", "import", str(file)), "drie rode fietsen", "does not open with this password"),
        (("log", "import", str(tmp_path / "nergens")), PASSWORD, "cannot read"),
        (("log", "import", str(one)), PASSWORD, "parts"),
    ):
        code, _, err = wallet(*arguments, then=f"{then}\n")
        assert (code, len(err.splitlines())) == (1, 1), arguments
        assert words in err


@pytest.mark.req("DASH_06a")
def test_nothing_is_deleted_without_a_yes_to_the_warning(wallet: Command) -> None:
    code, out, _ = wallet("log", "delete", "2", then="n\n")
    assert code == 1
    assert "wie welke gegevens kreeg" in " ".join(out.split())
    assert len(kinds(wallet)) == 3
    code, out, _ = wallet("log", "delete", "2", then="j\n")
    assert (code, "Gewist uit uw geschiedenis: 1." in out) == (0, True)
    assert kinds(wallet) == ["issuance", "presentation"]
