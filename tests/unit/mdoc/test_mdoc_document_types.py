"""What the PID and the mDL look like as mdocs: names, encodings, what must be there, and the rule of ages."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from cbor2 import CBORTag
from mdoc_forge import CHAIN, DS, HOLDER, NOW, YEAR, received

from nlwallet.errors import LocalError
from nlwallet.issuer import card, eu_pid_claims, eu_pid_configurations, persona
from nlwallet.mdoc import (
    EU_PID,
    EU_PID_DOCTYPE,
    MDL,
    MDL_DOCTYPE,
    MDL_NAMESPACE,
    Anything,
    ListOf,
    MapOf,
    Mdoc,
    Of,
    age_element,
    answering_path,
    check_ages,
    claim_path,
    claims_of,
    element_path,
    is_over,
    issue_mdoc,
    namespaces_of,
    typed_claims,
)

DATE, MOMENT = 1004, 0


def pid() -> dict[str, Any]:
    return EU_PID.renamed(eu_pid_claims(persona("frouke"), now=NOW))


def licence() -> dict[str, Any]:
    return deepcopy(card("driving-licence").claims("frouke", now=NOW))


def values(doctype: str, namespaces: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The element values as CBOR has them, after issuance and receipt."""
    document = issue_mdoc(
        doctype=doctype,
        namespaces=namespaces,
        key=DS,
        chain=CHAIN,
        holder_key=HOLDER.public,
        signed_at=NOW,
        valid_until=NOW + YEAR // 2,
    )
    mdoc: Mdoc = received(document)
    return {
        namespace: {name: item.value for name, item in items.items()}
        for namespace, items in mdoc.issuer_signed.items.items()
    }


def test_the_pid_has_the_elements_and_encodings_of_the_rulebook() -> None:
    assert len(EU_PID.elements) == 26
    data = pid() | {"sex": 2, "eu.europa.ec.eudi.pid.nl.1": {"bsn": "999958379"}}
    found = values(EU_PID_DOCTYPE, EU_PID.typed(data))
    own = found[EU_PID_DOCTYPE]
    assert own["birth_date"] == CBORTag(DATE, "2000-03-24")
    assert own["place_of_birth"] == {"locality": "Amsterdam", "country": "NL"}
    assert own["nationality"] == ["NL"]
    assert own["sex"] == 2
    assert own["portrait"].startswith(b"\xff\xd8")
    assert own["expiry_date"].tag == DATE
    assert found["eu.europa.ec.eudi.pid.nl.1"] == {"bsn": "999958379"}


@pytest.mark.parametrize("name", sorted(EU_PID.mandatory))
def test_a_pid_without_a_mandatory_element_is_not_issued(name: str) -> None:
    data = {key: value for key, value in pid().items() if key != name}
    with pytest.raises(LocalError) as caught:
        EU_PID.typed(data)
    assert (caught.value.code, caught.value.pointer) == ("invalid_claims", f"/{name}")


