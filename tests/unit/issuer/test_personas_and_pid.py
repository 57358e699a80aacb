"""From the population register to the PID: the eleven-test, the mapping, the invented people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.errors import LocalError
from nlwallet.issuer import check_bsn, check_test_bsn, persona, persona_names, pid_claims
from nlwallet.sdjwt import known_types


def at(year: int, month: int, day: int, hour: int = 12) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


NOW = at(2026, 11, 23)


@pytest.mark.parametrize("bsn", ["111222333", "123456782", "999958379"])
def test_numbers_that_pass_the_eleven_test(bsn: str) -> None:
    assert check_bsn(bsn) == bsn


@pytest.mark.parametrize(
    "bsn", ["123456789", "000000000", "12345678", "1234567820", "12345678x", "", "１２３４５６７８２"]
)
def test_numbers_that_do_not(bsn: str) -> None:
    with pytest.raises(LocalError) as refused:
        check_bsn(bsn)
    assert refused.value.code == "invalid_bsn"


@given(st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(place: int, change: int) -> None:
    digits = list("999958379")
    digits[place] = str((int(digits[place]) + change) % 10)
    with pytest.raises(LocalError):
        check_bsn("".join(digits))


def test_a_number_that_may_be_somebodys_is_no_test_number() -> None:
    with pytest.raises(LocalError, match="real person"):
        check_test_bsn("123456782")


@pytest.mark.parametrize("name", persona_names())
def test_personas_have_test_numbers_of_their_own(name: str) -> None:
    assert check_test_bsn(persona(name)["burgerservicenummer"])
    numbers = [persona(each)["burgerservicenummer"] for each in persona_names()]
    assert len(set(numbers)) == len(numbers)


def test_frouke() -> None:
    claims = pid_claims(persona("frouke"), now=NOW)
    assert len(claims.pop("recovery_code")) == 64
    assert claims == {
        "family_name": "Hofstra",
        "given_name": "Frouke",
        "birthdate": "2000-03-24",
        "age_over_18": True,
        "bsn": "999958379",
        "nationalities": ["Nederlandse"],
        "address": {
            "street_address": "Eerste Vriendschapsstraat",
            "house_number": "14",
            "postal_code": "1099AA",
            "locality": "Amsterdam",
            "country": "Nederland",
        },
    }


def test_a_prefix_belongs_to_the_family_name_and_a_house_number_has_three_parts() -> None:
    claims = pid_claims(persona("jip"), now=NOW)
    assert claims["family_name"] == "van der Laan"
    assert claims["given_name"] == "Jip Willemijn"
    assert claims["address"]["house_number"] == "7BII"


def test_a_designation_stands_before_the_house_number_and_excludes_an_addition() -> None:
    answer = persona("noor")
    assert pid_claims(answer, now=NOW)["address"]["house_number"] == "tegenover 12"
    answer["verblijfplaats"]["verblijfadres"] |= {"huisletter": "c", "huisnummertoevoeging": "II"}
    assert pid_claims(answer, now=NOW)["address"]["house_number"] == "tegenover 12c"


def test_a_single_name_cannot_become_a_pid() -> None:
    with pytest.raises(LocalError, match="no given name") as refused:
        pid_claims(persona("suryani"), now=NOW)
    assert (refused.value.code, refused.value.pointer) == ("incomplete_brp", "/naam/voornamen")


def test_a_land_in_the_address_is_taken_over_and_a_short_street_name_will_do() -> None:
    answer = persona("frouke")
    home = answer["verblijfplaats"]["verblijfadres"]
    home |= {"land": {"omschrijving": "Koninkrijk"}, "korteStraatnaam": "E Vriendschapsstr"}
    del home["officieleStraatnaam"]
    address = pid_claims(answer, now=NOW)["address"]
    assert (address["country"], address["street_address"]) == ("Koninkrijk", "E Vriendschapsstr")


def test_the_whole_answer_of_the_register_will_do_when_it_is_about_one_person() -> None:
    one = persona("frouke")
    whole = {"type": "RaadpleegMetBurgerservicenummer", "personen": [one]}
    assert pid_claims(whole, now=NOW) == pid_claims(one, now=NOW)
    for people in ([], [one, one], "frouke", [None]):
        with pytest.raises(LocalError) as refused:
            pid_claims({"personen": people}, now=NOW)
        assert refused.value.pointer == "/personen"


def test_who_has_no_nationality_has_no_such_claim() -> None:
    answer = persona("frouke")
    answer["nationaliteiten"] = [{"type": "Staatloos"}]
    assert "nationalities" not in pid_claims(answer, now=NOW)
    del answer["nationaliteiten"]
    assert "nationalities" not in pid_claims(answer, now=NOW)


def test_a_leap_day_is_a_birthday_on_the_first_of_march() -> None:
    answer = persona("frouke")
    answer["geboorte"]["datum"]["datum"] = "2004-02-29"
    assert pid_claims(answer, now=at(2022, 2, 28))["age_over_18"] is False
    assert pid_claims(answer, now=at(2022, 3, 1))["age_over_18"] is True


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
PLACES = [
    ("burgerservicenummer",), ("naam",), ("naam", "voornamen"), ("naam", "voorvoegsel"), ("naam", "geslachtsnaam"),
    ("geboorte",), ("geboorte", "datum"), ("geboorte", "datum", "datum"), ("nationaliteiten",), ("verblijfplaats",),
    ("verblijfplaats", "type"), ("verblijfplaats", "verblijfadres"),
    *(("verblijfplaats", "verblijfadres", name) for name in
      ("officieleStraatnaam", "huisnummer", "huisletter", "huisnummertoevoeging", "aanduidingBijHuisnummer",
       "postcode", "woonplaats", "land")),
]  # fmt: skip


@given(st.sampled_from(PLACES), JSON)
def test_any_answer_becomes_claims_or_a_typed_error(path: tuple[str, ...], value: Any) -> None:
    answer = persona("frouke")
    place = answer
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    try:
        claims = pid_claims(answer, now=NOW)
    except LocalError:
        return
    for name in ("family_name", "given_name", "bsn"):
        assert isinstance(claims[name], str)
    assert all(isinstance(part, str) for part in claims["address"].values())


def test_two_nationalities() -> None:
    assert pid_claims(persona("yusuf"), now=NOW)["nationalities"] == ["Nederlandse", "Turkse"]


def test_eighteen_on_the_birthday_and_not_before() -> None:
    jip = persona("jip")  # born 2010-06-15
    assert pid_claims(jip, now=at(2028, 6, 14, 23))["age_over_18"] is False
    assert pid_claims(jip, now=at(2028, 6, 15, 0))["age_over_18"] is True


def test_an_address_abroad_cannot_become_a_pid() -> None:
    with pytest.raises(LocalError) as refused:
        pid_claims(persona("eline"), now=NOW)
    assert refused.value.code == "foreign_address"


def without(answer: dict[str, Any], *path: str) -> dict[str, Any]:
    place = answer
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return answer


@pytest.mark.parametrize(
    "path",
    [("naam",), ("naam", "geslachtsnaam"), ("geboorte",), ("verblijfplaats", "verblijfadres", "huisnummer"),
     ("verblijfplaats", "verblijfadres", "postcode"), ("burgerservicenummer",)],
)  # fmt: skip
def test_an_incomplete_answer_is_named(path: tuple[str, ...]) -> None:
    with pytest.raises(LocalError) as refused:
        pid_claims(without(persona("frouke"), *path), now=NOW)
    assert refused.value.code == "incomplete_brp"
    assert refused.value.pointer


def test_a_year_alone_is_no_birthdate() -> None:
    answer = persona("frouke")
    answer["geboorte"]["datum"] = {"type": "JaarDatum", "jaar": 2000}
    with pytest.raises(LocalError, match="full date of birth"):
        pid_claims(answer, now=NOW)


def test_the_same_person_has_the_same_recovery_code() -> None:
    first, second = (pid_claims(persona("frouke"), now=NOW + n) for n in (0, 999_999))
    assert first["recovery_code"] == second["recovery_code"]
    assert first["recovery_code"] != pid_claims(persona("yusuf"), now=NOW)["recovery_code"]


@pytest.mark.req("C-17", "C-18", "C-19")
def test_the_documents_of_the_pid_belong_together() -> None:
    types = known_types()
    assert types.ancestors("urn:eudi:pid:nl:1") == ("urn:eudi:pid:nl:1", "urn:eudi:pid:1")
    metadata = types.effective("urn:eudi:pid:nl:1", integrity=types.integrity("urn:eudi:pid:nl:1"))
    assert metadata.label("nl") == "Persoonsgegevens"
    claims = pid_claims(persona("frouke"), now=NOW)
    for name in claims:
        described = metadata.claim((name,))
        assert described is not None
        assert described.sd == "always"
        assert described.label("nl")
        assert described.label("en") != described.label("nl")
