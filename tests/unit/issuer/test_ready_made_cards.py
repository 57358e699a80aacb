"""The ready-made cards: their documents, their labels, and the invented people who have them."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest

from nlwallet.claim_path import expand
from nlwallet.errors import LocalError
from nlwallet.issuer import card, card_names, cards_of, persona, persona_names, pid_claims, pid_configuration
from nlwallet.issuer.pid import birthdate_of, family_name_of
from nlwallet.openid4vci.claims_description import fault_in_claims
from nlwallet.sdjwt import check_against_type_metadata, known_types
from nlwallet.trust import Category

NOW = 1_790_000_000
OWN = [name for name in card_names() if name != "pid"]
EVERY_CARD = [(name, person) for person in persona_names() for name in cards_of(person, now=NOW)]


def document(name: str) -> dict[str, Any]:
    file = files("nlwallet.sdjwt").joinpath("types", f"urn-nlwallet-{name}-1.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def labels(name: str, language: str) -> list[str]:
    entries = [entry for claim in document(name)["claims"] for entry in claim["display"]]
    return [entry["label"] for entry in entries if entry["locale"].startswith(language)]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_cards_that_there_are() -> None:
    assert card_names() == (
        "pid",
        "diploma",
        "rental-contract",
        "health-insurance",
        "driving-licence",
        "library-card",
        "certificate-of-conduct",
        "income-statement",
        "museum-card",
    )
    assert card("pid").configuration == pid_configuration()
    for name in card_names():
        assert card(name).name == name
    with pytest.raises(LocalError, match="no ready-made card") as caught:
        card("passport")
    assert "diploma" in caught.value.hint


def test_each_has_a_type_an_issuer_and_a_host_of_its_own() -> None:
    cards = [card(name) for name in card_names()]
    for values in (
        {one.configuration.vct for one in cards},
        {one.configuration.id for one in cards},
        {one.configuration.scope for one in cards},
        {one.host for one in cards},
    ):
        assert len(values) == len(cards)
    assert {one.category for one in cards} == {
        Category.PID_PROVIDER,
        Category.PUB_EAA_PROVIDER,
        Category.EAA_PROVIDER,
    }
    qualifications = {one.category: one.configuration.attestation_qualification for one in cards[1:]}
    assert qualifications == {Category.PUB_EAA_PROVIDER: "PuB-EAA", Category.EAA_PROVIDER: "EAA"}


@pytest.mark.parametrize("name", OWN)
def test_every_name_and_label_is_there_in_dutch_and_in_english(name: str) -> None:
    for place in (document(name), *document(name)["claims"]):
        assert [entry["locale"] for entry in place["display"]] == ["nl-NL", "en-GB"]
        for entry in place["display"]:
            assert all(text == text.strip() != "" for text in entry.values() if isinstance(text, str))
    for display in document(name)["display"]:
        assert display["description"]


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_labels_are_plain(name: str, language: str) -> None:
    """Short, no technical names, no abbreviation but in brackets, no word that is longer than people read."""
    for label in labels(name, language):
        assert label[0].isupper() or label[0].isdigit(), label
        assert len(label) <= 40, label
        assert "_" not in label, label
        assert len(label.split()) <= 6, label
        outside_brackets = re.sub(r"\(.*?\)", "", label)
        assert not re.search(r"[A-Z]{2,}", outside_brackets), label
        assert max(len(word) for word in re.findall(r"\w+", label)) <= 18, label


@pytest.mark.parametrize("name", OWN)
def test_labels_that_stand_beside_each_other_differ(name: str) -> None:
    for language in ("nl", "en"):
        top = [
            entry["label"]
            for claim in document(name)["claims"]
            if len(claim["path"]) == 1
            for entry in claim["display"]
            if entry["locale"].startswith(language)
        ]
        assert len(set(top)) == len(top)


@pytest.mark.parametrize("name", OWN)
def test_the_colours_can_be_read(name: str) -> None:
    """WCAG 2.2 §1.4.3: a contrast of 4.5 at least."""
    for display in document(name)["display"]:
        simple = display["rendering"]["simple"]
        dark, light = sorted(luminance(simple[key]) for key in ("background_color", "text_color"))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("name", OWN)
def test_the_summary_is_made_of_a_mandatory_claim(name: str) -> None:
    ids = {claim["svg_id"]: claim for claim in document(name)["claims"] if "svg_id" in claim}
    for display in document(name)["display"]:
        assert ids[display["summary"].strip("{}")]["mandatory"] is True


@pytest.mark.parametrize(("name", "person"), EVERY_CARD)
def test_what_stands_on_a_card_is_what_its_type_describes(name: str, person: str) -> None:
    one, claims = card(name), card(name).claims(person, now=NOW)
    metadata = known_types().effective(one.configuration.vct)
    disclosed = [at for path in one.configuration.disclosable for at in expand(claims, path)]
    check_against_type_metadata(claims, disclosed, metadata, complete=True)
    described = {claim.path for claim in metadata.claims}
    for path in _paths(claims):
        assert path in described, path


def _paths(value: Any, at: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    if isinstance(value, dict):
        return {(*at, key) for key in value} | {
            path for key in value for path in _paths(value[key], (*at, key))
        }
    if isinstance(value, list) and at != ("nationalities",):  # of which the PID describes no elements
        return {(*at, None)} | {path for item in value for path in _paths(item, (*at, None))}
    return set()


@pytest.mark.parametrize(("name", "person"), EVERY_CARD)
def test_a_card_says_the_same_of_a_person_as_the_register(name: str, person: str) -> None:
    claims, answer = card(name).claims(person, now=NOW), persona(person)
    assert claims["family_name"] == family_name_of(answer)
    assert claims.get("given_name") == answer["naam"].get("voornamen")
    for member in ("birthdate", "birth_date"):
        assert claims.get(member, birthdate_of(answer).isoformat()) == birthdate_of(answer).isoformat()
    if "rental_object" in claims:
        address = pid_claims(answer, now=NOW)["address"] if person != "suryani" else claims["rental_object"]
        assert claims["rental_object"].items() <= address.items()


def test_who_has_which() -> None:
    have = {person: set(cards_of(person, now=NOW)) for person in persona_names()}
    assert have["frouke"] == have["yusuf"] == have["amara"] == set(card_names())
    assert have["jip"] == {"pid", "health-insurance", "library-card", "museum-card"}  # sixteen
    assert "diploma" not in have["cor"]  # older than the register
    assert "rental-contract" not in have["noor"]  # she owns her boat
    assert {"pid", "driving-licence"}.isdisjoint(have["suryani"])  # these need a given name
    assert have["eline"] == {"diploma", "certificate-of-conduct"}  # she lives in Belgium
    assert cards_of("FROUKE", now=NOW) == cards_of("frouke", now=NOW)
    with pytest.raises(LocalError, match="no persona"):
        cards_of("nobody", now=NOW)


def test_a_card_that_somebody_does_not_have() -> None:
    assert card("driving-licence").attributes("jip", NOW) is None
    with pytest.raises(LocalError) as caught:
        card("driving-licence").claims("jip", now=NOW)
    assert caught.value.code == "no_such_card"
    with pytest.raises(LocalError, match="no persona"):
        card("diploma").claims("nobody", now=NOW)


def test_claims_can_be_changed_without_changing_those_of_the_next() -> None:
    first = card("certificate-of-conduct").claims("yusuf", now=NOW)
    first["screening_areas"].append("…")
    assert "…" not in card("certificate-of-conduct").claims("yusuf", now=NOW)["screening_areas"]


# Over time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2024, 2026, 2030, 2041])
def test_a_driving_licence_is_renewed_before_it_runs_out(year: int) -> None:
    now = int(datetime(year, 4, 4, 12, tzinfo=UTC).timestamp())
    for person in ("frouke", "yusuf", "cor", "amara", "liv", "noor"):
        claims = card("driving-licence").claims(person, now=now)
        issued, expires = (date.fromisoformat(claims[name]) for name in ("issue_date", "expiry_date"))
        assert issued <= date(year, 4, 4) < expires
        assert expires.year - issued.year in (5, 10)
        assert {one["expiry_date"] for one in claims["driving_privileges"]} == {claims["expiry_date"]}
        assert all(one["issue_date"] <= claims["issue_date"] for one in claims["driving_privileges"])


def test_who_is_old_gets_a_licence_for_five_years() -> None:
    claims = card("driving-licence").claims("cor", now=NOW)
    assert (claims["issue_date"], claims["expiry_date"]) == ("2025-04-04", "2030-04-04")


def test_a_policy_and_a_library_card_are_of_this_year() -> None:
    insurance, library = (card(name).claims("jip", now=NOW) for name in ("health-insurance", "library-card"))
    assert (insurance["valid_from"], insurance["valid_until"]) == ("2026-01-01", "2026-12-31")
    assert (library["valid_until"], library["subscription"]) == ("2027-12-31", "Jeugd")
    grown = int(datetime(2028, 6, 15, 12, tzinfo=UTC).timestamp())
    assert card("library-card").claims("jip", now=grown)["subscription"] == "Volwassenen"
    assert card("museum-card").claims("jip", now=grown)["category"] == "Volwassenen"
    assert card("income-statement").claims("cor", now=grown)["year"] == 2027


# The driving licence as ISO has it ----------------------------------------------------------------


def test_the_driving_licence_has_every_mandatory_element_of_an_mdl_under_its_own_name() -> None:
    """ISO/IEC 18013-5 §7.2.1, table 5: what is mandatory."""
    mandatory = {
        "family_name",
        "given_name",
        "birth_date",
        "issue_date",
        "expiry_date",
        "issuing_country",
        "issuing_authority",
        "document_number",
        "portrait",
        "driving_privileges",
        "un_distinguishing_sign",
    }
    described = document("driving-licence")["claims"]
    assert {claim["path"][0] for claim in described if claim.get("mandatory")} == mandatory
    for person in persona_names():
        if "driving-licence" in cards_of(person, now=NOW):
            claims = card("driving-licence").claims(person, now=NOW)
            assert claims.keys() == mandatory | {"age_over_18"}
            assert claims["age_over_18"] is True
    numbers = {
        card("driving-licence").claims(person, now=NOW)["document_number"]
        for person in persona_names()
        if "driving-licence" in cards_of(person, now=NOW)
    }
    assert len(numbers) == 6


def test_the_portrait_is_a_small_jpeg() -> None:
    kind, _, data = card("driving-licence").claims("noor", now=NOW)["portrait"].partition(",")
    picture = base64.b64decode(data)
    assert kind == "data:image/jpeg;base64"
    assert picture[:3] == b"\xff\xd8\xff"
    assert len(picture) < 4096


@pytest.mark.parametrize("name", card_names())
def test_metadata_name_every_card_and_claim_in_both_languages_and_formats(name: str) -> None:
    """For wallets that know no type metadata, and of an mdoc there is nothing else (OpenID4VCI 1.0 §12.2.4)."""
    for configuration in card(name).configurations:
        entry = configuration.metadata(known_types(), type_metadata_uri="https://issuer.example/type")
        described = entry["credential_metadata"]
        assert fault_in_claims(described["claims"]) is None
        for displays in (described["display"], *(claim["display"] for claim in described["claims"])):
            assert sorted(one["locale"][:2] for one in displays) == ["en", "nl"]
            assert all(one["name"] for one in displays)
