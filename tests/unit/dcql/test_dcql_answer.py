"""Whether an answer is complete and every presentation fits its own query (OpenID4VP 1.0 §8.1, §8.6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlwallet.dcql import (
    CandidateCredential,
    DcqlQuery,
    PresentedCredential,
    check_answer,
    check_vp_token,
    match,
    surplus,
)
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidResponse, LimitExceeded

PID = "urn:eudi:pid:1"
CLAIMS: dict[str, Any] = {"given_name": "Frouke", "age_over_18": True, "nationalities": ["NL"]}


def presented(**members: Any) -> PresentedCredential:
    return PresentedCredential(**{"format": "dc+sd-jwt", "types": (PID,), "claims": CLAIMS, **members})


def ask(name: str = "pid", **members: Any) -> dict[str, Any]:
    return {"id": name, "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, **members}


def query(*credentials: dict[str, Any], **members: Any) -> DcqlQuery:
    return DcqlQuery.parse({"credentials": list(credentials) or [ask()], **members})


def refused(query_: DcqlQuery, pointer: str, **answer: list[PresentedCredential]) -> InvalidResponse:
    with pytest.raises(InvalidResponse) as error:
        check_answer(query_, answer)
    assert error.value.pointer == pointer
    assert error.value.spec.startswith("OpenID4VP 1.0 §")
    assert "Frouke" not in str(error.value)
    return error.value


# The bare vp_token ----------------------------------------------------------------------------


@pytest.mark.req("V-42")
def test_a_well_formed_vp_token() -> None:
    token = {"pid": ["eyJ~"], "doc": [{"payload": "x"}, "eyJ~"]}
    assert check_vp_token(query(ask(), ask("doc", multiple=True)), token) == token


@pytest.mark.parametrize(
    ("token", "pointer"),
    [
        pytest.param("eyJ~", "/vp_token", marks=pytest.mark.req("ADV-047"), id="string"),
        pytest.param(["eyJ~"], "/vp_token", marks=pytest.mark.req("ADV-047"), id="array"),
        pytest.param({"pid": "eyJ~"}, "/vp_token/pid", marks=pytest.mark.req("ADV-047", "V-42"), id="bare"),
        pytest.param({"other": ["eyJ~"]}, "/vp_token/other", marks=pytest.mark.req("ADV-048"), id="unknown"),
        pytest.param({"a/b": ["eyJ~"]}, "/vp_token/a~1b", marks=pytest.mark.req("V-43"), id="unknown-slash"),
        pytest.param({"pid": []}, "/vp_token/pid", marks=pytest.mark.req("ADV-051", "V-43"), id="empty"),
        pytest.param({"pid": None}, "/vp_token/pid", marks=pytest.mark.req("ADV-051"), id="null"),
        pytest.param({"pid": {"x": "eyJ~"}}, "/vp_token/pid", marks=pytest.mark.req("ADV-051"), id="object"),
        pytest.param(
            {"pid": ["eyJ~", "eyJ~"]}, "/vp_token/pid", marks=pytest.mark.req("ADV-050", "V-42"), id="two"
        ),
        pytest.param({"pid": [None]}, "/vp_token/pid/0", marks=pytest.mark.req("V-42"), id="null-element"),
        pytest.param({"pid": [["eyJ~"]]}, "/vp_token/pid/0", marks=pytest.mark.req("V-42"), id="nested"),
        pytest.param({"pid": [""]}, "/vp_token/pid/0", id="empty-string"),
        pytest.param({"pid": [1]}, "/vp_token/pid/0", id="number"),
        pytest.param(None, "/vp_token", id="nothing"),
    ],
)
def test_a_malformed_vp_token(token: Any, pointer: str) -> None:
    with pytest.raises(InvalidResponse) as error:
        check_vp_token(query(), token)
    assert error.value.pointer == pointer


def test_the_number_of_presentations_is_bounded() -> None:
    with pytest.raises(LimitExceeded):
        check_vp_token(query(ask(multiple=True)), {"pid": ["eyJ~"] * 10_000})


# Each presentation against its own query --------------------------------------------------------


@pytest.mark.req("V-45")
def test_a_fitting_answer() -> None:
    wanted = ask(claims=[{"path": ["age_over_18"]}, {"path": ["nationalities", None], "values": ["NL"]}])
    check_answer(query(wanted), {"pid": [presented()]})
    check_answer(query(), {"pid": [presented(claims={})]})


@pytest.mark.req("D-19")
def test_one_or_more_presentations() -> None:
    check_answer(query(ask(multiple=True)), {"pid": [presented(), presented()]})
    refused(query(), "/vp_token/pid", pid=[presented(), presented()])
    refused(query(ask(multiple=True)), "/vp_token/pid", pid=[])


@pytest.mark.req("ADV-054", "V-45")
def test_a_missing_claim() -> None:
    wanted = query(ask(multiple=True, claims=[{"path": ["age_over_18"]}, {"path": ["given_name"]}]))
    second = presented(claims={"given_name": "Frouke"})
    error = refused(wanted, "/vp_token/pid/1", pid=[presented(), second])
    assert "age_over_18" in error.message


@pytest.mark.req("ADV-054", "V-45")
def test_claim_sets_any_one_will_do() -> None:
    claims = [
        {"id": "a", "path": ["age_over_18"]},
        {"id": "b", "path": ["birthdate"]},
        {"id": "n", "path": ["name"]},
    ]
    wanted = query(ask(claims=claims, claim_sets=[["a", "n"], ["b"]]))
    check_answer(wanted, {"pid": [presented(claims={"birthdate": "1984-04-12"})]})
    check_answer(wanted, {"pid": [presented(claims={"age_over_18": True, "name": "x"})]})
    error = refused(wanted, "/vp_token/pid/0", pid=[presented(claims={"age_over_18": True})])
    assert "claim set 0" in error.message
    assert "claim set 1" in error.message


@pytest.mark.req("V-51", "ADV-057")
@pytest.mark.parametrize("value", [False, 1, "true", None])
def test_values_are_checked_again(value: Any) -> None:
    wanted = query(ask(claims=[{"path": ["age_over_18"], "values": [True]}]))
    check_answer(wanted, {"pid": [presented()]})
    refused(wanted, "/vp_token/pid/0", pid=[presented(claims={"age_over_18": value})])


@pytest.mark.req("ADV-056", "V-45")
def test_another_type() -> None:
    refused(query(), "/vp_token/pid/0", pid=[presented(types=("urn:example:pid",))])
    check_answer(query(), {"pid": [presented(types=("urn:eudi:pid:nl:1", PID))]})
    only_nl = query(ask(meta={"vct_values": ["urn:eudi:pid:nl:1"]}))
    refused(only_nl, "/vp_token/pid/0", pid=[presented()])


@pytest.mark.req("ADV-058", "V-45")
def test_another_format() -> None:
    mdoc_query = query({"id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": "d"}})
    mdoc = presented(format="mso_mdoc", types=("d",), claims={})
    check_answer(mdoc_query, {"mdl": [mdoc]})
    refused(mdoc_query, "/vp_token/mdl/0", mdl=[presented(types=("d",))])
    refused(query(), "/vp_token/pid/0", pid=[presented(format="mso_mdoc")])


@pytest.mark.req("ADV-059", "V-45")
def test_a_presentation_under_another_id_is_judged_by_that_id() -> None:
    both = query(ask("a", claims=[{"path": ["given_name"]}]), ask("b", claims=[{"path": ["email"]}]))
    good = {"a": [presented(claims={"given_name": "x"})], "b": [presented(claims={"email": "x"})]}
    check_answer(both, good)
    refused(both, "/vp_token/a/0", a=good["b"], b=good["a"])


@pytest.mark.req("V-46")
def test_holder_binding() -> None:
    refused(query(), "/vp_token/pid/0", pid=[presented(holder_binding=False)])
    relaxed = query(ask(require_cryptographic_holder_binding=False))
    check_answer(relaxed, {"pid": [presented(holder_binding=False)]})
    check_answer(relaxed, {"pid": [presented()]})


@pytest.mark.req("V-45")
def test_aki_is_checked_again_and_other_authorities_are_left_to_the_verifier() -> None:
    aki = {"type": "aki", "values": [b64url_encode(b"issuer")]}
    listed = {"type": "etsi_tl", "values": ["https://tl.example"]}
    strict = query(ask(trusted_authorities=[aki]))
    check_answer(strict, {"pid": [presented(authority_key_ids=frozenset({b"issuer"}))]})
    refused(strict, "/vp_token/pid/0", pid=[presented(authority_key_ids=frozenset({b"other"}))])
    check_answer(query(ask(trusted_authorities=[aki, listed])), {"pid": [presented()]})


# Array elements that were not disclosed ---------------------------------------------------------


def test_an_element_may_have_moved_forward_but_not_backward() -> None:
    def third(claims: Any) -> DcqlQuery:
        return query(ask(claims=[{"path": ["a", 1], **claims}]))

    check_answer(third({}), {"pid": [presented(claims={"a": ["y"]})]})
    check_answer(third({"values": ["y"]}), {"pid": [presented(claims={"a": ["y"]})]})
    check_answer(third({"values": ["y"]}), {"pid": [presented(claims={"a": ["x", "y"]})]})
    refused(third({"values": ["y"]}), "/vp_token/pid/0", pid=[presented(claims={"a": ["x", "z", "y"]})])
    refused(third({}), "/vp_token/pid/0", pid=[presented(claims={"a": []})])
    refused(third({}), "/vp_token/pid/0", pid=[presented(claims={"a": "y"})])


def test_every_element_means_at_least_one() -> None:
    wanted = query(ask(claims=[{"path": ["degrees", None, "type"]}]))
    check_answer(wanted, {"pid": [presented(claims={"degrees": [{"type": "BSc"}]})]})
    check_answer(wanted, {"pid": [presented(claims={"degrees": [{}, {"type": "BSc"}]})]})
    for left_over in ({}, {"degrees": []}, {"degrees": [{}]}, {"degrees": {"type": "BSc"}}):
        refused(wanted, "/vp_token/pid/0", pid=[presented(claims=left_over)])


# The answer as a whole ----------------------------------------------------------------------------


@pytest.mark.req("V-43", "ADV-048")
def test_an_unknown_id() -> None:
    refused(query(), "/vp_token/other", pid=[presented()], other=[presented()])


@pytest.mark.req("V-49", "ADV-049")
def test_a_required_query_is_missing() -> None:
    both = query(ask("a"), ask("b"))
    check_answer(both, {"a": [presented()], "b": [presented()]})
    refused(both, "/vp_token/b", a=[presented()])
    refused(both, "/vp_token/a")


SETS = {
    "credential_sets": [
        {"options": [["a"], ["b", "c"]]},
        {"options": [["d", "e"]], "required": False},
    ]
}
FIVE = query(*(ask(name) for name in "abcdef"), **SETS)


@pytest.mark.parametrize(
    "given_ids",
    [
        pytest.param("a", marks=pytest.mark.req("ADV-052"), id="first option, optional set omitted"),
        pytest.param("bc", marks=pytest.mark.req("V-49"), id="second option"),
        pytest.param("ade", id="with the optional set"),
        pytest.param("abc", id="both options whole"),
    ],
)
def test_complete_sets(given_ids: str) -> None:
    check_answer(FIVE, {name: [presented()] for name in given_ids})


@pytest.mark.parametrize(
    ("given_ids", "pointer"),
    [
        pytest.param("", "/vp_token", marks=pytest.mark.req("V-49"), id="nothing"),
        pytest.param("b", "/vp_token", marks=pytest.mark.req("ADV-053", "V-49"), id="half a required option"),
        pytest.param("de", "/vp_token", marks=pytest.mark.req("V-49"), id="only the optional set"),
        pytest.param("ad", "/vp_token/d", marks=pytest.mark.req("ADV-053"), id="half an optional option"),
        pytest.param("ab", "/vp_token/b", marks=pytest.mark.req("ADV-053"), id="half of another option"),
        pytest.param("af", "/vp_token/f", id="a query that no set asks for"),
    ],
)
def test_incomplete_sets(given_ids: str, pointer: str) -> None:
    refused(FIVE, pointer, **{name: [presented()] for name in given_ids})


def test_nothing_required_and_nothing_given() -> None:
    check_answer(query(ask(), credential_sets=[{"options": [["pid"]], "required": False}]), {})


# More than was asked ---------------------------------------------------------------------------


def test_surplus_names_what_was_not_asked() -> None:
    wanted = query(
        ask(
            claims=[
                {"path": ["address", "locality"]},
                {"path": ["degrees"]},
                {"path": ["nationalities", None]},
            ]
        )
    ).credentials[0]
    disclosed = [
        ("address",),
        ("address", "locality"),
        ("address", "street"),
        ("degrees", 0, "type"),
        ("nationalities", 1),
        ("given_name",),
    ]
    assert surplus(wanted, disclosed) == (("address", "street"), ("given_name",))
    assert surplus(query().credentials[0], [("given_name",)]) == (("given_name",),)


# What the wallet would send is accepted ------------------------------------------------------------

LEAVES = st.sampled_from(["NL", "FR", 0, 1, True, False])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=10,
)
WANTED = st.fixed_dictionaries(
    {"path": st.lists(st.sampled_from(["a", "b", None, 0, 1, 2]), min_size=1, max_size=4)},
    optional={"values": st.lists(LEAVES, min_size=1, max_size=3)},
)


def disclose(value: Any, at: tuple[Any, ...], chosen: tuple[tuple[Any, ...], ...]) -> Any:
    """What is left of a credential whose every node is selectively disclosable (RFC 9901 §7.1)."""
    if at in chosen:
        return value
    above = {path[: len(at) + 1] for path in chosen if path[: len(at)] == at}
    if isinstance(value, dict):
        return {
            name: disclose(item, (*at, name), chosen) for name, item in value.items() if (*at, name) in above
        }
    return [disclose(item, (*at, n), chosen) for n, item in enumerate(value) if (*at, n) in above]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("ab"), VALUES), st.lists(WANTED, min_size=1, max_size=3))
def test_an_honest_wallet_is_accepted(claims: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
    asked = query(ask(claims=wanted))
    held = CandidateCredential("c", "dc+sd-jwt", (PID,), claims)
    for chosen in match(asked, [held]).chosen.get("pid", ()):
        answer = disclose(claims, (), chosen.paths) if chosen.paths else {}
        check_answer(asked, {"pid": [presented(claims=answer)]})
