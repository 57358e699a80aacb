"""Which claims an issuer makes selectively disclosable, by the metadata of the type (SD-JWT VC §5.6.4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sdjwt_forge import ISSUER, TYP, verify

from nlwallet.claim_path import ClaimPath, expand
from nlwallet.errors import InvalidTypeMetadata, LocalError
from nlwallet.sdjwt import (
    TypeMetadata,
    TypeMetadataRegistry,
    check_against_type_metadata,
    disclosable_paths,
    issue_sd_jwt,
)

VCT = "urn:example:card"


def metadata(*claims: tuple[ClaimPath, str | None], **members: Any) -> TypeMetadata:
    entries = [{"path": list(path), **({"sd": sd} if sd else {})} for path, sd in claims]
    document = {"vct": VCT, "claims": entries, **members}
    return TypeMetadataRegistry([json.dumps(document).encode()]).effective(VCT)


def refused(*claims: tuple[ClaimPath, str | None]) -> InvalidTypeMetadata:
    with pytest.raises(InvalidTypeMetadata) as caught:
        disclosable_paths(metadata(*claims))
    return caught.value


def test_always_is_disclosable_never_is_not_and_allowed_is_a_choice_for_the_holder() -> None:
    described = metadata((("a",), "always"), (("b",), "never"), (("c",), "allowed"), (("d",), None))
    assert disclosable_paths(described) == (("a",), ("c",), ("d",))
    assert disclosable_paths(described, in_the_clear=[("c",)]) == (("a",), ("d",))
    assert disclosable_paths(described, in_the_clear=[("d",), ("c",)]) == (("a",),)


@pytest.mark.parametrize("path", [("a",), ("b",), ("unknown",), ("c", "x")])
def test_only_what_is_allowed_can_be_chosen_to_be_in_the_clear(path: ClaimPath) -> None:
    described = metadata((("a",), "always"), (("b",), "never"), (("c",), "allowed"))
    with pytest.raises(LocalError, match="no claim that may be in the clear"):
        disclosable_paths(described, in_the_clear=[path])


def test_a_parent_and_its_children_are_decided_each_for_itself() -> None:
    described = metadata(
        (("address",), "always"), (("address", "town"), "never"), (("address", "street"), "always")
    )
    assert disclosable_paths(described) == (("address",), ("address", "street"))


@pytest.mark.req("C-04")
@pytest.mark.parametrize("name", ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "aka_vcts"])
def test_what_the_specification_keeps_in_the_clear_stays_there(name: str) -> None:
    assert disclosable_paths(metadata(((name,), None), ((name, "x"), "allowed"), (("a",), None))) == (("a",),)
    assert disclosable_paths(metadata(((name,), "never"))) == ()
    error = refused((("a",), None), ((name,), "always"))
    assert (error.pointer, error.spec) == ("/claims/1", "SD-JWT VC §2.2.2.3")


@pytest.mark.parametrize("path", [("_sd",), ("a", "..."), ("a", None, "_sd")])
def test_names_of_sd_jwt_itself_are_no_claims(path: ClaimPath) -> None:
    error = refused((("b",), "always"), (path, "never"))
    assert (error.pointer, error.spec) == ("/claims/1", "RFC 9901 §4.1")


@pytest.mark.parametrize(
    ("always", "never"),
    [(("a", None), ("a", 0)), (("a", 3), ("a", None)), (("a", None, "b"), ("a", 1, "b"))],
)
def test_one_element_cannot_be_always_and_never_disclosable(always: ClaimPath, never: ClaimPath) -> None:
    error = refused((always, "always"), (never, "never"))
    assert (error.pointer, error.spec) == ("/claims/0", "SD-JWT VC §5.6.4")


def test_never_wins_from_allowed_where_both_mean_the_same_element() -> None:
    described = metadata((("a", None), "allowed"), (("a", 0), "never"), (("a", None, "b"), "always"))
    assert disclosable_paths(described) == (("a", None, "b"),)


def test_what_is_inherited_stands_in_another_document() -> None:
    parent = {"vct": "urn:example:parent", "claims": [{"path": ["vct"], "sd": "always"}]}
    child = {"vct": VCT, "extends": "urn:example:parent", "claims": [{"path": ["b"]}]}
    types = TypeMetadataRegistry(json.dumps(each).encode() for each in (parent, child))
    with pytest.raises(InvalidTypeMetadata) as caught:
        disclosable_paths(types.effective(VCT))
    assert caught.value.pointer == "/claims"


# What is issued by them passes the check ----------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "described"),
    [
        ({"a": ["x", "y"]}, [(("a", None), "always"), (("a", 0), None)]),
        (
            {"a": [{"b": 1, "c": 2}, {"b": 3}]},
            [(("a", None), "always"), (("a", None, "b"), "always"), (("a", 0, "c"), "always")],
        ),
        ({"a": [{"b": 1}, {"b": 2}]}, [(("a", 0), "always"), (("a", None, "b"), "always")]),
        (
            {"a": [[1, 2], [3]]},
            [(("a", None, None), "always"), (("a", 0), "always"), (("a", 1, 0), "always")],
        ),
        ({"a": {"b": {"c": 1}}}, [(("a",), "always"), (("a", "b"), "never"), (("a", "b", "c"), "always")]),
    ],
)
def test_an_index_takes_nothing_away_from_what_is_said_of_every_element(
    claims: dict[str, Any], described: list[tuple[ClaimPath, str | None]]
) -> None:
    type_ = metadata(*described)
    text = issue_sd_jwt(claims, disclosable=disclosable_paths(type_), key=ISSUER, typ=TYP)
    received = verify(text)
    assert received.claims == claims
    disclosed = set(received.disclosures)
    check_against_type_metadata(received.claims, disclosed, type_, complete=True)
    for path, sd in described:
        for at in expand(claims, path):
            assert (at in disclosed) is (sd != "never")
