"""The nearest thing that a wallet does hold: by name, never by value, and within bounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlwallet.claim_path import ClaimPath, expand
from nlwallet.dcql import CandidateCredential, DcqlQuery, match, nearest_credential, nearest_path

PID = {
    "age_equal_or_over": {"18": True, "21": True},
    "age_over_18": True,
    "address": {"postal_code": "1011 AB", "locality": "Amsterdam", "street_address": "Dam 1"},
    "nationalities": ["NL", "BE"],
    "family_name": "Jansen",
    "degrees": [{"type": "bachelor"}],
}


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        (("address", "postcode"), ("address", "postal_code")),
        (("postal_code",), ("address", "postal_code")),
        (("nationality",), ("nationalities",)),
        (("ageOver18",), ("age_over_18",)),
        (("age_over_21",), ("age_equal_or_over", "21")),
        (("familyname",), ("family_name",)),
        (("degrees", 0, "kind"), ("degrees",)),
        (("bsn",), None),
        (("x",), None),
    ],
)
def test_the_nearest_claim(asked: ClaimPath, near: ClaimPath | None) -> None:
    assert nearest_path(PID, asked) == near


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(
    st.dictionaries(st.text(max_size=8), json_values, max_size=6),
    st.lists(st.text(max_size=8) | st.none() | st.integers(0, 3), min_size=1, max_size=4),
)
@example({"": [{"0": None}, None]}, ["0"])
def test_what_is_near_is_there(claims: dict[str, Any], asked: list[Any]) -> None:
    near = nearest_path(claims, tuple(asked))
    assert near is None or expand(claims, near)


def test_a_huge_credential_is_looked_at_in_part() -> None:
    assert nearest_path({f"claim {n}": [n] for n in range(20_000)}, ("claim 19999",)) is not None


def card(name: str, *types: str, format: str = "dc+sd-jwt") -> CandidateCredential:  # noqa: A002
    return CandidateCredential(name, format, types, PID)


def query(vct: str, *paths: list[Any]) -> DcqlQuery:
    asked: dict[str, Any] = {"id": "q", "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}}
    if paths:
        asked["claims"] = [{"path": path} for path in paths]
    return DcqlQuery.parse({"credentials": [asked]})


def test_the_nearest_card_is_of_a_type_like_the_one_asked_for() -> None:
    held = [card("library", "urn:library:1"), card("nl", "urn:eudi:pid:nl:1", "urn:eudi:pid:1")]
    near = nearest_credential(query("urn:eudi:pid:de:1").credentials[0], held)
    assert near is held[1]
    assert nearest_credential(query("https://example.com/diploma").credentials[0], held) is None


def test_the_tree_tells_what_fits_what_does_not_and_what_is_near() -> None:
    tree = match(
        query("urn:eudi:pid:1", ["age_over_18"], ["address", "postcode"], ["bsn"]),
        [card("nl", "urn:eudi:pid:nl:1", "urn:eudi:pid:1")],
    ).explain()
    lines = [line.strip() for line in str(tree).splitlines()]
    assert "+ claim age_over_18" in lines
    assert any(
        line.startswith("- claim address.postcode") and "address.postal_code" in line for line in lines
    )
    assert any(line.startswith("- claim bsn") and "nearest" not in line for line in lines)
    assert lines[1].endswith("the nearest is 'nl'")


@given(st.data())
def test_no_value_is_ever_in_the_tree(data: st.DataObject) -> None:
    secret = "Zwijgplicht7"
    claims = {"family_name": secret, "address": {"locality": secret}, "list": [secret]}
    steps = st.sampled_from(["family_name", "address", "locality", "list", "adres", None, 0])
    paths = data.draw(
        st.lists(st.lists(steps, min_size=1, max_size=3), min_size=1, max_size=3, unique_by=str)
    )
    asked = {
        "credentials": [
            {
                "id": "q",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["t"]},
                "claims": [{"path": path, "values": ["other"]} for path in paths],
            }
        ]
    }
    found = match(DcqlQuery.parse(asked), [CandidateCredential("c", "dc+sd-jwt", ("t",), claims)])
    assert secret not in str(found.explain())
