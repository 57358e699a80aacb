"""The catalogue of requirements and the table that is made from it."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "docs" / "conformance"


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conformance", ROOT / "tools" / "conformance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_id_stands_in_the_catalogue_once() -> None:
    repeated = {
        id_ for id_, count in Counter(row["id"] for row in rows("requirements.csv")).items() if count > 1
    }
    assert not repeated


@pytest.mark.parametrize("name", ["later.csv", "not-applicable.csv"])
def test_each_exception_names_a_requirement_and_a_reason(name: str) -> None:
    known = {row["id"] for row in rows("requirements.csv")}
    for row in rows(name):
        assert row["id"] in known
        assert row["reason"].strip()


def test_nothing_is_both_later_and_never() -> None:
    assert not {row["id"] for row in rows("later.csv")} & {row["id"] for row in rows("not-applicable.csv")}


def test_the_written_table_has_a_row_for_each_requirement() -> None:
    table = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    missing = [row["id"] for row in rows("requirements.csv") if f"\n| {row['id']} | " not in table]
    assert not missing, "run make conformance"


@pytest.mark.parametrize(
    ("outcomes", "never", "expected"),
    [
        ([], None, "open"),
        ([], "no reason to", "n/a: no reason to"),
        (["passed"], None, "proven"),
        (["passed", "failed"], None, "failed"),
        (["skipped"], None, "open"),
        (["skipped", "passed"], None, "proven"),
        (["failed"], "no reason to", "failed"),
    ],
)
def test_a_skipped_test_proves_nothing_and_a_failed_one_shows(
    tool: ModuleType, outcomes: list[str], never: str | None, expected: str
) -> None:
    assert tool.state([(f"t{n}", each) for n, each in enumerate(outcomes)], never) == expected


def test_the_table_counts_each_group_and_keeps_cells_apart(tool: ModuleType) -> None:
    requirement = {"group": "Z. Last", "id": "Z-1", "level": "MUST", "section": "1", "requirement": "a | b"}
    later = {**requirement, "id": "Z-2"}
    proofs = {"tests/unit/test_a.py::test_a[1]": {"ids": ["Z-1"], "outcome": "passed"}}
    text = tool.table([requirement, later], proofs, {}, {"Z-2": "issue 3"})
    assert "| Z. Last | 2 | 1 | 0 | 1 | 1 | 0 |\n" in text
    assert "| Z-1 | MUST | 1 | a \\| b | `unit/test_a.py::test_a` | proven |\n" in text
    assert "| Z-2 | MUST | 1 | a \\| b |  | open, issue 3 |\n" in text
