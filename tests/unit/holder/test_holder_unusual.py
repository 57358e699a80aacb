"""Each unusual combination is found, and its ordinary neighbour is not."""

from __future__ import annotations

import pytest

from nlwallet.holder.log import LoggedClaim
from nlwallet.holder.texts import TEXTS
from nlwallet.holder.unusual import RULES, is_age, is_age_check, portrait, unusual

AGE = {"nl": "Controleren of u 18 jaar of ouder bent"}
OTHER = {"nl": "Een bankrekening openen", "en": "Open a bank account"}


def claims(*names: str) -> tuple[LoggedClaim, ...]:
    return tuple(LoggedClaim("urn:eudi:pid:nl:1", (name,)) for name in names)


@pytest.mark.parametrize(
    ("asked", "purpose", "public_body", "codes"),
    [
        (("bsn",), OTHER, True, []),
        (("bsn",), OTHER, False, ["bsn_outside_government"]),
        (("bsn",), {}, None, ["bsn_outside_government"]),
        (("personal_administrative_number",), OTHER, False, ["bsn_outside_government"]),
        (("given_name",), OTHER, False, []),
        (("recovery_code",), OTHER, True, ["recovery_code"]),
        (("bsn", "picture"), OTHER, True, ["identity_copy"]),
        (("document_number", "picture"), OTHER, True, ["identity_copy"]),
        (("picture", "given_name"), OTHER, True, []),
        (("age_over_18",), AGE, False, []),
        (("age_over_18", "picture"), AGE, False, []),
        (("age_over_18", "given_name"), AGE, False, ["more_than_age"]),
        (("birthdate",), AGE, True, ["more_than_age"]),
        (("birthdate",), OTHER, True, []),
    ],
)
def test_rules(
    asked: tuple[str, ...], purpose: dict[str, str], public_body: bool | None, codes: list[str]
) -> None:
    found = unusual(claims(*asked), purpose=purpose, public_body=public_body)
    assert [finding.code for finding in found] == codes


def test_the_claims_that_are_too_much_are_named() -> None:
    (found,) = unusual(claims("age_over_18", "bsn", "address"), purpose=AGE, public_body=True)
    assert found.claims == claims("bsn", "address")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Leeftijdscontrole", True),
        ("Leeftijd controleren", True),
        ("Controleren of u 18+ bent", True),
        ("Nagaan dat u meerderjarig bent", True),
        ("Check that you are over 18", True),
        ("Check your age", True),
        ("Manage your account", False),
        ("Inloggen", False),
        ("Een woning huren", False),
        ("Een pakket ophalen", False),
    ],
)
def test_age_purposes(text: str, expected: bool) -> None:
    assert is_age_check({"xx": text}) is expected


def test_age_claims() -> None:
    assert is_age(LoggedClaim("t", ("age_over_18",)))
    assert is_age(LoggedClaim("t", ("age_equal_or_over", "18")))
    assert not is_age(LoggedClaim("t", ("birthdate",)))


@pytest.mark.req("RPA_07c")
def test_a_portrait_is_warned_about() -> None:
    assert [finding.code for finding in portrait(claims("picture", "bsn"))] == ["portrait"]
    assert portrait(claims("bsn")) == ()


def test_every_rule_has_words() -> None:
    for rule in RULES:
        assert f"warning.{rule.code}.title" in TEXTS["nl"]
