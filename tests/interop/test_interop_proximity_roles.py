"""Who asks, judged by both sides, and our wallet and our bar with a device and a reader of the Rust crate `isomdl`."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import cbor2
import pytest
from interop_proximity_parties import (
    ANCHORS,
    ASKED,
    DOCUMENT,
    ES256,
    HOLDER,
    MDL,
    NAMESPACE,
    READER,
    READER_KEY,
    SIGNERS,
    STRANGER,
    d_of,
    now,
    octets,
    our_reader,
    shown,
)

from nlwallet import Sandbox, Wallet
from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import (
    DecryptionFailed,
    InvalidDeviceAuth,
    InvalidRequest,
    InvalidSignature,
    TransportError,
)
from nlwallet.issuer import persona, pid_claims
from nlwallet.link import InProcessLink, link_pair
from nlwallet.mdoc import ItemsRequest, NfcHandover, encode_device_request, verify_mdoc_presentation
from nlwallet.proximity import (
    REGISTRATION_CERTIFICATE,
    Carrier,
    DeviceEngagement,
    DeviceSession,
    HandoverRequest,
    HandoverSelect,
    ReaderSession,
    SessionData,
    SessionStatus,
)
from nlwallet.registration import octets_of
from nlwallet.verifier import Status, Verifier

pytestmark = pytest.mark.rust

PID = "urn:eudi:pid:nl:1"
ADULT = {PID: {"age_over_18": True}}
TERMINATION = SessionData(status=SessionStatus.SESSION_TERMINATION).encode()


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def bar(edi: Sandbox) -> Verifier:
    return edi.relying_party("strandbar-zonder-bereik")


@pytest.fixture
def frouke(edi: Sandbox) -> Wallet:
    return edi.wallet("frouke", cards=("pid-mdoc",))


# Who asks (§9.1.4) ---------------------------------------------------------------------------------


def heard_by_their_device(isomdl: Any, *, signed: bool, **changed: Any) -> dict[str, Any]:
    """What their device makes of our reader's request."""
    device = isomdl("device.engage", docType=MDL, document=DOCUMENT)
    reader = our_reader(device["uri"])
    given = {"session_transcript": reader.transcript, "key": READER_KEY, "chain": READER}
    request = encode_device_request(
        [ItemsRequest(MDL, ASKED)], **({**given, **changed.pop("request", {})} if signed else {})
    )
    message = b64url_encode(reader.establish(request, now=now()))
    heard = isomdl("device.begin", session=device["session"], message=message, **{**ANCHORS, **changed})
    assert heard["asked"] == [{"docType": MDL, "nameSpaces": ASKED}]
    return dict(heard)


def test_their_device_knows_our_reader(isomdl: Any) -> None:
    heard = heard_by_their_device(isomdl, signed=True)
    assert (heard["reader"], heard["name"]) == ("Valid", "A signer")


def test_their_device_does_not_know_who_does_not_sign(isomdl: Any) -> None:
    assert heard_by_their_device(isomdl, signed=False)["reader"] == "Invalid"


def test_their_device_takes_no_signature_of_another_session(isomdl: Any) -> None:
    other = our_reader(isomdl("device.engage", docType=MDL, document=DOCUMENT)["uri"])
    request = {"session_transcript": other.transcript}
    assert heard_by_their_device(isomdl, signed=True, request=request)["reader"] == "Invalid"


def test_their_device_knows_no_reader_of_another_authority(isomdl: Any) -> None:
    anchors = [STRANGER.certificate.pem()]
    assert heard_by_their_device(isomdl, signed=True, readerCa=anchors)["reader"] == "Invalid"


# An engagement by NFC (§8.2.2.1): the messages are in the transcript, so in the keys -----------------


def handovers(engagement: DeviceEngagement) -> dict[str, NfcHandover]:
    select = HandoverSelect.create(engagement, [Carrier.ble(0, service=bytes(range(16)))])
    request = HandoverRequest.create([Carrier.ble(1, service=bytes(range(16)))], collision_resolution=b"ab")
    return {"static": select.handover(), "negotiated": select.handover(request)}


