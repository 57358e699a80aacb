"""The packed list: §4.1 of Token Status List, its published examples, and what is refused."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidStatus, LimitExceeded, LocalError, RemoteError
from nlwallet.status import Status, StatusList, status_name
from nlwallet.status.status_list import MAX_LIST_BYTES

# Token Status List draft-20 §4.1: the two worked examples, statuses and the bytes they give.
ONE_BIT = ([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], "b9a3", "eNrbuRgAAhcBXQ")
TWO_BITS = ([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], "c944f9", "eNo76fITAAPfAgc")


@pytest.mark.req("T-01", "T-02", "T-03")
@pytest.mark.parametrize(("bits", "example"), [(1, ONE_BIT), (2, TWO_BITS)])
def test_the_published_lists(bits: int, example: tuple[list[int], str, str]) -> None:
    statuses, packed, lst = example
    made = StatusList(len(statuses), bits=bits)
    for index, status in enumerate(statuses):
        made[index] = status
    assert zlib.decompress(b64url_decode(made.encode())).hex() == packed
    assert made.encode() == lst
    read = StatusList.decode(lst, bits=bits)
    assert [read[index] for index in range(len(statuses))] == statuses


@pytest.mark.req("T-01", "ADV-140")
@pytest.mark.parametrize(
    ("bits", "index", "status", "packed"),
    [
        (1, 0, 1, "0100"), (1, 7, 1, "8000"), (1, 8, 1, "0001"),
        (2, 0, 3, "0300"), (2, 3, 2, "8000"), (2, 4, 1, "0001"),
        (4, 0, 9, "0900"), (4, 1, 9, "9000"), (4, 2, 9, "0009"),
        (8, 0, 0x2A, "2a00"), (8, 1, 0x2A, "002a"),
    ],
)  # fmt: skip
def test_an_entry_stands_in_its_place_least_significant_bit_first(
    bits: int, index: int, status: int, packed: str
) -> None:
    statuses = StatusList(16 // bits, bits=bits)
    statuses[index] = status
    assert zlib.decompress(statuses.compress()).hex() == packed
    assert [n for n in range(len(statuses)) if statuses[n]] == [index]


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_neighbours_do_not_disturb_each_other(bits: int) -> None:
    generator = random.Random(bits)
    statuses, expected = StatusList(64, bits=bits), [0] * 64
    for _ in range(1000):
        index, status = generator.randrange(64), generator.randrange(1 << bits)
        statuses[index] = expected[index] = status
    assert [statuses[index] for index in range(64)] == expected
    read = StatusList.decode(statuses.encode(), bits=bits)
    assert [read[index] for index in range(len(read))] == expected


@pytest.mark.req("T-02")
@pytest.mark.parametrize("size", [1 << 20, 1 << 21], ids=["searched", "runs"])
def test_the_highest_level_of_compression_and_the_format_of_zlib(size: int) -> None:
    statuses = StatusList(size)
    generator = random.Random(1)
    for index in generator.sample(range(size), size // 1000):
        statuses[index] = 1
    made = statuses.compress()
    data = zlib.decompress(made)
    assert made[0] == 0x78
    assert int.from_bytes(made[:2]) % 31 == 0
    # As good as zlib at its highest, within the tenth that looking for runs alone may cost.
    assert len(made) <= 1.1 * len(zlib.compress(data, 9))


@pytest.mark.req("T-02", "ADV-139")
@pytest.mark.parametrize(
    "damage",
    [
        lambda _: compressed(-15),
        lambda _: compressed(31),
        lambda good: good[:-1],
        lambda good: good[:-4],
        lambda good: good[: len(good) // 2],
        lambda good: good[:-1] + bytes([good[-1] ^ 1]),
        lambda good: good + b"\0",
        lambda good: good + good,
        lambda _: b"",
        lambda _: b"no such thing",
        lambda _: zlib.compress(b""),
        lambda _: with_dictionary(),
    ],
    ids=["raw", "gzip", "cut by one", "without adler32", "half", "wrong adler32", "one byte more", "twice",
         "nothing", "text", "empty", "dictionary"],
)  # fmt: skip
def test_what_is_no_list_is_refused(damage: Callable[[bytes], bytes]) -> None:
    data = damage(StatusList(64).compress())
    with pytest.raises(InvalidStatus):
        StatusList.decompress(data, bits=1)
    with pytest.raises(RemoteError):
        StatusList.decode(b64url_encode(data), bits=1)


def compressed(wbits: int) -> bytes:
    deflater = zlib.compressobj(wbits=wbits)
    return deflater.compress(bytes(8)) + deflater.flush()


def with_dictionary() -> bytes:
    deflater = zlib.compressobj(zdict=bytes(8))
    return deflater.compress(bytes(8)) + deflater.flush()


@pytest.mark.req("T-03")
@pytest.mark.parametrize("lst", ["eNrbuRgAAhcBXQ==", "eNrb uRgAAhcBXQ", "eNrbuRgAAhcBX+", "é"])
def test_lst_is_base64url_without_padding(lst: str) -> None:
    with pytest.raises(RemoteError):
        StatusList.decode(lst, bits=1)


@pytest.mark.req("ADV-138")
def test_a_decompression_bomb_is_not_inflated() -> None:
    with pytest.raises(LimitExceeded):
        StatusList.decompress(zlib.compress(bytes(MAX_LIST_BYTES + 1), level=9), bits=8)
    assert len(StatusList.decompress(zlib.compress(bytes(MAX_LIST_BYTES)), bits=8)) == MAX_LIST_BYTES


@pytest.mark.req("ADV-138")
def test_a_bomb_of_a_gigabyte_is_put_down_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    inflated: list[int] = []
    made = zlib.decompressobj

    class Watched:
        def __init__(self, **more: Any) -> None:
            self._inflater = made(**more)

        def decompress(self, data: bytes, max_length: int) -> bytes:
            found = self._inflater.decompress(data, max_length)
            inflated.append(len(found))
            return found

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    deflater = zlib.compressobj(9, wbits=-15)
    sixteen = deflater.compress(bytes(1 << 24)) + deflater.flush(zlib.Z_FULL_FLUSH)
    bomb = b"\x78\xda" + 64 * sixteen
    with pytest.raises(LimitExceeded):
        StatusList.decompress(bomb, bits=1)
    assert inflated == [MAX_LIST_BYTES + 1]


@pytest.mark.req("T-01", "ADV-137")
@pytest.mark.parametrize("bits", [0, 3, 16, -1, 1.0, True, "1", None, [], {}])
def test_bits_is_one_of_four_integers(bits: Any) -> None:
    with pytest.raises(InvalidStatus):
        StatusList.decode(StatusList(64).encode(), bits=bits)


@pytest.mark.req("T-25")
@pytest.mark.parametrize(
    ("size", "bits"), [(7, 1), (0, 1), (-8, 1), (3, 2), (1, 4), (8, 3), (MAX_LIST_BYTES + 1, 8)]
)
def test_a_list_of_our_own_fills_whole_bytes_and_is_bounded(size: int, bits: int) -> None:
    with pytest.raises(LocalError):
        StatusList(size, bits=bits)


@pytest.mark.req("T-25")
def test_a_new_list_says_valid_everywhere() -> None:
    for bits in (1, 2, 4, 8):
        assert {StatusList(64, bits=bits)[index] for index in range(64)} == {Status.VALID}


@pytest.mark.req("T-15", "ADV-132")
@pytest.mark.parametrize("index", [16, -1, 2**63, 2**64 + 1])
def test_an_index_outside_the_list_is_refused(index: int) -> None:
    with pytest.raises(InvalidStatus, match="outside"):
        StatusList(16)[index]
    with pytest.raises(LocalError):
        StatusList(16)[index] = 1


@pytest.mark.parametrize(("bits", "status"), [(1, 2), (2, 4), (4, 16), (8, 256), (8, -1)])
def test_a_status_that_does_not_fit(bits: int, status: int) -> None:
    with pytest.raises(LocalError):
        StatusList(16, bits=bits)[0] = status


@pytest.mark.req("T-10")
def test_statuses_have_their_names() -> None:
    assert [status_name(value) for value in (0, 1, 2)] == ["valid", "revoked", "suspended"]
    application = {value for value in range(256) if "application specific" in status_name(value)}
    reserved = {value for value in range(256) if "reserved" in status_name(value)}
    assert application == {0x03, 0x0C, 0x0D, 0x0E, 0x0F}
    assert application | reserved == set(range(3, 256))


def test_a_hundred_million_entries_take_a_bit_each() -> None:
    statuses = StatusList(100_000_000)
    statuses[99_999_999] = 1
    assert statuses.size_in_bytes == 12_500_000
    read = StatusList.decompress(statuses.compress(), bits=1)
    assert (read[99_999_999], read[99_999_998], len(read)) == (1, 0, 100_000_000)
