"""Two devices meet, one of them of the Rust crate `isomdl`: engagement, session, request, answer, end; both ways round.

Requests with the reader's signature and whole roles are in ``test_interop_proximity_roles.py``.
"""

from __future__ import annotations

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
    READ,
    SIGNERS,
    STRANGER,
    d_of,
    now,
    octets,
    our_device,
    our_reader,
    shown,
)

from nlwallet.crypto.cose_key import encode_cose_key
from nlwallet.encoding import b64url_encode
from nlwallet.errors import DecryptionFailed, InvalidEngagement, InvalidMdoc, SessionEnded
from nlwallet.mdoc import ItemsRequest, encode_device_request, verify_mdoc_presentation
from nlwallet.proximity import (
    BleRetrieval,
    DeviceEngagement,
    DeviceSession,
    NfcRetrieval,
    ReaderSession,
    RetrievalMethod,
    SessionData,
    SessionState,
    SessionStatus,
    WifiAwareRetrieval,
    ble_ident,
)

pytestmark = pytest.mark.rust

METHODS: tuple[RetrievalMethod, ...] = (
    BleRetrieval(peripheral_uuid=bytes(range(16)), address=bytes(range(6))),
    BleRetrieval(central_uuid=bytes(range(16, 32))),
    BleRetrieval(peripheral_uuid=bytes(range(16)), central_uuid=bytes(range(16, 32))),
    NfcRetrieval(255, 256),
    WifiAwareRetrieval("a passphrase", 81, 6, b"\x01"),
    WifiAwareRetrieval(),
)
REQUEST = encode_device_request([ItemsRequest(MDL, ASKED)])


def established(isomdl: Any, uri: str, **more: Any) -> tuple[dict[str, Any], bytes]:
    """Their reader, and its first message."""
    reader = isomdl("reader.establish", uri=uri, namespaces=ASKED, **{**ANCHORS, **more})
    return reader, octets(reader["message"])


def engaged(isomdl: Any, **more: Any) -> tuple[dict[str, Any], ReaderSession]:
    """Their device, and our reader that scanned its code."""
    device = isomdl("device.engage", docType=MDL, document=DOCUMENT, **more)
    return device, our_reader(device["uri"])


def begun(isomdl: Any, device: dict[str, Any], message: bytes) -> dict[str, Any]:
    answer = isomdl("device.begin", session=device["session"], message=b64url_encode(message), **ANCHORS)
    return dict(answer)


def answered(isomdl: Any, device: dict[str, Any]) -> dict[str, Any]:
    permitted = {MDL: {NAMESPACE: list(READ)}}
    given = {"session": device["session"], "asked": device["asked"], "permitted": permitted}
    return dict(isomdl("device.answer", d=d_of(HOLDER), **given))


# Engagement (§8.2.1.1, §8.2.2.3) -------------------------------------------------------------------


def test_they_read_our_code(isomdl: Any) -> None:
    ours = our_device(METHODS).engagement
    read = isomdl("engagement.read", uri=ours.uri)
    assert (read["version"], read["cipherSuite"]) == ("1.0", 1)
    assert octets(read["deviceKey"]) == encode_cose_key(ours.device_key)
    assert read["uri"] == ours.uri
    reader, _ = established(isomdl, ours.uri)
    assert octets(reader["bleIdent"]) == ble_ident(ours)
    again = DeviceEngagement.parse(octets(read["again"]))  # as they write what they understood
    assert (again.methods, again.device_key) == (METHODS, ours.device_key)


def test_they_read_our_code_without_methods(isomdl: Any) -> None:
    read = isomdl("engagement.read", uri=our_device().engagement.uri)
    assert read["methods"] is None


