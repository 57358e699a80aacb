"""The holder's choice: what is selected, what comes along, what never does (RFC 9901 §7.2)."""

from __future__ import annotations

from typing import Any

import pytest
from sdjwt_forge import HOLDER, ISSUER, TYP, verify

from nlwallet.claim_path import ClaimPath
from nlwallet.errors import LocalError
from nlwallet.sdjwt import SdJwt, UnverifiedSdJwt, issue_sd_jwt

CLAIMS: dict[str, Any] = {
    "iss": "https://issuer.example",
    "given_name": "Frouke",
    "family_name": "de Vries",
    "address": {"street": "Grote Markt", "town": "Sneek"},
    "nationalities": ["NL", "DE"],
    "degrees": [{"type": "BSc", "year": 2019}, {"type": "MSc", "year": 2021}],
}
DISCLOSABLE: list[ClaimPath] = [
    ("given_name",),
    ("family_name",),
    ("address",),
    ("address", "street"),
    ("address", "town"),
    ("nationalities",),
    ("nationalities", None),
    ("degrees", None),
    ("degrees", None, "year"),
]


@pytest.fixture(scope="module")
def held() -> SdJwt:
    text = issue_sd_jwt(CLAIMS, disclosable=DISCLOSABLE, key=ISSUER, typ=TYP, holder_key=HOLDER.public)
    return verify(text)


def shown(held: SdJwt, *paths: ClaimPath) -> dict[str, Any]:
    claims = verify(held.select(paths)).claims
    return {name: value for name, value in claims.items() if name not in ("iss", "cnf")}


@pytest.mark.req("S-14", "S-27")
@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], {"degrees": []}),
        ([("iss",)], {"degrees": []}),
        ([("given_name",)], {"given_name": "Frouke", "degrees": []}),
        ([("address", "town")], {"address": {"town": "Sneek"}, "degrees": []}),
        ([("address",)], {"address": CLAIMS["address"], "degrees": []}),
        ([("nationalities", 1)], {"nationalities": ["DE"], "degrees": []}),
        ([("nationalities", None)], {"nationalities": ["NL", "DE"], "degrees": []}),
        ([("degrees", 1, "year")], {"degrees": [{"type": "MSc", "year": 2021}]}),
        ([("degrees", None, "type")], {"degrees": [{"type": "BSc"}, {"type": "MSc"}]}),
        ([("degrees", 0)], {"degrees": [{"type": "BSc", "year": 2019}]}),
    ],
)
def test_a_claim_comes_with_what_contains_it_and_what_is_in_it_and_nothing_else(
    held: SdJwt, paths: list[ClaimPath], expected: dict[str, Any]
) -> None:
    assert shown(held, *paths) == expected


@pytest.mark.req("S-03")
def test_only_disclosures_that_were_issued_are_sent_and_each_once(held: SdJwt) -> None:
    chosen: list[ClaimPath] = [
        ("address",),
        ("address", "town"),
        ("address", "town"),
        ("nationalities", None),
    ]
    sent = UnverifiedSdJwt.parse(held.select(chosen)).disclosures
    assert len(set(sent)) == len(sent) == 6
    assert set(sent) <= set(held.token.disclosures)


@pytest.mark.req("S-27")
def test_each_disclosure_sent_is_referenced_by_the_jwt_or_by_another_one(held: SdJwt) -> None:
    for path in held.disclosures:
        verify(held.select([path]))  # an unreferenced one would be refused (S-23)


@pytest.mark.req("S-27")
@pytest.mark.parametrize(
    "path", [("phone",), ("address", "country"), ("nationalities", 2), ("given_name", None), ()]
)
def test_a_claim_that_is_not_there_cannot_be_selected(held: SdJwt, path: ClaimPath) -> None:
    if path == ():
        assert shown(held, path) == {name: value for name, value in CLAIMS.items() if name != "iss"}
        return
    with pytest.raises(LocalError) as caught:
        held.select([path])
    assert caught.value.pointer


def test_whoever_holds_less_can_still_select_from_it(held: SdJwt) -> None:
    less = verify(held.select([("address",), ("nationalities", 1)]))
    assert shown(less, ("nationalities", 0)) == {"nationalities": ["DE"], "degrees": []}
    with pytest.raises(LocalError):
        less.select([("given_name",)])
