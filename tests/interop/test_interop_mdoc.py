"""Mdocs and outside judges: three libraries from npm in both directions, and PyPI pymdoccbor, of another descent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cryptography import x509
from interop_mdoc_parties import (
    AUTHORITY,
    BROWSER,
    CHAIN,
    CLAIMS,
    DOCTYPE,
    ENCRYPTION,
    ES256,
    HOLDER,
    KEY,
    MAKES_MACS,
    OTHER,
    READ_ALONE,
    READER_CHAIN,
    READER_KEY,
    REDIRECT,
    ROOMS,
    ROOTS,
    SESSIONS,
    SHOW,
    SHOWN,
    STRANGER,
    Peer,
    given,
    issued,
    now,
    read,
    received,
    shown,
)
from pymdoccbor.mdoc.issuer import MdocCborIssuer
from pymdoccbor.mdoc.verifier import MdocCbor

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidDeviceAuth, InvalidSignature, RemoteError
from nlwallet.mdoc import (
    DeviceRequest,
    DocumentSigners,
    ItemsRequest,
    SessionFacts,
    encode_device_request,
    explain_session_transcript,
)
from nlwallet.mdoc import transcript_forms as forms

EVERY_PEER = pytest.mark.parametrize("name", ROOMS)
EVERY_PROOF = pytest.mark.parametrize(
    ("name", "mac"),
    [
        pytest.param(name, mac, id=f"{name}-{'MAC' if mac else 'signature'}")
        for name in ROOMS
        for mac in (False, True)
        if not mac or name in MAKES_MACS
    ],
)


@pytest.mark.node
@pytest.mark.req("M-01", "M-07")
@pytest.mark.parametrize("name", READ_ALONE)
@pytest.mark.parametrize("digest", ["SHA-256", "SHA-384", "SHA-512"])
def test_a_peer_reads_what_our_issuer_signs(name: str, digest: str, peers: Any) -> None:
    document = Peer(name, peers).verifyIssued(document=issued(digest_algorithm=digest), roots=ROOTS)
    assert document == {"docType": DOCTYPE, "claims": CLAIMS}


@pytest.mark.node
@pytest.mark.req("M-07")
@EVERY_PEER
@pytest.mark.parametrize("digest", ["SHA-256", "SHA-384", "SHA-512"])
def test_we_read_what_a_peer_issues(name: str, digest: str, peers: Any) -> None:
    document = received(Peer(name, peers).issues(digest=digest))
    assert (document.doctype, document.claims, document.holder_key) == (DOCTYPE, CLAIMS, HOLDER.public)
    assert document.mso.digest_algorithm == digest


@pytest.mark.node
@pytest.mark.req("M-01", "M-05", "M-08")
@EVERY_PROOF
@pytest.mark.parametrize("session", SESSIONS)
def test_a_peer_reads_what_our_wallet_shows(name: str, session: str, mac: bool, peers: Any) -> None:
    facts = SESSIONS[session]
    assert Peer(name, peers).reads(shown(facts, mac=mac), given(facts), mac=mac) == SHOWN


@pytest.mark.node
@pytest.mark.req("M-07", "M-08")
@EVERY_PROOF
@pytest.mark.parametrize("session", SESSIONS)
def test_we_read_what_a_peer_shows(name: str, session: str, mac: bool, peers: Any) -> None:
    facts = SESSIONS[session]
    presentation = Peer(name, peers).shows(issued(), given(facts), mac=mac)
    found = read(presentation, facts, mac=mac)
    assert (found.claims, found.device_auth) == (SHOWN, "mac" if mac else "signature")
    with pytest.raises(InvalidDeviceAuth):
        read(presentation, replace(facts, nonce="another"), mac=mac)
    with pytest.raises(RemoteError, match="no key was agreed on" if mac else "trust anchor"):
        read(presentation, facts, issuer=DocumentSigners([] if not mac else [AUTHORITY.certificate]))


@pytest.mark.node
@pytest.mark.parametrize("issuer", ROOMS)
@EVERY_PEER
def test_we_read_what_one_peer_issues_and_another_shows(name: str, issuer: str, peers: Any) -> None:
    document = Peer(issuer, peers).issues()
    assert read(Peer(name, peers).shows(document, given(REDIRECT)), REDIRECT).claims == SHOWN
    assert Peer(name, peers).reads(shown(REDIRECT, document=document), given(REDIRECT)) == SHOWN


@pytest.mark.node
def test_one_peer_knows_no_mac(peers: Any, refusal: type[Exception]) -> None:
    """It compares the name of the algorithm with a number, and leaves external_aad out (RFC 9052 §6.3)."""
    peer = Peer("@owf/mdoc", peers)
    with pytest.raises(refusal, match="must use alg 5"):
        peer.reads(shown(REDIRECT, mac=True), given(REDIRECT), mac=True)
    with pytest.raises(refusal, match="Private key is not valid"):
        peer.shows(issued(), given(REDIRECT), mac=True)


# Tampered with ---------------------------------------------------------------------------------------------

SPOILT: dict[str, tuple[bytes, bytes]] = {
    "an element's value": (b"lelementValue\xf5", b"lelementValue\xf4"),
    "an element's name": (b"kage_over_18", b"kage_over_21"),
    "the doctype of the MSO": (b"gdocTyperorg.example.card.1", b"gdocTyperorg.example.card.2"),
    "the time until when": (b"jvalidUntil\xc0t2", b"jvalidUntil\xc0t3"),
    "the digest algorithm": (b"SHA-256", b"SHA-384"),
}


def spoilt(presentation: str, how: str) -> str:
    old, new = SPOILT[how]
    data = b64url_decode(presentation)
    assert old in data
    return b64url_encode(data.replace(old, new))


@pytest.mark.node
@pytest.mark.req("M-07")
@EVERY_PEER
@pytest.mark.parametrize("how", SPOILT)
def test_what_was_tampered_with_is_refused_by_both(
    name: str, how: str, peers: Any, refusal: type[Exception]
) -> None:
    presentation = spoilt(shown(REDIRECT), how)
    with pytest.raises(RemoteError):
        read(presentation, REDIRECT)
    with pytest.raises(refusal):
        Peer(name, peers).reads(presentation, given(REDIRECT))


@pytest.mark.node
@EVERY_PROOF
def test_a_peer_can_say_no(name: str, mac: bool, peers: Any, refusal: type[Exception]) -> None:
    peer = Peer(name, peers)
    other = given(replace(REDIRECT, nonce="another"))
    with pytest.raises(refusal):
        peer.reads(shown(REDIRECT, mac=mac), other, mac=mac)
    with pytest.raises(refusal):
        peer.reads(shown(REDIRECT, mac=mac), given(REDIRECT), mac=mac, roots=[STRANGER.certificate.pem()])


# Session transcripts that the peers make themselves -----------------------------------------------------------

FACTS = {"clientId": REDIRECT.client_id, "nonce": REDIRECT.nonce, "responseUri": REDIRECT.response_uri}
THUMBPRINT = b64url_encode(ENCRYPTION.public.thumbprint())
GENERATED = REDIRECT.mdoc_generated_nonce.decode()
OLDER = {**FACTS, "verifierGeneratedNonce": REDIRECT.nonce, "mdocGeneratedNonce": GENERATED}
OF_PAGE = {"origin": BROWSER.origin, "nonce": BROWSER.nonce}
DRAFT_24 = {"origin": BROWSER.origin, "clientId": BROWSER.client_id, "nonce": BROWSER.nonce}


@pytest.mark.node
@pytest.mark.req("M-03", "M-04", "M-06")
@pytest.mark.parametrize(
    ("form", "facts", "session"),
    [
        ("forOid4Vp", REDIRECT, {**FACTS, "jwkThumbprint": THUMBPRINT}),
        ("forOid4Vp", replace(REDIRECT, encryption_key=None), FACTS),
        ("forOid4VpDcApi", BROWSER, {**OF_PAGE, "jwkThumbprint": THUMBPRINT}),
        ("forOid4VpDcApi", replace(BROWSER, encryption_key=None), OF_PAGE),
        ("forOid4VpDraft18", replace(REDIRECT, iso_18013_7=True), OLDER),
    ],
)
def test_a_peer_makes_the_same_session_transcript(
    form: str, facts: SessionFacts, session: dict[str, str], peers: Any
) -> None:
    peer = Peer("@owf/mdoc", peers)
    made = peer.transcript(session={"form": form, **session})
    assert b64url_decode(made) == facts.transcript()
    assert read(peer.shows(issued(), {"form": form, **session}), facts).claims == SHOWN


@pytest.mark.node
def test_another_peer_makes_the_same_session_transcript_for_annex_b(peers: Any) -> None:
    peer = Peer("@animo-id/mdoc", peers)
    facts = replace(REDIRECT, iso_18013_7=True)
    assert b64url_decode(peer.transcript(session={"form": "iso18013_7", **OLDER})) == facts.transcript()
    assert read(peer.shows(issued(), {"form": "iso18013_7", **OLDER}), facts).claims == SHOWN


# What was asked, who answers, the transcript that the peer makes, the form that is found and the fields that differ.
EXPLAINED: list[tuple[SessionFacts, str, dict[str, Any], str, list[str]]] = [
    (REDIRECT, "@owf/mdoc", {"form": "forOid4Vp", **FACTS}, forms.REDIRECT.id, ["jwkThumbprint"]),
    (
        REDIRECT,
        "@owf/mdoc",
        {"form": "forOid4Vp", **FACTS, "clientId": REDIRECT.client_id[10:], "jwkThumbprint": THUMBPRINT},
        forms.REDIRECT.id,
        ["clientId"],
    ),
    (
        REDIRECT,
        "@owf/mdoc",
        {
            "form": "forOid4Vp",
            **FACTS,
            "responseUri": "https://cafe.example/response/1",
            "jwkThumbprint": THUMBPRINT,
        },
        forms.REDIRECT.id,
        ["responseUri"],
    ),
    (REDIRECT, "@owf/mdoc", {"form": "forOid4VpDraft18", **OLDER}, forms.ISO_18013_7.id, []),
    (REDIRECT, "@animo-id/mdoc", {"form": "iso18013_7", **OLDER}, forms.ISO_18013_7.id, []),
    (REDIRECT, "@auth0/mdl", {"form": "draft2023", **OLDER}, forms.ISO_18013_7_DRAFT.id, []),
    (BROWSER, "@owf/mdoc", {"form": "forOid4VpDcApi", **OF_PAGE}, forms.DC_API.id, ["jwkThumbprint"]),
    (
        BROWSER,
        "@owf/mdoc",
        {
            "form": "forOid4VpDcApi",
            **OF_PAGE,
            "origin": f"origin:{BROWSER.origin}",
            "jwkThumbprint": THUMBPRINT,
        },
        forms.DC_API.id,
        ["origin"],
    ),
    (BROWSER, "@owf/mdoc", {"form": "forOid4VpDcApiDraft24", **DRAFT_24}, forms.DC_API_DRAFT_24.id, []),
    (
        BROWSER,
        "@animo-id/mdoc",
        {"form": "dcApiDraft24", **DRAFT_24, "verifierGeneratedNonce": BROWSER.nonce},
        forms.DC_API_DRAFT_24.id,
        [],
    ),
]


@pytest.mark.node
@pytest.mark.parametrize(("facts", "name", "session", "form", "fields"), EXPLAINED)
def test_the_transcript_of_a_peer_is_explained(
    facts: SessionFacts, name: str, session: dict[str, Any], form: str, fields: list[str], peers: Any
) -> None:
    presentation = Peer(name, peers).shows(issued(), session)
    with pytest.raises(InvalidDeviceAuth):
        read(presentation, facts)
    found = explain_session_transcript(presentation, facts, algorithms=ES256)
    assert (found.form, [field for field, _ in found.differences]) == (form, fields)


# Requests of a reader ----------------------------------------------------------------------------------------

ASKED = {namespace: dict.fromkeys(names, False) for namespace, names in SHOW.items()}


@pytest.mark.node
def test_we_read_who_asks_with_a_peer(peers: Any) -> None:
    request = Peer("@owf/mdoc", peers).request(
        docType=DOCTYPE,
        show=SHOW,
        session=given(REDIRECT),
        reader=READER_KEY.private_jwk(),
        certificate=READER_CHAIN.leaf.pem(),
    )
    read = DeviceRequest.parse(b64url_decode(request))
    assert [one.items for one in read.doc_requests] == [ItemsRequest(DOCTYPE, ASKED)]
    how = {"now": now(), "algorithms": ES256}
    (chain,) = read.verify_readers([AUTHORITY.certificate], session_transcript=REDIRECT.transcript(), **how)
    assert chain.leaf.subject.common_name == "Reader"
    with pytest.raises(InvalidSignature):
        read.verify_readers([AUTHORITY.certificate], session_transcript=BROWSER.transcript(), **how)


@pytest.mark.node
def test_a_peer_reads_who_asks(peers: Any, refusal: type[Exception]) -> None:
    request = b64url_encode(
        encode_device_request(
            [ItemsRequest(DOCTYPE, ASKED)],
            session_transcript=REDIRECT.transcript(),
            key=READER_KEY,
            chain=READER_CHAIN,
        )
    )
    for name in READ_ALONE:
        [read_by_peer] = Peer(name, peers).readRequest(request=request, session=given(REDIRECT))
        assert read_by_peer == {"docType": DOCTYPE, "asked": ASKED}
    with pytest.raises(refusal):
        Peer("@owf/mdoc", peers).readRequest(request=request, session=given(BROWSER))


# Python -----------------------------------------------------------------------------------------------------


@pytest.mark.req("M-07")
@pytest.mark.filterwarnings("ignore")
def test_pymdoccbor_verifies_what_our_issuer_signed() -> None:
    """It looks at the issuer's half: signature, certificate, digests."""
    root = x509.load_pem_x509_certificate(AUTHORITY.certificate.pem().encode())
    presentation = shown(REDIRECT)
    read_by_peer = MdocCbor()
    read_by_peer.loads(b64url_decode(presentation).hex())
    assert read_by_peer.verify(trusted_root_certs=[root])
    for how in ("an element's value", "an element's name"):
        other = MdocCbor()
        other.loads(b64url_decode(spoilt(presentation, how)).hex())
        assert not other.verify(trusted_root_certs=[root])


