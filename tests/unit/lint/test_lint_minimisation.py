"""Data minimisation: what is asked beyond the purpose, and the smallest query that serves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lint_requests import NL_PID, NOW, checks, ids, make_party, mdoc, query, record, sd_jwt

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, sign_jws
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import RemoteError
from nlwallet.lint import LintReport, Registration, lint
from nlwallet.registration import RelyingPartyRecord, issue_wrprc
from nlwallet.status import StatusReference

CLAIMS = "/credentials/0/claims"
AGE_CHECK = "Controleren of u 18 jaar of ouder bent"
POSTCODE_CHECK = "Controleren of uw postcode in het bezorggebied ligt"
MDL = "org.iso.18013.5.1"


def report(value: Any, registered: Any = None, **options: Any) -> LintReport:
    return lint(json.dumps(value), registration=registered, **options)


def paths(value: Any) -> list[list[Any]]:
    return [claim["path"] for claim in value["credentials"][0]["claims"]]


def fixed(found: LintReport) -> dict[str, Any]:
    query_ = found.fix()
    assert query_ is not None
    DcqlQuery.parse(query_)
    return query_


# A birth date where an age limit serves ----------------------------------------------------------


def test_a_birth_date_alone_can_only_be_for_an_age() -> None:
    found = report(query(sd_jwt(["birthdate"])))
    assert ("MIN-01", f"{CLAIMS}/0") in checks(found)
    assert paths(fixed(found)) == [["age_over_18"]]


@pytest.mark.parametrize("name", ["birthdate", "birth_date", "date_of_birth", "age_in_years"])
def test_so_can_its_other_names(name: str) -> None:
    found = report(query(mdoc([MDL, name])))
    assert ("MIN-01", f"{CLAIMS}/0") in checks(found)
    assert paths(fixed(found)) == [[MDL, "age_over_18"]]


def test_a_birth_date_beside_names_is_for_identification() -> None:
    assert "MIN-01" not in ids(report(query(sd_jwt(["family_name"], ["birthdate"]))))


def test_what_is_registered_decides() -> None:
    asked = query(sd_jwt(["birthdate"]))
    assert "MIN-01" not in ids(report(asked, record(["birthdate"], purpose="Premie berekenen")))
    found = report(asked, record(["birthdate"], ["age_over_18"], purpose=AGE_CHECK))
    assert ("MIN-01", f"{CLAIMS}/0") in checks(found)
    assert paths(fixed(found)) == [["age_over_18"]]


def test_a_replacement_that_is_not_registered_has_to_be_registered_first() -> None:
    found = report(query(sd_jwt(["birthdate"])), record(["birthdate"], purpose=AGE_CHECK))
    [finding] = [one for one in found.findings if one.check == "MIN-01"]
    assert finding.fix is not None
    assert finding.fix.text.startswith("Register age_over_18")
    assert finding.fix.patch == ()
    assert paths(fixed(found)) == [["birthdate"]]


def test_an_age_limit_that_is_registered_replaces_a_birth_date_that_is_not() -> None:
    found = report(query(sd_jwt(["birthdate"])), record(["age_over_18"], purpose=AGE_CHECK))
    assert {("RPRC_21", f"{CLAIMS}/0"), ("MIN-01", f"{CLAIMS}/0")} <= checks(found)
    assert paths(fixed(found)) == [["age_over_18"]]


def test_an_age_limit_is_enough_beside_itself() -> None:
    found = report(query(sd_jwt(["age_over_18"], ["birthdate"])))
    assert checks(found) == {("MIN-01", f"{CLAIMS}/1")}
    assert paths(fixed(found)) == [["age_over_18"]]


@pytest.mark.parametrize(("name", "limit"), [("over-16-check", 16), ("age_21", 21), ("leeftijd", 18)])
def test_the_limit_is_that_of_the_words(name: str, limit: int) -> None:
    found = report(query(mdoc([MDL, "birth_date"], id=name)))
    assert paths(fixed(found)) == [[MDL, f"age_over_{limit}"]]


def test_a_card_that_cannot_say_the_limit_keeps_the_birth_date() -> None:
    found = report(query(sd_jwt(["birthdate"], name="over_21")))
    assert "MIN-01" in ids(found)
    assert paths(fixed(found)) == [["birthdate"]]
    unknown = report(query(sd_jwt(["birthdate"], meta={"vct_values": ["urn:x"]})))
    assert paths(fixed(unknown)) == [["birthdate"]]


@pytest.mark.parametrize(
    "purpose",
    ["Leeftijdscontrole", "Check of age", "Ouder dan 18", "18+", "Controleren of u 18 bent", "Adults only"],
)
def test_words_for_an_age_check(purpose: str) -> None:
    found = report(
        query(sd_jwt(["age_over_18"], ["family_name"])),
        record(["age_over_18"], ["family_name"], purpose=purpose),
    )
    assert checks(found) == {("MIN-02", f"{CLAIMS}/1")}
    assert paths(fixed(found)) == [["age_over_18"]]


@pytest.mark.parametrize(
    "purpose",
    [
        "Inloggen",
        "Account maken en leeftijd controleren",
        "Uw naam en leeftijd",
        "Lening voor 20 jaar",
        "Managers",
    ],
)
def test_words_for_more_than_an_age_check(purpose: str) -> None:
    asked = query(sd_jwt(["age_over_18"], ["family_name"]))
    assert ids(report(asked, record(["age_over_18"], ["family_name"], purpose=purpose))) == []


# An address ------------------------------------------------------------------------------------


def test_a_whole_address_for_a_postcode_check() -> None:
    found = report(query(sd_jwt(["address"])), record(["address"], purpose=POSTCODE_CHECK))
    assert ("MIN-03", f"{CLAIMS}/0") in checks(found)
    assert paths(fixed(found)) == [["address", "postal_code"]]


def test_a_whole_address_for_a_residence_check() -> None:
    found = report(query(sd_jwt(["address"], name="woonplaats")))
    assert paths(fixed(found)) == [["address", "locality"]]


def test_the_parts_beside_the_postcode() -> None:
    asked = query(sd_jwt(["address", "postal_code"], ["address", "street_address"], ["address"]))
    found = report(asked, record(["address"], purpose=POSTCODE_CHECK))
    assert {("MIN-03", f"{CLAIMS}/1"), ("MIN-03", f"{CLAIMS}/2")} <= checks(found)
    assert paths(fixed(found)) == [["address", "postal_code"]]


def test_an_address_in_an_mdoc() -> None:
    found = report(query(mdoc([MDL, "resident_address"], id="postcode")))
    assert paths(fixed(found)) == [[MDL, "resident_postal_code"]]
    dutch = query(
        mdoc(
            [f"{NL_PID}.address", "street_address"],
            [f"{NL_PID}.address", "postal_code"],
            doctype=NL_PID,
            id="postcode",
        )
    )
    assert ("MIN-03", f"{CLAIMS}/0") in checks(report(dutch))
    unknown = report(query(sd_jwt(["address"], meta={"vct_values": ["urn:x"]}, id="postcode")))
    assert ("MIN-03", f"{CLAIMS}/0") in checks(unknown)


def test_a_whole_object_is_noted() -> None:
    found = report(query(sd_jwt(["address"])))
    assert checks(found) == {("MIN-04", f"{CLAIMS}/0")}
    assert found.fix() == query(sd_jwt(["address"]))


# Identity --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("registered", "severity"),
    [
        pytest.param(None, "warning", id="no registration"),
        pytest.param(record(["age_over_18"]), "error", id="not registered"),
        pytest.param(record(["bsn"]), "warning", id="no public body"),
        pytest.param(record(["bsn"], public_body=True), None, id="a public body"),
    ],
)
def test_the_bsn_needs_a_ground_in_law(registered: RelyingPartyRecord | None, severity: str | None) -> None:
    found = report(query(sd_jwt(["bsn"])), registered)
    assert [str(one.severity) for one in found.findings if one.check == "MIN-05"] == (
        [severity] if severity else []
    )


def test_the_recovery_code_is_nobodys_business() -> None:
    found = report(query(sd_jwt(["age_over_18"], ["recovery_code"])))
    assert ("MIN-06", f"{CLAIMS}/1") in checks(found)
    assert paths(fixed(found)) == [["age_over_18"]]


def test_a_number_and_a_portrait_make_a_copy_of_a_passport() -> None:
    found = report(query(mdoc([MDL, "document_number"], [MDL, "portrait"])))
    assert checks(found) == {("MIN-09", f"{CLAIMS}/1")}


def test_no_claims_of_a_card_that_has_many() -> None:
    found = report(query(sd_jwt(claims=None)))
    assert checks(found) == {("MIN-07", "/credentials/0")}
    assert "This type has" in str(found.findings[0].fix)


def test_every_claim_of_a_card() -> None:
    names = [
        "family_name",
        "given_name",
        "birthdate",
        "age_over_18",
        "nationalities",
        "bsn",
        "recovery_code",
        "address",
    ]
    assert ("MIN-08", CLAIMS) in checks(report(query(sd_jwt(*[[name] for name in names]))))


def test_a_part_comes_along_with_the_whole() -> None:
    found = report(query(sd_jwt(["address"], ["address", "locality"])))
    assert ("MIN-11", f"{CLAIMS}/1") in checks(found)
    assert paths(fixed(found)) == [["address"]]


def retained(value: bool = True) -> dict[str, Any]:
    return query(mdoc(claims=[{"path": [MDL, "age_over_18"], "intent_to_retain": value}]))


def test_what_an_age_check_keeps() -> None:
    mdl = {"format": "mso_mdoc", "types": ["org.iso.18013.5.1.mDL"]}
    nothing_kept = record([MDL, "age_over_18"], days=0, **mdl)
    place = f"{CLAIMS}/0/intent_to_retain"
    for registered in (nothing_kept, record([MDL, "age_over_18"], purpose=AGE_CHECK, **mdl)):
        found = report(retained(), registered)
        assert ("MIN-10", place) in checks(found)
        assert fixed(found)["credentials"][0]["claims"][0]["intent_to_retain"] is False
    assert ids(report(retained(), record([MDL, "age_over_18"], **mdl))) == []
    assert ids(report(retained(False), nothing_kept)) == []
    assert ids(report(retained()), severity="note") == ["MIN-10"]


# Claim sets ------------------------------------------------------------------------------------


def sets(*claim_sets: list[str], **paths_: list[Any]) -> dict[str, Any]:
    claims = [{"id": name, "path": path} for name, path in paths_.items()]
    return query(sd_jwt(claims=claims, claim_sets=list(claim_sets)))


@pytest.mark.req("V-54")
@pytest.mark.parametrize(
    ("value", "right"),
    [
        pytest.param(
            sets(["a", "b"], ["a"], a=["given_name"], b=["family_name"]),
            [["a"], ["a", "b"]],
            id="a larger set first",
        ),
        pytest.param(
            sets(["a"], ["b"], a=["address"], b=["address", "locality"]),
            [["b"], ["a"]],
            id="a whole before a part",
        ),
        pytest.param(
            sets(["a"], ["b"], a=["birthdate"], b=["age_over_18"]), [["b"], ["a"]], id="a date before a limit"
        ),
    ],
)
def test_claim_sets_go_from_least_to_most(value: dict[str, Any], right: list[list[str]]) -> None:
    found = report(
        value, record(["given_name"], ["family_name"], ["address"], ["birthdate"], ["age_over_18"])
    )
    assert ("V-54", "/credentials/0/claim_sets") in checks(found)
    assert fixed(found)["credentials"][0]["claim_sets"] == right
    assert "V-54" not in ids(report(fixed(found)))


def test_sets_that_cannot_be_compared_stay_as_they_are() -> None:
    value = sets(["a", "b"], ["c"], a=["given_name"], b=["family_name"], c=["nationalities"])
    found = report(value)
    assert ids(found) == ["V-54"]
    assert ids(found, severity="note") == ["V-54"]
    assert found.fix() == value
    assert (
        ids(report(sets(["c"], ["a", "b"], a=["given_name"], b=["family_name"], c=["nationalities"]))) == []
    )


# Over-asking and the smallest query ---------------------------------------------------------------


def test_what_was_not_registered_is_an_error() -> None:
    found = report(
        query(sd_jwt(["family_name"], ["bsn"], ["address", "locality"])), record(["family_name"], ["address"])
    )
    assert ("RPRC_21", f"{CLAIMS}/1") in checks(found)
    assert ids(found, severity="error") == ["MIN-05", "RPRC_21"]
    assert paths(fixed(found)) == [["family_name"], ["address", "locality"]]


def test_a_type_that_was_not_registered() -> None:
    asked = query(
        sd_jwt(["family_name"], meta={"vct_values": ["urn:x", NL_PID]}),
        sd_jwt(["a"], name="b", meta={"vct_values": ["urn:y"]}),
    )
    found = report(asked, record(["family_name"]))
    assert {
        ("RPRC_21", "/credentials/0/meta/vct_values"),
        ("RPRC_21", "/credentials/1/meta/vct_values"),
    } <= checks(found)
    assert fixed(found) == query(sd_jwt(["family_name"]))
    other = report(query(mdoc([MDL, "age_over_18"])), record(["age_over_18"]))
    assert paths(fixed(other)) == [["age_over_18"]]


def test_when_nothing_asked_was_registered_the_registered_query_remains() -> None:
    found = report(query(sd_jwt(["bsn"])), record(["age_over_18"], ["family_name"], purpose=AGE_CHECK))
    assert paths(fixed(found)) == [["age_over_18"]]


def test_what_names_a_claim_that_is_gone_goes_too() -> None:
    value = query(
        sd_jwt(
            claims=[{"id": "a", "path": ["family_name"]}, {"id": "b", "path": ["bsn"]}],
            claim_sets=[["b"], ["a", "b"], ["a"]],
        ),
        sd_jwt(["bsn"], name="only_bsn"),
        credential_sets=[
            {"options": [["pid", "only_bsn"], ["pid"]]},
            {"options": [["only_bsn"]], "required": False},
        ],
    )
    smallest = fixed(report(value, record(["family_name"])))
    assert [one["id"] for one in smallest["credentials"]] == ["pid"]
    assert smallest["credentials"][0]["claim_sets"] == [["a"]]
    assert smallest["credential_sets"] == [{"options": [["pid"]]}]


def test_claims_that_no_set_names_are_not_asked_when_the_sets_are_gone() -> None:
    value = query(
        sd_jwt(
            claims=[{"id": "a", "path": ["family_name"]}, {"id": "b", "path": ["bsn"]}], claim_sets=[["b"]]
        ),
        sd_jwt(["given_name"], name="other"),
    )
    smallest = fixed(report(value, record(["family_name"], ["given_name"])))
    assert [one["id"] for one in smallest["credentials"]] == ["other"]


def test_the_use_that_fits_best_counts() -> None:
    two = record(["bsn"], public_body=True).as_json()
    uses = [
        *two["intended_uses"],
        {
            **two["intended_uses"][0],
            "id": "leeftijd",
            "purpose": {"nl": AGE_CHECK, "en": AGE_CHECK},
            "credentials": [{"types": [NL_PID], "claims": [["age_over_18"]]}],
        },
    ]
    both = json.dumps({**two, "intended_uses": uses})
    assert ids(report(query(sd_jwt(["bsn"])), both)) == []
    assert ids(report(query(sd_jwt(["age_over_18"])), both)) == []
    assert "RPRC_21" in ids(report(query(sd_jwt(["bsn"], ["age_over_18"])), both))


def test_a_query_that_takes_a_person_to_mend_is_not_made_up() -> None:
    assert report(query(sd_jwt(["age_over_18"], meta=None))).fix() is None
    assert report({"credentials": []}).fix() is None
    assert paths(fixed(report({"credentials": []}, record(["age_over_18"])))) == [["age_over_18"]]


# The forms of a registration -------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate() -> str:
    authority = CertificateAuthority.create("Registration", now=NOW)
    key = PrivateKey.generate()
    chain = authority.issue(key.public, Subject("Registrar"), now=NOW)
    return issue_wrprc(
        record(["age_over_18"], purpose=AGE_CHECK, days=0),
        "doel",
        key=key,
        chain=chain,
        now=NOW,
        days=30,
        status=StatusReference(1, "https://registrar.example/1"),
        registry_uri="https://registrar.example",
    )


def test_a_registration_certificate_says_the_same_as_the_record(certificate: str) -> None:
    value = query(sd_jwt(["birthdate"]))
    own = record(["age_over_18"], purpose=AGE_CHECK, days=0)
    for form in (certificate, certificate.encode(), own, json.dumps(own.as_json()), Registration.of(own)):
        found = report(value, form)
        assert ids(found) == ["MIN-01", "RPRC_21"]
        assert paths(fixed(found)) == [["age_over_18"]]


@pytest.mark.parametrize(
    "text",
    ["", "a.b.c", "{}", '{"legal_name": 1}', '{"self": 1}', "[]", "not a registration"],
)
def test_a_registration_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RemoteError):
        report(query(), text)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"credentials": []},
        {"credentials": [1]},
        {"credentials": [{"meta": {}}]},
        {"credentials": [{"format": "x", "meta": {"vct_values": ["a"]}}]},
        {"credentials": [{"format": "dc+sd-jwt", "meta": {"vct_values": ["a"]}, "claim": 1}]},
        {"credentials": [{"format": "dc+sd-jwt", "meta": {"vct_values": ["a"]}, "claim": [{"path": []}]}]},
    ],
)
def test_a_certificate_that_lists_no_credentials_is_refused(claims: dict[str, Any]) -> None:
    token = sign_jws(claims, PrivateKey.generate(), typ="rc-wrp+jwt")
    with pytest.raises(RemoteError):
        report(query(), token)


def test_the_first_generation_of_certificates_is_read() -> None:
    claims = {
        "sub": {"id": "NTRNL-12345678", "legal_name": "X"},
        "name": "X",
        "purpose": [{"lang": "nl", "content": AGE_CHECK}],
        "credentials": [
            {"format": "dc+sd-jwt", "meta": {"vct_values": [NL_PID]}, "claims": [{"path": ["age_over_18"]}]}
        ],
    }
    read = Registration.read(sign_jws(claims, PrivateKey.generate(), typ="rc-wrp+jwt"))
    assert read.identifier == "NTRNL-12345678"
    assert read.public_body is None
    assert ids(report(query(sd_jwt(["age_over_18"])), read)) == []


# A registration that comes with the request ------------------------------------------------------


def with_certificates(party: Any, *certificates: str) -> dict[str, Any]:
    entries = [{"format": "registration_cert", "data": one} for one in certificates]
    claims: dict[str, Any] = party.claims(verifier_info=entries)
    return claims


def test_the_registration_in_the_request_counts(party: Any, certificate: str) -> None:
    claims = with_certificates(party, certificate)
    claims["dcql_query"] = query(sd_jwt(["bsn"]))
    found = lint(json.dumps(claims), now=NOW)
    assert ("RPRC_21", "/dcql_query/credentials/0/claims/0") in checks(found)
    assert "RPRC_19" not in ids(found)
    given = lint(json.dumps(claims), now=NOW, registration=record(["bsn"], public_body=True))
    assert "RPRC_21" not in ids(given)


def test_the_registration_in_the_request_is_one_valid_and_of_the_party(party: Any, certificate: str) -> None:
    def found(claims: dict[str, Any], now: int = NOW) -> list[str]:
        return ids(lint(party.sign(claims), now=now))

    assert "RPRC_19" in found(with_certificates(party, certificate, certificate))
    assert "RPRC_17" in found(with_certificates(party, "a.b.c"))
    assert "RPRC_17" in found(with_certificates(party, certificate), NOW + 60 * 86_400)
    assert "RPRC_17a" in found(with_certificates(party, certificate))  # another trade name


def test_the_registration_of_another_party(certificate: str) -> None:
    other = make_party(
        subject=Subject("Voorbeeld", "NL", organization="X", organization_identifier="NTRNL-99999999")
    )
    assert "RPRC_17a" in ids(lint(other.sign(with_certificates(other, certificate)), now=NOW))
    same = make_party(
        subject=Subject("Voorbeeld", "NL", organization="X", organization_identifier="NTRNL-12345678")
    )
    assert ids(lint(same.sign(with_certificates(same, certificate)), now=NOW)) == []
