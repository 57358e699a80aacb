"""Moments as RFC 3339 has them, in UTC."""

from __future__ import annotations

import pytest

from nlwallet.encoding import date_time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_769_817_600, "2026-01-31T00:00:00Z"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ],
)
def test_a_moment_has_four_digits_of_a_year_and_whole_seconds(seconds: int, text: str) -> None:
    assert date_time(seconds) == text


def test_what_no_calendar_has_is_no_moment() -> None:
    with pytest.raises((ValueError, OverflowError, OSError)):
        date_time(253_402_300_800)
