"""A device proof over another session transcript: which one, and what is different in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from mdoc_forge import (
    DOCTYPE,
    ENCRYPTION,
    ES256,
    HOLDER,
    SESSION,
    STRANGER,
    TRANSCRIPT,
    issuer_signed,
    mso,
    response,
    shown,
    sign1,
    tagged,
)

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import b64url_encode
from nlwallet.errors import RemoteError
from nlwallet.mdoc import (
    DeviceMac,
    SessionFacts,
    TranscriptExplanation,
    explain_session_transcript,
    verify_mdoc_presentation,
)
from nlwallet.mdoc import transcript_forms as forms
from nlwallet.mdoc.annotated_cbor import annotated
from nlwallet.mdoc.device_auth import device_authentication

CLIENT_ID, NONCE, URI = SESSION["client_id"], SESSION["nonce"], SESSION["response_uri"]
ORIGIN, GENERATED, DIGEST = "https://rp.example", "SMjyt8vBQTuGLIBJDXvAhA", ENCRYPTION.thumbprint()
REDIRECT = SessionFacts(
    nonce=NONCE,
    client_id=CLIENT_ID,
    response_uri=URI,
    encryption_key=ENCRYPTION,
    mdoc_generated_nonce=GENERATED.encode(),
    further_uris=("https://rp.example/request/1",),
)
BROWSER = SessionFacts(nonce=NONCE, client_id=CLIENT_ID, origin=ORIGIN, encryption_key=ENCRYPTION)
UNSIGNED = SessionFacts(nonce=NONCE, origin=ORIGIN)
ANNEX_B = SessionFacts(
    nonce=NONCE,
    client_id="rp.example",
    response_uri=URI,
    mdoc_generated_nonce=GENERATED.encode(),
    iso_18013_7=True,
)


def digest(value: Any) -> bytes:
    return hashlib.sha256(cbor2.dumps(value)).digest()


def session(handover: Any) -> bytes:
    return cbor2.dumps([None, None, handover])


def redirect(*info: Any) -> bytes:
    return session(["OpenID4VPHandover", digest(list(info))])


def browser(*info: Any) -> bytes:
    return session(["OpenID4VPDCAPIHandover", digest(list(info))])


def annex_b(client_id: str, generated: str, uri: str = URI) -> bytes:
    return session([digest([client_id, generated]), digest([uri, generated]), NONCE])


INFO = [CLIENT_ID, NONCE, DIGEST, URI]
WITHOUT_PREFIX = CLIENT_ID.partition(":")[2]

# What was asked, what the wallet signed, the form that is found, and the field that differs.
VARIANTS: dict[str, tuple[SessionFacts, bytes, str, list[str]]] = {
    "no thumbprint": (REDIRECT, redirect(CLIENT_ID, NONCE, None, URI), forms.REDIRECT.id, ["jwkThumbprint"]),
    "thumbprint as hex": (
        REDIRECT,
        redirect(CLIENT_ID, NONCE, DIGEST.hex(), URI),
        forms.REDIRECT.id,
        ["jwkThumbprint"],
    ),
    "thumbprint as base64url": (
        REDIRECT,
        redirect(CLIENT_ID, NONCE, b64url_encode(DIGEST), URI),
        forms.REDIRECT.id,
        ["jwkThumbprint"],
    ),
    "client_id without prefix": (
        REDIRECT,
        redirect(WITHOUT_PREFIX, NONCE, DIGEST, URI),
        forms.REDIRECT.id,
        ["clientId"],
    ),
    "response_uri with a slash": (
        REDIRECT,
        redirect(CLIENT_ID, NONCE, DIGEST, f"{URI}/"),
        forms.REDIRECT.id,
        ["responseUri"],
    ),
    "response_uri without query": (
        REDIRECT,
        redirect(CLIENT_ID, NONCE, DIGEST, "https://rp.example/response"),
        forms.REDIRECT.id,
        ["responseUri"],
    ),
    "request_uri for response_uri": (
        REDIRECT,
        redirect(CLIENT_ID, NONCE, DIGEST, "https://rp.example/request/1"),
        forms.REDIRECT.id,
        ["responseUri"],
    ),
    "nonce as bytes": (
        REDIRECT,
        redirect(CLIENT_ID, NONCE.encode(), DIGEST, URI),
        forms.REDIRECT.id,
        ["nonce"],
    ),
    "two at once": (
        REDIRECT,
        redirect(WITHOUT_PREFIX, NONCE, None, URI),
        forms.REDIRECT.id,
        ["clientId", "jwkThumbprint"],
    ),
    "info not hashed": (REDIRECT, session(["OpenID4VPHandover", INFO]), forms.REDIRECT.id, ["Handover"]),
    "info tagged before it is hashed": (
        REDIRECT,
        session(["OpenID4VPHandover", digest(cbor2.CBORTag(24, cbor2.dumps(INFO)))]),
        forms.REDIRECT.id,
        ["Handover"],
    ),
    "info in bytes before it is hashed": (
        REDIRECT,
        session(["OpenID4VPHandover", digest(cbor2.dumps(INFO))]),
        forms.REDIRECT.id,
        ["Handover"],
    ),
    "hash as hex": (
        REDIRECT,
        session(["OpenID4VPHandover", digest(INFO).hex()]),
        forms.REDIRECT.id,
        ["Handover"],
    ),
    "handover without its array": (REDIRECT, session(digest(INFO)), forms.REDIRECT.id, ["Handover"]),
    "handover without its name": (REDIRECT, session(INFO), forms.REDIRECT.id, ["Handover"]),
    "transcript tagged twice": (
        REDIRECT,
        cbor2.dumps(cbor2.CBORTag(24, TRANSCRIPT)),
        forms.REDIRECT.id,
        ["SessionTranscript"],
    ),
    "transcript without nulls": (
        REDIRECT,
        cbor2.dumps([["OpenID4VPHandover", digest(INFO)]]),
        forms.REDIRECT.id,
        ["SessionTranscript"],
    ),
    "the handover alone": (
        REDIRECT,
        cbor2.dumps(["OpenID4VPHandover", digest(INFO)]),
        forms.REDIRECT.id,
        ["SessionTranscript"],
    ),
    "Annex B": (REDIRECT, annex_b(CLIENT_ID, GENERATED), forms.ISO_18013_7.id, []),
    "Annex B without prefix": (
        REDIRECT,
        annex_b(WITHOUT_PREFIX, GENERATED),
        forms.ISO_18013_7.id,
        ["clientId"],
    ),
    "Annex B with apu not decoded": (
        REDIRECT,
        annex_b(CLIENT_ID, b64url_encode(GENERATED.encode())),
        forms.ISO_18013_7.id,
        ["mdocGeneratedNonce"],
    ),
    "Annex B of 2023": (
        REDIRECT,
        session([GENERATED, CLIENT_ID, URI, NONCE]),
        forms.ISO_18013_7_DRAFT.id,
        [],
    ),
    "browser handover in a redirect": (REDIRECT, browser(ORIGIN, NONCE, DIGEST), forms.DC_API.id, []),
    "redirect handover in the browser": (
        BROWSER,
        redirect(CLIENT_ID, NONCE, DIGEST, ORIGIN),
        forms.REDIRECT.id,
        [],
    ),
    "origin with prefix": (BROWSER, browser(f"origin:{ORIGIN}", NONCE, DIGEST), forms.DC_API.id, ["origin"]),
    "origin with a slash": (BROWSER, browser(f"{ORIGIN}/", NONCE, DIGEST), forms.DC_API.id, ["origin"]),
    "browser, no thumbprint": (BROWSER, browser(ORIGIN, NONCE, None), forms.DC_API.id, ["jwkThumbprint"]),
    "browser, empty thumbprint": (UNSIGNED, browser(ORIGIN, NONCE, b""), forms.DC_API.id, ["jwkThumbprint"]),
    "browser, draft 24": (BROWSER, browser(ORIGIN, CLIENT_ID, NONCE), forms.DC_API_DRAFT_24.id, []),
    "browser, draft 24, unsigned": (
        UNSIGNED,
        browser(ORIGIN, f"web-origin:{ORIGIN}", NONCE),
        forms.DC_API_DRAFT_24.id,
        [],
    ),
    "1.0 where Annex B was asked for": (
        ANNEX_B,
        redirect("rp.example", NONCE, None, URI),
        forms.REDIRECT.id,
        [],
    ),
    "Annex B with its nonce empty": (
        ANNEX_B,
        annex_b("rp.example", ""),
        forms.ISO_18013_7.id,
        ["mdocGeneratedNonce"],
    ),
}


def explained(transcript: bytes, facts: SessionFacts = REDIRECT, **how: Any) -> TranscriptExplanation:
    presentation = b64url_encode(response(shown(transcript=transcript, **how)))
    return explain_session_transcript(presentation, facts, algorithms=ES256)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_transcript_that_the_wallet_used_is_named(name: str) -> None:
    facts, transcript, form, fields = VARIANTS[name]
    assert transcript != facts.transcript()
    found = explained(transcript, facts)
    assert found.found
    assert not found.as_asked
    assert (found.form, [field for field, _ in found.differences]) == (form, fields)
    assert found.tried <= forms.MAX_CANDIDATES
    lines = found.diff.splitlines()
    assert any(line.startswith("+") for line in lines)
    assert any(line.startswith("-") for line in lines)
    for field in fields:
        assert field in found.diff
    if form != found.expected_form:
        assert found.spec in found.summary


@pytest.mark.parametrize("facts", [REDIRECT, BROWSER, UNSIGNED, ANNEX_B])
def test_what_is_as_it_must_be_needs_no_explanation(facts: SessionFacts) -> None:
    found = explained(facts.transcript(), facts)
    assert (found.as_asked, found.differences, found.diff, found.tried) == (True, (), "", 1)
    assert forms.expected_transcript(facts).encode() == facts.transcript()


def test_a_stranger_s_key_or_nonce_is_not_explained_away() -> None:
    for found in (explained(TRANSCRIPT, key=STRANGER), explained(redirect(CLIENT_ID, "other", DIGEST, URI))):
        assert not found.found
        assert (found.form, found.differences, found.diff) == ("", (), "")
        assert found.summary.startswith(f"none of {found.tried} known")
        assert 300 < found.tried <= forms.MAX_CANDIDATES


def test_a_proof_without_tag_24_is_told() -> None:
    def auth(payload: bytes) -> Any:
        bare = parse_cbor(payload, what="it").value
        return {"deviceSignature": sign1(bare, key=HOLDER, unprotected={}, detached=True)}

    found = explained(TRANSCRIPT, auth=auth)
    assert found.differences == (("DeviceAuthentication", forms.UNTAGGED),)
    assert "tag 24 around DeviceAuthentication" in found.diff


def test_a_mac_is_explained_too() -> None:
    reader = PrivateKey.generate()
    other = redirect(CLIENT_ID, NONCE, None, URI)

    def auth(_: bytes) -> Any:
        made = DeviceMac(HOLDER, reader.public).over(device_authentication(other, DOCTYPE), other)
        return parse_cbor(made, what="it")

    presentation = b64url_encode(response(shown(auth=auth)))
    found = explain_session_transcript(presentation, REDIRECT, algorithms=ES256, reader_key=reader)
    assert [field for field, _ in found.differences] == ["jwkThumbprint"]


def test_neither_nonce_nor_attribute_is_shown() -> None:
    for facts, transcript, _, _ in VARIANTS.values():
        found = explained(transcript, facts)
        said = f"{found} {found.as_dict()} {found!r}"
        for secret in (NONCE, GENERATED, NONCE.encode().hex(), GENERATED.encode().hex(), "Jansen", "Frouke"):
            assert secret not in said
        # not in pieces either: a shown head of the encoding would give the beginning away
        assert NONCE.encode().hex()[:12] not in said


def test_the_diff_is_annotated_cbor_of_both() -> None:
    found = explained(redirect(CLIENT_ID, NONCE, None, URI))
    lines = found.diff.splitlines()
    assert lines[0].strip() == "83  # SessionTranscript: array of 3"
    assert [line for line in lines if "jwkThumbprint" in line] == [
        f"-         5820{DIGEST[:14].hex()}…  # jwkThumbprint: bytes {DIGEST.hex()}",
        "+         f6  # jwkThumbprint: null",
    ]
    assert f'# clientId: "{CLIENT_ID}"' in found.diff
    assert "782b …  # nonce: text of 43, not shown" in found.diff
    assert found.as_dict()["differences"] == [
        {"field": "jwkThumbprint", "used": "null, though the answer is encrypted"}
    ]


def test_each_candidate_is_another_transcript_and_the_likely_come_first() -> None:
    for facts in (REDIRECT, BROWSER, UNSIGNED, ANNEX_B):
        made = list(forms.candidates(facts))
        assert len(made) <= forms.MAX_CANDIDATES
        assert [len(one.deviations) for one in made] == sorted(len(one.deviations) for one in made)
        encoded = [(one.transcript.encode(), one.tagged) for one in made]
        assert len(set(encoded)) > 0.97 * len(encoded)
        assert all(len(annotated(one.transcript)) < 40 for one in made[:50])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "AAAA",
        lambda data: b64url_encode(data[:-3]),
        lambda _: b64url_encode(dump_cbor({"documents": []})),
        lambda _: b64url_encode(dump_cbor({"documents": [{"issuerSigned": {"issuerAuth": []}}]})),
        lambda _: b64url_encode(response({"issuerSigned": issuer_signed(), "deviceSigned": {}})),
        lambda _: b64url_encode(response({"issuerSigned": issuer_signed(signed=mso(docType=5))})),
        lambda _: b64url_encode(
            response(
                {"issuerSigned": {"issuerAuth": sign1(b"")}, "deviceSigned": {"nameSpaces": tagged(b"")}}
            )
        ),
    ],
)
def test_what_is_no_response_has_no_explanation(spoil: Callable[[bytes], str]) -> None:
    with pytest.raises(RemoteError):
        explain_session_transcript(spoil(response(shown())), REDIRECT, algorithms=ES256)


def test_what_is_explained_is_refused_all_the_same() -> None:
    from mdoc_forge import NOW, SIGNERS

    for facts, transcript, _, _ in VARIANTS.values():
        presentation = b64url_encode(response(shown(transcript=transcript)))
        with pytest.raises(RemoteError, match="did not prove"):
            verify_mdoc_presentation(
                presentation, issuer=SIGNERS, session_transcript=facts.transcript(), now=NOW, algorithms=ES256
            )
