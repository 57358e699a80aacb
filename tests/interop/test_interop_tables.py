"""The tables of flows in docs/interop.md are those of the cases."""

from __future__ import annotations

import os

import pytest
from interop_tables import TABLES, FlowTable

EACH = pytest.mark.parametrize("table", [pytest.param(one, id=one.name) for one in TABLES])


@EACH
@pytest.mark.skipif(os.environ.get("NLWALLET_WRITE_INTEROP") == "1", reason="this run writes it")
def test_the_document_has_the_rows_of_today(table: FlowTable) -> None:
    assert table.written() == table.text(), "make interop writes it"


@EACH
def test_every_row_is_one_of_its_kind(table: FlowTable) -> None:
    assert len({row.id for row in table.rows}) == len(table.rows)


@EACH
def test_a_row_that_does_not_agree_says_why(table: FlowTable) -> None:
    assert all(row.because for row in table.rows if row.refused or not row.walked)
