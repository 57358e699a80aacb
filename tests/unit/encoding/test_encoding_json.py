"""What a protocol message in JSON may not hold: two readings, or something that cannot be written again."""

from __future__ import annotations

import pytest

from nlwallet.encoding import dump_json, parse_json, parse_signed_json
from nlwallet.errors import MalformedInput


@pytest.mark.parametrize(
    "text",
    [
        "1e999",
        "[-1e999]",
        "NaN",
        "-Infinity",
        '"\\ud800"',
        '{"\\uDFFF":1}',
        '"\\ud800\\u0041"',
        '"\\udf7a\\ud83c"',
    ],
)
def test_infinity_and_half_characters_are_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        parse_json(text)
    with pytest.raises(MalformedInput):
        parse_signed_json(text.encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83c\\udf7a"', "🍺"),
        ('"\\\\ud800"', "\\ud800"),
        ("1e308", 1e308),
        ('"🍺\\u00e9"', "🍺é"),
        ("1.5", 1.5),
    ],
)
def test_whole_characters_and_numbers_are_read(text: str, value: object) -> None:
    assert parse_json(text) == parse_signed_json(text.encode()) == value
    assert parse_json(dump_json(value)) == value
