"""With the library Multipaz in proximity: engagement, who asks, several documents, the end, and what is refused."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from interop_multipaz_parties import (
    ALGORITHMS,
    ANCHORS,
    DECODED,
    MDL,
    NAMESPACE,
    PID,
    SIGNERS,
    Held,
    answer,
    asking,
    chain_of,
    encoded,
    established,
    issued,
    issued_by_peer,
    issued_for,
    our_device,
    our_reader,
    read_claims,
    signer_of,
)
from interop_proximity_parties import READER, READER_CA, READER_KEY, STRANGER, certified, now, octets

from nlwallet.crypto import PrivateKey, PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import (
    AlgorithmNotAllowed,
    DecryptionFailed,
    InvalidMdoc,
    InvalidSignature,
    SessionEnded,
    UntrustedCertificate,
)
from nlwallet.mdoc import (
    DeviceRequest,
    ItemsRequest,
    UseCase,
    encode_device_request,
    verify_device_response,
)
from nlwallet.proximity import (
    BleRetrieval,
    Carrier,
    DeviceEngagement,
    DeviceSession,
    HandoverRequest,
    HandoverSelect,
    NfcRetrieval,
    ReaderSession,
    RetrievalMethod,
    SessionData,
    SessionStatus,
    WifiAwareRetrieval,
)

pytestmark = pytest.mark.jvm

UUID = bytes(range(16))
METHODS: tuple[RetrievalMethod, ...] = (
    BleRetrieval(peripheral_uuid=UUID, address=bytes(range(6))),
    BleRetrieval(central_uuid=UUID),
    BleRetrieval(peripheral_uuid=UUID, central_uuid=UUID),
    NfcRetrieval(255, 256),
    WifiAwareRetrieval("a passphrase", 81, 6, b"\x01"),
)
OTHER_KEY = PrivateKey.generate()
OTHER = signer_of(OTHER_KEY, certified(READER_CA, OTHER_KEY, "reader"))
OURS = signer_of(READER_KEY, READER)
REQUEST = encode_device_request([ItemsRequest(MDL, {NAMESPACE: {"family_name": False}})])
BOTH = (
    ItemsRequest(MDL, {NAMESPACE: {"family_name": False}}),
    ItemsRequest(PID, {PID: {"family_name": False}}),
)


def read(multipaz: Any, session: int, message: bytes, **more: Any) -> dict[str, Any]:
    given = {"session": session, "message": b64url_encode(message), "iaca": ANCHORS, **more}
    return dict(multipaz("reader.read", **given))


def verify(reader: ReaderSession, message: str) -> Any:
    """What our reader makes of a message of the peer's device."""
    return verify_device_response(
        reader.receive(octets(message), now=now()),
        session_transcript=reader.transcript,
        issuer=SIGNERS,
        now=now(),
        algorithms=ALGORITHMS,
        reader_key=reader.key,
    )


# Engagement (§8.2.1.1, §8.2.2) ---------------------------------------------------------------------


def test_they_read_our_code(multipaz: Any) -> None:
    ours = our_device("P-384", methods=METHODS, extensions={-1: 40_000}).engagement
    said = multipaz("engagement.read", engagement=b64url_encode(ours.encoded))
    assert (said["version"], said["curve"], said["capabilities"]) == ("1.0", "P-384", [])
    methods = [cbor2.loads(octets(one["encoded"])) for one in said["methods"]]
    assert methods == [one.as_cbor() for one in METHODS]
    assert DeviceEngagement.parse(octets(said["again"])).device_key == ours.device_key


@pytest.mark.parametrize("second", [False, True])
def test_we_read_their_code(second: bool, multipaz: Any) -> None:
    """Of the second edition too: a higher version, an origin, and what the device takes."""
    methods = [encoded(one.as_cbor()) for one in METHODS]
    origin = {"origin": "rp.example"} if second else {}
    made = multipaz("device.engage", curve="P-521", methods=methods, secondEdition=second, **origin)
    engagement = DeviceEngagement.from_uri(made["uri"])
    assert engagement.methods == METHODS
    assert (engagement.device_key.curve, engagement.takes_second_edition) == ("P-521", second)


