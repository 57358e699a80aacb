"""``nlwallet attack``: what a developer types, what she sees, and what her CI gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nlwallet.cli.app import run

FEW = ("--only", "ADV-100", "--only", "ADV-105")


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["attack", *arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_a_sound_party_ends_with_zero_and_every_report(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("junit", "sarif", "html")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    code, out, _ = ran(capsys, "demo", *FEW, *options)
    assert code == 0
    assert "✓ 6 attacks: 5 survived, 1 observed" in out
    assert len(ET.parse(files["junit"]).findall(".//testcase")) == 7
    assert json.loads(files["sarif"].read_text())["runs"][0]["results"] == []
    assert files["html"].read_text().startswith("<!doctype html>")


def test_as_json_it_is_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "demo", *FEW, "--json")
    report: dict[str, Any] = json.loads(out)
    assert code == 0
    assert err == ""
    assert report["ok"] is True
    assert report["counts"]["survived"] == 5


def test_the_cases_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "--list", "--only", "ADV-100/empty")
    assert code == 0
    assert "ADV-100/empty" in out
    assert "ADV-100/wrong" not in out


def test_a_party_that_is_not_there_is_told_and_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(
        capsys, "http://127.0.0.1:9/start", "-o", "http://127.0.0.1:9/outcome", "--insecure-local"
    )
    assert code == 1
    assert "the honest presentation is not accepted" in out
    assert "ConnectError" in out


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        ([], 2, "which relying party"),
        (["https://rp.example/"], 2, "--outcome"),
        (["https://rp.example/", "-i", "telephone"], 2, "--interface"),
        (["https://rp.example/", "-i", "nl-wallet"], 2, "--usecase"),
        (["https://rp.example/", "-i", "eu"], 2, "--query"),
        (["demo", "--only", "ADV-999"], 1, "ADV-999"),
        (["demo", "--pki", "/nowhere"], 1, "/nowhere"),
        (["https://rp.example/", "-i", "eu", "--query", "/nowhere"], 1, "/nowhere"),
        (["https://rp.example/", "-o", "x", "-H", "nothing"], 2, "--header"),
        (["demo", "--only", "ADV-105/a-year", "--html", "/nowhere/report.html"], 1, "/nowhere"),
    ],
)
def test_wrong_use_is_one_clear_line(
    arguments: list[str], code: int, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, out, err = ran(capsys, *arguments)
    assert ended == code
    assert what in out + err
