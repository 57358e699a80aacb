"""Every example runs by itself, as a reader would run it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(example: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_the_bar_learns_the_age_and_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "age_check_at_a_bar.py")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "{'age_over_18': True}"
    assert "Café De Vrije Val" in done.stdout
    assert "999958379" not in done.stdout  # the BSN is nowhere: not in the prompt, not in the result


def test_a_pid_goes_in_and_a_rental_contract_comes_out() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "rental_contract_with_your_pid.py")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert [line for line in lines if line in ("offered", "issued")] == ["offered", "issued"]
    assert "Wilt u deze gegevens delen met De Goede Huizen?" in lines
    assert "Wilt u dit bewaren: Huurcontract?" in lines
    assert lines[-1] == "Uw gegevens zijn gedeeld, maar er is geen kaart voor u."
    assert "999958379" not in done.stdout  # the landlord asks for no BSN


def test_the_employer_learns_what_it_asks_of_a_diploma_and_no_more() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "issue_a_diploma.py")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "{'programme': 'Economie', 'graduated_on': '2023-08-31'}"
    for told in ("Wilt u dit ophalen bij Testuniversiteit Waterland", "Wilt u dit bewaren", "BaanVinder"):
        assert told in done.stdout
    consent = done.stdout.rpartition("Wat deelt u?")[2]
    assert "Diploma behaald op" in consent
    assert "Cum laude" not in consent


def test_the_guest_deals_with_the_bar_though_another_company_asks() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "ask_through_an_intermediary.py")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "Wilt u deze gegevens delen met Café De Vrije Val?",
        "{'age_over_18': True}",
        "()",
        "Café De Vrije Val, through Het Doorgeefluik",
        "https://cafe-de-vrije-val.example/gegevens-verwijderen",
    ]


def test_a_bar_without_coverage_learns_the_age() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "age_check_offline.py")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "{'urn:eudi:pid:nl:1': {'age_over_18': True}}"
    assert "U bent nu offline" in done.stdout
    assert "999958379" not in done.stdout


def test_the_readme_shows_the_example_as_it_stands() -> None:
    example = (ROOT / "examples" / "age_check_at_a_bar.py").read_text()
    snippet = example.split('"""\n\n', 1)[1].strip()
    assert snippet in (ROOT / "README.md").read_text()


def _blocks() -> list[tuple[str, str]]:
    return [
        (f"{path.stem}-{number}", block)
        for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
        if path.stem != "testing"  # whose blocks are files of one test run: test_examples_testing_page.py
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL))
    ]


@pytest.mark.parametrize("block", [block for _, block in _blocks()], ids=[name for name, _ in _blocks()])
def test_the_python_of_the_documents_runs(block: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