def of_nfc(handover: NfcHandover) -> dict[str, str]:
    request = {} if handover.request is None else {"request": b64url_encode(handover.request)}
    return {"select": b64url_encode(handover.select), **request}


@pytest.mark.parametrize("kind", ["static", "negotiated"])
def test_their_reader_and_our_device_engage_by_nfc(kind: str, isomdl: Any) -> None:
    key = PrivateKey.generate()
    engagement = DeviceEngagement.create(key.public)
    handover = handovers(engagement)[kind]
    device = DeviceSession(engagement, key, expires_at=now() + 300, handover=handover)
    asked = {"docType": MDL, "namespaces": ASKED, "info": b64url_encode(b"\xa0")}
    chain = [b64url_encode(one.der) for one in READER]
    given = {"asked": [asked], "d": d_of(READER_KEY), "chain": chain, **of_nfc(handover)}
    reader = isomdl("signingReader.establish", uri=engagement.uri, **given)
    answer = device.respond(shown(device, device.receive(octets(reader["message"]), now=now())), now=now())
    read = isomdl("signingReader.read", session=reader["session"], message=b64url_encode(answer))
    (document,) = read["documents"]
    assert (document["issuer"], document["device"]) == ("Valid", "Valid")
    unheard = DeviceSession(engagement, key, expires_at=now() + 300)
    with pytest.raises(DecryptionFailed):
        unheard.receive(octets(reader["message"]), now=now())


@pytest.mark.parametrize("kind", ["static", "negotiated"])
def test_our_reader_and_their_device_engage_by_nfc(kind: str, isomdl: Any) -> None:
    """Their device shows QR codes only, but knows the handover: it is written into the state that it gives back."""
    device = isomdl("device.engage", docType=MDL, document=DOCUMENT)
    engagement = DeviceEngagement.from_uri(device["uri"])
    handover = handovers(engagement)[kind]
    state = cbor2.loads(base64.b64decode(device["session"]))
    assert state["handover"] is None
    state["handover"] = [handover.select, handover.request]
    session = base64.b64encode(cbor2.dumps(state)).decode()
    reader = ReaderSession(engagement, expires_at=now() + 300, handover=handover)
    message = reader.establish(encode_device_request([ItemsRequest(MDL, ASKED)]), now=now())
    said = isomdl("device.begin", session=session, message=b64url_encode(message))
    assert said["errors"] == {}
    given = {"asked": said["asked"], "permitted": {MDL: {NAMESPACE: ["age_over_18"]}}}
    answer = isomdl("device.answer", session=said["session"], d=d_of(HOLDER), **given)
    response = reader.receive(octets(answer["message"]), now=now())
    presentation = verify_mdoc_presentation(
        b64url_encode(response),
        issuer=SIGNERS,
        session_transcript=reader.transcript,
        now=now(),
        algorithms=ES256,
    )
    assert presentation.claims == {NAMESPACE: {"age_over_18": True}}


# Our wallet and their reader -----------------------------------------------------------------------


def asks(isomdl: Any, bar: Verifier, uri: str, key: PrivateKey | None = None) -> dict[str, Any]:
    """Their reader with the certificates of the bar; it signs with the bar's key, or with another."""
    (registration,) = bar.certificates.registration_certificates.values()
    info = cbor2.dumps({REGISTRATION_CERTIFICATE: octets_of(registration)})
    asked = {"docType": PID, "namespaces": {PID: {"age_over_18": False}}, "info": b64url_encode(info)}
    chain = [b64url_encode(one.der) for one in bar.certificates.access_chain]
    return dict(
        isomdl("signingReader.establish", uri=uri, asked=[asked], d=d_of(key or bar._key), chain=chain)
    )


def heard(link: InProcessLink) -> list[bytes]:
    found = []
    try:
        while True:
            found.append(link.receive(0))
    except TransportError:
        return found


