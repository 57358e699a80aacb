"""Only what was asked for is surfaced."""

from __future__ import annotations

from typing import Any

import pytest
from bytecode import steps

from nlwallet.dcql import CredentialQuery
from nlwallet.verifier.presentation import requested_claims

CLAIMS: dict[str, Any] = {
    "vct": "urn:eudi:pid:1",
    "iat": 1,
    "exp": 2,
    "cnf": {"jwk": {}},
    "status": {"status_list": {"idx": 1, "uri": "https://x.example"}},
    "issuing_country": "NL",
    "given_name": "A",
    "address": {"locality": "B", "street": "C", "country": "D"},
    "nationalities": ["NL", "BE"],
    "degrees": [{"type": "x", "year": 1}, {"type": "y", "year": 2}],
}


def query(*paths: list[Any]) -> CredentialQuery:
    members: dict[str, Any] = {"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:1"]}}
    if paths:
        members["claims"] = [{"path": path} for path in paths]
    return CredentialQuery.parse(members)


@pytest.mark.req("ADV-055")
@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([["given_name"]], {"given_name": "A"}),
        ([["address", "locality"]], {"address": {"locality": "B"}}),
        ([["address"]], {"address": CLAIMS["address"]}),
        ([["nationalities", None]], {"nationalities": ["NL", "BE"]}),
        ([["nationalities"]], {"nationalities": ["NL", "BE"]}),
        ([["nationalities", 0]], {"nationalities": ["NL"]}),
        ([["degrees", None, "type"]], {"degrees": [{"type": "x"}, {"type": "y"}]}),
        ([["given_name"], ["address", "country"]], {"given_name": "A", "address": {"country": "D"}}),
        ([["unknown"]], {}),
    ],
)
def test_what_was_not_asked_for_is_left_behind(paths: list[list[Any]], expected: dict[str, Any]) -> None:
    assert requested_claims(query(*paths), CLAIMS, frozenset()) == expected


@pytest.mark.req("OIA_16")
def test_a_query_without_claims_gets_neither_disclosures_nor_what_the_format_needs() -> None:
    disclosed = frozenset({("given_name",), ("address", "street"), ("nationalities", 1), ("degrees",)})
    assert requested_claims(query(), CLAIMS, disclosed) == {
        "issuing_country": "NL",
        "address": {"locality": "B", "country": "D"},
        "nationalities": ["NL"],
    }


def _steps(count: int) -> int:
    """How many instructions it takes to select one member of each of so many elements."""
    claims = {"vct": "urn:eudi:pid:1", "degrees": [{"type": "x"}] * count}
    found: dict[str, Any] = {}
    done = steps(
        lambda: found.update(requested_claims(query(["degrees", None, "type"]), claims, frozenset()))
    )
    assert len(found["degrees"]) == count
    return done


def test_many_elements_take_no_longer_than_their_number() -> None:
    assert 0 < _steps(80) < 3 * _steps(40)