@pytest.mark.parametrize("curve", ["X25519", "X448"])
def test_we_do_not_know_their_other_curves(curve: str, multipaz: Any) -> None:
    made = multipaz("device.engage", curve=curve)
    with pytest.raises(AlgorithmNotAllowed):
        DeviceEngagement.from_uri(made["uri"])


def carrier(role: int) -> Carrier:
    return Carrier.ble(role, service=UUID)


def shown_after(multipaz: Any, device: DeviceSession, select: HandoverSelect, found: dict[str, Any]) -> None:
    """A session of our device with the peer's reader that got its engagement by NFC."""
    assert octets(found["engagement"]) == device.engagement.encoded
    assert [one["said"].partition(":")[0] for one in found["methods"]] == ["ble"]
    given = {"engagement": found["engagement"], "handover": found["handover"], "asked": [asking()]}
    reader = multipaz("reader.establish", **given)
    request = device.receive(octets(reader["message"]), now=now())
    answered = read(multipaz, reader["session"], device.respond(answer(device, request, issued()), now=now()))
    assert read_claims(answered["documents"][0]["claims"]) == DECODED[MDL]


def test_their_reader_touches_our_device(multipaz: Any) -> None:
    key = PrivateKey.generate()
    select = HandoverSelect.create(DeviceEngagement.create(key.public), [carrier(0)])
    device = DeviceSession(select.engagement, key, expires_at=now() + 300, handover=select.handover())
    found = multipaz("nfc.reader", select=b64url_encode(select.message), methods=[])
    assert found["type"] == "STATIC_HANDOVER"
    shown_after(multipaz, device, select, found)


def test_their_reader_and_our_device_negotiate(multipaz: Any) -> None:
    key = PrivateKey.generate()
    select = HandoverSelect.create(DeviceEngagement.create(key.public), [carrier(0)])
    asked: list[HandoverRequest] = []

    def touched(question: dict[str, Any]) -> dict[str, Any]:
        asked.append(HandoverRequest.parse(octets(question["request"])))
        return {"select": b64url_encode(select.message)}

    offered = [encoded(BleRetrieval(peripheral_uuid=UUID, central_uuid=UUID).as_cbor())]
    found = multipaz("nfc.reader", methods=offered, web=touched)
    assert found["type"] == "NEGOTIATED_HANDOVER"
    handover = select.handover(asked[0])
    device = DeviceSession(select.engagement, key, expires_at=now() + 300, handover=handover)
    shown_after(multipaz, device, select, found)


@pytest.mark.parametrize("negotiated", [False, True])
def test_our_reader_touches_their_device(negotiated: bool, multipaz: Any) -> None:
    request = HandoverRequest.create([carrier(2)], collision_resolution=b"ab") if negotiated else None
    offered = [encoded(BleRetrieval(peripheral_uuid=UUID, central_uuid=UUID).as_cbor())]
    given = {"request": b64url_encode(request.message)} if request else {}
    made = multipaz("nfc.device", curve="P-256", methods=offered, **given)
    select = HandoverSelect.parse(octets(made["select"]))
    assert cbor2.loads(octets(made["handover"])) == [select.message, request and request.message]
    device = made["device"]
    reader = our_reader(device, select.handover(request))
    message = b64url_encode(reader.establish(REQUEST, now=now()))
    assert multipaz("device.hear", session=device["session"], message=message)["asked"]
    shown = issued().for_peer({NAMESPACE: ["family_name"]})
    answered = multipaz("device.answer", session=device["session"], documents=[shown])
    (document,) = verify(reader, answered["message"])
    assert document.claims == {NAMESPACE: {"family_name": "De Vries"}}


