"""What a protocol message in JSON may not hold: two readings, or something that cannot be written again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.encoding import dump_json, parse_json, parse_signed_json
from nlwallet.errors import LimitExceeded, MalformedInput


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


@pytest.mark.parametrize("number", [1 << 64, -(1 << 63) - 1, 10**40])
def test_whole_numbers_that_cannot_be_written_again_are_refused(number: int) -> None:
    with pytest.raises(TypeError):
        dump_json(number)
    for text in (f"{number}", f'{{"values": [{number}]}}'):
        with pytest.raises(MalformedInput):
            parse_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18446744073709551615", (1 << 64) - 1),
        ("-9223372036854775808", -(1 << 63)),
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


def _levels(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_levels, inner), default=0)


_NAMES = st.text(alphabet='[]{}"\\ab', max_size=6)
_VALUES = st.recursive(
    _NAMES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3)
)


@given(_VALUES)
def test_levels_are_those_of_the_value_and_brackets_in_texts_are_none(value: Any) -> None:
    text, levels = json.dumps(value), _levels(value)
    assert parse_json(text, max_depth=levels) == value
    if levels:
        with pytest.raises(LimitExceeded):
            parse_json(text, max_depth=levels - 1)