def test_a_portrait_that_somebody_did_not_want_is_an_empty_one() -> None:
    assert EU_PID.typed(pid() | {"portrait": ""})[EU_PID_DOCTYPE]["portrait"] == b""


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a text for a number": ({"sex": "2"}, "/sex"),
    "true for a number": ({"sex": True}, "/sex"),
    "a sex that there is not": ({"sex": 7}, "/sex"),
    "a date with a time": ({"birth_date": "2000-03-24T00:00:00Z"}, "/birth_date"),
    "a date that does not exist": ({"birth_date": "2000-02-30"}, "/birth_date"),
    "a fraction of a second": ({"expiry_date": "2030-01-01T00:00:00.5Z"}, "/expiry_date"),
    "no time zone": ({"expiry_date": "2030-01-01T00:00:00"}, "/expiry_date"),
    "no nationality": ({"nationality": []}, "/nationality"),
    "one nationality outside a list": ({"nationality": "NL"}, "/nationality"),
    "a country by its name": ({"nationality": ["NL", "Nederland"]}, "/nationality/1"),
    "a birth nowhere": ({"place_of_birth": {}}, "/place_of_birth"),
    "a birth somewhere else": ({"place_of_birth": {"planet": "Earth"}}, "/place_of_birth"),
    "a text that is too long": ({"family_name": "x" * 151}, "/family_name"),
    "a number without a country code": ({"mobile_phone_number": "0612345678"}, "/mobile_phone_number"),
    "octets that are none": ({"portrait": "data:image/jpeg;base64,!"}, "/portrait"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_value_of_another_form_is_refused_with_the_form_that_it_should_have(case: str) -> None:
    change, pointer = WRONG[case]
    with pytest.raises(LocalError) as caught:
        EU_PID.typed(pid() | change)
    assert (caught.value.code, caught.value.pointer) == ("invalid_claims", pointer)
    assert caught.value.hint
    (wrong,) = change.values()
    assert str(wrong) not in str(caught.value) or len(str(wrong)) < 3


def test_an_unknown_element_gets_the_nearest_name_and_a_domestic_one_its_own_namespace() -> None:
    with pytest.raises(LocalError, match="birth_date"):
        EU_PID.typed(pid() | {"birthdate": "2000-03-24"})
    with pytest.raises(LocalError) as caught:
        EU_PID.typed(pid() | {"bsn": "999958379"})
    assert "eu.europa.ec.eudi.pid." in caught.value.hint


def test_from_one_data_set_come_both_formats_of_the_pid() -> None:
    sd_jwt_vc, mdoc = eu_pid_configurations()
    claims = eu_pid_claims(persona("amara"), now=NOW)
    assert (sd_jwt_vc.vct, mdoc.vct, mdoc.card) == ("urn:eudi:pid:1", EU_PID_DOCTYPE, sd_jwt_vc.card)
    own = mdoc.namespaces(claims)[EU_PID_DOCTYPE]
    assert own["birth_date"] == date.fromisoformat(claims["birthdate"])
    assert own["nationality"] == claims["nationalities"] == ["NG"]
    assert own["place_of_birth"] == {"locality": "Lagos", "country": "NG"}
    assert own["resident_street"] == claims["address"]["street_address"] == "Nieuwe Gracht 1A"


def test_the_mdl_has_the_elements_and_encodings_of_the_standard() -> None:
    found = values(MDL_DOCTYPE, MDL.typed(licence()))
    assert set(found) == {MDL_NAMESPACE}
    own = found[MDL_NAMESPACE]
    assert own["birth_date"] == CBORTag(DATE, "2000-03-24")
    assert own["portrait"].startswith(b"\xff\xd8")
    assert own["driving_privileges"][0]["vehicle_category_code"] == "AM"
    assert own["driving_privileges"][0]["issue_date"] == CBORTag(DATE, "2018-06-11")
    assert (own["un_distinguishing_sign"], own["issuing_country"], own["age_over_18"]) == ("NL", "NL", True)
    more = licence() | {"portrait_capture_date": "2026-01-31T00:00:00Z", "age_over_65": False, "height": 175}
    own = values(MDL_DOCTYPE, MDL.typed(more))[MDL_NAMESPACE]
    assert own["portrait_capture_date"] == CBORTag(MOMENT, "2026-01-31T00:00:00Z")
    assert (own["age_over_65"], own["height"]) == (False, 175)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"driving_privileges": [{"issue_date": "2018-06-11"}]}, "/driving_privileges/0"),
        (
            {"driving_privileges": [{"vehicle_category_code": "B", "issue_date": "yesterday"}]},
            "/driving_privileges/0/issue_date",
        ),
        (
            {"driving_privileges": [{"vehicle_category_code": "B", "codes": [{"sign": "="}]}]},
            "/driving_privileges/0/codes/0",
        ),
        ({"un_distinguishing_sign": "Netherlands"}, "/un_distinguishing_sign"),
        ({"issuing_country": "nl"}, "/issuing_country"),
        ({"eye_colour": "octarine"}, "/eye_colour"),
        ({"age_over_18": "yes"}, "/age_over_18"),
        ({"age_over_7": True}, "/age_over_7"),
    ],
)
def test_an_mdl_of_another_form_is_refused(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(LocalError) as caught:
        MDL.typed(licence() | change)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("doctype", [EU_PID_DOCTYPE, MDL_DOCTYPE, "org.example.pass"])
def test_elements_and_claims_lead_back_to_each_other(doctype: str) -> None:
    claims = {"name": "a", "birth": {"place": "b", "year": 1}}
    assert claims_of(doctype, namespaces_of(doctype, claims)) == claims
    for path in (("name",), ("birth", "place")):
        assert claim_path(doctype, element_path(doctype, path)) == path
    domestic = ("eu.europa.ec.eudi.pid.nl.1", "bsn")
    assert element_path(EU_PID_DOCTYPE, domestic) == claim_path(EU_PID_DOCTYPE, domestic) == domestic


AGES = {"age_over_12": True, "age_over_16": True, "age_over_21": False, "age_over_65": False}


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (12, "age_over_12"),
        (10, "age_over_12"),
        (14, "age_over_16"),
        (16, "age_over_16"),
        (18, None),
        (21, "age_over_21"),
        (25, "age_over_21"),
        (70, "age_over_65"),
    ],
)
def test_the_nearest_age_answers(asked: int, answer: str | None) -> None:
    assert age_element(AGES, asked) == answer
    assert is_over(AGES, asked) is (None if answer is None else AGES[answer])