# Who asks (§9.1.4, second edition §12.5) --------------------------------------------------------------


def heard(multipaz: Any, **changed: Any) -> dict[str, Any]:
    """What the peer's device makes of our request for two documents."""
    device = multipaz("device.engage", curve="P-256")
    reader = our_reader(device)
    given = {"session_transcript": reader.transcript, "key": READER_KEY, "chain": READER, **changed}
    message = b64url_encode(reader.establish(encode_device_request(BOTH, **given), now=now()))
    return dict(multipaz("device.hear", session=device["session"], message=message))


def test_their_device_knows_our_reader(multipaz: Any) -> None:
    said = heard(multipaz)
    assert (said["version"], said["signed"], said["all"]) == ("1.0", [True, True], 0)
    assert said["readers"] == [chain_of(READER)]


def test_their_device_knows_our_reader_that_signs_once(multipaz: Any) -> None:
    said = heard(multipaz, use_cases=[UseCase(((0, 1),)), UseCase(((0,), (1,)), mandatory=False)])
    assert (said["version"], said["signed"], said["all"]) == ("1.1", [False, False], 1)
    assert said["readers"] == [chain_of(READER)]


@pytest.mark.parametrize("use_cases", [(), (UseCase(((0, 1),)),)])
def test_their_device_takes_no_signature_of_another_session(
    use_cases: tuple[UseCase, ...], multipaz: Any, refusal: type[Exception]
) -> None:
    other = our_reader(multipaz("device.engage", curve="P-256"))
    with pytest.raises(refusal, match="Error verifying"):
        heard(multipaz, session_transcript=other.transcript, use_cases=use_cases)


def requested(multipaz: Any, **more: Any) -> tuple[DeviceRequest, bytes]:
    """The peer's request for two documents as our device reads it, and the session's transcript."""
    device = our_device()
    own = more.pop("each", [None, None])
    asked = [
        asking("family_name", doctype=doctype, **({"reader": one} if one else {}))
        for doctype, one in zip((MDL, PID), own, strict=True)
    ]
    _, message = established(multipaz, device, *asked, **more)
    return DeviceRequest.parse(device.receive(message, now=now())), device.transcript


def readers(request: DeviceRequest, transcript: bytes, **changed: Any) -> list[list[str]]:
    given = {"session_transcript": transcript, "now": now(), "algorithms": ALGORITHMS, **changed}
    anchors = given.pop("anchors", [READER_CA.certificate])
    return [chain_of(one) for one in request.verify_readers(anchors, **given)]


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_we_know_their_reader(curve: str, multipaz: Any) -> None:
    key = PrivateKey.generate(curve)
    signer = signer_of(key, certified(READER_CA, key, "reader"))
    request, transcript = requested(multipaz, each=[signer, signer])
    assert readers(request, transcript) == [signer["chain"], signer["chain"]]
    whole, transcript = requested(multipaz, all=[signer])
    assert (whole.version, readers(whole, transcript)) == ("1.1", [signer["chain"]])


def test_we_know_one_of_their_readers(multipaz: Any) -> None:
    key = PrivateKey.generate()
    stranger = signer_of(key, certified(STRANGER, key, "reader"))
    cases = [{"mandatory": True, "sets": [[0], [1]]}, {"mandatory": False, "sets": [[0, 1]]}]
    request, transcript = requested(
        multipaz, all=[stranger, OURS], useCases=cases, requestInfo=encoded({"x": 1})
    )
    assert readers(request, transcript) == [OURS["chain"]]
    assert request.use_cases == (UseCase(((0,), (1,))), UseCase(((0, 1),), mandatory=False))
    with pytest.raises(UntrustedCertificate):
        readers(*requested(multipaz, all=[stranger]))
    with pytest.raises(InvalidSignature):
        readers(request, requested(multipaz)[1])


