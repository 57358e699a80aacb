"""Every example runs by itself, as a reader would run it."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


IN_A_PROCESS = {
    "age_check_at_a_bar",
    "rental_contract_with_your_pid",
    "issue_a_diploma",
    "ask_through_an_intermediary",
}
"""Run below as a reader would run them; the others here, where the library is loaded already."""

EXAMPLES = sorted(one for one in (ROOT / "examples").glob("*.py") if one.stem not in IN_A_PROCESS)

ENDS = {
    "log_in_to_mijn_amsterdam": "{'bsn': '999958379'}",
    "apply_at_the_municipality_of_nijmegen": "Yusuf Aydın, Nijmegen",
    "open_a_bank_account": "['address', 'birthdate', 'bsn', 'family_name', 'given_name']",
    "rent_a_house": "['Personal data', 'Diploma', 'Income statement', 'Rental contract']",
    "apply_for_a_job": "vouched for by https://diplomas.example",
    "museum_card": "['Personal data', 'Museum card']",
    "over_asking_web_shop": "refused",
    "withdrawn_registration": "pending",
}
"""The last line of an example."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(example), run_name="__main__")
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines()[-1] == ENDS.get(example.stem, said.out.splitlines()[-1])


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
    exec(compile(block, "<document>", "exec"), {"__name__": "__main__"})
