"""Engagements and NFC handovers: what is written is read again, and what has another form is refused."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cose_key import cose_key
from nlwallet.encoding import b64url_encode
from nlwallet.errors import AlgorithmNotAllowed, InvalidEngagement, LimitExceeded, LocalError, RemoteError
from nlwallet.proximity import (
    BleRetrieval,
    Carrier,
    DeviceEngagement,
    HandoverRequest,
    HandoverSelect,
    NdefRecord,
    NfcRetrieval,
    OtherRetrieval,
    WifiAwareRetrieval,
    encode_ndef,
    parse_ndef,
)

KEY = PrivateKey.generate()
UUID = bytes(range(16))
METHODS = (
    BleRetrieval(peripheral_uuid=UUID, central_uuid=UUID[::-1], address=b"123456"),
    BleRetrieval(peripheral_uuid=UUID),
    NfcRetrieval(255, 256),
    WifiAwareRetrieval("geheim", 81, 6, b"\x14"),
    WifiAwareRetrieval(),
    OtherRetrieval(7, 3, {"x": 1}),
)


def members(**changes: Any) -> bytes:
    key = cbor2.CBORTag(24, cbor2.dumps(cose_key(KEY.public)))
    given: dict[Any, Any] = {0: "1.0", 1: [1, key], 2: [[2, 1, {0: False, 1: True, 11: UUID}]]}
    for name, value in changes.items():
        given[int(name.removeprefix("m"))] = value
    return cbor2.dumps({label: value for label, value in given.items() if value is not ...})


def test_every_method_comes_back_as_it_went() -> None:
    made = DeviceEngagement.create(KEY.public, methods=METHODS, extensions={-1: 4242})
    read = DeviceEngagement.from_uri(f" {made.uri}\n")
    assert read == made
    assert read.methods == METHODS
    assert read.extensions == {-1: 4242}
    assert "geheim" not in repr(read)


def test_the_text_of_the_code_is_of_its_scheme() -> None:
    uri = DeviceEngagement.create(KEY.public).uri
    assert uri.startswith("mdoc:")
    assert DeviceEngagement.from_uri(uri.replace("mdoc:", "MDOC:")).uri == uri
    for text in (
        "",
        "openid4vp://?x",
        uri.replace(":", "://"),
        "mdoc:====",
        "mdoc:" + b64url_encode(b"\xff"),
    ):
        with pytest.raises(InvalidEngagement):
            DeviceEngagement.from_uri(text)
    with pytest.raises(LimitExceeded):
        DeviceEngagement.from_uri("mdoc:" + "A" * 9000)


REFUSED: dict[str, tuple[bytes, type[RemoteError]]] = {
    "another major version": (members(m0="2.0"), InvalidEngagement),
    "no version": (members(m0=...), InvalidEngagement),
    "no security": (members(m1=...), InvalidEngagement),
    "a key that is no key": (members(m1=[1, cbor2.CBORTag(24, b"\xa0")]), InvalidEngagement),
    "a key without its tag": (members(m1=[1, cbor2.dumps(cose_key(KEY.public))]), InvalidEngagement),
    "a key that cannot agree": (
        members(m1=[1, cbor2.CBORTag(24, cbor2.dumps(cose_key(PrivateKey.generate("Ed25519").public)))]),
        AlgorithmNotAllowed,
    ),
    "another cipher suite": (members(m1=[2, cbor2.CBORTag(24, b"")]), AlgorithmNotAllowed),
    "BLE in no mode": (members(m2=[[2, 1, {0: False, 1: False}]]), InvalidEngagement),
    "BLE that does not say its modes": (members(m2=[[2, 1, {1: True, 11: UUID}]]), InvalidEngagement),
    "BLE without its UUID": (members(m2=[[2, 1, {0: True, 1: False}]]), InvalidEngagement),
    "a UUID of 15 bytes": (members(m2=[[2, 1, {0: False, 1: True, 11: UUID[1:]}]]), InvalidEngagement),
    "NFC of no length": (members(m2=[[1, 1, {0: 0, 1: 256}]]), InvalidEngagement),
    "a long passphrase": (members(m2=[[3, 1, {0: "x" * 64}]]), InvalidEngagement),
    "a method of two parts": (members(m2=[[2, 1]]), InvalidEngagement),
    "seventeen methods": (members(m2=[[9, 1, {}]] * 17), LimitExceeded),
    "forty members": (cbor2.dumps({n: n for n in range(40)}), InvalidEngagement),
    "names for members": (cbor2.dumps({"version": "1.0"}), InvalidEngagement),
    "an array": (cbor2.dumps([1]), InvalidEngagement),
    "something behind it": (members() + b"\x00", InvalidEngagement),
    "5 KiB": (cbor2.dumps({-1: b"x" * 5000}), LimitExceeded),
}


@pytest.mark.parametrize("case", REFUSED)
def test_another_form_is_refused(case: str) -> None:
    assert DeviceEngagement.parse(members()).device_key == KEY.public
    data, kind = REFUSED[case]
    with pytest.raises(kind):
        DeviceEngagement.parse(data)


def test_what_no_reader_would_take_is_not_made() -> None:
    for wrong in (
        lambda: DeviceEngagement.create(PrivateKey.generate("Ed25519").public),
        lambda: DeviceEngagement.create(KEY.public, extensions={5: 1}),
        lambda: DeviceEngagement.create(KEY.public, methods=METHODS * 3),
        lambda: DeviceEngagement.create(KEY.public, extensions={-1: "x" * 5000}),
        BleRetrieval,
        lambda: BleRetrieval(peripheral_uuid=b"short"),
    ):
        with pytest.raises(LocalError):
            wrong()


# NFC ----------------------------------------------------------------------------------------------

ENGAGEMENT = DeviceEngagement.create(KEY.public)
SELECT = HandoverSelect.create(ENGAGEMENT, [Carrier.ble(0, service=UUID)])
REQUEST = HandoverRequest.create([Carrier.ble(1, service=UUID)], collision_resolution=b"ab")


def test_a_static_and_a_negotiated_handover() -> None:
    read = HandoverSelect.parse(SELECT.message)
    assert read == SELECT
    assert (read.handover().select, read.handover().request) == (SELECT.message, None)
    both = read.handover(HandoverRequest.parse(REQUEST.message))
    assert both.request == REQUEST.message


def test_a_device_selects_one_carrier_that_was_offered() -> None:
    two = HandoverSelect.create(ENGAGEMENT, [Carrier.ble(0), Carrier.ble(1, reference=b"1")])
    nan = HandoverSelect.create(ENGAGEMENT, [Carrier(b"W", b"application/vnd.wfa.nan")])
    assert two.handover().select == two.message
    for one in (two, nan):
        with pytest.raises(InvalidEngagement):
            one.handover(REQUEST)


def test_long_records_and_their_ids() -> None:
    records = (NdefRecord(4, b"a", b"x" * 300, b"id"), NdefRecord(2, b"b", b""))
    assert parse_ndef(encode_ndef(records)) == records


SELECT_RECORDS = parse_ndef(SELECT.message)
HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "cut off": SELECT.message[:-1],
    "one octet more": SELECT.message + b"\x00",
    "in chunks": bytes((SELECT.message[0] | 0x20,)) + SELECT.message[1:],
    "no beginning": bytes((SELECT.message[0] & 0x7F,)) + SELECT.message[1:],
    "a length of 4 GiB": b"\xc1\x01\xff\xff\xff\xffT",
    "a request for a select": REQUEST.message,
    "no engagement": encode_ndef(SELECT_RECORDS[:2]),
    "two engagements": encode_ndef([*SELECT_RECORDS, SELECT_RECORDS[2]]),
    "no carrier": encode_ndef([SELECT_RECORDS[0], SELECT_RECORDS[2]]),
    "an empty first record": encode_ndef([NdefRecord(1, b"Hs", b""), *SELECT_RECORDS[1:]]),
    "another version": encode_ndef(
        [NdefRecord(1, b"Hs", b"\x25" + SELECT_RECORDS[0].payload[1:]), *SELECT_RECORDS[1:]]
    ),
    "only a version": encode_ndef([NdefRecord(1, b"Hs", b"\x15"), *SELECT_RECORDS[1:]]),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_handover_of_another_form_is_refused(case: str) -> None:
    with pytest.raises(InvalidEngagement):
        HandoverSelect.parse(HOSTILE[case])


def test_a_handover_is_bounded() -> None:
    with pytest.raises(LimitExceeded):
        parse_ndef(encode_ndef([NdefRecord(1, b"x", b"")] * 33))
    with pytest.raises(LimitExceeded):
        parse_ndef(encode_ndef([NdefRecord(1, b"x", b"y" * 20_000)]))
