"""COSE_Sign1 and the CBOR below it: what is signed comes back, and nothing else is accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from cbor2 import CBORTag

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.crypto.cbor import MAX_CBOR_DEPTH, dump_cbor, parse_cbor
from nlwallet.crypto.cose import X5CHAIN, parse_cose_sign1, sign_cose_sign1, x5chain
from nlwallet.errors import AlgorithmNotAllowed, InvalidSignature, LimitExceeded, MalformedInput, RemoteError

NOW = 1_790_000_000
ES256 = frozenset({"ES256"})
KEY = PrivateKey.generate()
ROOT = CertificateAuthority.create("Root", now=NOW)
MIDDLE = ROOT.subordinate("Middle", now=NOW)


def read(data: Any, *, algorithms: Any = ES256, tagged: bool = True) -> Any:
    return parse_cose_sign1(data, algorithms=algorithms, what="the message", tagged=tagged)


@pytest.mark.parametrize(
    ("curve", "alg"), [("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512"), ("Ed25519", "EdDSA")]
)
def test_a_message_of_each_algorithm(curve: str, alg: str) -> None:
    key = PrivateKey.generate(curve)
    message = read(sign_cose_sign1(b"payload", key, tagged=True), algorithms={alg})
    message.verify(key.public)
    assert (message.alg, message.payload) == (alg, b"payload")
    with pytest.raises(InvalidSignature):
        message.verify(PrivateKey.generate(curve).public)
    with pytest.raises(AlgorithmNotAllowed):
        message.verify(PrivateKey.generate("P-384" if curve == "P-256" else "P-256").public)


@pytest.mark.parametrize("number", [-7, -9])
def test_both_numbers_of_es256_are_read(number: int) -> None:
    protected = dump_cbor({1: number})
    signature = KEY.sign(dump_cbor(["Signature1", protected, b"", b"payload"]))
    read([protected, {}, b"payload", signature], tagged=False).verify(KEY.public)


@pytest.mark.parametrize("number", [-7, -9])
def test_a_number_of_es256_over_another_hash_does_not_verify(number: int) -> None:
    protected = dump_cbor({1: number})
    signature = KEY.sign(dump_cbor(["Signature", protected, b"", b"payload"]))
    with pytest.raises(InvalidSignature):
        read([protected, {}, b"payload", signature], tagged=False).verify(KEY.public)


def test_a_detached_payload_and_external_data() -> None:
    message = read(sign_cose_sign1(b"payload", KEY, detached=True, external_aad=b"context"), tagged=False)
    assert message.payload is None
    message.verify(KEY.public, payload=b"payload", external_aad=b"context")
    for changed in ({"payload": b"other", "external_aad": b"context"}, {"payload": b"payload"}):
        with pytest.raises(InvalidSignature):
            message.verify(KEY.public, **changed)
    with pytest.raises(MalformedInput, match="detached"):
        message.verify(KEY.public)
    with pytest.raises(MalformedInput, match="detached"):
        read(sign_cose_sign1(b"payload", KEY), tagged=False).verify(KEY.public, payload=b"payload")


def test_the_tag_is_there_when_it_has_to_be_and_only_then() -> None:
    with pytest.raises(MalformedInput, match="tag 18"):
        read(sign_cose_sign1(b"payload", KEY))
    with pytest.raises(MalformedInput, match="array of four"):
        read(sign_cose_sign1(b"payload", KEY, tagged=True), tagged=False)
    with pytest.raises(MalformedInput, match="tag 18"):
        read(dump_cbor(CBORTag(17, [b"", {}, b"", b""])))


@pytest.mark.parametrize("certificates", [1, 2])
def test_a_chain_there_and_back(certificates: int) -> None:
    authority = ROOT if certificates == 1 else MIDDLE
    chain = authority.issue(KEY.public, Subject("Signer"), now=NOW)
    value = x5chain(chain)
    assert isinstance(value, bytes if certificates == 1 else list)
    for headers in ({"protected": {X5CHAIN: value}}, {"unprotected": {X5CHAIN: value}}):
        assert read(sign_cose_sign1(b"", KEY, tagged=True, **headers)).chain == chain  # type: ignore[arg-type]
    assert read(sign_cose_sign1(b"", KEY, tagged=True)).chain is None


@pytest.mark.parametrize(
    "value",
    [[], [CertificateChain(ROOT.certificate).leaf.der], b"", b"no certificate", "text", 7, [b"a", "b"]],
)
def test_a_chain_that_is_none(value: Any) -> None:
    message = read(sign_cose_sign1(b"", KEY, tagged=True, unprotected={X5CHAIN: value}))
    with pytest.raises(RemoteError):
        _ = message.chain


def parts(**changed: Any) -> list[Any]:
    message = {"protected": dump_cbor({1: -7}), "unprotected": {}, "payload": b"", "signature": bytes(64)}
    return list({**message, **changed}.values())


@pytest.mark.parametrize(
    "message",
    [
        parts()[:3],
        [*parts(), b""],
        {},
        b"",
        parts(protected={1: -7}),
        parts(protected=b"\xa1\x01"),
        parts(protected=dump_cbor([1, -7])),
        parts(unprotected=[]),
        parts(payload="text"),
        parts(signature=None),
        parts(protected=bytes.fromhex("a20126f501")),
        parts(unprotected={1: -7}),
        parts(unprotected={(1,): 2}),
        parts(protected=dump_cbor({1: -7, 2: [99], 99: 1})),
        parts(unprotected={2: [99]}),
    ],
    ids=range(15),
)
def test_what_is_no_message(message: Any) -> None:
    with pytest.raises(MalformedInput):
        read(dump_cbor(CBORTag(18, message)))


@pytest.mark.parametrize("alg", [None, 5, -37, 0, "ES256", -7.0, True, -8])
def test_an_algorithm_that_is_not_allowed(alg: Any) -> None:
    protected = {} if alg is None else {1: alg}
    with pytest.raises(AlgorithmNotAllowed):
        read(dump_cbor(CBORTag(18, parts(protected=dump_cbor(protected)))))
    with pytest.raises(AlgorithmNotAllowed):  # nobody signed the unprotected header
        read(dump_cbor(CBORTag(18, parts(protected=b"", unprotected={1: -7}))))


@pytest.mark.parametrize(
    "hexadecimal",
    [
        "",
        "0102",
        "a201020103",
        "81",
        "5b00ffffffffffffff",
        "9bffffffffffffffff",
        "62c328",
        "fc",
        "81" * 30 + "01",
    ],
    ids=["nothing", "two", "repeated", "cut", "long", "many", "text", "reserved", "deep"],
)
def test_cbor_that_is_none(hexadecimal: str) -> None:
    with pytest.raises(MalformedInput):
        parse_cbor(bytes.fromhex(hexadecimal), what="it")


@pytest.mark.parametrize("number", [0, 1, 2, 4, 18, 24, 28, 29, 35, 258, 1004, 55799])
def test_a_tag_stays_a_tag(number: int) -> None:
    item = CBORTag(number, [1] if number in (4, 18, 258) else b"\x01")
    assert parse_cbor(cbor2.dumps([item]), what="it") == [item]


def test_cbor_is_bounded() -> None:
    with pytest.raises(LimitExceeded):
        parse_cbor(bytes(11), what="it", max_bytes=10)
    deep: Any = 0
    for _ in range(MAX_CBOR_DEPTH):
        deep = [deep]
    assert parse_cbor(cbor2.dumps(deep), what="it") == deep
    with pytest.raises(MalformedInput):
        parse_cbor(cbor2.dumps([deep]), what="it")


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data + b"\0"], ids=["cut", "longer"])
def test_a_message_of_another_length(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(MalformedInput):
        read(damage(sign_cose_sign1(b"payload", KEY, tagged=True)))
