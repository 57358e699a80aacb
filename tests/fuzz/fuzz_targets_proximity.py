"""Every parser of a meeting in proximity, with the hostile input that it is given. A new parser is one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2
from fuzz_bytes import mutated_bytes
from fuzz_cbor import cbor, plain
from fuzz_tokens import Hostile
from fuzz_world import World
from hypothesis import strategies as st

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_encode
from nlwallet.mdoc import DeviceRequest, ItemsRequest, encode_device_request, split_device_response
from nlwallet.proximity import (
    REGISTRATION_CERTIFICATE,
    BleMessage,
    BleRetrieval,
    Carrier,
    DeviceEngagement,
    DeviceSession,
    Frames,
    HandoverRequest,
    HandoverSelect,
    NfcRetrieval,
    ReaderSession,
    SessionData,
    SessionEstablishment,
    WifiAwareRetrieval,
    frame,
    parse_ndef,
    query_of,
    registrations_of,
)

UUID = bytes(range(16))
KEY, READER = PrivateKey.generate(), PrivateKey.generate()
ENGAGEMENT = DeviceEngagement.create(
    KEY.public,
    methods=[
        BleRetrieval(UUID, UUID, b"123456"),
        NfcRetrieval(255, 256),
        WifiAwareRetrieval("secret", 1, 2, b"\x00"),
    ],
    extensions={-1: 1},
)
ITEMS = ItemsRequest("eu.europa.ec.eudi.pid.1", {"ns": {"a": True}}, {REGISTRATION_CERTIFICATE: b"a.b.c"})
REQUEST = encode_device_request([ITEMS])
SELECT = HandoverSelect.create(ENGAGEMENT, [Carrier.ble(0, service=UUID)])
OFFER = HandoverRequest.create([Carrier.ble(1, service=UUID)], collision_resolution=b"ab")
CHUNKS = b"\x01abc"

Pair = tuple[Hostile, Callable[[Any], object]]


def of_cbor(valid: bytes) -> Hostile:
    """Valid CBOR, mutated as a structure and as octets."""
    return Hostile(valid, st.one_of(cbor(plain(cbor2.loads(valid))).mutations, mutated_bytes(valid)))


def of_bytes(valid: bytes) -> Hostile:
    return Hostile(valid, mutated_bytes(valid))


def engagement(data: bytes) -> object:
    read = DeviceEngagement.parse(data)
    return read.methods, read.uri, repr(read)


def establishment(w: World) -> bytes:
    return ReaderSession(ENGAGEMENT, expires_at=w.now + 60, key=READER).establish(REQUEST, now=w.now)


def first_message(message: bytes, w: World) -> object:
    """The whole way of a reader's first message, with a fresh session each time."""
    session = DeviceSession(ENGAGEMENT, KEY, expires_at=w.now + 60)
    request = DeviceRequest.parse(session.receive(message, now=w.now))
    return query_of(request), registrations_of(request)


def encrypted(plaintext: bytes, w: World) -> bytes:
    """A reader's message with any plaintext, encrypted by the right keys: so that what is behind them is reached."""
    return ReaderSession(ENGAGEMENT, expires_at=w.now + 60, key=READER).establish(plaintext, now=w.now)


def answered(w: World) -> tuple[ReaderSession, bytes]:
    reader = ReaderSession(ENGAGEMENT, expires_at=w.now + 60, key=READER)
    device = DeviceSession(ENGAGEMENT, KEY, expires_at=w.now + 60)
    device.receive(reader.establish(REQUEST, now=w.now), now=w.now)
    return reader, device.respond(b"\xa0", now=w.now)


def answer(message: bytes, w: World) -> object:
    reader, _ = answered(w)
    return reader.receive(message, now=w.now)


def response() -> bytes:
    document = {"docType": "a", "issuerSigned": {"x": cbor2.CBORTag(24, b"\xa0")}, "deviceSigned": {}}
    return cbor2.dumps({"version": "1.0", "documents": [document, document], "status": 0})


TARGETS: dict[str, Callable[[World], Pair]] = {
    "DeviceEngagement.parse": lambda _: (of_cbor(ENGAGEMENT.encoded), engagement),
    "DeviceEngagement.from_uri": lambda _: (
        of_cbor(ENGAGEMENT.encoded).made(lambda data: "mdoc:" + b64url_encode(data)),
        DeviceEngagement.from_uri,
    ),
    "HandoverSelect.parse": lambda _: (
        of_bytes(SELECT.message),
        lambda data: HandoverSelect.parse(data).handover(OFFER),
    ),
    "HandoverRequest.parse": lambda _: (
        of_bytes(OFFER.message),
        lambda data: SELECT.handover(HandoverRequest.parse(data)),
    ),
    "parse_ndef": lambda _: (of_bytes(SELECT.message), parse_ndef),
    "SessionEstablishment.parse": lambda w: (
        of_cbor(establishment(w)),
        lambda data: SessionEstablishment.parse(data).encode(),
    ),
    "SessionData.parse": lambda w: (of_cbor(SessionData(b"abc", 20).encode()), SessionData.parse),
    "DeviceSession.receive": lambda w: (of_cbor(establishment(w)), lambda data: first_message(data, w)),
    "DeviceSession.receive, encrypted anew": lambda w: (
        of_cbor(REQUEST).made(lambda plaintext: encrypted(plaintext, w)),
        lambda data: first_message(data, w),
    ),
    # The answer of another session is refused by its keys; that of the same keys is what is mutated.
    "ReaderSession.receive": lambda w: (of_cbor(answered(w)[1]), lambda data: answer(data, w)),
    "registrations_of": lambda _: (
        of_cbor(REQUEST),
        lambda data: (registrations_of(DeviceRequest.parse(data)), query_of(DeviceRequest.parse(data))),
    ),
    "split_device_response": lambda _: (of_cbor(response()), split_device_response),
    "Frames.parse": lambda _: (of_bytes(frame(b"one") + frame(b"two")), lambda data: Frames().parse(data)),
    "BleMessage.receive": lambda _: (of_bytes(CHUNKS), lambda data: BleMessage().receive(data)),
}
