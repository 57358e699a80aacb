"""A credential against the metadata of its type: sd, mandatory, and what a verifier cannot know (SD-JWT VC §5.6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sdjwt_forge import AUDIENCE, HOLDER, ISSUER, NONCE, NOW

from nlwallet.claim_path import ClaimPath
from nlwallet.errors import InvalidCredential, InvalidTypeMetadata
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import (
    IssuerKey,
    SdJwtVc,
    SdJwtVcPresentation,
    TypeMetadata,
    TypeMetadataRegistry,
    check_against_type_metadata,
    issue_sd_jwt_vc,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)

VCT = "urn:example:degree"
CLAIMS: dict[str, Any] = {
    "name": "Arthur Dent",
    "address": {"street_address": "42 Market Street", "city": "Milliways"},
    "degrees": [{"type": "BSc", "field": "x"}, {"type": "MSc", "field": "y"}],
    "nationalities": ["British", "Betelgeusian"],
}


def metadata(*claims: dict[str, Any]) -> TypeMetadata:
    document = json.dumps({"vct": VCT, "claims": claims}).encode()
    return TypeMetadataRegistry([document]).effective(VCT)


def described(*path: Any, **members: Any) -> TypeMetadata:
    return metadata({"path": list(path), **members})


def issuer_key(header: Any, payload: Any, *, now: int) -> IssuerKey:
    return IssuerKey(ISSUER.public)


def card(*disclosable: ClaimPath, claims: dict[str, Any] = CLAIMS, decoys: Any = 0) -> SdJwtVc:
    text = issue_sd_jwt_vc(
        vct=VCT,
        claims=claims,
        disclosable=disclosable,
        key=ISSUER,
        holder_key=HOLDER.public,
        issued_at=NOW,
        decoys=decoys,
    )
    return verify_sd_jwt_vc(text, issuer_key=issuer_key, now=NOW, profile=HAIP_1_0)


def shown(card: SdJwtVc, *paths: ClaimPath) -> SdJwtVcPresentation:
    text = card.present(paths, holder_key=HOLDER, audience=AUDIENCE, nonce=NONCE, now=NOW)
    return verify_sd_jwt_vc_presentation(
        text, issuer_key=issuer_key, now=NOW, profile=HAIP_1_0, audience=AUDIENCE, nonce=NONCE
    )


def refused(subject: SdJwtVc | SdJwtVcPresentation, type_: TypeMetadata) -> InvalidTypeMetadata:
    with pytest.raises(InvalidTypeMetadata) as caught:
        subject.check_type(type_)
    assert caught.value.pointer
    return caught.value


@pytest.mark.req("C-21")
def test_a_claim_that_is_always_disclosable_must_be_a_disclosure() -> None:
    always = described("name", sd="always")
    card(("name",)).check_type(always)
    refused(card(), always)
    refused(shown(card()), always)
    shown(card(("name",))).check_type(always)  # withheld: nothing to complain about


@pytest.mark.req("C-21")
def test_a_claim_that_is_never_disclosable_must_stand_in_the_clear() -> None:
    never = described("name", sd="never")
    card().check_type(never)
    refused(card(("name",)), never)
    refused(shown(card(("name",)), ("name",)), never)


@pytest.mark.req("C-21")
def test_a_claim_is_not_disclosable_because_something_around_it_is() -> None:
    inner = described("address", "city", sd="always")
    refused(card(("address",)), inner)
    card(("address", "city")).check_type(inner)
    card(("address",)).check_type(described("address", "city", sd="never"))
    refused(card(("address",), ("address", "city")), described("address", "city", sd="never"))


@pytest.mark.req("C-21")
def test_each_element_counts() -> None:
    each = described("nationalities", None, sd="always")
    card(("nationalities", None)).check_type(each)
    refused(card(("nationalities", 0)), each)
    refused(card(("nationalities", 0)), described("nationalities", None, sd="never"))


@pytest.mark.req("C-21")
def test_a_mandatory_claim_is_on_a_whole_card() -> None:
    mandatory = described("family_name", mandatory=True)
    refused(card(), mandatory)
    card(("family_name",), claims={"family_name": "Dent"}).check_type(mandatory)
    refused(card(claims={"address": {}}), described("address", "city", mandatory=True))
    refused(card(claims={"degrees": []}), described("degrees", None, "type", mandatory=True))


@pytest.mark.req("C-21")
def test_a_verifier_never_takes_a_withheld_claim_for_a_missing_one() -> None:
    whole = card(("name",), ("address",), ("degrees", None))
    for path in (
        ["name"],
        ["address"],
        ["address", "city"],
        ["degrees", None, "type"],
        ["degrees", 1, "type"],
    ):
        shown(whole).check_type(described(*path, mandatory=True))
    allowed = described("family_name", mandatory=True)
    shown(whole).check_type(allowed)  # not there at all, but it might be withheld


@pytest.mark.req("C-21")
def test_a_verifier_refuses_where_a_mandatory_claim_is_provably_missing() -> None:
    in_the_clear = described("family_name", mandatory=True, sd="never")
    refused(shown(card(("name",))), in_the_clear)
    both = metadata(
        {"path": ["place"], "sd": "never"}, {"path": ["place", "town"], "sd": "always", "mandatory": True}
    )
    refused(shown(card()), both)
    city = described("address", "town", mandatory=True, sd="never")
    refused(shown(card(("address",)), ("address",)), city)
    shown(card(("address",))).check_type(city)  # the whole address is withheld
    refused(shown(card(claims={"degrees": []})), described("degrees", None, mandatory=True))
    refused(shown(card()), described("degrees", 7, mandatory=True))


@pytest.mark.req("C-21")
def test_indices_count_elements_that_are_withheld() -> None:
    whole = card(("degrees", 0), ("nationalities", 0))
    presentation = shown(whole)
    assert presentation.claims["degrees"] == [{"type": "MSc", "field": "y"}]
    presentation.check_type(described("degrees", 0, sd="always"))
    presentation.check_type(described("degrees", 1, sd="never"))
    refused(presentation, described("degrees", 0, sd="never"))
    refused(presentation, described("degrees", 1, sd="always"))
    presentation.check_type(described("degrees", 0, "type", mandatory=True, sd="never"))
    presentation.check_type(described("nationalities", 0, mandatory=True))
    refused(presentation, described("nationalities", None, sd="never"))


def test_a_decoy_in_an_array_looks_like_a_withheld_element() -> None:
    decoyed = card(("nationalities", None), decoys={("nationalities",): 2})
    decoyed.check_type(described("nationalities", None, sd="always", mandatory=True))
    assert len(decoyed.sd_jwt.arrays[("nationalities",)]) == 4


@pytest.mark.req("C-22")
def test_an_empty_selection_is_no_error() -> None:
    for path in (["phone"], ["address", "country"], ["degrees", 5], ["degrees", None, "grade"]):
        for sd in ("always", "allowed", "never"):
            card().check_type(described(*path, sd=sd))


@pytest.mark.req("C-22")
@pytest.mark.parametrize(
    "path",
    [["name", "first"], ["name", None], ["name", 0], ["address", 0], ["address", None], ["degrees", "type"]],
    ids=str,
)
def test_a_path_through_a_value_of_another_kind_is_refused(path: list[Any]) -> None:
    for subject in (card(), shown(card(("degrees", 0)))):
        refused(subject, described(*path))


@pytest.mark.req("C-22")
def test_a_path_selects_in_every_element_that_has_the_key() -> None:
    mixed = card(
        ("degrees", 1, "field"), claims={"degrees": [{"type": "BSc"}, {"type": "MSc", "field": "y"}]}
    )
    mixed.check_type(described("degrees", None, "field", sd="always", mandatory=True))


@pytest.mark.req("C-17")
def test_metadata_of_another_type_is_no_use() -> None:
    other = TypeMetadataRegistry([b'{"vct":"urn:other"}']).effective("urn:other")
    with pytest.raises(InvalidCredential):
        card().check_type(other)


def test_the_function_works_on_plain_claims_too() -> None:
    type_ = described("name", sd="always", mandatory=True)
    check_against_type_metadata(CLAIMS, [("name",)], type_, complete=True)
    check_against_type_metadata({}, [], type_, complete=False)
    with pytest.raises(InvalidTypeMetadata):
        check_against_type_metadata({}, [], type_, complete=True)
