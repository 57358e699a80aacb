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


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_application_passes_its_own_tests(framework: str) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed: make .venv/installed")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "pytest_nlwallet",
        "-q",
        "-p",
        "no:cacheprovider",
        "-n",
        "2",
    ]
    done = subprocess.run(
        [*command, f"test_{framework}_app.py"],
        cwd=FOLDER,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert f"{PASSED[framework]} passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_application_is_one_small_file(framework: str) -> None:
    text = (FOLDER / f"{framework}_app.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 90