def test_we_read_their_code(isomdl: Any) -> None:
    methods = b64url_encode(cbor2.dumps([one.as_cbor() for one in METHODS]))
    device, reader = engaged(isomdl, methods=methods)
    read = isomdl("engagement.read", uri=device["uri"])
    assert reader.engagement.methods == METHODS
    assert encode_cose_key(reader.engagement.device_key) == octets(read["deviceKey"])
    assert reader.engagement.uri == device["uri"]
    assert ble_ident(reader.engagement) == octets(device["bleIdent"])


@pytest.mark.parametrize("text", ["mdoc://AAAA", "mdoc:", "mdoc:oQA=", "openid4vp:AAAA"])
def test_neither_reads_what_is_no_code(text: str, isomdl: Any, refusal: type[Exception]) -> None:
    with pytest.raises(InvalidEngagement):
        DeviceEngagement.from_uri(text)
    with pytest.raises(refusal):
        isomdl("engagement.read", uri=text)


# A session each way (§9.1.1) -----------------------------------------------------------------------


def test_their_reader_reads_what_our_device_shows(isomdl: Any) -> None:
    device = our_device()
    reader, message = established(isomdl, device.engagement.uri)
    request = device.receive(message, now=now())
    answer = b64url_encode(device.respond(shown(device, request), now=now()))
    read = isomdl("reader.read", session=reader["session"], message=answer)
    assert read["response"] == {NAMESPACE: READ}
    assert (read["issuer"], read["device"], read["errors"]) == ("Valid", "Valid", {})
    assert isomdl("messages.read", message=answer) == {"data": True, "status": 20}


def test_our_reader_reads_what_their_device_shows(isomdl: Any) -> None:
    device, reader = engaged(isomdl)
    heard = begun(isomdl, device, reader.establish(REQUEST, now=now()))
    assert heard["errors"] == {}
    assert heard["asked"] == [{"docType": MDL, "nameSpaces": ASKED}]
    response = reader.receive(octets(answered(isomdl, heard)["message"]), now=now())
    assert verified(response, reader) == {NAMESPACE: READ}


def test_our_reader_ends_the_session_that_their_device_leaves_open(isomdl: Any) -> None:
    device, reader = engaged(isomdl)
    device = answered(isomdl, begun(isomdl, device, reader.establish(REQUEST, now=now())))
    assert isomdl("messages.read", message=device["message"])["status"] is None
    reader.receive(octets(device["message"]), now=now())
    farewell = reader.terminate()
    assert farewell is not None
    heard = isomdl("device.hear", session=device["session"], message=b64url_encode(farewell))
    assert heard["errors"] == {
        "parsing_errors": ["no mdoc requests received, assume session can be terminated"]
    }


def test_their_reader_believes_no_other_session(isomdl: Any) -> None:
    first, second = our_device(), our_device()
    for device in (first, second):
        reader, message = established(isomdl, device.engagement.uri)
        request = device.receive(message, now=now())
    answer = b64url_encode(second.respond(shown(first, request), now=now()))
    read = isomdl("reader.read", session=reader["session"], message=answer)
    assert read["device"] == "Invalid"
    assert "device_authentication_errors" in read["errors"]


def test_their_reader_believes_no_other_authority(isomdl: Any) -> None:
    device = our_device()
    reader, message = established(isomdl, device.engagement.uri, iaca=[STRANGER.certificate.pem()])
    answer = device.respond(shown(device, device.receive(message, now=now())), now=now())
    read = isomdl("reader.read", session=reader["session"], message=b64url_encode(answer))
    assert (read["issuer"], read["device"]) == ("Invalid", "Valid")


# What ends a session (§9.1.1.4, Table 20) ----------------------------------------------------------


@pytest.mark.parametrize("status", list(SessionStatus))
def test_both_write_and_read_every_status(status: SessionStatus, isomdl: Any) -> None:
    ours = SessionData(status=status).encode()
    assert isomdl("messages.read", message=b64url_encode(ours)) == {"data": False, "status": status}
    theirs = octets(isomdl("messages.status", status=int(status)))
    assert theirs == ours
    reader = our_reader(our_device().engagement.uri)
    reader.establish(REQUEST, now=now())
    with pytest.raises(SessionEnded):
        reader.receive(theirs, now=now())
    device = our_device()
    with pytest.raises(SessionEnded):
        device.receive(theirs, now=now())


