"""Reading a DCQL query: what is required, what is refused and where, what is ignored."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlwallet.dcql import DcqlQuery
from nlwallet.dcql.query import (
    MAX_CLAIM_SETS,
    MAX_CLAIMS,
    MAX_CREDENTIAL_SETS,
    MAX_CREDENTIALS,
    MAX_OPTIONS,
    MAX_VALUES,
)
from nlwallet.errors import InvalidQuery, LimitExceeded, RemoteError

BASE: dict[str, Any] = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:eudi:pid:1"]},
            "claims": [
                {"id": "a", "path": ["given_name"]},
                {"id": "b", "path": ["nationalities", None], "values": ["NL", 1, True]},
            ],
            "claim_sets": [["a", "b"], ["a"]],
        },
        {
            "id": "mdl",
            "format": "mso_mdoc",
            "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
            "claims": [{"path": ["org.iso.18013.5.1", "portrait"], "intent_to_retain": False}],
        },
    ],
    "credential_sets": [{"options": [["pid"], ["mdl"]]}],
}

PID, MDL = BASE["credentials"]
LONG = [{"path": [f"c{n}"], "id": f"c{n}"} for n in range(MAX_CLAIMS + 1)]


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    query = copy.deepcopy(BASE)
    change(query)
    return query


def pid(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda query: query["credentials"][0].update(members)


def mdl(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda query: query["credentials"][1].update(members)


def claim(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda query: query["credentials"][0]["claims"][0].update(members)


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda query: query["credentials"][0].pop(name)


def test_a_valid_query_is_read_whole() -> None:
    query = DcqlQuery.parse(BASE)
    assert query.as_json() == BASE
    assert hash(query) == hash(DcqlQuery.parse(copy.deepcopy(BASE)))
    first = query.credential("pid")
    assert first is not None
    assert first.types == ("urn:eudi:pid:1",)
    assert first.claims[1].path == ("nationalities", None)
    assert query.credential("other") is None


@pytest.mark.req("D-04")
def test_defaults() -> None:
    query = DcqlQuery.parse(BASE)
    assert query.credentials[0].multiple is False
    assert query.credentials[0].require_cryptographic_holder_binding is True
    assert query.credential_sets[0].required is True


@pytest.mark.req("D-01")
def test_unknown_members_are_ignored_everywhere() -> None:
    def sprinkle(value: Any) -> None:
        if isinstance(value, dict):
            for member in list(value.values()):
                sprinkle(member)
            value["x-extension"] = {"deep": [1]}
        elif isinstance(value, list):
            for item in value:
                sprinkle(item)

    query = copy.deepcopy(BASE)
    query["credentials"][0]["trusted_authorities"] = [{"type": "aki", "values": ["AAEC"]}]
    expected = DcqlQuery.parse(query)
    sprinkle(query)
    read = DcqlQuery.parse(query)
    assert read.credential_sets == expected.credential_sets
    for ours, theirs in zip(read.credentials, expected.credentials, strict=True):
        assert (ours.types, ours.claims, ours.claim_sets) == (theirs.types, theirs.claims, theirs.claim_sets)
        assert ours.trusted_authorities == theirs.trusted_authorities


@pytest.mark.req("D-28")
def test_intent_to_retain_has_three_answers() -> None:
    def read(**members: Any) -> bool | None:
        change = mdl(claims=[{"path": ["ns", "el"], **members}])
        return DcqlQuery.parse(changed(change)).credentials[1].claims[0].intent_to_retain

    assert read() is None
    assert read(intent_to_retain=True) is True
    assert read(intent_to_retain=False) is False
    with pytest.raises(InvalidQuery) as refused:
        read(intent_to_retain="yes")
    assert refused.value.pointer == "/credentials/1/claims/0/intent_to_retain"


def r(requirement: str, change: Callable[[dict[str, Any]], object], pointer: str, name: str) -> Any:
    return pytest.param(change, pointer, marks=pytest.mark.req(requirement), id=f"{requirement}-{name}")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        r("D-01", lambda q: q.pop("credentials"), "", "no-credentials"),
        r("D-01", lambda q: q.update(credentials=[]), "/credentials", "empty-credentials"),
        r("D-01", lambda q: q.update(credentials={}), "/credentials", "object"),
        r("D-01", lambda q: q.update(credentials=["pid"]), "/credentials/0", "string"),
        r("D-01", lambda q: q.update(credential_sets=[]), "/credential_sets", "empty-sets"),
        r("D-01", lambda q: q.update(credential_sets=None), "/credential_sets", "null-sets"),
        r("D-02", without("id"), "/credentials/0", "missing"),
        r("D-02", pid(id=""), "/credentials/0/id", "empty"),
        r("D-02", pid(id="pid 1"), "/credentials/0/id", "space"),
        r("D-02", pid(id="pid.1"), "/credentials/0/id", "dot"),
        r("D-02", pid(id="pïd"), "/credentials/0/id", "letter-outside-ascii"),
        r("D-02", pid(id="pid\n"), "/credentials/0/id", "newline"),
        r("D-02", pid(id=1), "/credentials/0/id", "number"),
        r("D-02", mdl(id="pid"), "/credentials/1/id", "twice"),
        r("D-03", without("format"), "/credentials/0", "no-format"),
        r("D-03", pid(format=""), "/credentials/0/format", "empty-format"),
        r("D-03", without("meta"), "/credentials/0", "no-meta"),
        r("D-03", pid(meta=["x"]), "/credentials/0/meta", "meta-array"),
        r("D-04", pid(multiple="false"), "/credentials/0/multiple", "multiple-string"),
        r("D-04", pid(multiple=None), "/credentials/0/multiple", "multiple-null"),
        r(
            "D-04",
            pid(require_cryptographic_holder_binding=0),
            "/credentials/0/require_cryptographic_holder_binding",
            "binding-number",
        ),
        r(
            "D-04",
            lambda q: q["credential_sets"][0].update(required=1),
            "/credential_sets/0/required",
            "required-number",
        ),
        r("D-06", without("claims"), "/credentials/0/claim_sets", "claim-sets-without-claims"),
        r("D-06", claim(id=None), "/credentials/0/claims/0/id", "null-id"),
        r(
            "D-06",
            lambda q: q["credentials"][0]["claims"][0].pop("id"),
            "/credentials/0/claim_sets",
            "claim-without-id",
        ),
        r("D-06", pid(claim_sets=[]), "/credentials/0/claim_sets", "empty-claim-sets"),
        r("D-06", pid(claim_sets=[["a"], []]), "/credentials/0/claim_sets/1", "empty-claim-set"),
        r("D-06", pid(claim_sets=[["a", "z"]]), "/credentials/0/claim_sets/0/1", "unknown-claim"),
        r("D-06", pid(claim_sets=["a"]), "/credentials/0/claim_sets/0", "string"),
        r("D-07", claim(id="b"), "/credentials/0/claims/1/id", "id-twice"),
        r("D-07", claim(id="a b"), "/credentials/0/claims/0/id", "charset"),
        r("D-07", claim(path=[]), "/credentials/0/claims/0/path", "empty-path"),
        r(
            "D-07",
            lambda q: q["credentials"][0]["claims"][0].pop("path"),
            "/credentials/0/claims/0",
            "no-path",
        ),
        r("D-07", pid(claims=[]), "/credentials/0/claims", "no-claim"),
        r("D-12", claim(values=[]), "/credentials/0/claims/0/values", "no-value"),
        r("D-12", claim(values=[1.5]), "/credentials/0/claims/0/values/0", "fraction"),
        r("D-12", claim(values=["NL", None]), "/credentials/0/claims/0/values/1", "null"),
        r("D-12", claim(values=[{"a": 1}]), "/credentials/0/claims/0/values/0", "object"),
        r("D-12", claim(values="NL"), "/credentials/0/claims/0/values", "string"),
        r("D-20", pid(meta={}), "/credentials/0/meta", "absent"),
        r("D-20", pid(meta={"vct_values": []}), "/credentials/0/meta/vct_values", "empty"),
        r("D-20", pid(meta={"vct_values": "v"}), "/credentials/0/meta/vct_values", "string"),
        r("D-20", pid(meta={"vct_values": ["v", 1]}), "/credentials/0/meta/vct_values/1", "number"),
        r("D-21", claim(path="given_name"), "/credentials/0/claims/0/path", "string"),
        r("D-21", claim(path=["a", -1]), "/credentials/0/claims/0/path/1", "negative"),
        r("D-21", claim(path=["a", 1.0]), "/credentials/0/claims/0/path/1", "float"),
        r("D-21", claim(path=["a", True]), "/credentials/0/claims/0/path/1", "boolean"),
        r("D-21", claim(path=[{"a": 1}]), "/credentials/0/claims/0/path/0", "object"),
        r("D-26", mdl(meta={}), "/credentials/1/meta", "absent"),
        r("D-26", mdl(meta={"doctype_value": ["d"]}), "/credentials/1/meta/doctype_value", "array"),
        r("D-27", mdl(claims=[{"path": ["ns"]}]), "/credentials/1/claims/0/path", "one"),
        r("D-27", mdl(claims=[{"path": ["ns", "el", "deeper"]}]), "/credentials/1/claims/0/path", "three"),
        r("D-27", mdl(claims=[{"path": ["ns", 0]}]), "/credentials/1/claims/0/path", "index"),
        r("D-27", mdl(claims=[{"path": ["ns", None]}]), "/credentials/1/claims/0/path", "null"),
        r("D-29", pid(trusted_authorities=[]), "/credentials/0/trusted_authorities", "empty"),
        r(
            "D-29",
            pid(trusted_authorities=[{"type": "aki"}]),
            "/credentials/0/trusted_authorities/0",
            "no-values",
        ),
        r(
            "D-29",
            pid(trusted_authorities=[{"type": "aki", "values": []}]),
            "/credentials/0/trusted_authorities/0/values",
            "empty-values",
        ),
        r(
            "D-29",
            pid(trusted_authorities=[{"values": ["AAEC"]}]),
            "/credentials/0/trusted_authorities/0",
            "no-type",
        ),
        r(
            "D-31",
            pid(trusted_authorities=[{"type": "aki", "values": ["AAEC", "not base64url"]}]),
            "/credentials/0/trusted_authorities/0/values/1",
            "aki-not-base64url",
        ),
        r("D-35", lambda q: q["credential_sets"][0].pop("options"), "/credential_sets/0", "no-options"),
        r(
            "D-35",
            lambda q: q["credential_sets"][0].update(options=[]),
            "/credential_sets/0/options",
            "empty-options",
        ),
        r(
            "D-35",
            lambda q: q["credential_sets"][0].update(options=[["pid"], []]),
            "/credential_sets/0/options/1",
            "empty-option",
        ),
        r(
            "D-35",
            lambda q: q["credential_sets"][0].update(options=[["pid", "other"]]),
            "/credential_sets/0/options/0/1",
            "unknown-id",
        ),
        r(
            "D-35",
            lambda q: q["credential_sets"][0].update(options=["pid"]),
            "/credential_sets/0/options/0",
            "string",
        ),
    ],
)
def test_a_broken_rule_is_refused_with_its_place(
    change: Callable[[dict[str, Any]], object], pointer: str
) -> None:
    with pytest.raises(InvalidQuery) as refused:
        DcqlQuery.parse(changed(change), pointer="/dcql_query")
    assert refused.value.pointer == "/dcql_query" + pointer
    assert refused.value.spec.startswith("OpenID4VP 1.0 §")
    assert refused.value.code == "invalid_request"


@pytest.mark.parametrize("value", [None, [], "{}", 1, [BASE]])
def test_not_an_object(value: Any) -> None:
    with pytest.raises(InvalidQuery):
        DcqlQuery.parse(value)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (without("meta"), "drafts before 1.0"),
        (mdl(claims=[{"namespace": "ns", "claim_name": "el"}]), "1.0 has path"),
    ],
)
def test_older_drafts_get_a_hint(change: Callable[[dict[str, Any]], object], hint: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        DcqlQuery.parse(changed(change))
    assert hint in refused.value.hint


@pytest.mark.req("W-39")
@pytest.mark.parametrize(
    "change",
    [
        lambda q: q.update(credentials=[{**PID, "id": f"c{n}"} for n in range(MAX_CREDENTIALS + 1)]),
        pid(claims=LONG, claim_sets=[["c0"]]),
        pid(claim_sets=[["a"]] * (MAX_CLAIM_SETS + 1)),
        claim(values=list(range(MAX_VALUES + 1))),
        pid(meta={"vct_values": ["v"] * 1000}),
        pid(trusted_authorities=[{"type": "aki", "values": ["AAEC"]}] * 1000),
        pid(trusted_authorities=[{"type": "aki", "values": ["AAEC"] * 1000}]),
        lambda q: q.update(credential_sets=[{"options": [["pid"]]}] * (MAX_CREDENTIAL_SETS + 1)),
        lambda q: q["credential_sets"][0].update(options=[["pid"]] * (MAX_OPTIONS + 1)),
        lambda q: q["credential_sets"][0].update(options=[["pid"] * 10_000]),
        pid(id="x" * 10_000),
    ],
    ids=[
        "credentials", "claims", "claim_sets", "values", "vct_values", "authorities", "authority-values",
        "credential_sets", "options", "option", "id",
    ],
)  # fmt: skip
def test_counts_are_bounded(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(LimitExceeded):
        DcqlQuery.parse(changed(change))


@pytest.mark.req("W-39")
def test_a_path_is_bounded() -> None:
    with pytest.raises(RemoteError):
        DcqlQuery.parse(changed(claim(path=["a"] * 10_000)))


def test_expected_values_stay_out_of_the_repr() -> None:
    assert "Frouke" not in repr(DcqlQuery.parse(changed(claim(values=["Frouke"]))))


SCALARS = st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False) | st.text(max_size=4)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.data())
def test_nothing_else_than_a_remote_error_comes_out(data: st.DataObject) -> None:
    query = copy.deepcopy(BASE)
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
            places.append((value, key))
            if isinstance(item, dict | list):
                walk(item)

    walk(query)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places))
        container[key] = data.draw(JSON)
    try:
        read = DcqlQuery.parse(query)
    except RemoteError:
        return
    assert DcqlQuery.parse(read.as_json()) == read
