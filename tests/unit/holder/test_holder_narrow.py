"""What is left of a query when only registered claims may be shared."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.claim_path import ClaimPath
from nlwallet.dcql import DcqlQuery
from nlwallet.holder.narrow import narrow


def credential(name: str, *claims: str, claim_sets: list[list[str]] | None = None) -> dict[str, Any]:
    query: dict[str, Any] = {
        "id": name,
        "format": "dc+sd-jwt",
        "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
        "claims": [{"id": claim, "path": [claim]} for claim in claims],
    }
    return query | ({"claim_sets": claim_sets} if claim_sets else {})


def query(*credentials: dict[str, Any], sets: list[dict[str, Any]] | None = None) -> DcqlQuery:
    members: dict[str, Any] = {"credentials": list(credentials)}
    return DcqlQuery.parse(members | ({"credential_sets": sets} if sets else {}))


BSN: set[ClaimPath] = {("bsn",)}


def test_nothing_over_asked_changes_nothing() -> None:
    whole = query(credential("a", "given_name"))
    assert narrow(whole, {}) == whole


def test_a_required_claim_cannot_be_left_out() -> None:
    assert narrow(query(credential("a", "given_name", "bsn")), {"a": BSN}) is None


def test_another_claim_set_is_a_way_without_it() -> None:
    whole = query(credential("a", "given_name", "bsn", claim_sets=[["given_name", "bsn"], ["given_name"]]))
    left = narrow(whole, {"a": BSN})
    assert left is not None
    assert [claim.path for claim in left.credentials[0].claims] == [("given_name",)]
    assert left.credentials[0].claim_sets == (("given_name",),)


def test_without_sets_every_credential_is_required() -> None:
    assert narrow(query(credential("a", "given_name"), credential("b", "bsn")), {"b": BSN}) is None


def test_every_claim_set_with_it_is_no_way() -> None:
    assert narrow(query(credential("a", "x", "bsn", claim_sets=[["x", "bsn"], ["bsn"]])), {"a": BSN}) is None


def test_an_optional_credential_set_is_left_out() -> None:
    whole = query(
        credential("a", "given_name"),
        credential("b", "bsn"),
        sets=[{"options": [["a"]]}, {"options": [["b"]], "required": False}],
    )
    left = narrow(whole, {"b": BSN})
    assert left is not None
    assert [entry.id for entry in left.credentials] == ["a"]
    assert [entry.options for entry in left.credential_sets] == [(("a",),)]


def test_another_option_of_a_required_set_is_a_way() -> None:
    whole = query(credential("a", "bsn"), credential("b", "given_name"), sets=[{"options": [["a"], ["b"]]}])
    left = narrow(whole, {"a": BSN})
    assert left is not None
    assert left.credential_sets[0].options == (("b",),)


def test_a_required_set_without_options_left_is_no_way() -> None:
    assert narrow(query(credential("a", "bsn"), sets=[{"options": [["a"]]}]), {"a": BSN}) is None


def test_optional_sets_that_all_fall_away_do_not_become_required() -> None:
    whole = query(
        credential("a", "given_name"),
        credential("b", "bsn"),
        sets=[{"options": [["b"]], "required": False}],
    )
    assert narrow(whole, {"b": BSN}) is None


@pytest.mark.parametrize("claim_sets", [None, [["given_name"]]])
def test_a_card_that_was_not_registered_at_all_is_left_out_whole(claim_sets: list[list[str]] | None) -> None:
    assert narrow(query(credential("a", "given_name", claim_sets=claim_sets)), {"a": {()}}) is None
