"""What `make test` installs: pinned, hashed, and from whatever index the machine is set up for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
PINS = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_each_line_is_a_version_with_hashes_and_no_address() -> None:
    assert PINS
    for line in PINS:
        assert re.match(r"[a-z0-9._-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", line), line
        assert "://" not in line


def test_all_that_the_project_asks_for_is_pinned() -> None:
    asked = [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["sandbox"],
        *PROJECT["dependency-groups"]["dev"],
    ]
    assert {name_of(each) for each in asked} <= {name_of(line) for line in PINS}
