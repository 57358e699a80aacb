"""What older drafts had: recognised, and told what it is now; the patches make a request of version 1.0."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lint_requests import NOW, Party, checks, ids, mdoc, query, sd_jwt

from nlwallet.lint import lint
from nlwallet.lint.patch import patched

DRAFTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "presentation_definition": (
        {"presentation_definition": {"id": "x"}, "dcql_query": None},
        "OLD-01",
        "/presentation_definition",
    ),
    "presentation_definition_uri": (
        {"presentation_definition_uri": "https://x.example"},
        "OLD-01",
        "/presentation_definition_uri",
    ),
    "client_id_scheme beside a prefix": ({"client_id_scheme": "x509_hash"}, "OLD-02", "/client_id_scheme"),
    "client_id without its scheme": (
        {"client_id": "rp.example", "client_id_scheme": "x509_san_dns"},
        "OLD-02",
        "/client_id",
    ),
    "did": ({"client_id": "did:web:rp.example"}, "OLD-03", "/client_id"),
    "entity id": ({"client_id": "https://rp.example"}, "OLD-03", "/client_id"),
    "web-origin": ({"client_id": "web-origin:https://rp.example"}, "OLD-03", "/client_id"),
    "format": (
        {"dcql_query": query(sd_jwt(["age_over_18"], format="vc+sd-jwt"))},
        "OLD-04",
        "/dcql_query/credentials/0/format",
    ),
    "claim_name": (
        {"dcql_query": query(mdoc(claims=[{"namespace": "a", "claim_name": "b"}]))},
        "OLD-07",
        "/dcql_query/credentials/0/claims/0",
    ),
    "purpose": (
        {"dcql_query": query(credential_sets=[{"options": [["pid"]], "purpose": "x"}])},
        "OLD-08",
        "/dcql_query/credential_sets/0/purpose",
    ),
    "openid_fed": (
        {"dcql_query": query(sd_jwt(["bsn"], trusted_authorities=[{"type": "openid_fed", "values": ["x"]}]))},
        "OLD-09",
        "/dcql_query/credentials/0/trusted_authorities/0/type",
    ),
    "client_metadata_uri": ({"client_metadata_uri": "https://x.example"}, "OLD-10", "/client_metadata_uri"),
    "verifier_attestations": ({"verifier_attestations": []}, "OLD-10", "/verifier_attestations"),
    "response mode": ({"response_mode": "direct_post_jwt"}, "OLD-11", "/response_mode"),
}


@pytest.mark.parametrize("name", DRAFTS)
def test_what_a_draft_had_is_recognised(party: Party, name: str) -> None:
    changes, check, pointer = DRAFTS[name]
    found = lint(json.dumps(party.claims(**changes)), now=NOW)
    assert (check, pointer) in checks(found)
    [finding] = [one for one in found.findings if (one.check, one.pointer) == (check, pointer)]
    assert finding.fix is not None
    assert finding.fix.text


def test_metadata_of_drafts(party: Party) -> None:
    claims = party.claims()
    metadata = claims["client_metadata"]
    metadata["vp_formats"] = metadata.pop("vp_formats_supported")
    for name in ("alg", "enc"):
        metadata[f"authorization_encrypted_response_{name}"] = "x"
    metadata["authorization_signed_response_alg"] = "ES256"
    found = lint(json.dumps(claims), now=NOW)
    assert ids(found, severity="error") == ["OLD-05", "OLD-05", "OLD-05", "OLD-06"]


def test_a_whole_presentation_definition_is_recognised() -> None:
    found = lint('{"input_descriptors": [], "id": "x"}')
    assert not found.ok


def test_the_patches_make_a_request_of_version_1(party: Party) -> None:
    """A request as a verifier of 2024 would send it, brought up to date by its own findings."""
    claims = party.claims(
        response_mode="direct_post_jwt",
        client_id_scheme="x509_hash",
        client_metadata_uri="https://rp.example/metadata",
        dcql_query=json.dumps(
            query(
                sd_jwt(["age_over_18"], format="vc+sd-jwt"),
                mdoc(claims=[{"namespace": "org.iso.18013.5.1", "claim_name": "age_over_18"}]),
                credential_sets=[{"options": [["pid"], ["mdl"]], "purpose": "Leeftijd"}],
            )
        ),
    )
    metadata = claims["client_metadata"]
    metadata["vp_formats"] = metadata.pop("vp_formats_supported")
    metadata["authorization_encrypted_response_alg"] = "ECDH-ES"
    del metadata["jwks"]["keys"][0]["alg"]
    del metadata["encrypted_response_enc_values_supported"]
    document: Any = claims
    for _ in range(12):
        report = lint(json.dumps(document), now=NOW)
        patches = [one.fix.patch for one in report.findings if one.fix and one.fix.patch]
        if not patches:
            break
        document = patched(document, patches[0])
    last = lint(json.dumps(document), now=NOW)
    assert [one.check for one in last.findings if one.severity == "error"] == ["OLD-10"]
    assert last.findings[0].fix is not None
    del document["client_metadata_uri"]
    assert lint(json.dumps(document), now=NOW).ok
