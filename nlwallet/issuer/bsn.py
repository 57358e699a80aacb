"""The citizen service number: nine digits that pass the eleven-test."""

from __future__ import annotations

from nlwallet.errors import LocalError

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)

TEST_PREFIX = "9999"
"""Numbers that begin so are set apart for testing and are never given to a person."""


def check_bsn(bsn: str) -> str:
    """``bsn``, if it is nine digits that pass the eleven-test. Raises :class:`~nlwallet.errors.LocalError`."""
    if len(bsn) != 9 or not (bsn.isascii() and bsn.isdigit()):
        raise LocalError("a BSN has nine digits", code="invalid_bsn", spec="Wabb art. 1")
    if int(bsn) == 0 or sum(int(digit) * weight for digit, weight in zip(bsn, _WEIGHTS, strict=True)) % 11:
        raise LocalError("the BSN does not pass the eleven-test", code="invalid_bsn", spec="Wabb art. 1")
    return bsn


def check_test_bsn(bsn: str) -> str:
    """A BSN that can belong to nobody. Raises :class:`~nlwallet.errors.LocalError`."""
    if not check_bsn(bsn).startswith(TEST_PREFIX):
        raise LocalError(
            "this BSN may belong to a real person",
            code="real_bsn",
            hint=f"test numbers begin with {TEST_PREFIX}",
        )
    return bsn