def test_their_reader_hears_that_our_holder_refused(isomdl: Any) -> None:
    device = our_device()
    reader, message = established(isomdl, device.engagement.uri)
    device.receive(message, now=now())
    farewell = device.terminate()
    assert farewell is not None
    read = isomdl("reader.read", session=reader["session"], message=b64url_encode(farewell))
    assert read["errors"] == {"decryption_errors": ["device responded with an error."]}


def flipped(message: bytes) -> bytes:
    """The last octet of the encrypted data, which is the last of the message in ours, is another."""
    data = cbor2.loads(message)["data"]
    return message.replace(data, data[:-1] + bytes((data[-1] ^ 1,)))


def test_neither_takes_a_request_that_was_changed(isomdl: Any) -> None:
    device = our_device()
    _, message = established(isomdl, device.engagement.uri)
    with pytest.raises(DecryptionFailed):
        device.receive(flipped(message), now=now())
    assert device.farewell is not None
    told = b64url_encode(device.farewell)
    assert isomdl("messages.read", message=told) == {"data": False, "status": 10}
    other, mine = engaged(isomdl)
    heard = begun(isomdl, other, flipped(mine.establish(REQUEST, now=now())))
    assert heard["asked"] == []
    assert heard["errors"] == {"decryption_errors": ["unable to decrypt request: aead::Error"]}


def test_neither_takes_an_answer_that_was_changed(isomdl: Any) -> None:
    device = our_device()
    reader, message = established(isomdl, device.engagement.uri)
    answer = flipped(device.respond(shown(device, device.receive(message, now=now())), now=now()))
    read = isomdl("reader.read", session=reader["session"], message=b64url_encode(answer))
    assert read["errors"] == {"decryption_errors": ["could not decrypt the response."]}
    other, mine = engaged(isomdl)
    theirs = answered(isomdl, begun(isomdl, other, mine.establish(REQUEST, now=now())))
    with pytest.raises(DecryptionFailed):
        mine.receive(flipped(octets(theirs["message"])), now=now())


# Several requests, and the counters of the messages (§9.1.1.5) --------------------------------------


def test_their_reader_asks_three_times_and_not_a_fourth(isomdl: Any) -> None:
    device = our_device(requests=3)
    reader, message = established(isomdl, device.engagement.uri)
    answers = []
    for time in range(3):
        if time:
            reader = isomdl("reader.ask", session=reader["session"], namespaces=ASKED)
            message = octets(reader["message"])
        answers.append(
            b64url_encode(device.respond(shown(device, device.receive(message, now=now())), now=now()))
        )
        reader = isomdl("reader.read", session=reader["session"], message=answers[-1])
        assert (reader["response"], reader["device"]) == ({NAMESPACE: READ}, "Valid")
    statuses = [isomdl("messages.read", message=answer)["status"] for answer in answers]
    assert statuses == [None, None, 20]
    again = isomdl("reader.ask", session=reader["session"], namespaces=ASKED)
    with pytest.raises(SessionEnded):
        device.receive(octets(again["message"]), now=now())


def test_our_reader_asks_their_device_three_times(isomdl: Any) -> None:
    device, reader = engaged(isomdl)
    heard = begun(isomdl, device, reader.establish(REQUEST, now=now()))
    responses = []
    for time in range(3):
        if time:
            message = b64url_encode(reader.ask(REQUEST, now=now()))
            heard = isomdl("device.hear", session=device["session"], message=message)
            assert heard["errors"] == {}
        device = answered(isomdl, heard)
        responses.append(reader.receive(octets(device["message"]), now=now()))
        assert reader.state is SessionState.ANSWERED
    assert [verified(one, reader) for one in responses] == [{NAMESPACE: READ}] * 3
    farewell = reader.terminate()
    assert farewell is not None
    assert isomdl("messages.read", message=b64url_encode(farewell)) == {"data": False, "status": 20}


