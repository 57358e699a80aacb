"""A DCQL query: what is good gives no finding, and each rule that is broken gives the one of its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lint_requests import NL_PID, checks, ids, mdoc, query, sd_jwt

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import RemoteError
from nlwallet.lint import LintReport, Severity, lint

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "dcql.json").read_text())["queries"]
C0 = "/credentials/0"
CLAIM = f"{C0}/claims/0"


def report(value: Any, **options: Any) -> LintReport:
    return lint(json.dumps(value), **options)


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(query(), id="one claim"),
        pytest.param(
            query(sd_jwt(["given_name"], ["family_name"], ["birthdate"])), id="names and date of birth"
        ),
        pytest.param(query(mdoc(["org.iso.18013.5.1", "age_over_18"])), id="mdoc"),
        pytest.param(query(sd_jwt(["nationalities", None])), id="null in a path"),
        pytest.param(query(sd_jwt(["nationalities", 0])), id="index in a path"),
        pytest.param(
            query(
                sd_jwt(
                    ["age_over_18"],
                    trusted_authorities=[{"type": "aki", "values": ["s9tIpPmhxdiuNkHMEWNpYim8S8Y"]}],
                )
            ),
            id="trusted authority",
        ),
        pytest.param(
            query(
                sd_jwt(["given_name"], name="a"),
                sd_jwt(["family_name"], name="b"),
                credential_sets=[{"options": [["a"], ["b"]]}],
            ),
            id="credential sets",
        ),
    ],
)
def test_a_good_query_has_no_finding(good: dict[str, Any]) -> None:
    found = report(good)
    assert found.findings == ()
    assert found.ok
    assert found.fix() == good


@pytest.mark.parametrize("entry", VECTORS, ids=lambda entry: str(entry["id"]))
def test_the_published_queries_have_no_error(entry: dict[str, Any]) -> None:
    found = report(entry["given"])
    assert ids(found, severity="error") == []
    assert ids(found, severity="warning") == []
    assert found.fix() == entry["given"]


BAD: list[Any] = [
    pytest.param({"credentials": []}, "D-01", "/credentials", id="no credentials"),
    pytest.param({"credentials": {}}, "D-01", "/credentials", id="credentials is an object"),
    pytest.param({"credential_sets": [{"options": [["a"]]}]}, "D-01", "", id="credentials missing"),
    pytest.param(query("pid"), "D-01", C0, id="credential is a string"),  # type: ignore[arg-type]
    pytest.param(query(credential_sets=[]), "D-01", "/credential_sets", id="empty credential_sets"),
    pytest.param(query(sd_jwt(["age_over_18"], id=None)), "D-02", C0, id="id missing"),
    pytest.param(query(sd_jwt(["age_over_18"], id="")), "D-02", f"{C0}/id", id="id empty"),
    pytest.param(query(sd_jwt(["age_over_18"], id="a b")), "D-02", f"{C0}/id", id="id with a blank"),
    pytest.param(query(sd_jwt(["age_over_18"], id=1)), "D-02", f"{C0}/id", id="id a number"),
    pytest.param(query(sd_jwt(["given_name"]), sd_jwt(["bsn"])), "D-02", "/credentials/1/id", id="id twice"),
    pytest.param(query(sd_jwt(["age_over_18"], format=None)), "D-03", C0, id="format missing"),
    pytest.param(query(sd_jwt(["age_over_18"], format=7)), "D-03", f"{C0}/format", id="format a number"),
    pytest.param(
        query(sd_jwt(["age_over_18"], format="jwt_vc_json")), "HV-16", f"{C0}/format", id="other format"
    ),
    pytest.param(query(sd_jwt(["age_over_18"], meta=None)), "D-03", C0, id="meta missing"),
    pytest.param(query(sd_jwt(["age_over_18"], meta=[])), "D-03", f"{C0}/meta", id="meta an array"),
    pytest.param(query(sd_jwt(["age_over_18"], meta={})), "D-20", f"{C0}/meta", id="vct_values missing"),
    pytest.param(
        query(sd_jwt(["age_over_18"], meta={"vct_values": []})), "D-20", f"{C0}/meta/vct_values", id="no vct"
    ),
    pytest.param(
        query(sd_jwt(["age_over_18"], meta={"vct_values": NL_PID})),
        "D-20",
        f"{C0}/meta/vct_values",
        id="vct a string",
    ),
    pytest.param(
        query(sd_jwt(["age_over_18"], meta={"vct_values": [1]})),
        "D-20",
        f"{C0}/meta/vct_values/0",
        id="vct a number",
    ),
    pytest.param(query(mdoc(["a", "b"], meta={})), "D-26", f"{C0}/meta", id="doctype missing"),
    pytest.param(
        query(mdoc(["a", "b"], meta={"doctype_value": ["x"]})),
        "D-26",
        f"{C0}/meta/doctype_value",
        id="doctype an array",
    ),
    pytest.param(
        query(sd_jwt(["age_over_18"], multiple="true")), "D-04", f"{C0}/multiple", id="multiple a string"
    ),
    pytest.param(
        query(sd_jwt(["age_over_18"], require_cryptographic_holder_binding=0)),
        "D-04",
        f"{C0}/require_cryptographic_holder_binding",
        id="holder binding a number",
    ),
    pytest.param(query(sd_jwt(claims=[])), "D-01", f"{C0}/claims", id="claims empty"),
    pytest.param(query(sd_jwt(claims={})), "D-01", f"{C0}/claims", id="claims an object"),
    pytest.param(query(sd_jwt(claims=["bsn"])), "D-07", CLAIM, id="claim a string"),
    pytest.param(query(sd_jwt(claims=[{}])), "D-07", CLAIM, id="path missing"),
    pytest.param(query(sd_jwt([])), "D-07", f"{CLAIM}/path", id="path empty"),
    pytest.param(
        query(sd_jwt(claims=[{"path": "$.address.locality"}])), "D-07", f"{CLAIM}/path", id="path a string"
    ),
    pytest.param(
        query(sd_jwt(claims=[{"path": ["bsn"], "id": "a.b"}])), "D-07", f"{CLAIM}/id", id="claim id"
    ),
    pytest.param(
        query(sd_jwt(claims=[{"path": ["bsn"], "id": "a"}, {"path": ["age_over_18"], "id": "a"}])),
        "D-07",
        f"{C0}/claims/1/id",
        id="claim id twice",
    ),
    pytest.param(query(sd_jwt(["nationalities", -1])), "D-21", f"{CLAIM}/path/1", id="negative index"),
    pytest.param(query(sd_jwt(["nationalities", 0.5])), "D-21", f"{CLAIM}/path/1", id="fraction in a path"),
    pytest.param(query(sd_jwt(["nationalities", True])), "D-21", f"{CLAIM}/path/1", id="boolean in a path"),
    pytest.param(query(sd_jwt(["nationalities", {}])), "D-21", f"{CLAIM}/path/1", id="object in a path"),
    pytest.param(query(sd_jwt(["a"] * 40)), "W-39", f"{CLAIM}/path", id="path too long"),
    pytest.param(query(mdoc(["age_over_18"])), "D-27", f"{CLAIM}/path", id="mdoc path of one"),
    pytest.param(query(mdoc(["a", "b", "c"])), "D-27", f"{CLAIM}/path", id="mdoc path of three"),
    pytest.param(query(mdoc(["a", 0])), "D-27", f"{CLAIM}/path", id="mdoc path with a number"),
    pytest.param(
        query(sd_jwt(["age_over_18"], ["age_over_18"])), "D-05", f"{C0}/claims/1", id="claim asked twice"
    ),
    pytest.param(
        query(sd_jwt(claims=[{"path": ["bsn"], "values": []}])), "D-12", f"{CLAIM}/values", id="no values"
    ),
    pytest.param(
        query(sd_jwt(claims=[{"path": ["bsn"], "values": "1"}])),
        "D-12",
        f"{CLAIM}/values",
        id="values a string",
    ),
    pytest.param(
        query(sd_jwt(claims=[{"path": ["bsn"], "values": [1.5]}])),
        "D-12",
        f"{CLAIM}/values/0",
        id="value a fraction",
    ),
    pytest.param(
        query(mdoc(claims=[{"path": ["a", "b"], "intent_to_retain": "false"}])),
        "D-28",
        f"{CLAIM}/intent_to_retain",
        id="retain a string",
    ),
    pytest.param(
        query(sd_jwt(claims=None, claim_sets=[["a"]])),
        "D-06",
        f"{C0}/claim_sets",
        id="claim_sets without claims",
    ),
    pytest.param(query(sd_jwt(["bsn"], claim_sets=[["a"]])), "D-06", CLAIM, id="claim_sets without ids"),
    pytest.param(
        query(sd_jwt(["bsn"], claim_sets=[["a"]])),
        "D-06",
        f"{C0}/claim_sets/0/0",
        id="claim set of an unknown id",
    ),
    pytest.param(query(sd_jwt(["bsn"], claim_sets=[])), "D-06", f"{C0}/claim_sets", id="claim_sets empty"),
    pytest.param(query(sd_jwt(["bsn"], claim_sets=[[]])), "D-06", f"{C0}/claim_sets/0", id="claim set empty"),
    pytest.param(
        query(sd_jwt(["bsn"], claim_sets=["a"])), "D-06", f"{C0}/claim_sets/0", id="claim set a string"
    ),
    pytest.param(query(credential_sets=[1]), "D-35", "/credential_sets/0", id="set a number"),
    pytest.param(query(credential_sets=[{}]), "D-35", "/credential_sets/0", id="options missing"),
    pytest.param(
        query(credential_sets=[{"options": []}]), "D-35", "/credential_sets/0/options", id="options empty"
    ),
    pytest.param(
        query(credential_sets=[{"options": [[]]}]), "D-35", "/credential_sets/0/options/0", id="option empty"
    ),
    pytest.param(
        query(credential_sets=[{"options": ["pid"]}]),
        "D-35",
        "/credential_sets/0/options/0",
        id="option a string",
    ),
    pytest.param(
        query(credential_sets=[{"options": [["x"]]}]),
        "D-35",
        "/credential_sets/0/options/0/0",
        id="option of an unknown id",
    ),
    pytest.param(
        query(credential_sets=[{"options": [["pid"]], "required": 1}]),
        "D-04",
        "/credential_sets/0/required",
        id="required a number",
    ),
    pytest.param(
        query(sd_jwt(["bsn"], trusted_authorities=[])),
        "D-29",
        f"{C0}/trusted_authorities",
        id="no authorities",
    ),
    pytest.param(
        query(sd_jwt(["bsn"], trusted_authorities=["x"])),
        "D-29",
        f"{C0}/trusted_authorities/0",
        id="authority a string",
    ),
    pytest.param(
        query(sd_jwt(["bsn"], trusted_authorities=[{"values": ["x"]}])),
        "D-29",
        f"{C0}/trusted_authorities/0",
        id="authority without type",
    ),
    pytest.param(
        query(sd_jwt(["bsn"], trusted_authorities=[{"type": "aki"}])),
        "D-29",
        f"{C0}/trusted_authorities/0",
        id="authority without values",
    ),
    pytest.param(
        query(sd_jwt(["bsn"], trusted_authorities=[{"type": "aki", "values": [1]}])),
        "D-29",
        f"{C0}/trusted_authorities/0/values/0",
        id="authority value a number",
    ),
    pytest.param(
        query(sd_jwt(["bsn"], trusted_authorities=[{"type": "aki", "values": ["YQ=="]}])),
        "D-31",
        f"{C0}/trusted_authorities/0/values/0",
        id="aki with padding",
    ),
]


@pytest.mark.parametrize(("bad", "check", "pointer"), BAD)
def test_each_broken_rule_is_an_error_at_its_place(bad: Any, check: str, pointer: str) -> None:
    found = report(bad)
    assert (check, pointer) in checks(found)
    assert not found.ok
    assert {one.severity for one in found.findings if (one.check, one.pointer) == (check, pointer)} == {
        Severity.ERROR
    }


@pytest.mark.parametrize(("bad", "check", "pointer"), BAD)
def test_what_the_parser_refuses_is_an_error_here(bad: Any, check: str, pointer: str) -> None:
    try:
        DcqlQuery.parse(bad)
    except RemoteError:
        return
    # The parser lets pass what wallets ignore, or what only HAIP forbids.
    assert check in {"D-05", "HV-16"}, pointer


@pytest.mark.parametrize(
    ("odd", "check", "pointer"),
    [
        pytest.param(
            query(trusted_authorities=[]), "D-29", "/trusted_authorities", id="authorities at the query"
        ),
        pytest.param(
            query(sd_jwt(["bsn"]), sd_jwt(["given_name"], name="b"), credential_sets=[{"options": [["b"]]}]),
            "D-15",
            C0,
            id="in no set",
        ),
        pytest.param(
            query(sd_jwt(["bsn"], trusted_authorities=[{"type": "x", "values": ["x"]}])),
            "D-29",
            f"{C0}/trusted_authorities/0/type",
            id="unknown authority type",
        ),
        pytest.param(query(sd_jwt(["bsn"], claimSets=[])), "REQ-09", f"{C0}/claimSets", id="misspelt member"),
        pytest.param(
            query(sd_jwt(["birth_date"], ["given_name"])), "REQ-10", f"{CLAIM}/path", id="no such claim"
        ),
        pytest.param(query(sd_jwt(["address", "city"])), "REQ-10", f"{CLAIM}/path", id="no such part"),
        pytest.param(query(sd_jwt(["given_name", "first"])), "REQ-10", f"{CLAIM}/path", id="below a text"),
    ],
)
def test_what_wallets_pass_over_is_a_warning(odd: Any, check: str, pointer: str) -> None:
    found = report(odd)
    assert found.ok
    assert (check, pointer) in {
        (one.check, one.pointer) for one in found.findings if one.severity == "warning"
    }


@pytest.mark.parametrize(
    ("value", "check", "pointer"),
    [
        pytest.param(
            query(sd_jwt(claims=[{"path": ["given_name"], "values": ["x"]}])),
            "V-51",
            f"{CLAIM}/values",
            id="values",
        ),
        pytest.param(
            query(
                sd_jwt(
                    ["given_name"],
                    trusted_authorities=[{"type": "etsi_tl", "values": ["https://lotl.example"]}],
                )
            ),
            "W-37",
            f"{C0}/trusted_authorities/0/type",
            id="etsi_tl",
        ),
        pytest.param(query(sd_jwt(["given_name"], zzz=1)), "REQ-09", f"{C0}/zzz", id="unknown member"),
        pytest.param(
            query(sd_jwt(claims=[{"path": ["given_name"], "intent_to_retain": True}])),
            "D-28",
            f"{CLAIM}/intent_to_retain",
            id="retain for SD-JWT",
        ),
    ],
)
def test_what_is_good_to_know_is_a_note(value: Any, check: str, pointer: str) -> None:
    found = report(value)
    assert [(one.check, one.pointer, one.severity) for one in found.findings] == [
        (check, pointer, Severity.NOTE)
    ]


def test_all_findings_are_collected() -> None:
    """Unlike a parser, which stops at the first."""
    bad = query(
        sd_jwt(["nationalities", -1], [], id="a b", multiple=1),
        {"id": "x"},
        mdoc(["a"], trusted_authorities=[{"type": "aki", "values": ["="]}]),
        credential_sets=[{"options": [["nobody"]], "required": 1}],
    )
    found = report(bad)
    assert {"D-02", "D-04", "D-21", "D-07", "D-03", "D-27", "D-31", "D-35"} <= set(ids(found))
    assert found.summary.startswith("a b:")


def test_a_query_inside_other_json_is_found() -> None:
    found = report({"usecase": "bank", "dcql_query": query(sd_jwt(["age_over_18"], id="a b"))})
    assert checks(found) == {("D-02", "/dcql_query/credentials/0/id")}


def test_a_flood_of_findings_is_cut_and_the_errors_stay() -> None:
    claims = [{"path": [f"x{n}"], "values": ["x"], "zzz": 1} for n in range(256)]
    found = report(query(*[sd_jwt(claims=claims, name=f"c{n}") for n in range(4)], sd_jwt(["a"], id="a b")))
    assert found.left_out > 0
    assert len(found.findings) <= 1000
    assert "D-02" in ids(found, severity="error")


def test_more_than_a_wallet_reads_is_an_error() -> None:
    found = report(query(*[sd_jwt(["age_over_18"], name=f"c{n}") for n in range(65)]))
    assert ids(found, severity="error") == ["W-39"]
    assert ids(report(query(sd_jwt(*[[f"x{n}"] for n in range(300)]))), severity="error") == ["W-39"]


def test_other_formats_pass_the_plain_specification() -> None:
    value = query(sd_jwt(["a"], format="jwt_vc_json", meta={"type_values": [["x"]]}))
    assert report(value, profile="openid4vp-1.0").ok
