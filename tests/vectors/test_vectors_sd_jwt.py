"""The published SD-JWTs of RFC 9901, SD-JWT VC, OpenID4VP and OpenID4VCI: verified, presented, issued again.

They are carried over as facts in sd_jwt.json and sd_jwt_vc.json beside this file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import PrivateKey, PublicKey, parse_jws
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import (
    Disclosure,
    ExpectedKeyBinding,
    IssuerKey,
    SdJwt,
    UnverifiedSdJwt,
    digest,
    verify_sd_jwt,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)
from nlwallet.sdjwt.digest import hash_function
from nlwallet.sdjwt.writing import DisclosureWriter, Frame

HERE = Path(__file__).parent
RFC: dict[str, Any] = json.loads((HERE / "sd_jwt.json").read_text())
VC: dict[str, Any] = json.loads((HERE / "sd_jwt_vc.json").read_text())
CASES: dict[str, dict[str, Any]] = {case["id"]: case for case in (*RFC["cases"], *VC["cases"])}
VC_CASES = {case["id"] for case in VC["cases"]} | {"rfc9901-5", "rfc9901-6"}
ISSUER = PrivateKey.from_jwk(RFC["keys"]["issuer"])
SECOND_ISSUER = PrivateKey.from_jwk(RFC["keys"]["issuer2"])
HOLDER = PrivateKey.from_jwk(RFC["keys"]["holder"])
ES256 = frozenset({"ES256"})
NOW = 1_700_000_000  # between iat and exp of the examples


def issuer_key(header: Any, payload: Any, *, now: int) -> IssuerKey:
    return IssuerKey(ISSUER.public)


def expected(claims: dict[str, Any] | None) -> ExpectedKeyBinding | None:
    return None if claims is None else ExpectedKeyBinding(claims["aud"], claims["nonce"])


def verified(case: dict[str, Any]) -> SdJwt:
    binding = case.get("key_binding")
    return verify_sd_jwt(
        case["compact"],
        issuer_key=ISSUER.public,
        now=binding["iat"] if binding else NOW,
        algorithms=ES256,
        key_binding=expected(binding),
    )


@pytest.mark.parametrize("id_", CASES)
@pytest.mark.req("S-10", "S-13", "S-25")
def test_a_published_sd_jwt_verifies_to_its_processed_payload(id_: str) -> None:
    case = CASES[id_]
    sd_jwt = verified(case)
    assert sd_jwt.claims == case["processed_payload"]
    assert dict(sd_jwt.header) == case["header"]
    assert sd_jwt.key_binding == case.get("key_binding")


@pytest.mark.parametrize("id_", CASES)
@pytest.mark.req("S-08", "S-09")
def test_its_disclosures_read_as_published(id_: str) -> None:
    case = CASES[id_]
    read = [Disclosure.parse(encoded) for encoded in UnverifiedSdJwt.parse(case["compact"]).disclosures]
    shown = [[d.salt, d.value] if d.name is None else [d.salt, d.name, d.value] for d in read]
    assert shown == case["disclosures"]


@pytest.mark.parametrize("id_", [id_ for id_, case in CASES.items() if "key_binding" in case])
@pytest.mark.req("S-15", "S-16")
def test_the_published_sd_hash_is_ours(id_: str) -> None:
    token = UnverifiedSdJwt.parse(CASES[id_]["compact"])
    assert digest(token.presentation) == CASES[id_]["key_binding"]["sd_hash"]


@pytest.mark.parametrize("id_", sorted(VC_CASES))
@pytest.mark.req("C-01", "C-08")
def test_a_published_credential_verifies_as_such(id_: str) -> None:
    case = CASES[id_]
    binding = case.get("key_binding")
    if binding is None:
        credential = verify_sd_jwt_vc(case["compact"], issuer_key=issuer_key, now=NOW, profile=HAIP_1_0)
        assert credential.vct == case["payload"]["vct"]
        assert credential.text == case["compact"]
        return
    presentation = verify_sd_jwt_vc_presentation(
        case["compact"],
        issuer_key=issuer_key,
        now=binding["iat"],
        profile=HAIP_1_0,
        audience=binding["aud"],
        nonce=binding["nonce"],
    )
    assert presentation.claims == case["processed_payload"]


# Issuing the examples again ---------------------------------------------------------------------------


def python_json(value: Any) -> bytes:
    """As the authors' generator writes a Disclosure: with blanks, and ASCII only."""
    return json.dumps(value).encode()


def issued_again(claims: dict[str, Any], disclosable: list[list[Any]]) -> tuple[dict[str, Any], list[str]]:
    frame = Frame()
    for path in disclosable:
        frame.below(tuple(path)).disclosable = True
    writer = DisclosureWriter(hash_function("sha-256"), RFC["salts"], python_json)
    return writer.conceal_object(claims, frame), writer.disclosures