def test_we_see_that_two_readers_ask(multipaz: Any) -> None:
    assert readers(*requested(multipaz, each=[OURS, OTHER])) == [OURS["chain"], OTHER["chain"]]
    assert readers(*requested(multipaz, each=[None, OTHER], all=[OURS])) == [OURS["chain"], OTHER["chain"]]


# Several documents, several requests, elements that the device signs ----------------------------------


def test_their_reader_reads_two_documents_of_our_device(multipaz: Any) -> None:
    device = our_device()
    reader, message = established(multipaz, device, asking(), asking(doctype=PID))
    request = device.receive(message, now=now())
    response = answer(
        device, request, issued(curve="P-384"), issued_by_peer(multipaz, PID), proof="signature"
    )
    documents = read(multipaz, reader, device.respond(response, now=now()))["documents"]
    assert {one["docType"]: read_claims(one["claims"]) for one in documents} == DECODED


def test_our_reader_reads_two_documents_of_their_device(multipaz: Any) -> None:
    device = multipaz("device.engage", curve="P-256")
    reader = our_reader(device)
    multipaz(
        "device.hear",
        session=device["session"],
        message=b64url_encode(reader.establish(encode_device_request(BOTH), now=now())),
    )
    shown = [
        issued().for_peer({NAMESPACE: ["family_name"]}, mac=True),
        issued(PID).for_peer({PID: ["family_name"]}),
    ]
    answered = multipaz(
        "device.answer", session=device["session"], documents=shown, missing=["org.example.other"]
    )
    documents = verify(reader, answered["message"])
    assert [(one.doctype, one.device_auth) for one in documents] == [(MDL, "mac"), (PID, "signature")]


@pytest.mark.parametrize("together", [True, False])
def test_their_wallet_shows_two_documents_if_we_say_that_we_want_both(together: bool, multipaz: Any) -> None:
    """Without a use case it takes the first request for a document, and passes over the others."""
    wallet = multipaz("wallet.new")
    for doctype in (MDL, PID):
        made = multipaz("wallet.key", wallet=wallet, curve="P-384", docType=doctype)
        data = issued_for(PublicKey.from_jwk(made["key"]), doctype, issuer_curve="P-384", digests="SHA-384")
        found = multipaz("wallet.receive", wallet=wallet, number=made["number"], issuerSigned=data)
        assert found == ""  # nothing to say of what we issue
    code = multipaz("wallet.show", wallet=wallet, curve="P-256", secondEdition=True)
    reader = our_reader(code)
    assert reader.engagement.takes_second_edition
    request = encode_device_request(
        BOTH,
        session_transcript=reader.transcript,
        key=READER_KEY,
        chain=READER,
        use_cases=[UseCase(((0, 1),))] if together else [],
    )
    message = b64url_encode(reader.establish(request, now=now()))
    (answered,) = multipaz("wallet.hear", session=code["session"], message=message)["messages"]
    assert [one.doctype for one in verify(reader, answered)] == ([MDL, PID] if together else [MDL])


def test_both_ask_again_in_one_session(multipaz: Any) -> None:
    device = our_device(requests=2)
    number, message = established(multipaz, device, asking("family_name"))
    for names in (["family_name"], ["age_over_18"]):
        answered = device.respond(answer(device, device.receive(message, now=now()), issued()), now=now())
        (document,) = read(multipaz, number, answered)["documents"]
        assert list(document["claims"][NAMESPACE]) == names
        if names == ["family_name"]:
            message = octets(multipaz("reader.ask", session=number, asked=[asking("age_over_18")])["message"])


