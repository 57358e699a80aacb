"""OpenID4VP 1.0's own DCQL queries and claims path examples, carried over in dcql.json beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlwallet.claim_path import expand, parse_claim_path, select, value_at
from nlwallet.dcql import CandidateCredential, DcqlQuery, match

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "dcql.json").read_text())
QUERIES = {entry["id"]: entry["given"] for entry in VECTORS["queries"]}
ARTHUR: dict[str, Any] = VECTORS["claims_path_pointer"]["credential"]

IDENTITY = "https://credentials.example.com/identity_credential"
PERSON = {
    "given_name": "John",
    "family_name": "Doe",
    "postal_code": "90210",
    "locality": "Beverly Hills",
    "region": "CA",
    "date_of_birth": "1990-01-01",
    "address": {"street_address": "42 Market Street"},
}


def sd_jwt(name: str, vct: str, *claims: str) -> CandidateCredential:
    kept = {claim: PERSON[claim] for claim in claims or PERSON}
    return CandidateCredential(name, "dc+sd-jwt", (vct,), kept)


def mdoc(name: str, doctype: str, namespaces: dict[str, list[str]]) -> CandidateCredential:
    claims = {space: dict.fromkeys(elements, "x") for space, elements in namespaces.items()}
    return CandidateCredential(name, "mso_mdoc", (doctype,), claims)


PID = sd_jwt("identity", IDENTITY)
ISO = "org.iso.18013.5.1"
MDL = mdoc(
    "mdl",
    "org.iso.18013.5.1.mDL",
    {ISO: ["given_name", "family_name", "portrait", "resident_address", "resident_country"]},
)
PHOTO = mdoc("photo", "org.iso.23220.photoid.1", {ISO: ["given_name", "family_name", "portrait"]})
VEHICLE = mdoc("mvrc", "org.iso.7367.1.mVRC", {"org.iso.7367.1": ["vehicle_holder"], ISO: ["given_name"]})
REDUCED = sd_jwt(
    "reduced", "https://credentials.example.com/reduced_identity_credential", "family_name", "given_name"
)
RESIDENCE = sd_jwt(
    "residence", "https://cred.example/residence_credential", "postal_code", "locality", "region"
)


def test_all_seven_queries_are_here() -> None:
    assert len(QUERIES) == 7


@pytest.mark.parametrize("name", QUERIES)
def test_query_survives_reading_and_writing(name: str) -> None:
    assert DcqlQuery.parse(QUERIES[name]).as_json() == QUERIES[name]


@pytest.mark.parametrize(
    ("name", "wallet", "answer"),
    [
        ("simple", [PID], {"my_credential": ["identity"]}),
        ("simple", [REDUCED], None),
        ("simple_mdoc", [PID, VEHICLE], {"my_credential": ["mvrc"]}),
        ("multi_credentials", [PID, VEHICLE], {"pid": ["identity"], "mdl": ["mvrc"]}),
        ("multi_credentials", [PID], None),
        ("value_matching_simple", [PID], {"my_credential": ["identity"]}),
        ("claims_alternatives", [PID], {"pid": ["identity"]}),
        ("credentials_alternatives", [PID, REDUCED, RESIDENCE], {"pid": ["identity"]}),
        (
            "credentials_alternatives",
            [REDUCED, RESIDENCE],
            {"pid_reduced_cred_1": ["reduced"], "pid_reduced_cred_2": ["residence"]},
        ),
        ("credentials_alternatives", [REDUCED], None),
        ("complex_mdoc", [MDL, PHOTO], {"mdl-id": ["mdl"]}),
        ("complex_mdoc", [PHOTO], {"photo_card-id": ["photo"]}),
        ("complex_mdoc", [PID], None),
    ],
)
def test_query_against_wallets(
    name: str, wallet: list[CandidateCredential], answer: dict[str, list[str]] | None
) -> None:
    found = match(DcqlQuery.parse(QUERIES[name]), wallet)
    assert found.satisfied is (answer is not None)
    chosen = {query: [entry.candidate_id for entry in entries] for query, entries in found.chosen.items()}
    assert chosen == (answer or {})


@pytest.mark.req("D-10")
def test_claims_alternatives_fall_back_to_the_second_set() -> None:
    query = DcqlQuery.parse(QUERIES["claims_alternatives"])
    without_region = sd_jwt("c", IDENTITY, "family_name", "postal_code", "date_of_birth", "locality")
    (first,) = match(query, [PID]).matches["pid"]
    (second,) = match(query, [without_region]).matches["pid"]
    assert (first.claim_set, second.claim_set) == (0, 1)
    assert second.paths == (("family_name",), ("postal_code",), ("date_of_birth",))


@pytest.mark.req("D-25")
@pytest.mark.parametrize(
    "example", VECTORS["claims_path_pointer"]["selections"], ids=lambda e: str(e["path"])
)
def test_arthur_dent(example: dict[str, Any]) -> None:
    path = parse_claim_path(example["path"])
    assert select(ARTHUR, path) == example["selected"]
    assert [value_at(ARTHUR, concrete) for concrete in expand(ARTHUR, path)] == example["selected"]


@pytest.mark.parametrize(
    ("path", "requirement"),
    [
        pytest.param(["name", "first"], "string", marks=pytest.mark.req("D-22"), id="string-on-a-string"),
        pytest.param(["degrees", "type"], "string", marks=pytest.mark.req("D-22"), id="string-on-an-array"),
        pytest.param(["address", "country"], "string", marks=pytest.mark.req("D-22"), id="missing-key"),
        pytest.param(["address", None], "null", marks=pytest.mark.req("D-23"), id="null-on-an-object"),
        pytest.param(["name", None], "null", marks=pytest.mark.req("D-23"), id="null-on-a-string"),
        pytest.param(["address", 0], "integer", marks=pytest.mark.req("D-24"), id="index-on-an-object"),
        pytest.param(["nationalities", 2], "integer", marks=pytest.mark.req("D-24"), id="index-out-of-range"),
        pytest.param(["email"], "end", marks=pytest.mark.req("D-25"), id="nothing-selected"),
    ],
)
def test_arthur_dent_has_no_such_claim(path: list[Any], requirement: str) -> None:
    query = DcqlQuery.parse(
        {
            "credentials": [
                {"id": "c", "format": "dc+sd-jwt", "meta": {"vct_values": ["v"]}, "claims": [{"path": path}]}
            ]
        }
    )
    found = match(query, [CandidateCredential("arthur", "dc+sd-jwt", ("v",), ARTHUR)])
    assert not found.satisfied
    assert found.chosen == {}
