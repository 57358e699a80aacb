"""Which requirement each test proves: reads the marks, and writes what came out for ``make conformance``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "docs" / "conformance" / "requirements.csv"
RECORD = pytest.StashKey[dict[str, dict[str, Any]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--conformance", metavar="FILE", help="write ids, tests and outcomes to FILE as JSON")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RECORD] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    with CATALOGUE.open(newline="") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    for item in items:
        ids = [str(each) for mark in item.iter_markers("req") for each in mark.args]
        if unknown := sorted(set(ids) - known):
            raise pytest.UsageError(f"{item.nodeid}: no such requirement: {', '.join(unknown)}")
        if ids:  # travels with the report, also from a worker of xdist
            item.user_properties.append(("req", ids))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    config = _CONFIG[0] if _CONFIG else None
    ids = next((value for name, value in report.user_properties if name == "req"), None)
    if config is None or ids is None:
        return
    entry = config.stash[RECORD].setdefault(report.nodeid, {"ids": ids, "outcome": "passed"})
    if report.failed:
        entry["outcome"] = "failed"
    elif report.skipped and entry["outcome"] == "passed":
        entry["outcome"] = "skipped"  # also an expected failure: neither proves anything


_CONFIG: list[pytest.Config] = []


def pytest_sessionstart(session: pytest.Session) -> None:
    _CONFIG[:] = [session.config]


def pytest_sessionfinish(session: pytest.Session) -> None:
    target = session.config.getoption("--conformance")
    if target and not hasattr(session.config, "workerinput"):
        Path(target).write_text(json.dumps(session.config.stash[RECORD], indent=1, sort_keys=True))
