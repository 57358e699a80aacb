"""The explanation names what is missing, in words, and never a value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nlwallet.dcql import CandidateCredential, DcqlQuery, Explanation, match

CLAIMS = {
    "given_name": "Frouke",
    "age": 42,
    "nationalities": ["NL"],
    "address": {"locality": "Amsterdam"},
    "none": [],
}


def explained(*claims: dict[str, Any], **members: Any) -> Explanation:
    query = {"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["v"]}}
    if claims:
        query["claims"] = list(claims)
    held = CandidateCredential("card-1", "dc+sd-jwt", ("v",), CLAIMS)
    return match(DcqlQuery.parse({"credentials": [query | members]}), [held]).explain()


@pytest.mark.parametrize(
    ("claim", "line"),
    [
        ({"path": ["email"]}, "claim email: the credential has no member 'email'"),
        ({"path": ["address", "street"]}, "claim address.street: address has no member 'street'"),
        (
            {"path": ["given_name", "x"]},
            "claim given_name.x: given_name is a string, the path needs an object there",
        ),
        ({"path": ["address", None]}, "claim address[]: address is an object, the path needs an array there"),
        ({"path": ["nationalities", 3]}, "claim nationalities[3]: nationalities has no element 3"),
        ({"path": ["none", None]}, "claim none[]: none is an empty array"),
        (
            {"path": ["age"], "values": ["42"]},
            "claim age: it is an integer, asked is a string; types are not converted",
        ),
        (
            {"path": ["age"], "values": [41, 43]},
            "claim age: it is there, but equals none of the 2 values asked for",
        ),
    ],
)  # fmt: skip
def test_why_a_claim_does_not_fit(claim: dict[str, Any], line: str) -> None:
    assert line in str(explained(claim))


@pytest.mark.parametrize(
    ("members", "line"),
    [
        ({"meta": {"vct_values": ["w", "x"]}}, "its vct is 'v', asked is 'w' or 'x'"),
        (
            {"format": "mso_mdoc", "meta": {"doctype_value": "d"}},
            "its format is 'dc+sd-jwt', asked is 'mso_mdoc'",
        ),
        ({"format": "vc+sd-jwt"}, "older drafts"),
        ({"trusted_authorities": [{"type": "aki", "values": ["AAEC"]}]}, "carries no certificate chain"),
        (
            {"trusted_authorities": [{"type": "openid_fed", "values": ["https://x.example"]}]},
            "draft name of openid_federation",
        ),
    ],
)
def test_why_a_credential_does_not_fit(members: dict[str, Any], line: str) -> None:
    assert line in str(explained(**members))


def test_the_tree_follows_the_query() -> None:
    query = {
        "credentials": [
            {
                "id": "a",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["v"]},
                "claims": [{"id": "n", "path": ["given_name"]}, {"id": "m", "path": ["email"]}],
                "claim_sets": [["n", "m"], ["n"]],
            },
            {"id": "b", "format": "dc+sd-jwt", "meta": {"vct_values": ["w"]}},
        ],
        "credential_sets": [{"options": [["b"], ["a"]]}, {"options": [["b"]], "required": False}],
    }
    held = CandidateCredential("card-1", "dc+sd-jwt", ("v", "u"), CLAIMS)
    assert str(match(DcqlQuery.parse(query), [held]).explain()).splitlines() == [
        "+ the query can be answered",
        "  + credential query 'a': 1 of 1 credentials fit",
        "    + credential 'card-1' fits with claim set 1",
        "      + claim given_name",
        "  - credential query 'b': 0 of 1 credentials fit",
        "    - credential 'card-1' does not fit",
        "      - its vct is 'v' (which extends u), asked is 'w'  (OpenID4VP 1.0 §B.3.5)",
        "  + required credential set 0",
        "    - option 0 [b]; nothing for 'b'",
        "    + option 1 [a]",
        "  - optional credential set 1  (OpenID4VP 1.0 §6.4.2)",
        "    - option 0 [b]; nothing for 'b'",
    ]


def test_failed_claim_sets_are_told_apart() -> None:
    text = str(
        explained(
            {"id": "e", "path": ["email"]},
            {"id": "p", "path": ["phone"]},
            claim_sets=[["e"], ["e", "p"]],
        )
    )
    assert "claim set 0 [e]" in text
    assert "claim set 1 [e, p]" in text


def test_an_empty_wallet() -> None:
    query = DcqlQuery.parse(
        {"credentials": [{"id": "a", "format": "mso_mdoc", "meta": {"doctype_value": "d"}}]}
    )
    assert "the wallet is empty" in str(match(query, []).explain())


def test_as_json_and_without_values() -> None:
    tree = explained(
        {"path": ["age"], "values": [41, "secret"]}, {"path": ["given_name"], "values": ["Janneke"]}
    )
    text = json.dumps(tree.as_dict()) + str(tree) + repr(tree)
    assert tree.as_dict()["fulfilled"] is False
    for value in ("Frouke", "42", "Janneke", "secret", "Amsterdam"):
        assert value not in text
