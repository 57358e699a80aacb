"""A relying party for all tests of the linter."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lint_requests import Party, make_party


@pytest.fixture(scope="session")
def party() -> Party:
    return make_party()
