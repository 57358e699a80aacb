"""Device engagement and the session transcript, judged by npm `@owf/mdoc`: of proximity it has these two."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.mdoc import NfcHandover
from nlwallet.proximity import (
    BleRetrieval,
    DeviceEngagement,
    NfcRetrieval,
    ReaderSession,
    WifiAwareRetrieval,
)

pytestmark = pytest.mark.node

UUID = bytes(range(16))


def test_the_peer_reads_our_code(peers: Any) -> None:
    key = PrivateKey.generate()
    engagement = DeviceEngagement.create(
        key.public,
        methods=(
            BleRetrieval(peripheral_uuid=UUID, address=bytes(6)),
            NfcRetrieval(255, 256),
            WifiAwareRetrieval("a passphrase", 81, 6, b"\x01"),
        ),
    )
    read = peers("mdocOwfProximity.read", engagement=b64url_encode(engagement.encoded))
    assert read == {
        "version": "1.0",
        "cipherSuite": 1,
        "key": key.public.jwk(),
        "methods": [
            {
                "type": 2,
                "version": 1,
                "peripheral": True,
                "central": False,
                "peripheralUuid": b64url_encode(UUID),
                "address": b64url_encode(bytes(6)),
            },
            {"type": 1, "version": 1, "command": 255, "response": 256},
            {
                "type": 3,
                "version": 1,
                "passphrase": "a passphrase",
                "operatingClass": 81,
                "channel": 6,
                "bands": b64url_encode(b"\x01"),
            },
        ],
    }


def test_we_read_the_code_of_the_peer(peers: Any) -> None:
    key = PrivateKey.generate()
    made = peers("mdocOwfProximity.make", key=key.public.jwk(), uuid=b64url_encode(UUID))
    engagement = DeviceEngagement.from_uri(f"mdoc:{made}")
    assert engagement.device_key == key.public
    assert engagement.methods == (
        BleRetrieval(central_uuid=UUID),
        NfcRetrieval(255, 256),
        WifiAwareRetrieval("a passphrase", channel=6),
    )
    assert transcripts(peers, engagement)


@pytest.mark.parametrize(
    "handover",
    [None, NfcHandover(b"select"), NfcHandover(b"select", b"request")],
    ids=["QR", "static", "negotiated"],
)
def test_both_make_the_same_transcript(handover: NfcHandover | None, peers: Any) -> None:
    engagement = DeviceEngagement.create(
        PrivateKey.generate().public, methods=(BleRetrieval(central_uuid=UUID),), extensions={-1: 40_000}
    )
    assert transcripts(peers, engagement, handover)


def transcripts(peers: Any, engagement: DeviceEngagement, handover: NfcHandover | None = None) -> bool:
    """Whether the peer's own transcript of this session is ours."""
    session = ReaderSession(engagement, expires_at=300, handover=handover)
    nfc = {}
    if handover is not None:
        nfc["select"] = b64url_encode(handover.select)
        if handover.request is not None:
            nfc["request"] = b64url_encode(handover.request)
    theirs = peers(
        "mdocOwfProximity.transcript",
        engagement=b64url_encode(engagement.encoded),
        readerKey=b64url_encode(session._encoded_key),
        **nfc,
    )
    return b64url_decode(theirs) == session.transcript