def test_what_is_no_age_answers_nothing() -> None:
    assert age_element({"age_over_18": "yes", "age_in_years": 30, "age_over_5": True}, 18) is None
    path = (MDL_NAMESPACE, "age_over_18")
    assert answering_path({MDL_NAMESPACE: {"age_over_21": True}}, path) == (MDL_NAMESPACE, "age_over_21")
    assert answering_path({MDL_NAMESPACE: {"age_over_18": True, "age_over_21": True}}, path) == path
    assert answering_path({MDL_NAMESPACE: {"age_over_65": False}}, path) == path
    assert answering_path({}, path) == path
    assert answering_path({"org.example": {"age_over_21": True}}, ("org.example", "age_over_18")) == (
        "org.example",
        "age_over_18",
    )


def test_ages_are_those_of_the_day_on_which_the_document_begins() -> None:
    born = {"birth_date": date(2008, 1, 16)}  # NOW is 15 January 2027
    check_ages({**born, "age_over_18": True, "age_over_19": False}, at=NOW)
    check_ages({"age_over_18": True}, at=NOW)
    check_ages({**born, "age_over_19": True}, at=NOW + 86_400)
    with pytest.raises(LocalError) as caught:
        check_ages({**born, "age_over_19": True}, at=NOW)
    assert caught.value.pointer == "/age_over_19"


def test_the_values_of_a_type_of_one_s_own() -> None:
    elements = {
        ("since",): "full-date",
        ("seen",): "tdate",
        ("photo",): "bstr",
        ("home", "built"): "full-date",
        ("home", "absent"): "bool",
        ("not", "there"): "uint",
        ("visits",): ListOf(MapOf({"day": Of("full-date"), "note": Anything()}), at_least=1),
    }
    claims = {
        "since": "2020-02-29",
        "seen": "2026-01-31T12:00:00Z",
        "photo": "AQID",
        "home": {"built": "1999-12-31", "rooms": 4},
        "visits": [{"day": "2026-01-01", "note": {"a": None}}],
    }
    before = deepcopy(claims)
    found = values("org.example.pass", namespaces_of("org.example.pass", typed_claims(claims, elements)))
    assert claims == before
    own = found["org.example.pass"]
    assert (own["since"], own["seen"]) == (
        CBORTag(DATE, "2020-02-29"),
        CBORTag(MOMENT, "2026-01-31T12:00:00Z"),
    )
    assert own["photo"] == b"\x01\x02\x03"
    assert own["visits"] == [{"day": CBORTag(DATE, "2026-01-01"), "note": {"a": None}}]
    assert found["org.example.pass.home"] == {"built": CBORTag(DATE, "1999-12-31"), "rooms": 4}
    with pytest.raises(LocalError) as caught:
        typed_claims({"home": {"built": "1999"}}, elements)
    assert caught.value.pointer == "/home/built"
    with pytest.raises(LocalError, match="no kind of element"):
        typed_claims({"since": "2020-02-29"}, {("since",): "date"})
