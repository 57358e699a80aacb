"""What is no DCQL query: where npm dcql and we agree, and where one of the two is stricter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidQuery

pytestmark = pytest.mark.node

PID = {"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["v"]}}
MDL = {"id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": "d"}}


def one(**members: Any) -> dict[str, Any]:
    return {"credentials": [{**PID, **members}]}


def mdoc(*claims: dict[str, Any]) -> dict[str, Any]:
    return {"credentials": [{**MDL, "claims": list(claims)}]}


@pytest.mark.parametrize(
    "query",
    [
        {"credentials": []},
        {"credentials": [PID, PID]},
        {"credentials": [PID], "credential_sets": []},
        {"credentials": [PID], "credential_sets": [{"options": [["other"]]}]},
        {"credentials": [PID], "credential_sets": [{"options": [["pid"]], "required": 1}]},
        one(id="a b"),
        one(multiple="true"),
        one(claims=[]),
        one(claims=[{"path": []}]),
        one(claims=[{"path": ["a", -1]}]),
        one(claims=[{"path": ["a", True]}]),
        one(claims=[{"path": ["a"], "values": [1.5]}]),
        one(claims=[{"path": ["a"], "id": "x"}], claim_sets=[["y"]]),
        one(claims=[{"path": ["a"], "id": "x"}], claim_sets=[[]]),
        one(claim_sets=[["x"]]),
        one(trusted_authorities=[]),
        one(trusted_authorities=[{"type": "aki", "values": []}]),
        mdoc({"path": ["ns"]}),
        mdoc({"path": ["ns", 0]}),
    ],
    ids=json.dumps,
)
def test_both_refuse(query: dict[str, Any], peers: Any, refusal: type[Exception]) -> None:
    with pytest.raises(InvalidQuery):
        DcqlQuery.parse(query)
    with pytest.raises(refusal):
        peers("dcql.parse", query=query)


@pytest.mark.parametrize(
    ("query", "because"),
    [
        (one(meta={}), "§B.3.5: vct_values is REQUIRED"),
        (one(meta={"vct_values": []}), "§B.3.5: vct_values is a non-empty array"),
        ({"credentials": [{**MDL, "meta": {}}]}, "§B.2.3: doctype_value is REQUIRED"),
        ({"credentials": [{"id": "pid", "format": "dc+sd-jwt"}]}, "§6.1: meta is REQUIRED"),
        (one(claims=[{"path": ["a"], "values": []}]), "§6.3: values is a non-empty array"),
        (one(claims=[{"path": ["a"], "id": "x"}, {"path": ["b"], "id": "x"}]), "§6.3: ids are unique"),
        (
            one(claims=[{"path": ["a"], "id": "x"}, {"path": ["b"]}], claim_sets=[["x"]]),
            "§6.3: with claim_sets every claim has an id",
        ),
        (
            {"credentials": [PID], "credential_sets": [{"options": [[]]}]},
            "§6.2: an option is a non-empty array",
        ),
        (mdoc({"path": ["ns", "el", "deeper"]}), "§7.2.1: exactly two elements; dcql drops the others"),
        (mdoc({"namespace": "ns", "claim_name": "el"}), "§6.3: path; these are members of older drafts"),
    ],
)
def test_only_we_refuse(query: dict[str, Any], because: str, peers: Any) -> None:
    with pytest.raises(InvalidQuery) as refused:
        DcqlQuery.parse(query)
    assert because.split(":")[0] in refused.value.spec
    assert peers("dcql.parse", query=query) is True


@pytest.mark.parametrize(
    ("query", "because"),
    [
        (
            one(format="jwt_vc_json", meta={}),
            "§6.1: the format decides about meta; dcql requires type_values",
        ),
        (
            one(format="x-new", meta={}),
            "§6.1: an unknown format matches nothing, the rest of the query stands",
        ),
        (
            one(trusted_authorities=[{"type": "x-new", "values": ["x"]}]),
            "§6.1.1: a type that is not known matches nothing; extensions may define it",
        ),
        (
            one(trusted_authorities=[{"type": "etsi_tl", "values": ["list-of-nl"]}]),
            "§6.1.1.2: an identifier of a list; that it must be a URL is not said",
        ),
    ],
)
def test_only_the_peer_refuses(
    query: dict[str, Any], because: str, peers: Any, refusal: type[Exception]
) -> None:
    assert DcqlQuery.parse(query).credentials, because
    with pytest.raises(refusal):
        peers("dcql.parse", query=query)
