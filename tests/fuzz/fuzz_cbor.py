"""Hostile CBOR and COSE around a valid message, some of it signed by the right key."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import cbor2
from fuzz_bytes import mutated_bytes
from fuzz_json import Raw, mutated
from fuzz_tokens import Hostile
from hypothesis import strategies as st

from nlwallet.crypto import PrivateKey

WILD = (
    b"\x9f" + b"\x01" * 9 + b"\xff",  # an array of no definite length
    b"\x5f\x41a\x41b\xff",
    b"\x9b" + b"\xff" * 8,  # an array of 2^64 - 1 elements
    b"\x5b\x3f" + b"\xff" * 7,
    b"\xbb\x00\x00\x00\x00\xff\xff\xff\xff",
    b"\x81" * 10_000 + b"\x01",
    b"\xa1\x01" * 5_000 + b"\x01",
    b"\xd8\x1c" * 200 + b"\x81\xd8\x1d\x00",  # shared and recursive values
    b"\xd8\x1c\x81\xd8\x1d\x00",
    b"\xc2\x59\x40\x00" + b"\xff" * 16_384,  # a number of 16 KiB
    b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01",
    b"\xc1\xfb\x7f\xf0" + bytes(6),
    b"\xc0\x64nope",
    b"\xd8\x23\x62((",
    b"\xd9\x01\x00\x82\x61a\xd8\x19\x00",
    b"\xa2\x01\x02\x01\x03",
    b"\xa1\x80\x01",
    b"\xa1\xf9\x7e\x00\x01",
    b"\xf8\x10",
    b"\xf7",
    b"\xff",
    b"\x62\xed\xa0",
    b"\x61",
    b"",
)


class Tag(NamedTuple):
    """A tagged value that can be copied, as a mutation does; no ``CBORTag`` can."""

    number: int
    value: Any


def encode(value: Any) -> bytes:
    """CBOR of a mutated value; what is wild in JSON is wild here in its own way."""
    if isinstance(value, Raw):
        return WILD[len(value.text) % len(WILD)]
    if isinstance(value, str):
        return _head(3, len(octets := value.encode("utf-8", "surrogatepass"))) + octets
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, Tag):
        return _head(6, value.number) + encode(value.value)
    if isinstance(value, list | tuple):
        return _head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(
            encode(name) + encode(member) for name, member in value.items()
        )
    if isinstance(value, cbor2.CBORTag):
        return _head(6, value.tag) + encode(value.value)
    return cbor2.dumps(value)


def _head(kind: int, size: int) -> bytes:
    return bytes((kind << 5 | 27,)) + struct.pack(">Q", size) if size > 23 else bytes((kind << 5 | size,))


def plain(value: Any) -> Any:
    """With lists and dicts again, which cbor2 makes immutable inside a tag, and tags that can be copied."""
    if isinstance(value, cbor2.CBORTag):
        return Tag(value.tag, plain(value.value))
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def cbor(valid: Any) -> Hostile:
    """The encoding of a value: mutated as a value, or as octets."""
    encoded = encode(valid)
    tame, wild = mutated(valid).map(encode), mutated(valid, wild=True).map(encode)
    return Hostile(encoded, st.one_of(tame, tame, tame, wild, st.sampled_from(WILD), mutated_bytes(encoded)))


def cose_sign1(valid: bytes, key: PrivateKey) -> Hostile:
    """A COSE_Sign1 with tag 18: a mutated payload or header signed anew by ``key``, or mutated as it is."""
    protected, unprotected, payload, signature = plain(cbor2.loads(valid).value)
    headers, claims = plain(cbor2.loads(protected)), plain(cbor2.loads(payload))

    def made(header: bytes, open_header: Any, content: bytes) -> bytes:
        signed = cbor2.dumps(["Signature1", header, b"", content])
        return encode(cbor2.CBORTag(18, [header, open_header, content, key.sign(signed)]))

    by_part = (
        cbor(claims).mutations.map(lambda octets: made(protected, unprotected, octets)),
        cbor(claims).mutations.map(lambda octets: made(protected, unprotected, octets)),
        cbor(headers).mutations.map(lambda octets: made(octets, unprotected, payload)),
        mutated(unprotected).map(lambda header: made(protected, header, payload)),
        cbor([protected, unprotected, payload, signature]).mutations.map(lambda octets: b"\xd2" + octets),
        mutated_bytes(valid),
    )
    return Hostile(valid, st.one_of(*by_part))
