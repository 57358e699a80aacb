"""Matching against a slow matcher that is written from OpenID4VP 1.0 §6.4 and §7.1 alone, by enumeration.

The model knows nothing of how the library matches: it walks claims path pointers step by step, tries every claim
set and every option, and says which answers a wallet may give.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from nlwallet.dcql import CandidateCredential, DcqlQuery, PresentedCredential, check_answer, match
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidResponse

AKIS = [b"authority-1", b"authority-2"]


# The model: §7.1 ---------------------------------------------------------------------------------


class Missing(Exception):
    """Processing of a path ended in an error: the claim is not there."""


def select(claims: Any, path: list[Any]) -> list[Any]:
    """The values that a claims path pointer selects, step by step as §7.1.1 says."""
    selected = [claims]
    for step in path:
        following = []
        for value in selected:
            if isinstance(step, str):
                if not isinstance(value, dict):
                    raise Missing
                if step in value:
                    following.append(value[step])
            elif step is None:
                if not isinstance(value, list):
                    raise Missing
                following += value
            else:
                if not isinstance(value, list):
                    raise Missing
                if step < len(value):
                    following.append(value[step])
        selected = following
    if not selected:
        raise Missing
    return selected


def same(value: Any, asked: Any) -> bool:
    """Type and value equal, without any conversion (§6.3)."""
    return type(value) is type(asked) and value == asked


def has(claims: Any, asked: dict[str, Any]) -> bool:
    try:
        found = select(claims, asked["path"])
    except Missing:
        return False
    return "values" not in asked or any(same(value, one) for value in found for one in asked["values"])


# The model: §6.4.1 -------------------------------------------------------------------------------


def fits(asked: dict[str, Any], card: dict[str, Any]) -> bool:
    """Whether this credential answers this Credential Query."""
    if card["format"] != asked["format"]:
        return False
    if not any(kind in asked["meta"]["vct_values"] for kind in card["types"]):
        return False
    if asked.get("require_cryptographic_holder_binding", True) and not card["bound"]:
        return False
    authorities = asked.get("trusted_authorities")
    if authorities is not None:
        values = [value for entry in authorities if entry["type"] == "aki" for value in entry["values"]]
        if b64url_encode(card["aki"]) not in values:
            return False
    claims = {one.get("id", n): one for n, one in enumerate(asked.get("claims", []))}
    sets = asked.get("claim_sets", [list(claims)])
    return any(all(has(card["claims"], claims[name]) for name in names) for names in sets)


# The model: §6.4.2 -------------------------------------------------------------------------------


def satisfiable(query: dict[str, Any], fitting: dict[str, list[int]]) -> bool:
    if "credential_sets" not in query:
        return all(fitting[one["id"]] for one in query["credentials"])
    return all(
        any(all(fitting[name] for name in option) for option in entry["options"])
        for entry in query["credential_sets"]
        if entry.get("required", True)
    )


def may_be_answered_with(query: dict[str, Any], ids: set[str]) -> bool:
    """Whether answers to exactly these Credential Queries are a whole answer."""
    if "credential_sets" not in query:
        return ids == {one["id"] for one in query["credentials"]}
    allowed: set[str] = set()
    for choice in product(*[[None, *entry["options"]] for entry in query["credential_sets"]]):
        chosen = {name for option in choice if option for name in option}
        required = all(
            option or not entry.get("required", True)
            for option, entry in zip(choice, query["credential_sets"], strict=True)
        )
        if required and chosen == ids:
            return True
        allowed |= chosen
    return False


# What is generated -------------------------------------------------------------------------------

NAMES = ["a", "b", "c"]
scalars = st.sampled_from(["x", "y", 1, 0, True, False, None])
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)
claims_of_cards = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)
cards = st.fixed_dictionaries(
    {
        "format": st.sampled_from(["dc+sd-jwt", "dc+sd-jwt", "dc+sd-jwt", "mso_mdoc"]),
        "types": st.sampled_from([["t"], ["u"], ["t", "base"], ["u", "base"]]),
        "bound": st.sampled_from([True, True, False]),
        "aki": st.sampled_from(AKIS),
        "claims": claims_of_cards,
    }
)
paths = st.lists(st.sampled_from([*NAMES, *NAMES, None, 0, 1]), min_size=1, max_size=3)


@st.composite
def credential_queries(draw: st.DrawFn, name: str) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "id": name,
        "format": "dc+sd-jwt",
        "meta": {
            "vct_values": draw(
                st.lists(st.sampled_from(["t", "u", "base"]), min_size=1, max_size=2, unique=True)
            )
        },
    }
    wanted = draw(st.lists(paths, max_size=3, unique_by=repr))
    if wanted:
        asked["claims"] = [{"id": f"c{n}", "path": path} for n, path in enumerate(wanted)]
        for claim in asked["claims"]:
            if draw(st.integers(0, 3)) == 0:
                claim["values"] = draw(
                    st.lists(st.sampled_from(["x", "y", 1, 0, True, False]), min_size=1, max_size=2)
                )
        if draw(st.booleans()):
            ids = [claim["id"] for claim in asked["claims"]]
            asked["claim_sets"] = draw(
                st.lists(
                    st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True),
                    min_size=1,
                    max_size=3,
                )
            )
    if draw(st.integers(0, 3)) == 0:
        asked["require_cryptographic_holder_binding"] = False
    if draw(st.integers(0, 3)) == 0:
        listed = draw(st.lists(st.sampled_from(AKIS), min_size=1, max_size=2, unique=True))
        asked["trusted_authorities"] = [{"type": "aki", "values": [b64url_encode(one) for one in listed]}]
    if draw(st.booleans()):
        asked["multiple"] = draw(st.booleans())
    return asked


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    ids = ["p", "q", "r"][: draw(st.integers(1, 3))]
    query: dict[str, Any] = {"credentials": [draw(credential_queries(name)) for name in ids]}
    if draw(st.booleans()):
        options = st.lists(st.sampled_from(ids), min_size=1, max_size=2, unique=True)
        entry = st.fixed_dictionaries(
            {"options": st.lists(options, min_size=1, max_size=2)}, optional={"required": st.booleans()}
        )
        query["credential_sets"] = draw(st.lists(entry, min_size=1, max_size=2))
    return query


def candidates(wallet: list[dict[str, Any]]) -> list[CandidateCredential]:
    return [
        CandidateCredential(
            str(n),
            card["format"],
            tuple(card["types"]),
            card["claims"],
            card["bound"],
            frozenset({card["aki"]}),
        )
        for n, card in enumerate(wallet)
    ]


# What is compared --------------------------------------------------------------------------------


@pytest.mark.req("D-09", "D-10", "D-12", "D-14", "D-15", "D-17", "D-22", "D-23", "D-24", "D-25")
@settings(max_examples=150, deadline=None)
@given(queries(), st.lists(cards, max_size=3))
def test_the_same_cards_fit_and_the_same_queries_can_be_answered(
    query: dict[str, Any], wallet: list[dict[str, Any]]
) -> None:
    found = match(DcqlQuery.parse(query), candidates(wallet))
    fitting = {
        asked["id"]: [n for n, card in enumerate(wallet) if fits(asked, card)]
        for asked in query["credentials"]
    }
    assert {name: [int(one.candidate_id) for one in ones] for name, ones in found.matches.items()} == fitting
    event(f"satisfied: {found.satisfied}")
    assert found.satisfied is satisfiable(query, fitting)
    assert found.explain().fulfilled is found.satisfied


@pytest.mark.req("D-11", "D-16", "D-19")
@settings(max_examples=150, deadline=None)
@given(queries(), st.lists(cards, max_size=3))
def test_what_is_chosen_is_a_whole_answer_and_no_more(
    query: dict[str, Any], wallet: list[dict[str, Any]]
) -> None:
    found = match(DcqlQuery.parse(query), candidates(wallet))
    chosen = found.chosen
    if not found.satisfied:
        assert chosen == {}
        return
    if chosen:
        assert may_be_answered_with(query, set(chosen))
    by_id = {asked["id"]: asked for asked in query["credentials"]}
    for name, ones in chosen.items():
        assert len(ones) == 1 or by_id[name].get("multiple", False)
        for one in ones:
            card = wallet[int(one.candidate_id)]
            assert fits(by_id[name], card)
            wanted = by_id[name].get("claims", [])
            if one.claim_set is not None:
                names = by_id[name]["claim_sets"][one.claim_set]
                earlier = by_id[name]["claim_sets"][: one.claim_set]
                every = {claim["id"]: claim for claim in wanted}
                # The first set that can be satisfied (§6.4.1).
                assert not any(all(has(card["claims"], every[n]) for n in names_) for names_ in earlier)
                wanted = [every[n] for n in names]
            asked_values = [value for claim in wanted for value in _values_asked(card["claims"], claim)]
            # Every path selects something that was asked for, and everything that was asked for is selected.
            selected = [select(card["claims"], list(path))[0] for path in one.paths]
            assert all(any(value is asked for asked in asked_values) for value in selected)
            assert all(any(asked is value for value in selected) for asked in asked_values)


def _values_asked(claims: Any, asked: dict[str, Any]) -> list[Any]:
    found = select(claims, asked["path"])
    return [
        value for value in found if "values" not in asked or any(same(value, one) for one in asked["values"])
    ]


@pytest.mark.req("V-45", "V-49")
@settings(max_examples=150, deadline=None)
@given(queries(), st.lists(cards, max_size=3), st.data())
def test_the_verifier_takes_whole_answers_and_only_those(
    query: dict[str, Any], wallet: list[dict[str, Any]], data: st.DataObject
) -> None:
    parsed = DcqlQuery.parse(query)
    found = match(parsed, candidates(wallet))
    ids = sorted(name for name, ones in found.matches.items() if ones)
    given_ids = data.draw(st.lists(st.sampled_from(ids), unique=True) if ids else st.just([]))
    answer = {name: [_presented(wallet[int(found.matches[name][0].candidate_id)])] for name in given_ids}
    if may_be_answered_with(query, set(given_ids)):
        check_answer(parsed, answer)
    else:
        with pytest.raises(InvalidResponse):
            check_answer(parsed, answer)


@settings(max_examples=100, deadline=None)
@given(queries(), cards)
def test_the_verifier_refuses_a_card_that_does_not_fit(query: dict[str, Any], card: dict[str, Any]) -> None:
    query = {"credentials": query["credentials"][:1]}
    asked = query["credentials"][0]
    answer = {asked["id"]: [_presented(card)]}
    # Array elements may have moved in a presentation, so an index is taken less strictly there (answer.py).
    if any(isinstance(step, int) for claim in asked.get("claims", []) for step in claim["path"]):
        return
    if fits(asked, card):
        check_answer(DcqlQuery.parse(query), answer)
    else:
        with pytest.raises(InvalidResponse):
            check_answer(DcqlQuery.parse(query), answer)


def _presented(card: dict[str, Any]) -> PresentedCredential:
    return PresentedCredential(
        card["format"], tuple(card["types"]), card["claims"], card["bound"], frozenset({card["aki"]})
    )
