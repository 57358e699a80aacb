"""CBOR put together from encoded parts is the CBOR that an encoder makes of the whole."""

from __future__ import annotations

import pytest
from cbor2 import CBORTag
from hypothesis import given, settings
from hypothesis import strategies as st

from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.encoded_cbor import (
    PLACE,
    array,
    byte_string,
    fixed,
    numbered_octets_template,
    text,
    text_map,
    text_map_template,
    text_string,
    unsigned,
    wrapped,
    wrapped_head,
)

# Around each change of the form of a length, and 37: as an octet that is the sign of a place in a template.
SIZES = (0, 1, 23, 24, 37, 255, 256, 65_535, 65_536)


@pytest.mark.parametrize("size", SIZES)
def test_each_length_has_its_shortest_form(size: int) -> None:
    octets, letters = bytes(size), "%" * size
    assert byte_string(octets) == dump_cbor(octets)
    assert text(letters) == text_string(letters) == dump_cbor(letters)
    assert unsigned(size) == dump_cbor(size)
    assert array([b"\xf6"] * size) == dump_cbor([None] * size)
    assert wrapped(octets) == wrapped_head(size) + octets == dump_cbor(CBORTag(24, octets))


@pytest.mark.parametrize("size", [0, 1, 2, 23, 24, 37, 256, 300])
def test_maps_of_each_size(size: int) -> None:
    names = [f"{number}%b" for number in range(size)]
    assert text_map({name: text(name) for name in names}) == dump_cbor({name: name for name in names})
    for length in (32, 37, 48, 64, 300):
        values = tuple(bytes((number % 256,)) * length for number in range(size))
        assert numbered_octets_template(size, length) % values == dump_cbor(dict(enumerate(values)))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=30), st.text(max_size=40), max_size=6))
def test_names_are_in_the_order_of_deterministic_encoding(members: dict[str, str]) -> None:
    assert text_map({name: text_string(value) for name, value in members.items()}) == dump_cbor(members)


def test_a_value_is_put_in_as_it_is() -> None:
    assert text_map({"a": b"%b", "b": b"%%"}) == b"\xa2\x61a%b\x61b%%"
    assert numbered_octets_template(1, 4) % b"%b%b" == b"\xa1\x00\x44%b%b"


def test_a_template_in_a_template() -> None:
    inner = text_map_template({"%b": PLACE, "%": fixed(text("%b"))})
    template = text_map_template({"zz": PLACE, "a%": inner, "c": fixed(text("100 %"))})
    assert template % (text("first"), text("second")) == dump_cbor(
        {"c": "100 %", "a%": {"%": "%b", "%b": "first"}, "zz": "second"}
    )
