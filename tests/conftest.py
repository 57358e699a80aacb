"""Which requirement each test proves: checks the marks, and writes what came out for ``make conformance``.

And no test may leave an attribute value in a log: see :mod:`attribute_values`.
"""

from __future__ import annotations

import csv
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from attribute_values import Watch, watched
from postgresql_server import postgresql

from nlwallet.holder.log import TransactionLog

__all__ = ["postgresql"]

settings.register_profile("any speed", deadline=None)  # a busy machine is no failure
settings.load_profile("any speed")

CATALOGUE = Path(__file__).parents[1] / "docs" / "conformance" / "requirements.csv"
UNKNOWN = pytest.StashKey[str]()
WATCH = pytest.StashKey[Watch]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--conformance", metavar="FILE", help="write ids, tests and outcomes to FILE as JSON")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[WATCH] = watch = Watch()
    TransactionLog.add = watched(TransactionLog.add, watch)  # type: ignore[method-assign]
    logging.getLogger().addHandler(watch)
    logging.getLogger("nlwallet").setLevel(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.INFO)
    target = config.getoption("--conformance")
    if target and not _is_worker(config):
        config.pluginmanager.register(Outcomes(Path(target)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    with CATALOGUE.open(newline="", encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    for item in items:
        ids = [str(each) for mark in item.iter_markers("req") for each in mark.args]
        if unknown := sorted(set(ids) - known):
            problem = f"{item.nodeid}: no such requirement: {', '.join(unknown)}"
            if not _is_worker(config):
                raise pytest.UsageError(problem)
            item.stash[UNKNOWN] = problem  # a worker of xdist can tell it only as the failure of a test
        if ids:
            item.user_properties.append(("req", ids))  # travels with the report, also from a worker


def pytest_runtest_setup(item: pytest.Item) -> None:
    if UNKNOWN in item.stash:
        pytest.fail(item.stash[UNKNOWN], pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield
    if found := item.config.stash[WATCH].taken():
        pytest.fail("an attribute value was logged: " + "; ".join(dict.fromkeys(found)), pytrace=False)


class Outcomes:
    """What became of each test that carries an id; a test that did not run to its end proves nothing."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        ids = next((value for name, value in report.user_properties if name == "req"), None)
        if ids is None:
            return
        entry = self._tests.setdefault(report.nodeid, {"ids": ids, "outcome": "passed"})
        if report.failed:
            entry["outcome"] = "failed"
        elif (report.skipped or hasattr(report, "wasxfail")) and entry["outcome"] == "passed":
            entry["outcome"] = "skipped"

    def pytest_sessionfinish(self) -> None:
        self._target.write_text(json.dumps(self._tests, indent=1, sort_keys=True), encoding="utf-8")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