def test_neither_takes_a_message_twice(isomdl: Any) -> None:
    device = our_device(requests=3)
    reader, message = established(isomdl, device.engagement.uri)
    answer = b64url_encode(device.respond(shown(device, device.receive(message, now=now())), now=now()))
    reader = isomdl("reader.read", session=reader["session"], message=answer)
    repeated = isomdl("reader.read", session=reader["session"], message=answer)
    assert repeated["errors"] == {"decryption_errors": ["could not decrypt the response."]}
    once = octets(isomdl("reader.ask", session=reader["session"], namespaces=ASKED)["message"])
    device.respond(shown(device, device.receive(once, now=now())), now=now())
    with pytest.raises(DecryptionFailed):
        device.receive(once, now=now())


def test_neither_takes_a_message_when_one_before_it_is_missing(isomdl: Any) -> None:
    device = our_device(requests=3)
    reader, message = established(isomdl, device.engagement.uri)
    left_out = device.respond(shown(device, device.receive(message, now=now())), now=now())
    assert isomdl("messages.read", message=b64url_encode(left_out))["data"]
    reader = isomdl("reader.ask", session=reader["session"], namespaces=ASKED)
    request = device.receive(octets(reader["message"]), now=now())
    answer = b64url_encode(device.respond(shown(device, request), now=now()))
    read = isomdl("reader.read", session=reader["session"], message=answer)
    assert read["errors"] == {"decryption_errors": ["could not decrypt the response."]}
    isomdl("reader.ask", session=reader["session"], namespaces=ASKED)  # its message is lost
    skipped = isomdl("reader.ask", session=reader["session"], namespaces=ASKED)["session"]
    later = isomdl("reader.ask", session=skipped, namespaces=ASKED)["message"]
    with pytest.raises(DecryptionFailed):
        device.receive(octets(later), now=now())


# What their sides leave out ------------------------------------------------------------------------


def test_their_reader_looks_at_no_digest(isomdl: Any) -> None:
    """It believes another name under the issuer's signature; we do not (§9.3.1)."""
    device = our_device()
    reader, message = established(isomdl, device.engagement.uri)
    honest = shown(device, device.receive(message, now=now()))
    forged = honest.replace(b"De Vries", b"De Wries")
    answer = b64url_encode(device.respond(forged, now=now()))
    read = isomdl("reader.read", session=reader["session"], message=answer)
    assert read["response"][NAMESPACE]["family_name"] == "De Wries"
    assert read["device"] == "Valid"
    assert verified(honest, device) == {NAMESPACE: READ}
    with pytest.raises(InvalidMdoc):
        verified(forged, device)


def test_their_reader_knows_no_mac(isomdl: Any) -> None:
    device = our_device()
    reader, message = established(isomdl, device.engagement.uri)
    answer = device.respond(shown(device, device.receive(message, now=now()), mac=True), now=now())
    read = isomdl("reader.read", session=reader["session"], message=b64url_encode(answer))
    assert read["response"] == {NAMESPACE: READ}
    assert read["errors"]["device_authentication_errors"] == ["Currently unsupported format"]


def test_their_reader_agrees_on_no_other_curve(isomdl: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        established(isomdl, our_device(curve="P-384").engagement.uri)


def verified(response: bytes, session: ReaderSession | DeviceSession) -> dict[str, Any]:
    """What our verifier finds in it."""
    presentation = verify_mdoc_presentation(
        b64url_encode(response),
        issuer=SIGNERS,
        session_transcript=session.transcript,
        now=now(),
        algorithms=ES256,
    )
    return presentation.claims
