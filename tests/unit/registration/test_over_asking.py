"""The over-asking check: path-aware, type-aware, and free of the false alarms that others had (pain 13)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.claim_path import covers
from nlwallet.dcql import DcqlQuery
from nlwallet.registration import RegisteredCredential, over_asked

PID, NL_PID = "urn:eudi:pid:1", "urn:eudi:pid:nl:1"


def lineage(vct: str) -> tuple[str, ...]:
    return (NL_PID, PID) if vct == NL_PID else (vct,)


def registered(
    *paths: list[Any], types: tuple[str, ...] = (NL_PID,), format_: str = "dc+sd-jwt"
) -> RegisteredCredential:
    return RegisteredCredential.model_validate({"format": format_, "types": types, "claims": paths})


def query(*paths: list[Any], types: tuple[str, ...] = (NL_PID,), **more: Any) -> DcqlQuery:
    credential: dict[str, Any] = {
        "id": "q",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": list(types)},
        **more,
    }
    if paths:
        credential["claims"] = [{"id": f"c{n}", "path": path} for n, path in enumerate(paths)]
    return DcqlQuery.parse({"credentials": [credential]})


def found(asked: DcqlQuery, *may: RegisteredCredential) -> list[tuple[Any, ...]]:
    return [one.path for one in over_asked(asked, may, ancestors=lineage)]


@pytest.mark.req("RPRC_21")
@pytest.mark.parametrize(
    ("may", "asks", "over"),
    [
        (["bsn"], ["bsn"], False),
        (["age_over_18"], ["bsn"], True),
        # parents and children
        (["address"], ["address", "locality"], False),
        (["address", "locality"], ["address"], True),
        (["address", "locality"], ["address", "postal_code"], True),
        # wildcards and indexes
        (["nationalities", None], ["nationalities", 0], False),
        (["nationalities", None], ["nationalities", None], False),
        (["nationalities", 0], ["nationalities", 0], False),
        (["nationalities", 0], ["nationalities", 1], True),
        (["nationalities", 0], ["nationalities", None], True),
        (["nationalities"], ["nationalities", 3], False),
        (["nationalities", None], ["nationalities"], True),
        (["degrees", None, "type"], ["degrees", 2, "type"], False),
        (["degrees", None, "type"], ["degrees", 2, "grade"], True),
        # a member named like an index is another thing
        (["list", 0], ["list", "0"], True),
        (["list", None], ["list", "0"], True),
    ],
)
def test_paths(may: list[Any], asks: list[Any], over: bool) -> None:
    assert found(query(asks), registered(may)) == ([tuple(asks)] if over else [])


@pytest.mark.req("RPRC_21")
def test_a_registered_base_type_speaks_of_the_types_that_extend_it_and_never_the_other_way() -> None:
    assert found(query(["birthdate"], types=(NL_PID,)), registered(["birthdate"], types=(PID,))) == []
    assert found(query(["bsn"], types=(NL_PID,)), registered(["birthdate"], types=(PID,))) == [("bsn",)]
    assert found(query(["birthdate"], types=(PID,)), registered(["birthdate"], types=(NL_PID,))) == [()]


@pytest.mark.req("RPRC_21")
def test_every_type_that_is_asked_counts() -> None:
    both = query(["birthdate"], types=(NL_PID, "urn:example:diploma"))
    assert found(both, registered(["birthdate"])) == [()]
    diploma = registered(["birthdate"], types=("urn:example:diploma",))
    assert found(both, registered(["birthdate"]), diploma) == []


def test_another_format_was_not_registered() -> None:
    mdoc = registered(["birthdate"], types=(NL_PID,), format_="mso_mdoc")
    assert found(query(["birthdate"]), mdoc) == [()]


@pytest.mark.req("RPRC_21")
def test_alternatives_and_optional_sets_are_asked_too() -> None:
    alternatives = query(["age_over_18"], ["birthdate"], claim_sets=[["c0"], ["c1"]])
    assert found(alternatives, registered(["age_over_18"])) == [("birthdate",)]
    optional = DcqlQuery.parse(
        {
            "credentials": [
                {
                    "id": "a",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": [NL_PID]},
                    "claims": [{"path": ["age_over_18"]}],
                },
                {
                    "id": "b",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": [NL_PID]},
                    "claims": [{"path": ["bsn"]}],
                },
            ],
            "credential_sets": [{"options": [["a"]]}, {"options": [["b"]], "required": False}],
        }
    )
    assert [
        (one.query_id, one.path)
        for one in over_asked(optional, [registered(["age_over_18"])], ancestors=lineage)
    ] == [("b", ("bsn",))]


def test_a_registered_credential_without_claims_permits_none() -> None:
    assert found(query(["birthdate"]), registered()) == [("birthdate",)]


def test_a_query_without_claims_asks_for_the_type_only() -> None:
    assert found(query(), registered()) == []
    assert found(query(types=("urn:example:diploma",)), registered(["birthdate"])) == [()]


def test_nothing_registered_means_everything_is_too_much() -> None:
    assert found(query(["birthdate"])) == [()]


elements = st.one_of(st.sampled_from(["a", "b", "c"]), st.integers(0, 2), st.none())
paths = st.lists(elements, min_size=1, max_size=4).map(tuple)


@given(paths)
def test_a_path_covers_itself_and_what_is_below(path: tuple[Any, ...]) -> None:
    assert covers(path, path)
    assert covers(path, (*path, "below"))
    assert not covers((*path, "below"), path)


@given(paths, paths, paths)
def test_covering_is_transitive(
    first: tuple[Any, ...], second: tuple[Any, ...], third: tuple[Any, ...]
) -> None:
    if covers(first, second) and covers(second, third):
        assert covers(first, third)
