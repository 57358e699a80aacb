"""``nlwallet pilot``: a new file that runs at once, a table of all, and what is wrong in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlwallet.cli.app import run
from nlwallet.cli.pilot import renamed
from nlwallet.sandbox import PILOTS, pilot_text, read_pilot


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_new_pilot_runs_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pilot", "new", "zwembad", "--like", "huis-huren"]) == 0
    assert "nlwallet pilot run zwembad.toml" in capsys.readouterr().out
    assert run(["pilot", "run", "zwembad.toml", "--json"]) == 0
    (ran,) = json.loads(capsys.readouterr().out)
    assert (ran["pilot"], ran["outcome"], ran["given"]) == ("zwembad", "shared", "rental-contract")


def test_nothing_is_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    Path("zwembad.toml").write_text("mine", encoding="utf-8")
    assert run(["pilot", "new", "zwembad"]) == 1
    assert "nothing is ever overwritten" in capsys.readouterr().err
    assert Path("zwembad.toml").read_text(encoding="utf-8") == "mine"


def test_a_new_pilot_stands_beside_every_other() -> None:
    names = ("zwembad", "sporthal", "theater", "bakker", "kapper")
    made = [read_pilot(renamed(pilot_text("cafe-de-vrije-val"), name).encode()) for name in names]
    taken = [one.record.identifier for one in (*PILOTS, *made)]
    assert len(set(taken)) == len(taken)


def test_a_table_of_several(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pilot", "run", "cafe-de-vrije-val", "over-asking"]) == 0
    out = capsys.readouterr().out
    assert "shared" in out
    assert "refused" in out
    assert "2 pilots: as meant" in out


def test_one_that_does_not_end_as_meant_is_told_by_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    text = renamed(pilot_text("cafe-de-vrije-val"), "anders")
    Path("anders.toml").write_text(text.replace("\n", '\ncareful = "refuses"\n', 1), encoding="utf-8")
    assert run(["pilot", "run", "anders.toml"]) == 1
    assert "not as meant" in capsys.readouterr().out


def test_every_pilot_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pilot", "list", "-l", "nl"]) == 0
    out = capsys.readouterr().out
    assert all(one.id in out for one in PILOTS)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["pilot", "run"], 2, "--all"),
        (["pilot", "run", "nothing"], 1, "there is no pilot"),
        (["pilot", "run", "nothing.toml"], 1, "No such file"),
        (["pilot", "new", "Niet Goed"], 2, "small letters"),
        (["pilot", "new", "zwembad", "--like", "nothing"], 1, "there is no pilot"),
        (["pilot", "list", "-l", "fr"], 2, "nl or en"),
    ],
)
def test_wrong_input_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, told: str
) -> None:
    assert run(arguments) == code
    assert told in capsys.readouterr().err


def test_a_wrong_file_is_one_line_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    Path("fout.toml").write_text(pilot_text("cafe-de-vrije-val").replace('"pid"', '"pas"'), encoding="utf-8")
    assert run(["pilot", "run", "fout.toml"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "/asks/0/card" in err