def in_the_clear(case: dict[str, Any]) -> dict[str, Any]:
    """What stands in the payload beside the claims of the specification: iss, iat, exp."""
    return {
        name: value
        for name, value in case["payload"].items()
        if name not in ("_sd", "_sd_alg", "cnf") and name not in case["claims"]
    }


def with_decoys(case: dict[str, Any]) -> bool:
    return case["id"] == "rfc9901-3"


@pytest.mark.parametrize(
    "id_", [i for i, case in CASES.items() if "claims" in case and not with_decoys(case)]
)
@pytest.mark.req("S-10", "S-11", "S-12")
def test_issuing_again_with_the_same_salts_gives_the_same_payload(id_: str) -> None:
    case = CASES[id_]
    payload, _ = issued_again(case["claims"] | in_the_clear(case), case["disclosable"])
    signed = {name: value for name, value in case["payload"].items() if name not in ("_sd_alg", "cnf")}
    assert payload == signed


@pytest.mark.parametrize("id_", [id_ for id_, case in CASES.items() if "claims" in case])
@pytest.mark.req("S-08", "S-10")
def test_issuing_again_gives_the_same_disclosures_byte_for_byte(id_: str) -> None:
    case = CASES[id_]
    _, disclosures = issued_again(case["claims"], case["disclosable"])
    published = UnverifiedSdJwt.parse(case["compact"]).disclosures
    assert set(published) <= set(disclosures)
    if len(published) == len(case["disclosable"]):
        assert sorted(published) == sorted(disclosures)


@pytest.mark.req("S-13")
def test_the_decoys_of_the_published_example_stand_beside_our_digests() -> None:
    case = CASES["rfc9901-3"]
    payload, _ = issued_again(case["claims"], case["disclosable"])
    ours, published = set(payload["address"]["_sd"]), set(case["payload"]["address"]["_sd"])
    assert ours < published


def test_a_presentation_of_the_example_is_the_published_one_up_to_its_signature() -> None:
    whole, shown = CASES["sd-jwt-vc-1"], CASES["sd-jwt-vc-2"]
    credential = verify_sd_jwt_vc(whole["compact"], issuer_key=issuer_key, now=NOW, profile=HAIP_1_0)
    binding = shown["key_binding"]
    presented = UnverifiedSdJwt.parse(
        credential.present(
            [("address",), ("is_over_65",)],
            holder_key=HOLDER,
            audience=binding["aud"],
            nonce=binding["nonce"],
            now=binding["iat"],
        )
    )
    published = UnverifiedSdJwt.parse(shown["compact"])
    # The issuance and the presentation in the draft are two runs of one generator: the signatures differ.
    assert presented.issuer_jwt.split(".")[:2] == published.issuer_jwt.split(".")[:2]
    assert set(presented.disclosures) == set(published.disclosures)


# Pieces -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", RFC["disclosures"], ids=lambda example: example["id"])
@pytest.mark.req("S-10")
def test_a_published_disclosure_has_its_published_digest(example: dict[str, Any]) -> None:
    disclosure = Disclosure.parse(example["disclosure"])
    decoded: list[Any] = [disclosure.salt, disclosure.name, disclosure.value]
    assert [each for each in decoded if each is not None] == example["decoded"]
    assert digest(example["disclosure"]) == example["sha-256"]


@pytest.mark.parametrize("example", RFC["json_serialization"], ids=lambda example: example["id"])
@pytest.mark.req("S-36")
def test_a_published_json_serialization_verifies_and_comes_back(example: dict[str, Any]) -> None:
    token = UnverifiedSdJwt.from_json(example["json"])
    jwt = token.key_binding_jwt
    binding = (
        None if jwt is None else parse_jws(jwt, typ={"kb+jwt"}, algorithms=ES256, what="KB-JWT").claims()
    )
    sd_jwt = verify_sd_jwt(
        token,
        issuer_key=ISSUER.public,
        now=binding["iat"] if binding else NOW,
        algorithms=ES256,
        key_binding=expected(binding),
    )
    names: set[ClaimPath] = {("given_name",), ("family_name",)}
    assert set(sd_jwt.disclosures) >= names
    written = token.json_general() if example["form"] == "general" else token.json_flattened()
    assert written == example["json"]


@pytest.mark.req("S-36")
def test_the_second_signature_of_the_general_serialization_verifies() -> None:
    example = next(each for each in RFC["json_serialization"] if each["form"] == "general")
    (second,) = UnverifiedSdJwt.from_json(example["json"]).further_issuer_jwts()
    keys: list[PublicKey] = [SECOND_ISSUER.public]
    parse_jws(second, typ={"example+sd-jwt"}, algorithms=ES256, what="second signature").verify(keys[0])
