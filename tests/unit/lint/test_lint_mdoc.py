"""What the linter says of queries for mdocs and of mdocs themselves."""

from __future__ import annotations

from typing import Any

import pytest
from cbor2 import CBORTag

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import b64url_encode
from nlwallet.issuer import card, eu_pid_claims, eu_pid_configurations, persona
from nlwallet.lint import lint
from nlwallet.mdoc import DOCUMENT_SIGNER, EU_PID_DOCTYPE, MDL_DOCTYPE, MDL_NAMESPACE, issue_mdoc

NOW = 1_789_999_200  # on the hour
DAY = 86_400


def query(doctype: str, *paths: list[str]) -> str:
    import json

    asked = {"id": "it", "format": "mso_mdoc", "meta": {"doctype_value": doctype}}
    return json.dumps({"credentials": [{**asked, "claims": [{"path": path} for path in paths]}]})


def found(text: str, **more: Any) -> dict[tuple[str, str], str]:
    report = lint(text, now=NOW, **more)
    return {
        (one.check, one.pointer): f"{one.text} {one.fix.text if one.fix else ''}" for one in report.findings
    }


@pytest.mark.parametrize(
    ("doctype", "path", "check", "at", "says"),
    [
        (MDL_DOCTYPE, [MDL_DOCTYPE, "family_name"], "D-27", "path/0", MDL_NAMESPACE),
        (MDL_DOCTYPE, [MDL_NAMESPACE, "birthdate"], "REQ-10", "path/1", "birth_date"),
        (EU_PID_DOCTYPE, [EU_PID_DOCTYPE, "nationalities"], "REQ-10", "path/1", "nationality"),
        (EU_PID_DOCTYPE, [EU_PID_DOCTYPE, "age_over_18"], "REQ-10", "path/1", "has no element"),
        (EU_PID_DOCTYPE, ["urn:eudi:pid:1", "family_name"], "D-27", "path/0", EU_PID_DOCTYPE),
    ],
)
def test_what_no_document_of_the_type_has(
    doctype: str, path: list[str], check: str, at: str, says: str
) -> None:
    said = found(query(doctype, path))
    assert says in said[check, f"/credentials/0/claims/0/{at}"]


def test_what_the_document_type_has_is_not_told() -> None:
    for text in (
        query(MDL_DOCTYPE, [MDL_NAMESPACE, "age_over_23"], ["org.iso.18013.5.1.aamva", "DHS_compliance"]),
        query(EU_PID_DOCTYPE, [EU_PID_DOCTYPE, "place_of_birth"], ["eu.europa.ec.eudi.pid.nl.1", "bsn"]),
        query("org.example.pass", ["org.example.pass", "anything"]),
    ):
        assert not {check for check, _ in found(text)} & {"D-26", "D-27", "REQ-10"}


@pytest.mark.parametrize(
    "doctype", ["org.iso.18013.5.1", "eu.europa.ec.eudiw.pid.1", "eu.europa.ec.eudi.pid"]
)
def test_a_docType_that_is_nearly_one(doctype: str) -> None:
    said = found(query(doctype, [doctype, "family_name"]))
    assert "Did you mean" in said["D-26", "/credentials/0/meta/doctype_value"]


def test_the_pid_is_never_told_to_have_age_limits() -> None:
    said = found(query(EU_PID_DOCTYPE, [EU_PID_DOCTYPE, "birth_date"]))
    assert not any("age_over" in text for text in said.values())


def test_three_ages_are_one_too_many() -> None:
    ages = ([MDL_NAMESPACE, f"age_over_{age}"] for age in (16, 18, 21))
    assert "nearest" in found(query(MDL_DOCTYPE, *ages))["REQ-10", "/credentials/0"]


AUTHORITY = CertificateAuthority.create("IACA", now=NOW - DAY)
KEY = PrivateKey.generate()


