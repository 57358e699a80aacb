"""The table of flows in docs/interop.md is that of the cases."""

from __future__ import annotations

import os

import pytest
from interop_openid4vp_cases import CASES
from interop_openid4vp_table import table, written


@pytest.mark.skipif(os.environ.get("NLWALLET_WRITE_INTEROP") == "1", reason="this run writes it")
def test_the_document_has_the_rows_of_today() -> None:
    assert written() == table(), "make interop writes it"


def test_every_row_is_one_of_its_kind() -> None:
    assert len({case.id for case in CASES}) == len(CASES)


def test_a_row_that_does_not_agree_says_why() -> None:
    assert all(case.because for case in CASES if case.refused or not case.walked)