@pytest.mark.req("M-07")
@pytest.mark.filterwarnings("ignore")
def test_we_read_what_pymdoccbor_issues() -> None:
    secret, held = KEY.private_jwk(), HOLDER.public.jwk()
    curve = {"KTY": "EC2", "CURVE": "P_256"}
    issuer = MdocCborIssuer(
        private_key={**curve, "ALG": "ES256", "D": b64url_decode(secret["d"]), "KID": b"1"}, alg="ES256"
    )
    made = issuer.new(
        doctype=DOCTYPE,
        data={DOCTYPE: {"age_over_18": True, "number": 7}, OTHER: {"note": "é"}},
        validity={"issuance_date": "2020-01-01", "expiry_date": "2099-01-01"},
        devicekeyinfo={**curve, "X": b64url_decode(held["x"]), "Y": b64url_decode(held["y"])},
        x509_chain=[CHAIN.leaf.der],
    )
    document = received(b64url_encode(cbor2.dumps(made["documents"][0]["issuerSigned"])))
    assert (document.doctype, document.claims, document.holder_key) == (DOCTYPE, SHOWN, HOLDER.public)
    shown_by_us = document.present(
        [(DOCTYPE, "number")], holder_key=HOLDER, session_transcript=REDIRECT.transcript()
    )
    assert read(shown_by_us, REDIRECT).claims == {DOCTYPE: {"number": 7}}


def test_the_reader_s_key_is_needed_for_a_mac() -> None:
    other = PrivateKey.generate()
    with pytest.raises(InvalidDeviceAuth):
        read(shown(REDIRECT, mac=True), REDIRECT, reader_key=other)
