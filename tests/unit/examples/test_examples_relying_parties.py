"""The applications with their own tests, run as their developers would run them: spread over workers, too."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "examples" / "relying_parties"
FRAMEWORKS = ("django", "fastapi", "flask")
PASSED = {"django": 17, "fastapi": 55, "flask": 17}
"""Seven of an honest wallet, the others of a hostile one; what does not apply to these applications is skipped."""


def test_the_applications_pass_their_own_tests() -> None:
    if missing := [one for one in FRAMEWORKS if importlib.util.find_spec(one) is None]:
        pytest.skip(f"{', '.join(missing)} not installed: make .venv/installed")
    files = {one: f"test_{one}_app.py" for one in FRAMEWORKS}
    command = [sys.executable, "-m", "pytest", "-p", "pytest_nlwallet", "-v", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-n", "2", *files.values()],
        cwd=FOLDER,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    passed = {one: done.stdout.count(f"PASSED {file}") for one, file in files.items()}
    assert passed == PASSED, done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_application_is_one_small_file(framework: str) -> None:
    text = (FOLDER / f"{framework}_app.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 90
