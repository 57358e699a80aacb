"""The page about testing: what it shows is run, and what it lists is all there is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import pytest_nlwallet
from nlwallet.profiles import PROFILES
from nlwallet.testing import attacks

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL))
TESTS = re.findall(r"<!-- test -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def run(pytester: pytest.Pytester, *files: str) -> pytest.RunResult:
    for path in pytester.path.iterdir():
        assert path.suffix == ".py"
    return pytester.runpytest_subprocess(
        "-p", "pytest_nlwallet", "-W", "error", "-W", "ignore:Using:DeprecationWarning",
        "-W", "ignore::starlette.exceptions.StarletteDeprecationWarning", *files,
    )  # fmt: skip


@pytest.mark.parametrize("text", TESTS)
def test_a_snippet_passes(pytester: pytest.Pytester, text: str) -> None:
    pytester.makepyfile(text)
    result = run(pytester)
    result.assert_outcomes(passed=text.count("def test_") + text.count("indirect=True"))


def test_the_first_tests_are_green_and_short(pytester: pytest.Pytester) -> None:
    if importlib.util.find_spec("fastapi") is None:
        pytest.skip("fastapi is not installed: make .venv/installed")
    assert set(FILES) == {"shop.py", "test_shop.py", "test_shop_survives.py"}
    for name, text in FILES.items():
        (pytester.path / name).write_text(text, encoding="utf-8")
    assert len(FILES["test_shop.py"].splitlines()) <= 10
    assert "nlwallet" not in FILES["test_shop.py"]
    attacked = ("test_shop_survives.py", "-k", "test_login or ADV-100 or ADV-083/alg")
    chosen = len([one for one in attacks() if "ADV-100" in one.id or "ADV-083/alg" in one.id])
    run(pytester, "test_shop.py", *attacked).assert_outcomes(
        passed=1 + chosen, deselected=len(attacks()) - chosen
    )


def test_the_page_names_every_fixture_keyword_and_option() -> None:
    for name in (*pytest_nlwallet._FIXTURES, "edi_citizen"):
        assert f"| `{name}` |" in PAGE
    for name in pytest_nlwallet._OPTIONS:
        assert f"| `{name}` |" in PAGE
    for name in ("--edi-profile", "edi_profile", "edi_citizen", "edi_persona"):
        assert f"`{name}" in PAGE


def test_the_page_names_profiles_that_there_are() -> None:
    table = PAGE.partition("| profile | behaves as |")[2].partition("<!-- test -->")[0]
    named = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert len(named) == 5
    assert set(named) <= set(PROFILES)