def issued(namespaces: Any = None, *, doctype: str = EU_PID_DOCTYPE, **more: Any) -> bytes:
    if namespaces is None:
        namespaces = eu_pid_configurations()[1].namespaces(eu_pid_claims(persona("frouke"), now=NOW))
    usages = more.pop("usages", (DOCUMENT_SIGNER,))
    chain = AUTHORITY.issue(
        KEY.public, Subject("DS", country="NL"), now=NOW - DAY, extended_key_usages=usages
    )
    given: dict[str, Any] = {
        "signed_at": NOW,
        "valid_until": NOW + 30 * DAY,
        "status": {"status_list": {"idx": 7, "uri": "https://issuer.example/status/1"}},
    }
    return issue_mdoc(
        doctype=doctype, namespaces=namespaces, key=KEY, chain=chain,
        holder_key=PrivateKey.generate().public, **{**given, **more},
    )  # fmt: skip


def of(document: bytes) -> dict[tuple[str, str], str]:
    return found(b64url_encode(document))


def test_documents_of_the_library_have_nothing_odd() -> None:
    assert of(issued()) == {}
    licence = (
        card("driving-licence")
        .configurations[1]
        .namespaces(card("driving-licence").claims("frouke", now=NOW))
    )
    assert of(issued(licence, doctype=MDL_DOCTYPE)) == {}
    assert lint(b64url_encode(issued()), now=NOW).kind == f"mdoc {EU_PID_DOCTYPE}"


def checks(document: bytes) -> set[str]:
    return {check for check, _ in of(document)}


def test_dates_as_texts_unknown_elements_and_what_is_missing() -> None:
    wrong = {"birth_date": "2000-03-24", "birthdate": "x"}
    said = of(issued({EU_PID_DOCTYPE: wrong, "org.example": {"a": 1}}))
    texts = " ".join(said.values())
    for part in ("another type", "did you mean birth_date", "issuing_country is missing", "no namespace"):
        assert part in texts
    assert {check for check, _ in said} == {"MDOC-02"}


def test_times_and_status() -> None:
    assert checks(issued(signed_at=NOW + 1)) == {"MDOC-04"}
    assert checks(issued(expected_update=NOW + 60 * DAY)) == {"MDOC-04"}
    assert checks(issued(status=None)) == {"MDOC-06"}
    assert checks(issued(status=None, valid_until=NOW + DAY)) == set()
    assert checks(issued(status={"identifier_list": {"id": b"1", "uri": "https://x.example/"}})) == {
        "MDOC-06"
    }
    assert checks(issued(signed_at=NOW - 2 * 3600, valid_until=NOW - 3600)) == {"MDOC-04"}


def test_the_certificate() -> None:
    assert checks(issued(usages=())) == {"MDOC-05"}


def changed(change: Any) -> bytes:
    value = parse_cbor(issued(), what="it")
    items = [parse_cbor(one.value, what="it") for one in value["nameSpaces"][EU_PID_DOCTYPE]]
    change(items)
    value["nameSpaces"][EU_PID_DOCTYPE] = [CBORTag(24, dump_cbor(item)) for item in items]
    return dump_cbor(value)


def test_randoms_and_numbers_that_tell() -> None:
    def short(items: list[Any]) -> None:
        items[0]["random"] = b"1" * 8

    def same(items: list[Any]) -> None:
        items[0]["random"] = items[1]["random"]

    def counted(items: list[Any]) -> None:
        for number, item in enumerate(items):
            item["digestID"] = number

    for change in (short, same, counted):
        assert "MDOC-03" in checks(changed(change))


def test_what_is_no_mdoc_is_told_in_a_finding() -> None:
    for value in (
        {"a": 1, "b": 2},
        {"issuerAuth": [b"", {}, b"", b"1" * 64]},
        {"nameSpaces": {}, "issuerAuth": 4},
    ):
        assert checks(dump_cbor({**value, "padding": "x" * 60})) == {"MDOC-01"}
