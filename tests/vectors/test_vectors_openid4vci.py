"""OpenID4VCI 1.0's own offers, metadata, authorization details and tokens, carried over in openid4vci.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from nlwallet.crypto import CertificateChain, PublicKey, parse_jws
from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidOffer, IssuanceRefused, RemoteError, UntrustedCertificate
from nlwallet.openid4vci import (
    CredentialIssuerMetadata,
    CredentialOffer,
    KeyAttestationsRequired,
    TxCode,
    details_parameter,
    parse_details_parameter,
    verify_issuer_metadata,
    verify_proof,
    verify_wallet_attestation,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "openid4vci.json").read_text())
TOKENS = {one["id"]: one for one in VECTORS["tokens"]}
EXAMPLES = VECTORS["examples"]
ISSUER = "https://credential-issuer.example.com"
ES256 = {"ES256"}

SENT_AT = 1_701_960_444
"""``iat`` of the proof."""
VALID_AT = {"credential_issuer_metadata_sd_jwt_jwt": 1_760_000_000, "wallet_attestation": 1_755_023_600}
"""When the certificates hold, and the wallet attestation does."""


def flipped(token: str) -> str:
    head, _, signature = token.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def published_chain(name: str) -> CertificateChain:
    return CertificateChain.from_x5c(TOKENS[name]["expected"]["header"]["x5c"])


# Tokens ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_has_the_published_header_and_payload_and_its_key_signed_it(name: str) -> None:
    given, expected = TOKENS[name]["given"]["jwt"], TOKENS[name]["expected"]
    jws = parse_jws(given, typ={expected["header"]["typ"]}, algorithms=ES256, what=name)
    key = (
        published_chain(name).leaf.public_key
        if "x5c" in expected["header"]
        else PublicKey.from_jwk(expected["header"]["jwk"])
    )
    jws.verify(key)
    assert jws.header == expected["header"]
    assert jws.claims(what=name) == expected["payload"]
    with pytest.raises(RemoteError):
        parse_jws(flipped(given), typ={expected["header"]["typ"]}, algorithms=ES256, what=name).verify(key)


@pytest.mark.req("I-22", "I-23")
def test_the_key_proof_proves_its_key() -> None:
    token = TOKENS["jwt-proof"]
    proven = verify_proof(token["given"]["jwt"], audience=ISSUER, now=SENT_AT, algorithms=ES256)
    assert proven.keys == (PublicKey.from_jwk(token["expected"]["header"]["jwk"]),)
    assert proven.nonces == {token["expected"]["payload"]["nonce"]}
    assert proven.attestation is None


@pytest.mark.req("I-22", "I-23", "ADV-182")
@pytest.mark.parametrize(
    "changed",
    [
        {"audience": "https://other-issuer.example.com"},
        {"now": SENT_AT + 86_400},
        {"now": SENT_AT - 86_400},
        {"algorithms": {"ES384"}},
    ],
    ids=["of another issuer", "a day old", "a day ahead", "another algorithm"],
)
def test_the_key_proof_elsewhere_or_at_another_time(changed: dict[str, Any]) -> None:
    expected = {"audience": ISSUER, "now": SENT_AT, "algorithms": ES256}
    with pytest.raises(IssuanceRefused) as caught:
        verify_proof(TOKENS["jwt-proof"]["given"]["jwt"], **expected | changed)
    assert caught.value.code == "invalid_proof"


@pytest.mark.req("HI-03")
@pytest.mark.parametrize("anchor_in_x5c", ["refused", "accepted"])
@pytest.mark.parametrize("trusted", [False, True], ids=["unknown", "its own certificate as anchor"])
def test_the_signed_metadata_are_signed_by_a_certificate_of_nobody(trusted: bool, anchor_in_x5c: Any) -> None:
    name = "credential_issuer_metadata_sd_jwt_jwt"
    with pytest.raises(UntrustedCertificate):
        verify_issuer_metadata(
            TOKENS[name]["given"]["jwt"],
            expected_issuer=ISSUER,
            anchors=[published_chain(name).leaf] if trusted else [],
            now=VALID_AT[name],
            algorithms=ES256,
            anchor_in_x5c=anchor_in_x5c,
        )


@pytest.mark.req("HI-02")
def test_the_signed_metadata_want_bound_keys_and_have_no_nonce() -> None:
    claims = TOKENS["credential_issuer_metadata_sd_jwt_jwt"]["expected"]["payload"]
    with pytest.raises(InvalidOffer) as caught:
        CredentialIssuerMetadata.parse(claims, expected_issuer=ISSUER)
    assert caught.value.pointer == "/nonce_endpoint"
    completed = {**claims, "nonce_endpoint": f"{ISSUER}/nonce"}
    read = CredentialIssuerMetadata.parse(completed, expected_issuer=ISSUER)
    assert read.configuration("SD_JWT_VC_example_in_OpenID4VCI").proof_algorithms == ("ES256",)


@pytest.mark.req("HI-06", "K-04", "ADV-193")
@pytest.mark.parametrize("trusted", [False, True], ids=["unknown", "its own certificate as anchor"])
def test_the_wallet_attestation_is_signed_by_a_certificate_of_nobody(trusted: bool) -> None:
    name = "wallet_attestation"
    with pytest.raises(IssuanceRefused) as caught:
        verify_wallet_attestation(
            TOKENS[name]["given"]["jwt"],
            anchors=[published_chain(name).leaf] if trusted else [],
            now=VALID_AT[name],
            algorithms=ES256,
        )
    assert caught.value.code == "invalid_client"


# Offers ---------------------------------------------------------------------------------------------------


@pytest.mark.req("I-10")
@pytest.mark.parametrize(
    ("name", "ids", "tx_code"),
    [
        ("credential_offer_by_reference", ("UniversityDegree_LDP_VC",), TxCode()),
        (
            "credential_offer_multiple_credentials",
            ("UniversityDegreeCredential", "org.iso.18013.5.1.mDL"),
            TxCode("numeric", 4, "Please provide the one-time code that was sent via e-mail"),
        ),
        (
            "credential_offer_pre-authz_code",
            ("UniversityDegreeCredential",),
            TxCode(
                description="Please provide the one-time code which was sent to your mobile phone via SMS"
            ),
        ),
    ],
)
def test_an_offer_as_object_and_in_a_link(name: str, ids: tuple[str, ...], tx_code: TxCode) -> None:
    example = EXAMPLES[name]
    [grant] = example["grants"].values()
    read = CredentialOffer.from_json(example)
    assert (read.credential_issuer, read.credential_configuration_ids) == (ISSUER, ids)
    assert (read.pre_authorized_code, read.tx_code) == (grant["pre-authorized_code"], tx_code)
    assert not read.authorization_code
    link = f"openid-credential-offer://?{urlencode({'credential_offer': json.dumps(example)})}"
    assert CredentialOffer.parse(link) == read
    assert CredentialOffer.parse(read.uri()) == read


# Authorization details ------------------------------------------------------------------------------------


@pytest.mark.req("AS-01")
@pytest.mark.parametrize("name", [one for one in EXAMPLES if one.startswith("authorization_details")])
def test_authorization_details_name_their_configurations(name: str) -> None:
    example = EXAMPLES[name]
    ids = tuple(one["credential_configuration_id"] for one in example)
    assert parse_details_parameter(json.dumps(example), credential_issuer=ISSUER) == ids
    locations = example[0].get("locations", [])
    ours = json.loads(details_parameter(ids, locations=locations))
    assert ours == [{n: v for n, v in one.items() if n != "claims"} for one in example]


@pytest.mark.req("AS-01")
def test_authorization_details_for_another_issuer() -> None:
    text = json.dumps(EXAMPLES["authorization_details_with_as"])
    with pytest.raises(IssuanceRefused) as caught:
        parse_details_parameter(text, credential_issuer="https://other-issuer.example.com")
    assert caught.value.code == "invalid_authorization_details"


# Metadata -------------------------------------------------------------------------------------------------


@pytest.mark.req("I-03", "I-07")
def test_the_long_metadata_are_read_whole() -> None:
    example = EXAMPLES["credential_issuer_metadata_sd_jwt_long"]
    read = CredentialIssuerMetadata.parse(example, expected_issuer=ISSUER)
    assert read.authorization_servers == ("https://server.example.com",)
    for name in ("credential", "nonce", "deferred_credential", "notification"):
        assert getattr(read, f"{name}_endpoint") == f"{ISSUER}/{name}"
    assert read.batch_size == 10
    assert (read.request_encryption_required, read.response_encryption_required) == (True, True)
    [jwk] = example["credential_request_encryption"]["jwks"]["keys"]
    assert read.request_encryption is not None
    assert (read.request_encryption.enc, read.request_encryption.kid) == ("A128GCM", jwk["kid"])
    assert read.request_encryption.key.jwk()["x"] == jwk["x"]
    assert read.names == {"en-US": "Example University", "fr-FR": "Example Université"}
    with pytest.raises(InvalidOffer):
        CredentialIssuerMetadata.parse(example, expected_issuer="https://server.example.com")


@pytest.mark.req("I-06")
@pytest.mark.parametrize("name", ["credential_issuer_metadata_sd_jwt_long", "credential_metadata_sd_jwt_vc"])
def test_the_configuration_of_an_sd_jwt_vc(name: str) -> None:
    id_ = "SD_JWT_VC_example_in_OpenID4VCI"
    read = CredentialIssuerMetadata.parse(completed(name), expected_issuer=ISSUER).configuration(id_)
    assert (read.vct, read.scope, read.proof_algorithms) == (id_, id_, ("ES256",))
    assert read.key_attestations_required == KeyAttestationsRequired(
        ("iso_18045_moderate",), ("iso_18045_moderate",)
    )
    assert read.names == {"en-US": "IdentityCredential"}


@pytest.mark.parametrize(
    "name", ["credential_metadata_jwt_vc_json", "credential_metadata_ldp_vc", "credential_metadata_mso_mdoc"]
)
def test_a_configuration_that_no_wallet_of_ours_can_use(name: str) -> None:
    """W3C credentials are of other formats; the mdoc wants a bound key, and names no proof of one (§12.2.4)."""
    [id_] = EXAMPLES[name]["credential_configurations_supported"]
    read = CredentialIssuerMetadata.parse(completed(name), expected_issuer=ISSUER)
    with pytest.raises(InvalidOffer):
        read.configuration(id_)


def completed(name: str) -> dict[str, Any]:
    """The example as a whole document."""
    endpoints = {f"{one}_endpoint": f"{ISSUER}/{one}" for one in ("credential", "nonce")}
    return {"credential_issuer": ISSUER, **endpoints, **EXAMPLES[name]}


def test_every_published_example_is_looked_at() -> None:
    looked_at = (
        "authorization_details",
        "credential_offer",
        "credential_metadata",
        "credential_issuer_metadata",
    )
    assert all(name.startswith(looked_at) for name in EXAMPLES)
    for token in TOKENS.values():
        assert json.loads(b64url_decode(token["given"]["jwt"].split(".")[1])) == token["expected"]["payload"]
