"""Run the tests and write docs/conformance.md: which requirement is proven, by which tests, and which is open."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "conformance"
TARGET = ROOT / "docs" / "conformance.md"
MUST = ("MUST", "REQUIRED", "SHALL")
MAX_TESTS_SHOWN = 4


def main() -> int:
    """The exit code of the test run."""
    with tempfile.TemporaryDirectory() as folder:
        outcomes = Path(folder) / "outcomes.json"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--conformance", str(outcomes)]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code not in (0, 1):  # 1: some tests failed, which the table shows; anything else: they did not run
            return code
        proofs = json.loads(outcomes.read_text())
    TARGET.write_text(
        table(read("requirements.csv"), proofs, notes("not-applicable.csv"), notes("later.csv"))
    )
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return code


def read(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file beside the catalogue."""
    with (FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file))


def notes(name: str) -> dict[str, str]:
    """Requirement id → why it does not apply, or when it comes."""
    return {row["id"]: row["reason"] for row in read(name)}


def table(
    requirements: list[dict[str, str]],
    proofs: dict[str, dict[str, object]],
    never: dict[str, str],
    later: dict[str, str],
) -> str:
    """The whole document."""
    tests: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for node, entry in proofs.items():
        ids = entry["ids"]
        assert isinstance(ids, list)
        for each in ids:
            tests[each].append((node, str(entry["outcome"])))
    groups: dict[str, list[tuple[dict[str, str], str]]] = defaultdict(list)
    for row in requirements:
        groups[row["group"]].append((row, state(tests[row["id"]], never.get(row["id"]))))
    lines = [
        "# Conformance",
        "",
        "Made by `make conformance` from the tests themselves; do not edit. A requirement is *proven* when tests that",
        "carry its id passed and none failed, *open* when none passed. A skipped test proves nothing.",
        "",
        "| group | requirements | proven | failed | open | of which MUST | n/a |",
        "|---|---|---|---|---|---|---|",
    ]
    for group, rows in groups.items():
        count = Counter(outcome.partition(":")[0] for _, outcome in rows)
        musts = sum(outcome == "open" and row["level"].startswith(MUST) for row, outcome in rows)
        counts = (len(rows), count["proven"], count["failed"], count["open"], musts, count["n/a"])
        lines.append(f"| {group} | " + " | ".join(map(str, counts)) + " |")
    for group, rows in groups.items():
        lines += [
            "",
            f"## {group}",
            "",
            "| id | level | section | requirement | tests that prove it | state |",
            "|---|---|---|---|---|---|",
        ]
        lines += [line(row, outcome, tests[row["id"]], later.get(row["id"], "")) for row, outcome in rows]
    return "\n".join(lines) + "\n"


def state(tests: list[tuple[str, str]], never: str | None) -> str:
    """``proven``, ``failed``, ``open`` or ``n/a: reason``."""
    outcomes = {outcome for _, outcome in tests}
    if "failed" in outcomes:
        return "failed"
    if "passed" in outcomes:
        return "proven"
    return f"n/a: {never}" if never else "open"


def line(row: dict[str, str], outcome: str, tests: list[tuple[str, str]], later: str) -> str:
    """One row; the parameters of a test are left out, so that the same test stands there once."""
    names = sorted(
        {node.partition("[")[0].removeprefix("tests/") for node, result in tests if result == "passed"}
    )
    shown = "<br>".join(f"`{name}`" for name in names[:MAX_TESTS_SHOWN])
    if len(names) > MAX_TESTS_SHOWN:
        shown += f"<br>and {len(names) - MAX_TESTS_SHOWN} more"
    note = f"{outcome}, {later}" if outcome == "open" and later else outcome
    cells = (row["id"], row["level"], row["section"], row["requirement"], shown, note)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
