"""Two devices meet, one of them of the library Multipaz: sessions and documents on every curve, both ways round."""

from __future__ import annotations

from typing import Any

import pytest
from interop_multipaz_parties import (
    ALGORITHMS,
    ANCHORS,
    CURVES,
    DECODED,
    MDL,
    MDL_CLAIMS,
    NAMESPACE,
    PID,
    SIGNERS,
    Proof,
    answer,
    asking,
    established,
    issued,
    issued_by_peer,
    now,
    octets,
    our_device,
    our_reader,
    read_claims,
)

from nlwallet.encoding import b64url_encode
from nlwallet.mdoc import ItemsRequest, MdocPresentation, encode_device_request, verify_device_response
from nlwallet.proximity import ReaderSession

pytestmark = pytest.mark.jvm

PROOFS: tuple[Proof, ...] = ("signature", "mac")
DIGESTS = ("SHA-256", "SHA-384", "SHA-512")
REQUEST = encode_device_request([ItemsRequest(MDL, {NAMESPACE: dict.fromkeys(MDL_CLAIMS[NAMESPACE], False)})])


def read(multipaz: Any, session: int, message: bytes) -> dict[str, Any]:
    """What the peer's reader makes of our answer."""
    return dict(multipaz("reader.read", session=session, message=b64url_encode(message), iaca=ANCHORS))


def verified(reader: ReaderSession, response: bytes) -> tuple[MdocPresentation, ...]:
    """What our reader makes of the peer's."""
    return verify_device_response(
        response,
        session_transcript=reader.transcript,
        issuer=SIGNERS,
        now=now(),
        algorithms=ALGORITHMS,
        reader_key=reader.key,
    )


# A session each way, on the curve of the device's ephemeral key (§9.1.1, §9.1.5.2) -------------------


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("proof", PROOFS)
def test_their_reader_reads_our_device(curve: str, proof: Proof, multipaz: Any) -> None:
    device, held = our_device(curve), issued(curve=curve)
    reader, message = established(multipaz, device, asking())
    request = device.receive(message, now=now())
    answered = read(multipaz, reader, device.respond(answer(device, request, held, proof=proof), now=now()))
    (document,) = answered["documents"]
    assert read_claims(document["claims"]) == DECODED[MDL]
    assert (document["issuer"], document["device"]) == ("trusted", proof)
    assert (answered["status"], answered["sessionStatus"]) == (0, 20)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("proof", PROOFS)
def test_our_reader_reads_their_device(curve: str, proof: Proof, multipaz: Any) -> None:
    held = issued(curve=curve)
    device = multipaz("device.engage", curve=curve)
    reader = our_reader(device)
    message = b64url_encode(reader.establish(REQUEST, now=now()))
    heard = multipaz("device.hear", session=device["session"], message=message)
    assert heard["asked"] == [{**asking(), "info": None}]
    shown = held.for_peer({NAMESPACE: list(MDL_CLAIMS[NAMESPACE])}, mac=proof == "mac")
    answered = multipaz("device.answer", session=device["session"], documents=[shown])
    (document,) = verified(reader, reader.receive(octets(answered["message"]), now=now()))
    assert document.device_auth == proof
    assert document.claims[NAMESPACE]["family_name"] == "De Vries"


# Documents of either issuer, on every curve, with every digest (§9.1.2) --------------------------------


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("digests", DIGESTS)
@pytest.mark.parametrize("doctype", [MDL, PID])
def test_their_reader_reads_what_we_issue(curve: str, digests: str, doctype: str, multipaz: Any) -> None:
    held = issued(doctype, curve=curve, issuer_curve=curve, digests=digests)
    device = our_device()
    reader, message = established(multipaz, device, asking(doctype=doctype))
    request = device.receive(message, now=now())
    (document,) = read(multipaz, reader, device.respond(answer(device, request, held), now=now()))[
        "documents"
    ]
    assert read_claims(document["claims"]) == DECODED[doctype]
    assert (document["issuer"], document["digests"]) == ("trusted", digests.replace("-", ""))


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("digests", DIGESTS)
@pytest.mark.parametrize("doctype", [MDL, PID])
def test_we_hold_and_show_what_they_issue(curve: str, digests: str, doctype: str, multipaz: Any) -> None:
    held = issued_by_peer(multipaz, doctype, curve=curve, issuer_curve=curve, digests=digests)
    device = our_device()
    reader, message = established(multipaz, device, asking(doctype=doctype))
    response = answer(device, device.receive(message, now=now()), held)
    (document,) = read(multipaz, reader, device.respond(response, now=now()))["documents"]
    assert read_claims(document["claims"]) == DECODED[doctype]
    (ours,) = verify_device_response(
        response,
        session_transcript=device.transcript,
        issuer=SIGNERS,
        now=now(),
        algorithms=ALGORITHMS,
    )
    assert ours.claims == held.mdoc().claims
