"""Make a check and note it in the report, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nlwallet.errors import NlWalletError
from nlwallet.report import Report


@contextmanager
def check(report: Report, id: str, spec: str, what: str) -> Iterator[None]:  # noqa: A002 - the requirement's id
    """Note ``what`` as passed when the block ends, as failed when it raises; the error goes on."""
    try:
        yield
    except NlWalletError as error:
        report.failed(id, what, error)
        raise
    report.passed(id, spec, what)