def test_our_wallet_shows_their_reader_that_she_is_18(isomdl: Any, frouke: Wallet, bar: Verifier) -> None:
    phone, link = link_pair()
    code = frouke.proximity(phone)
    reader = asks(isomdl, bar, code.engagement)
    link.send(octets(reader["message"]))
    prompt = code.prompt(0)
    assert prompt.report.ok
    assert "Strandbar Zonder Bereik" in str(prompt)
    prompt.approve(pin=Sandbox.PIN)
    (answer,) = heard(link)
    read = isomdl("signingReader.read", session=reader["session"], message=b64url_encode(answer))
    assert read == {
        "documents": [{"docType": PID, "claims": ADULT, "issuer": "Valid", "device": "Valid"}],
        "status": 0,
        "sessionStatus": 20,
    }


def test_our_wallet_does_not_take_the_signature_of_somebody_else(
    isomdl: Any, frouke: Wallet, bar: Verifier
) -> None:
    phone, link = link_pair()
    code = frouke.proximity(phone)
    link.send(octets(asks(isomdl, bar, code.engagement, PrivateKey.generate())["message"]))
    with pytest.raises(InvalidSignature):
        code.prompt(0)
    assert heard(link) == [TERMINATION]


def test_our_wallet_does_not_answer_who_does_not_sign(isomdl: Any, frouke: Wallet) -> None:
    phone, link = link_pair()
    code = frouke.proximity(phone)
    asked = {PID: {"age_over_18": False}}
    reader = isomdl("reader.establish", uri=code.engagement, namespaces=asked)
    link.send(octets(reader["message"]))
    with pytest.raises(InvalidRequest) as refused:
        code.prompt(0)
    assert refused.value.code == "unsigned_request"
    (farewell,) = heard(link)
    read = isomdl("reader.read", session=reader["session"], message=b64url_encode(farewell))
    assert read["errors"] == {"decryption_errors": ["device responded with an error."]}


# Our bar and their device --------------------------------------------------------------------------


class TheirDevice:
    """A device of the crate with a PID of the sandbox, that shows what it is asked for."""

    def __init__(self, isomdl: Any, edi: Sandbox, *, signs: PrivateKey | None = None) -> None:
        key = PrivateKey.generate()
        claims = pid_claims(persona("frouke"), now=edi.clock.now())
        document = edi.pid_issuer.issue("nl-pid-mdoc", claims, key.public)
        self.isomdl = isomdl
        self.key = signs or key
        self.state = isomdl("device.engage", docType=PID, document=document)
        self.link, self.reader_link = link_pair()
        self.next = "device.begin"

    def answers(self) -> None:
        message = b64url_encode(self.link.receive(0))
        said = self.isomdl(self.next, session=self.state["session"], message=message)
        assert [(one["docType"], one["nameSpaces"]) for one in said["asked"]] == [
            (PID, {PID: {"age_over_18": False}})
        ]
        given = {
            "session": said["session"],
            "asked": said["asked"],
            "permitted": {PID: {PID: ["age_over_18"]}},
        }
        self.state = self.isomdl("device.answer", d=d_of(self.key), **given)
        self.link.send(octets(self.state["message"]))
        self.next = "device.hear"


def test_our_bar_reads_their_device(isomdl: Any, edi: Sandbox, bar: Verifier) -> None:
    device = TheirDevice(isomdl, edi)
    reading = bar.proximity(device.state["uri"], device.reader_link)
    device.answers()
    result = reading.result()
    assert result.status is Status.VERIFIED
    assert result.claims("pid") == ADULT
    assert heard(device.link) == [TERMINATION]


def test_our_bar_asks_their_device_again_in_the_same_session(
    isomdl: Any, edi: Sandbox, bar: Verifier
) -> None:
    device = TheirDevice(isomdl, edi)
    with bar.proximity(device.state["uri"], device.reader_link, further=True) as reading:
        device.answers()
        assert reading.result().claims("pid") == ADULT
        again = reading.ask()
        device.answers()
        assert again.result().claims("pid") == ADULT
    assert heard(device.link) == [TERMINATION]


def test_our_bar_does_not_believe_their_device_with_another_key(
    isomdl: Any, edi: Sandbox, bar: Verifier
) -> None:
    device = TheirDevice(isomdl, edi, signs=PrivateKey.generate())
    reading = bar.proximity(device.state["uri"], device.reader_link)
    device.answers()
    result = reading.result()
    assert result.status is Status.FAILED
    assert isinstance(result.error, InvalidDeviceAuth)
