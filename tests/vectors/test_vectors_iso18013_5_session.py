"""The session of ISO/IEC 18013-5:2021 Annex D (D.3.1, D.4.1, D.5.1), byte for byte on both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import parse_cbor
from nlwallet.crypto.key_agreement import agree
from nlwallet.encoding import b64url_encode
from nlwallet.errors import SessionEnded
from nlwallet.proximity import (
    BleRetrieval,
    Carrier,
    DeviceEngagement,
    DeviceSession,
    HandoverRequest,
    HandoverSelect,
    ReaderSession,
    SessionData,
    SessionEstablishment,
    SessionKeys,
    SessionState,
    SessionStatus,
    ble_ident,
    encode_ndef,
    parse_ndef,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "iso18013_5.json").read_text())
HEX = {one["id"]: bytes.fromhex(one["given"]["hex"]) for one in VECTORS["vectors"]}
NOW = 1_609_459_200  # 2021-01-01, as the vectors say


def key(name: str) -> PrivateKey:
    octets = {part: b64url_encode(bytes.fromhex(value)) for part, value in VECTORS["keys"][name].items()}
    return PrivateKey.from_jwk({"kty": "EC", "crv": "P-256", **octets})


READER, DEVICE = key("reader_ephemeral"), key("device_ephemeral")
TRANSCRIPT = parse_cbor(HEX["session-transcript-bytes"], what="it").value
ENGAGEMENT_BYTES, READER_KEY, HANDOVER = parse_cbor(TRANSCRIPT, what="it")
SELECT, REQUEST = HandoverSelect.parse(HANDOVER[0]), HandoverRequest.parse(HANDOVER[1])
ENGAGEMENT = DeviceEngagement.parse(ENGAGEMENT_BYTES.value)


def test_the_engagement_of_the_qr_code_byte_for_byte() -> None:
    read = DeviceEngagement.parse(HEX["device-engagement"])
    assert read.device_key == DEVICE.public
    (ble,) = read.methods
    assert ble == BleRetrieval(central_uuid=bytes.fromhex("45efef742b2c4837a9a3b0e1d05a6917"))
    made = DeviceEngagement.create(DEVICE.public, methods=[ble])
    assert made.encoded == HEX["device-engagement"]
    assert made.uri == "mdoc:" + b64url_encode(HEX["device-engagement"])
    assert DeviceEngagement.from_uri(made.uri) == read


def test_the_ident_by_which_the_device_knows_its_reader_over_ble() -> None:
    """Annex D does not give it; it is what the crate isomdl 0.2.0 makes of the same engagement."""
    read = DeviceEngagement.parse(HEX["device-engagement"])
    assert ble_ident(read).hex() == "8da0b7a85919f05673054ea996bbd124"


def test_the_negotiated_nfc_handover_byte_for_byte() -> None:
    assert SELECT.engagement == ENGAGEMENT
    (ble,) = SELECT.carriers
    assert (ble.reference, ble.type) == (b"0", Carrier.ble(1).type)
    assert ble.data.endswith(Carrier.ble(1).data)  # the example tells an address too
    service = bytes.fromhex("3a82d455d5fc4db3bea06fd2f6ff32c8")
    assert Carrier.ble(0, service=service).data.endswith(b"\x11\x07" + service[::-1])
    assert encode_ndef(parse_ndef(SELECT.message)) == SELECT.message
    assert HandoverSelect.create(ENGAGEMENT, SELECT.carriers).message == SELECT.message
    assert [one.reference for one in REQUEST.carriers] == [b"0", b"nfc", b"W"]
    again = HandoverRequest.create(REQUEST.carriers, collision_resolution=b"\x01\x02")
    assert [one.type for one in parse_ndef(again.message)] == [
        one.type for one in parse_ndef(REQUEST.message)
    ]
    both = SELECT.handover(REQUEST)
    assert [both.select, both.request] == HANDOVER


def test_the_session_keys_are_the_same_on_both_sides() -> None:
    assert agree(DEVICE, READER.public) == HEX["shared-secret"]
    for keys in (
        SessionKeys.derive(DEVICE, READER.public, TRANSCRIPT),
        SessionKeys.derive(READER, DEVICE.public, TRANSCRIPT),
    ):
        assert (keys.reader, keys.device) == (HEX["sk-reader"], HEX["sk-device"])
        assert HEX["sk-reader"].hex() not in repr(keys)


def test_the_reader_s_messages_byte_for_byte() -> None:
    session = ReaderSession(ENGAGEMENT, expires_at=NOW + 60, handover=SELECT.handover(REQUEST), key=READER)
    assert session.transcript == TRANSCRIPT
    assert session.establish(HEX["device-request"], now=NOW) == HEX["session-establishment"]
    assert session.receive(HEX["session-data"], now=NOW) == HEX["device-response"]
    assert session.state is SessionState.ANSWERED  # the published answer leaves the session open
    assert session.terminate() == HEX["session-termination"]
    assert session.state is SessionState.ENDED


def test_the_device_reads_the_request_and_its_answer_is_the_published_one() -> None:
    session = DeviceSession(ENGAGEMENT, DEVICE, expires_at=NOW + 60, handover=SELECT.handover(REQUEST))
    assert session.receive(HEX["session-establishment"], now=NOW) == HEX["device-request"]
    assert session.transcript == TRANSCRIPT
    assert session.reader_key == READER.public
    answer = SessionData.parse(session.respond(HEX["device-response"], now=NOW))
    assert answer.data == SessionData.parse(HEX["session-data"]).data
    assert SessionData(answer.data).encode() == HEX["session-data"]
    assert answer.status == SessionStatus.SESSION_TERMINATION  # ours ends the session with the answer


def test_the_messages_are_read_and_written_as_published() -> None:
    established = SessionEstablishment.parse(HEX["session-establishment"])
    assert established.reader_key == READER.public
    assert established.encode() == HEX["session-establishment"]
    assert SessionData.parse(HEX["session-termination"]) == SessionData(status=20)
    assert SessionData(status=SessionStatus.SESSION_TERMINATION).encode() == HEX["session-termination"]
    session = DeviceSession(ENGAGEMENT, DEVICE, expires_at=NOW + 60)
    with pytest.raises(SessionEnded):
        session.receive(HEX["session-termination"], now=NOW)
