"""OpenID4VP 1.0's own session transcripts, encrypted response and verifier metadata, carried over in openid4vp.json."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cbor2
import pytest

from nlwallet.crypto import PrivateKey, PublicKey, parse_jwe
from nlwallet.errors import DecryptionFailed
from nlwallet.mdoc import (
    dc_api_session_transcript,
    iso_18013_7_session_transcript,
    redirect_session_transcript,
)
from nlwallet.openid4vp import AuthorizationResponse, ClientMetadata, decrypt_response

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "openid4vp.json").read_text())
HANDOVER = {entry["id"]: entry for entry in VECTORS["handover"]}
RESPONSE = VECTORS["encrypted_response"][0]
METADATA = {entry["id"]: entry["given"] for entry in VECTORS["client_metadata"]}
TRANSCRIPT_OF = {
    "handover-redirect": redirect_session_transcript,
    "handover-dc-api": dc_api_session_transcript,
    "handover-iso-18013-7": iso_18013_7_session_transcript,
}


def transcript(name: str, **changed: Any) -> bytes:
    given = dict(HANDOVER[name]["given"])
    if jwk := given.pop("encryption_jwk", None):
        given["encryption_key"] = PublicKey.from_jwk(jwk)
    return TRANSCRIPT_OF[name](**{**given, **changed})


def other_handover(name: str, **changed: Any) -> bytes:
    """The hash in the handover of a transcript that differs from the vector in what is ``changed``."""
    _, _, (_, hash_) = cbor2.loads(transcript(name, **changed))
    assert hash_.hex() not in HANDOVER[name]["expected"]["session_transcript_hex"]
    return hash_


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("handover-redirect", marks=pytest.mark.req("M-02", "M-03", "M-04")),
        pytest.param("handover-dc-api", marks=pytest.mark.req("M-02", "M-06", "A-11")),
        pytest.param("handover-iso-18013-7"),
    ],
)
def test_session_transcript_byte_for_byte(name: str) -> None:
    expected = HANDOVER[name]["expected"]
    made = transcript(name)
    assert made.hex() == expected["session_transcript_hex"]
    assert made == bytes.fromhex("83f6f6" + expected["handover_hex"])
    if "handover_info_hex" in expected:
        assert made.endswith(hashlib.sha256(bytes.fromhex(expected["handover_info_hex"])).digest())


@pytest.mark.req("M-04")
@pytest.mark.parametrize("name", ["handover-redirect", "handover-dc-api"])
def test_the_handover_has_the_thumbprint_as_octets(name: str) -> None:
    vector = HANDOVER[name]
    thumbprint = PublicKey.from_jwk(vector["given"]["encryption_jwk"]).thumbprint()
    assert thumbprint.hex() == vector["expected"]["jwk_thumbprint_hex"]
    assert cbor2.loads(bytes.fromhex(vector["expected"]["handover_info_hex"]))[2] == thumbprint


@pytest.mark.parametrize(
    ("name", "info"),
    [
        pytest.param(
            "handover-redirect",
            ["x509_san_dns:example.com", None, "https://example.com/response"],
            marks=pytest.mark.req("M-03", "M-04"),
        ),
        pytest.param("handover-dc-api", ["https://example.com", None], marks=pytest.mark.req("M-06")),
    ],
)
def test_without_encryption_the_thumbprint_is_null(name: str, info: list[Any]) -> None:
    info.insert(1, HANDOVER[name]["given"]["nonce"])
    assert other_handover(name, encryption_key=None) == hashlib.sha256(cbor2.dumps(info)).digest()


def test_every_value_counts_as_it_is_written() -> None:
    redirect, dc_api, iso = HANDOVER
    other_key = PrivateKey.generate().public
    hashes = [
        other_handover(redirect, client_id="example.com"),
        other_handover(redirect, nonce="other"),
        other_handover(redirect, response_uri="https://example.com/response?session=1"),
        other_handover(redirect, encryption_key=other_key),
        other_handover(dc_api, origin="origin:https://example.com"),
        other_handover(dc_api, origin="https://example.com/"),
        other_handover(dc_api, nonce="other"),
        other_handover(dc_api, encryption_key=other_key),
    ]
    assert len(set(hashes)) == len(hashes)
    changes = ("client_id", "nonce", "response_uri", "mdoc_generated_nonce")
    legacy = {transcript(iso, **{name: "other"}) for name in changes} | {transcript(iso)}
    assert len(legacy) == len(changes) + 1


@pytest.mark.req("E-01", "E-08")
def test_the_encrypted_response_of_section_8_3() -> None:
    given, expected = RESPONSE["given"], RESPONSE["expected"]
    key = PrivateKey.from_jwk(given["private_jwk"])
    parsed = parse_jwe(given["jwe"], encs=("A128GCM",))
    assert parsed.header == expected["header"]
    assert parsed.decrypt(key).decode() == expected["plaintext"]
    response = decrypt_response(given["jwe"], key=key, kid="ac", encs=("A128GCM",))
    assert response == AuthorizationResponse(json.loads(expected["plaintext"])["vp_token"], None)


@pytest.mark.req("E-05")
def test_the_encrypted_response_for_another_key() -> None:
    given = RESPONSE["given"]
    key = PrivateKey.from_jwk(given["private_jwk"])
    with pytest.raises(DecryptionFailed, match="kid"):
        decrypt_response(given["jwe"], key=key, kid="ad", encs=("A128GCM",))
    with pytest.raises(DecryptionFailed, match="does not decrypt"):
        decrypt_response(given["jwe"], key=PrivateKey.generate(), kid="ac", encs=("A128GCM",))


@pytest.mark.parametrize("name", METADATA)
def test_verifier_metadata_survives_reading_and_writing(name: str) -> None:
    read = ClientMetadata.model_validate(METADATA[name])
    assert read.as_json()["vp_formats_supported"] == METADATA[name]["vp_formats_supported"]


def test_verifier_metadata_says_what_is_accepted() -> None:
    formats = {
        (name, alg, format_)
        for name, metadata in METADATA.items()
        for alg in ("ES256", "ES512")
        for format_ in ("dc+sd-jwt", "mso_mdoc")
        if ClientMetadata.model_validate(metadata).accepts_format(format_, algorithms={alg})
    }
    assert formats == {
        ("sd_jwt_vc_verifier_metadata", "ES256", "dc+sd-jwt"),
        ("mso_mdoc_verifier_metadata", "ES256", "mso_mdoc"),
    }
