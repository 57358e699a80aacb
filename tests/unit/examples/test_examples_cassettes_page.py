"""The page about cassettes: what it shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "testing-cassettes.md").read_text(encoding="utf-8")
TESTS = re.findall(r"<!-- test -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def test_a_snippet_passes(pytester: pytest.Pytester) -> None:
    assert len(TESTS) == 3
    pytester.makepyfile(test_read=TESTS[0], test_replay=TESTS[1], test_party=TESTS[2])
    result = pytester.runpytest_subprocess("-p", "pytest_nlwallet", "-W", "error")
    result.assert_outcomes(passed=3)


def test_the_page_names_the_schema_that_is_there() -> None:
    (link,) = re.findall(r"\(\.\./([^)]*\.schema\.json)\)", PAGE)
    assert (ROOT / link).is_file()
