"""COSE_Key, the agreement of two keys, and the MAC that is made with what they agreed on."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cose_key import CRV, KTY, D, X, Y, cose_key, parse_cose_key
from nlwallet.crypto.cose_mac0 import make_cose_mac0, read_cose_mac0
from nlwallet.crypto.key_agreement import agree, hkdf_sha256
from nlwallet.errors import AlgorithmNotAllowed, InvalidSignature, MalformedInput

CURVES = ["P-256", "P-384", "P-521", "Ed25519"]
KEY = PrivateKey.generate()
COSE = cose_key(KEY.public)


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_there_and_back(curve: str) -> None:
    key = PrivateKey.generate(curve).public
    assert parse_cose_key(cose_key(key), what="the key") == key


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_a_compressed_point_is_read(curve: str) -> None:
    for _ in range(4):
        key = PrivateKey.generate(curve).public
        whole = cose_key(key)
        odd = bool(whole[Y][-1] & 1)
        assert parse_cose_key({**whole, Y: odd}, what="the key") == key
        assert parse_cose_key({**whole, Y: not odd}, what="the key") != key


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({D: b"secret"}, MalformedInput, "private"),
        ({Y: b"\x00" * 32}, MalformedInput, "no point"),
        ({X: COSE[X][1:]}, MalformedInput, "no point"),
        ({Y: b"\x02"}, MalformedInput, "no point"),
        ({Y: None}, MalformedInput, "lacks y"),
        ({X: "text"}, MalformedInput, "lacks kty, crv or x"),
        ({KTY: "EC2"}, MalformedInput, "lacks kty, crv or x"),
        ({KTY: True}, MalformedInput, "lacks kty, crv or x"),
        ({KTY: 4}, AlgorithmNotAllowed, "not accepted"),
        ({CRV: 8}, AlgorithmNotAllowed, "not accepted"),
        ({KTY: 1, CRV: 6, X: b"short"}, MalformedInput, "no point"),
        ({KTY: 1, CRV: 4}, AlgorithmNotAllowed, "not accepted"),
    ],
)
def test_a_damaged_key_is_refused(changed: dict[int, Any], error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        parse_cose_key({**COSE, **changed}, what="the key")


def test_what_is_no_map_is_no_key() -> None:
    with pytest.raises(MalformedInput, match="a map"):
        parse_cose_key([1], what="the key")


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_two_keys_agree(curve: str) -> None:
    one, other = PrivateKey.generate(curve), PrivateKey.generate(curve)
    assert agree(one, other.public) == agree(other, one.public) != agree(one, one.public)


def test_keys_of_two_curves_do_not_agree() -> None:
    for curve in ("P-384", "Ed25519"):
        with pytest.raises(AlgorithmNotAllowed, match="cannot agree"):
            agree(KEY, PrivateKey.generate(curve).public)
    ed = PrivateKey.generate("Ed25519")
    with pytest.raises(AlgorithmNotAllowed, match="cannot agree"):
        agree(ed, ed.public)


def test_hkdf_is_that_of_rfc_5869() -> None:
    """Test case 1 of RFC 5869 appendix A."""
    made = hkdf_sha256(
        bytes.fromhex("0b" * 22),
        salt=bytes.fromhex("000102030405060708090a0b0c"),
        info=bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"),
        length=42,
    )
    assert made.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_a_mac_there_and_back() -> None:
    message = make_cose_mac0(b"payload", b"k" * 32)
    read = read_cose_mac0(message, what="the MAC")
    read.verify(b"k" * 32, payload=b"payload")
    for key, payload in ((b"l" * 32, b"payload"), (b"k" * 32, b"other")):
        with pytest.raises(InvalidSignature):
            read.verify(key, payload=payload)
    cut = read_cose_mac0([*message[:3], message[3][:16]], what="the MAC")
    with pytest.raises(InvalidSignature):
        cut.verify(b"k" * 32, payload=b"payload")


def test_what_is_no_mac_is_refused() -> None:
    for wrong in (None, [], [b"", {}, None], ["", {}, None, b""], [b"", {}, None, "tag"]):
        with pytest.raises(MalformedInput, match="COSE_Mac0"):
            read_cose_mac0(wrong, what="the MAC")
