"""Older wallets: requests and answers as ISO/IEC TS 18013-7:2024 Annex B has them, and only under its profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cbor2 import dumps

from nlwallet.crypto import CertificateAuthority, PrivateKey, PublicKey, Subject, encrypt_jwe
from nlwallet.encoding import b64url_decode, b64url_encode, dump_json, parse_json
from nlwallet.errors import InvalidDeviceAuth, InvalidResponse, LocalError
from nlwallet.mdoc import (
    DOCUMENT_SIGNER,
    DeviceMac,
    DocumentSigners,
    Mdoc,
    encode_device_response,
    iso_18013_7_session_transcript,
    issue_mdoc,
    redirect_session_transcript,
    verify_mdoc,
)
from nlwallet.openid4vp import AuthorizationRequestLink
from nlwallet.profiles import ISO_18013_7, PROFILES
from nlwallet.trust import Category, TrustAnchors
from nlwallet.verifier import PresentationResult, Status

NOW = 1_790_000_000
MDL, NAMESPACE = "org.iso.18013.5.1.mDL", "org.iso.18013.5.1"
GENERATED = "SMjyt8vBQTuGLIBJDXvAhA"
QUERY: dict[str, Any] = {
    "credentials": [
        {
            "id": "mdl",
            "format": "mso_mdoc",
            "meta": {"doctype_value": MDL},
            "claims": [
                {"path": [NAMESPACE, "age_over_18"]},
                {"path": [NAMESPACE, "family_name"], "intent_to_retain": True},
            ],
        }
    ]
}
IACA = CertificateAuthority.create("Test IACA", now=NOW, country="NL")
SIGNER, HOLDER = PrivateKey.generate(), PrivateKey.generate()


def card() -> Mdoc:
    chain = IACA.issue(SIGNER.public, Subject("DS", "NL"), now=NOW, extended_key_usages=[DOCUMENT_SIGNER])
    document = issue_mdoc(
        doctype=MDL, namespaces={NAMESPACE: {"age_over_18": True, "family_name": "Jansen"}}, key=SIGNER,
        chain=chain, holder_key=HOLDER.public, signed_at=NOW, valid_until=NOW + 86_400,
    )  # fmt: skip
    return verify_mdoc(document, issuer=DocumentSigners([IACA.certificate]), now=NOW, algorithms={"ES256"})


@pytest.fixture
def world(make_world: Callable[..., Any]) -> Any:
    anchors = TrustAnchors().adding(Category.EAA_PROVIDER, IACA.certificate)
    return make_world(profile=ISO_18013_7, anchors=anchors)


class OlderWallet:
    """Reads the request object as it stands, and answers it as Annex B says, or nearly."""

    def __init__(self, world: Any) -> None:
        self.request = world.verifier.request(query=QUERY)
        self.link = AuthorizationRequestLink.parse(self.request.uri)
        reply = world.http("GET", self.link.request_uri)
        self.jwt = reply.text
        self.header, self.asked = (parse_json(b64url_decode(part)) for part in self.jwt.split(".")[:2])
        self._world = world

    @property
    def key(self) -> PublicKey:
        [jwk] = self.asked["client_metadata"]["jwks"]["keys"]
        return PublicKey.from_jwk({name: jwk[name] for name in ("kty", "crv", "x", "y")})

    @property
    def transcript(self) -> bytes:
        given = {name: self.asked[name] for name in ("client_id", "nonce", "response_uri")}
        return iso_18013_7_session_transcript(**given, mdoc_generated_nonce=GENERATED)

    def present(self, transcript: bytes | None = None, *, mac: bool = False) -> str:
        fields = self.asked["presentation_definition"]["input_descriptors"][0]["constraints"]["fields"]
        paths = [tuple(field["path"][0][3:-2].split("']['")) for field in fields]
        over = self.transcript if transcript is None else transcript
        if not mac:
            return card().present(paths, holder_key=HOLDER, session_transcript=over)
        document = card().document(paths, session_transcript=over, device_auth=DeviceMac(HOLDER, self.key))
        return b64url_encode(encode_device_response([document]))

    def members(self, **changed: Any) -> dict[str, Any]:
        definition = self.asked["presentation_definition"]
        made = {
            "vp_token": self.present(),
            "state": self.asked["state"],
            "presentation_submission": {
                "id": "any",
                "definition_id": definition["id"],
                "descriptor_map": [
                    {"id": definition["input_descriptors"][0]["id"], "format": "mso_mdoc", "path": "$"}
                ],
            },
            **changed,
        }
        return {name: value for name, value in made.items() if value is not None}

    def answer(self, *, apu: bytes = GENERATED.encode(), **changed: Any) -> PresentationResult:
        metadata = self.asked["client_metadata"]
        jwe = encrypt_jwe(
            dump_json(self.members(**changed)),
            self.key,
            enc=metadata["authorization_encrypted_response_enc"],
            kid=metadata["jwks"]["keys"][0]["kid"],
            apu=apu,
            apv=self.asked["nonce"].encode(),
        )
        self._world.http("POST", self.asked["response_uri"], data={"response": jwe})
        result = self._world.verifier.result(self.request)
        assert isinstance(result, PresentationResult)
        return result


def test_the_request_is_one_of_annex_b(world: Any) -> None:
    wallet = OlderWallet(world)
    asked = wallet.asked
    assert wallet.link.scheme == "mdoc-openid4vp"
    assert wallet.link.client_id == asked["client_id"] == "cafe.example"
    assert asked["client_id_scheme"] == "x509_san_dns"
    assert asked["response_uri"].startswith("https://cafe.example/")
    assert (asked["response_type"], asked["response_mode"]) == ("vp_token", "direct_post.jwt")
    assert asked["aud"] == "https://self-issued.me/v2"
    assert "x5c" in wallet.header
    assert asked["presentation_definition"] == {
        "id": "mdl",
        "input_descriptors": [
            {
                "id": MDL,
                "format": {"mso_mdoc": {"alg": ["ES256", "ES384", "ES512"]}},
                "constraints": {
                    "limit_disclosure": "required",
                    "fields": [
                        {"path": ["$['org.iso.18013.5.1']['age_over_18']"], "intent_to_retain": False},
                        {"path": ["$['org.iso.18013.5.1']['family_name']"], "intent_to_retain": True},
                    ],
                },
            }
        ],
    }
    metadata = asked["client_metadata"]
    assert metadata["authorization_encrypted_response_alg"] == "ECDH-ES"
    assert metadata["authorization_encrypted_response_enc"] == "A256GCM"
    assert metadata["vp_formats"] == {"mso_mdoc": {"alg": ["ES256", "ES384", "ES512"]}}
    assert {"dcql_query", "verifier_info"}.isdisjoint(asked)
    assert "vp_formats_supported" not in metadata


@pytest.mark.parametrize("mac", [False, True], ids=["signature", "MAC"])
def test_an_older_wallet_is_read(world: Any, mac: bool) -> None:
    wallet = OlderWallet(world)
    result = wallet.answer(vp_token=wallet.present(mac=mac))
    assert result.status is Status.VERIFIED
    assert result.claims("mdl") == {NAMESPACE: {"age_over_18": True, "family_name": "Jansen"}}
    assert {"V-42", "M-07", "M-08", "M-10"} <= {
        check.id for check in result.report if check.outcome == "passed"
    }


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no nonce of the wallet": ({"apu": b""}, "/header/apu"),
    "a short nonce": ({"apu": GENERATED.encode()[:15]}, "/header/apu"),
    "vp_token by query": ({"vp_token": {"mdl": ["x"]}}, "/vp_token"),
    "no submission": ({"presentation_submission": None}, "/presentation_submission/definition_id"),
    "a submission that is none": ({"presentation_submission": "x"}, "/presentation_submission/definition_id"),
    "another definition": (
        {"presentation_submission": {"definition_id": "pid", "descriptor_map": []}},
        "/presentation_submission/definition_id",
    ),
    "another place": (
        {
            "presentation_submission": {
                "definition_id": "mdl",
                "descriptor_map": [{"id": MDL, "format": "mso_mdoc", "path": "$[0]"}],
            }
        },
        "/presentation_submission/descriptor_map",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_is_none_of_annex_b_is_refused(world: Any, name: str) -> None:
    changed, pointer = WRONG[name]
    result = OlderWallet(world).answer(**changed)
    assert isinstance(result.error, InvalidResponse)
    assert result.error.pointer == pointer
    assert result.presentations == ()


def test_another_wallet_nonce_is_another_session(world: Any) -> None:
    result = OlderWallet(world).answer(apu=GENERATED[::-1].encode())
    assert isinstance(result.error, InvalidDeviceAuth)
    assert result.error.hint.startswith("none of ")


def test_a_wallet_of_today_is_explained(world: Any) -> None:
    wallet = OlderWallet(world)
    given = {name: wallet.asked[name] for name in ("client_id", "nonce", "response_uri")}
    result = wallet.answer(
        vp_token=wallet.present(redirect_session_transcript(**given, encryption_key=wallet.key))
    )
    assert isinstance(result.error, InvalidDeviceAuth)
    assert "OpenID4VP 1.0 §B.2.6.1" in result.error.hint


@pytest.mark.req("ADV-118")
def test_no_other_profile_takes_their_transcript(make_world: Callable[..., Any]) -> None:
    assert [name for name, one in PROFILES.items() if one.iso_18013_7] == ["iso-18013-7"]
    world = make_world(anchors=TrustAnchors().adding(Category.EAA_PROVIDER, IACA.certificate))
    request = world.verifier.request(query=QUERY)
    asked = world.fetch(request)
    transcript = iso_18013_7_session_transcript(
        client_id=asked.client_id,
        nonce=asked.nonce,
        response_uri=asked.response_uri,
        mdoc_generated_nonce=GENERATED,
    )
    paths = [(NAMESPACE, "age_over_18"), (NAMESPACE, "family_name")]
    shown = card().present(paths, holder_key=HOLDER, session_transcript=transcript)
    target = asked.client_metadata.encryption_target(encs=("A256GCM",))
    members = dump_json({"vp_token": {"mdl": [shown]}, "state": asked.state})
    jwe = encrypt_jwe(members, target.key, enc=target.enc, kid=target.kid, apu=GENERATED.encode())
    reply = world.post(asked, {"response": jwe})
    assert reply.status_code == 400
    assert "18013-7" not in reply.text
    error = world.verifier.result(request).error
    assert isinstance(error, InvalidDeviceAuth)
    assert "ISO/IEC TS 18013-7:2024 §B.4.4" in error.hint


CANNOT_BE_ASKED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "two documents": lambda query: query["credentials"].append({**query["credentials"][0], "id": "other"}),
    "values": lambda query: query["credentials"][0]["claims"][0].update(values=[True]),
    "several copies": lambda query: query["credentials"][0].update(multiple=True),
    "no elements": lambda query: query["credentials"][0].pop("claims"),
    "an authority": lambda query: query["credentials"][0].update(
        trusted_authorities=[{"type": "aki", "values": ["AAAA"]}]
    ),
    "sets": lambda query: query.update(credential_sets=[{"options": [["mdl"]]}]),
    "an SD-JWT VC": lambda query: query["credentials"][0].update(
        format="dc+sd-jwt", meta={"vct_values": ["urn:eudi:pid:nl:1"]}, claims=[{"path": ["age_over_18"]}]
    ),
    "a quote": lambda query: query["credentials"][0]["claims"][0].update(path=[NAMESPACE, "a'b"]),
}


@pytest.mark.parametrize("name", CANNOT_BE_ASKED)
def test_what_a_presentation_definition_cannot_say_is_our_own_mistake(world: Any, name: str) -> None:
    import copy

    query = copy.deepcopy(QUERY)
    CANNOT_BE_ASKED[name](query)
    with pytest.raises(LocalError):
        world.verifier.request(query=query)
    with pytest.raises(LocalError, match="no response mode"):
        world.verifier.dc_api_request(query=QUERY, origins=["https://cafe.example"])
    with pytest.raises(LocalError, match="by reference"):
        world.verifier.request(query=QUERY, passing="value")


def test_the_transcript_is_that_of_the_published_example() -> None:
    """Examples of Annex B (github.com/awoie/annex-b-examples)."""
    transcript = iso_18013_7_session_transcript(
        client_id="example.com",
        nonce="abcdefgh1234567890",
        response_uri="https://example.com/12345/response",
        mdoc_generated_nonce="1234567890abcdefgh",
    )
    hashes = (
        "da25c527e5fb75bc2dd31267c02237c4462ba0c1bf37071f692e7dd93b10ad0b",
        "f6ed8e3220d3c59a5f17eb45f48ab70aeecf9ee21744b1014982350bd96ac0c5",
    )
    assert transcript == dumps([None, None, [*map(bytes.fromhex, hashes), "abcdefgh1234567890"]])
