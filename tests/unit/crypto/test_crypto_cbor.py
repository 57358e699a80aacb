"""Several CBOR items read in one go: each is the whole of its part; and no tag turns into something clever."""

from __future__ import annotations

import cbor2
import pytest
from cbor2 import CBORTag
from hypothesis import given, settings
from hypothesis import strategies as st

from nlwallet.crypto.cbor import dump_cbor, parse_cbor, parse_cbor_each
from nlwallet.errors import MalformedInput

ITEMS = [{"a": [1, 2]}, b"octets", "text", 5, [{}], CBORTag(24, b"\x01")]


def test_each_part_is_an_item() -> None:
    assert parse_cbor_each([dump_cbor(each) for each in ITEMS], what="it") == ITEMS
    assert parse_cbor_each([], what="it") == []


@pytest.mark.parametrize(
    ("parts", "position"),
    [
        ([b"\x82\x01", b"\x02"], 0),  # the array takes its second element from the next part
        ([b"\x01", b"\x82\x01", b"\x02", b"\x03"], 1),
        ([b"\x01\x02", b"\x03"], 0),
        ([b"\x01", b"\x02\x03"], 1),
        ([b"", b"\x01"], 0),
        ([b"\x01", b""], 1),
        ([b"\x01\x02", b""], 0),  # as many items as parts, and as many octets
        ([b"\x01", b"\x62a"], 1),
        ([b"\x01", b"\xa2\x01\x02\x01\x03", b"\x04"], 1),
        ([b"\x01", b"\x81" * 25 + b"\x01"], 1),
        ([b"\x9f\x01", b"\xff"], 0),
        ([b"\x5f\x41a\xff"], 0),
    ],
)
def test_no_item_ends_elsewhere_than_its_part(parts: list[bytes], position: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_cbor_each(parts, what="it", indefinite_lengths=False)
    assert caught.value.pointer == f"/{position}"
    assert caught.value.__cause__ is None


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(st.binary(max_size=6), min_size=1, max_size=4))
def test_parts_are_read_as_each_alone(parts: list[bytes]) -> None:
    def alone(part: bytes) -> object:
        try:
            return repr(parse_cbor(part, what="it"))
        except MalformedInput:
            return MalformedInput

    expected = [alone(part) for part in parts]
    if MalformedInput in expected:
        with pytest.raises(MalformedInput) as caught:
            parse_cbor_each(parts, what="it")
        assert caught.value.pointer == f"/{expected.index(MalformedInput)}"
    else:
        assert [repr(each) for each in parse_cbor_each(parts, what="it")] == expected


@pytest.mark.parametrize(
    "value",
    [
        CBORTag(52, b"\x7f\x00\x00\x01"),
        CBORTag(54, bytes(16)),
        CBORTag(0, "2026-11-28T00:00:00Z"),
        CBORTag(2, b"\x01"),
    ],
)
def test_a_tag_is_a_tag(value: CBORTag) -> None:
    read = parse_cbor(cbor2.dumps(value), what="it")
    assert (type(read), read) == (CBORTag, value)


def test_no_tag_at_all_becomes_something_else() -> None:
    for number in (*range(300), 1004, 43_000, 55_799, 2**32):
        for content in (b"\x01", b"\x41x", b"\x61x", b"\x82\x01\x02", b"\xa0"):
            head = dump_cbor(CBORTag(number, 0))[:-1]
            assert isinstance(parse_cbor(head + content, what="it"), CBORTag)
