"""Several CBOR items read in one go: each is the whole of its part; and no tag turns into something clever."""

from __future__ import annotations

import cbor2
import pytest
from cbor2 import CBORTag
from hypothesis import given, settings
from hypothesis import strategies as st

from nlwallet.crypto.cbor import MAX_CBOR_DEPTH, dump_cbor, parse_cbor, parse_cbor_each
from nlwallet.crypto.cbor_keys import has_composite_key
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


def _keys_of_one_hash(count: int) -> list[tuple[int, int]]:
    """Pairs of numbers whose tuples have one hash in CPython, by solving for the second number."""
    most, first, second, add = (1 << 64) - 1, 11400714785074694791, 14029467366897019727, 2870177450012600261
    found: list[tuple[int, int]] = []
    number = wanted = 0
    while len(found) < count:
        number += 1
        state = add + number * second & most
        state = ((state << 31 | state >> 33) & most) * first & most
        wanted = wanted or (state + second) & most
        other = (wanted - state) * pow(second, -1, 1 << 64) & most
        if other < (1 << 61) - 1:  # such a number is its own hash
            found.append((number, other))
    return found


@pytest.mark.req("ADV-128")
def test_a_map_whose_keys_have_one_hash_is_not_made() -> None:
    keys = _keys_of_one_hash(1000)
    assert len({hash(key) for key in keys}) == 1  # else this test has to be made anew
    encoded = dump_cbor(dict.fromkeys(keys, 0))
    for message in (encoded, b"\x81" + encoded, b"\xbf\x61a" + encoded + b"\xff", encoded[:-9]):
        with pytest.raises(MalformedInput, match="key that is no number or string"):
            parse_cbor(message, what="it")
    with pytest.raises(MalformedInput, match="no number or string") as caught:
        parse_cbor_each([b"\x01", encoded], what="it")
    assert caught.value.pointer == "/1"
    assert parse_cbor(dump_cbor({"a": [list(key) for key in keys]}), what="it")


@pytest.mark.parametrize(
    ("encoded", "found"),
    [
        ("a1820102 01", True),
        ("a2 01 02 a0 03", True),
        ("a1 c101 01", True),
        ("bf 01 02 80 03 ff", True),
        ("9f bf 6161 bf 8000 ff ff ff", True),
        ("d818 a1 80 00", True),
        ("82 a10102 a18000", True),
        ("a1 01 a0", False),
        ("bf 01 8101 02 a0 ff", False),
        ("bf 5f4161ff 80 7fff a0 ff", False),
        ("a3 01 80 4180 a0 f6 c101", False),
        ("5f 4180 42a0a0 ff", False),
        ("a1", False),
        ("", False),
    ],
)
def test_keys_that_are_arrays_maps_or_tags_are_found(encoded: str, found: bool) -> None:
    assert has_composite_key(bytes.fromhex(encoded), max_depth=MAX_CBOR_DEPTH) is found


_ITEMS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.text(max_size=30)
    | st.binary(max_size=300),
    lambda items: (
        st.lists(items, max_size=3)
        | st.dictionaries(
            st.integers(-9, 9) | st.text(max_size=3) | st.tuples(st.integers(0, 9)), items, max_size=3
        )
        | items.map(lambda item: CBORTag(5000, item))
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(item=_ITEMS)
def test_they_are_found_wherever_they_stand(item: object) -> None:
    def has(value: object) -> bool:
        if isinstance(value, dict):
            return any(isinstance(key, tuple) for key in value) or any(map(has, value.values()))
        return (
            any(map(has, value))
            if isinstance(value, list)
            else isinstance(value, CBORTag) and has(value.value)
        )

    assert has_composite_key(cbor2.dumps(item), max_depth=MAX_CBOR_DEPTH) is has(item)