@pytest.mark.parametrize("authorized", [True, False])
def test_what_their_device_signs_itself_has_to_be_authorized(authorized: bool, multipaz: Any) -> None:
    held = issued_by_peer(multipaz, authorized=[NAMESPACE] if authorized else [])
    device = multipaz("device.engage", curve="P-256")
    reader = our_reader(device)
    message = b64url_encode(reader.establish(REQUEST, now=now()))
    multipaz("device.hear", session=device["session"], message=message)
    shown = held.for_peer({NAMESPACE: ["family_name"]}, deviceSigned={NAMESPACE: {"mood": encoded("good")}})
    answered = multipaz("device.answer", session=device["session"], documents=[shown])
    if authorized:
        assert verify(reader, answered["message"])[0].device_claims == {NAMESPACE: {"mood": "good"}}
    else:
        with pytest.raises(InvalidMdoc, match="did not authorize"):
            verify(reader, answered["message"])


# What ends a session, and what is refused (§9.1.1.4, §8.3.2.1.2.3) ---------------------------------------


@pytest.mark.parametrize("status", list(SessionStatus))
def test_both_write_and_read_every_status(status: SessionStatus, multipaz: Any) -> None:
    theirs = octets(multipaz("session.status", status=int(status)))
    assert theirs == SessionData(status=status).encode()
    device = our_device()
    number, message = established(multipaz, device, asking())
    assert read(multipaz, number, theirs) == {"sessionStatus": int(status)}
    device.receive(message, now=now())
    with pytest.raises(SessionEnded):
        device.receive(theirs, now=now())


@pytest.mark.parametrize("status", [10, 11, 12])
def test_our_reader_hears_that_their_device_could_not(status: int, multipaz: Any) -> None:
    device = multipaz("device.engage", curve="P-256")
    reader = our_reader(device)
    message = b64url_encode(reader.establish(REQUEST, now=now()))
    multipaz("device.hear", session=device["session"], message=message)
    answered = multipaz("device.answer", session=device["session"], status=status, sessionStatus=20)
    with pytest.raises(InvalidMdoc, match="something went wrong"):
        verify(reader, answered["message"])


def test_neither_takes_what_was_changed(multipaz: Any, refusal: type[Exception]) -> None:
    device = our_device()
    number, message = established(multipaz, device, asking())
    with pytest.raises(DecryptionFailed):
        our_device_of(device).receive(message[:-1] + bytes((message[-1] ^ 1,)), now=now())
    answered = device.respond(answer(device, device.receive(message, now=now()), issued()), now=now())
    data = SessionData.parse(answered).data or b""
    spoilt = SessionData(data[:-1] + bytes((data[-1] ^ 1,)), 20).encode()
    with pytest.raises(refusal):
        read(multipaz, number, spoilt)


def our_device_of(device: DeviceSession) -> DeviceSession:
    """The same device before its session began."""
    return DeviceSession(device.engagement, device._key, expires_at=now() + 300)


def shown_to(multipaz: Any, held: Held, *, changed: Any = None, **more: Any) -> dict[str, Any]:
    device = our_device()
    number, message = established(multipaz, device, asking())
    response = answer(device, device.receive(message, now=now()), held)
    return read(
        multipaz, number, device.respond(changed(response) if changed else response, now=now()), **more
    )


def test_their_reader_refuses_what_our_issuer_did_not_sign(multipaz: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match="Digest mismatch"):
        shown_to(multipaz, issued(), changed=lambda data: data.replace(b"De Vries", b"De Vriez"))


def test_their_reader_refuses_the_device_of_another_session(multipaz: Any, refusal: type[Exception]) -> None:
    held, other = issued(), our_device()
    _, message = established(multipaz, other, asking())
    replayed = answer(other, other.receive(message, now=now()), held)
    with pytest.raises(refusal, match="Device authentication"):
        shown_to(multipaz, held, changed=lambda _: replayed)


def test_their_reader_trusts_no_other_authority(multipaz: Any) -> None:
    (document,) = shown_to(multipaz, issued(), iaca=[b64url_encode(STRANGER.certificate.der)])["documents"]
    assert document["issuer"] == "No trusted root certificate could not be found"


def test_their_reader_refuses_what_is_over(multipaz: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match="not valid anymore"):
        shown_to(multipaz, issued(), now=now() + 86_400)
