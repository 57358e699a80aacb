"""Parties with several services, persons, providers and intermediaries: the record, and both certificates."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import CertificateChain, parse_jws, sign_jws
from nlwallet.errors import InvalidRegistration, LocalError
from nlwallet.registration import (
    PROVIDER_ENTITLEMENTS,
    NamedIntermediary,
    RegistrationCertificate,
    RelyingPartyRecord,
    ServiceReference,
    acting_for,
    by_intermediary,
    contact_uris,
    issue_provider_wrprc,
    issue_wrpac,
    issue_wrprc,
    service_of,
    trade_name_of,
    verify_wrprc,
    why_unbound,
)
from nlwallet.status import StatusReference
from nlwallet.trust import Category

NOW = 1_790_000_000
REGISTRAR = "https://registrar.example"
ALGORITHMS = frozenset({"ES256"})
ISSUED = {
    "days": 30,
    "now": NOW,
    "status": StatusReference(7, f"{REGISTRAR}/status-lists/1"),
    "registry_uri": REGISTRAR,
}

SHOP = {
    "id": "webshop",
    "trade_name": "Boekenwinkel online",
    "descriptions": ({"nl": "Boeken kopen", "en": "Buying books"},),
    "intended_uses": ("leeftijd",),
}
LIBRARY = {
    "id": "leenkast",
    "trade_name": "Leenkast",
    "descriptions": ({"nl": "Boeken lenen", "en": "Borrowing books"},),
    "intended_uses": ("leeftijd", "lenen"),
}


@pytest.fixture
def two(members) -> dict[str, Any]:
    """A party with two services; one use goes with both."""
    lending = {**members["intended_uses"][0], "id": "lenen"}
    return {**members, "services": (SHOP, LIBRARY), "intended_uses": (*members["intended_uses"], lending)}


def provider(members, **changes: Any) -> RelyingPartyRecord:
    others = {name: value for name, value in members.items() if name != "intended_uses"}
    return RelyingPartyRecord.of(
        **{
            **others,
            "entitlements": ("QEAA_Provider",),
            "provides_attestations": ({"types": ["urn:example:diploma:1"]},),
            **changes,
        }
    )


def access(office, record: RelyingPartyRecord, **options: Any) -> CertificateChain:
    return issue_wrpac(
        record, office.party_key.public, authority=office.access, now=NOW, dns_names=("boekhandel.example",),
        registrar_url=REGISTRAR, **options,
    )  # fmt: skip


def registered(
    office, record: RelyingPartyRecord, use: str, service: str | None = None
) -> RegistrationCertificate:
    text = issue_wrprc(record, use, key=office.key, chain=office.chain, service_id=service, **ISSUED)
    return verified(office, text)


def verified(office, text: str, **options: Any) -> RegistrationCertificate:
    anchors = office.anchors.of(Category.REGISTRATION_CERTIFICATE_PROVIDER)
    return verify_wrprc(text, anchors=anchors, now=NOW, algorithms=ALGORITHMS, **options)


# Services ----------------------------------------------------------------------------------------


@pytest.mark.req("RPRC_07a", "Reg_33", "Reg_34", "RPRC_04a")
def test_both_certificates_name_the_service(office, two) -> None:
    record = RelyingPartyRecord.of(**two)
    leaf = access(office, record, service_id="leenkast").leaf
    assert (leaf.subject.common_name, service_of(leaf)) == ("Leenkast", "leenkast")
    read = registered(office, record, "lenen")
    assert (read.service_name, read.service_id) == ("Leenkast", "leenkast")
    assert read.services == {"nl": "Boeken lenen", "en": "Borrowing books"}
    assert why_unbound(read, leaf) == ""


@pytest.mark.req("Reg_31", "Reg_32a")
def test_every_access_certificate_names_the_party_in_the_same_way(office, two) -> None:
    record = RelyingPartyRecord.of(**two)
    leaves = [access(office, record, service_id=one.id).leaf for one in record.services]
    assert {trade_name_of(leaf) for leaf in leaves} == {"Voorbeeld Boekhandel"}
    assert {leaf.subject.identifier for leaf in leaves} == {"NTRNL-12345678"}
    assert registered(office, record, "lenen").trade_name == "Voorbeeld Boekhandel"


@pytest.mark.req("RPRC_17a")
def test_the_registration_of_one_service_is_not_that_of_the_other(office, two) -> None:
    record = RelyingPartyRecord.of(**two)
    shop, library = (registered(office, record, "leeftijd", one.id) for one in record.services)
    leaf = access(office, record, service_id="webshop").leaf
    assert why_unbound(shop, leaf) == ""
    assert "trade name" in why_unbound(library, leaf)
    same_name = RelyingPartyRecord.of(
        **{**two, "services": (SHOP, {**LIBRARY, "trade_name": SHOP["trade_name"]})}
    )
    assert "service" in why_unbound(registered(office, same_name, "lenen"), leaf)


def test_a_registration_that_names_no_service_is_of_the_whole_party(office, two) -> None:
    record = RelyingPartyRecord.of(**two)
    text = issue_wrprc(record, "lenen", key=office.key, chain=office.chain, **ISSUED)
    claims = parse_jws(text, typ=None, algorithms=ALGORITHMS, what="it").claims()
    for name in ("srv_id", "srv_name"):
        del claims[name]
    bare = verified(
        office, sign_jws(claims, office.key, typ="rc-wrp+jwt", header={"x5c": office.chain.x5c()})
    )
    implicit = RelyingPartyRecord.of(**{**two, "services": two["services"][0]["descriptions"]})
    assert why_unbound(bare, access(office, implicit).leaf) == ""


def test_an_intended_use_goes_with_its_services_alone(office, two) -> None:
    record = RelyingPartyRecord.of(**two)
    assert record.service_of("leeftijd").id == "webshop"
    with pytest.raises(LocalError, match="does not go with"):
        issue_wrprc(record, "lenen", key=office.key, chain=office.chain, service_id="webshop", **ISSUED)
    with pytest.raises(LocalError, match="no service"):
        record.service("kiosk")


def test_plain_texts_describe_one_service(record) -> None:
    [service] = record.services
    assert (service.id, service.trade_name) == ("main", record.trade_name)
    assert service.intended_uses == ("leeftijd",)
    assert RelyingPartyRecord.of(**record.as_json()) == record


def test_the_address_of_the_service_is_no_contact(office, record) -> None:
    assert contact_uris(access(office, record).leaf) == ("https://boekhandel.example/verwijderen",)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"services": (SHOP, {**LIBRARY, "id": "webshop"})}, "Reg_33"),
        ({"services": (SHOP, {**LIBRARY, "intended_uses": ()})}, "each intended use belongs to a service"),
        ({"services": (SHOP, {**LIBRARY, "intended_uses": ("lenen", "iets")})}, "each that a service names"),
        ({"services": ({**SHOP, "intended_uses": ()}, LIBRARY)}, "asks or issues something"),
        ({"services": ({**SHOP, "id": "../x"}, LIBRARY)}, "pattern"),
        ({"entitlements": ("QEAA_Provider",)}, "RPRC_05"),
        ({"entitlements": ("Service_Provider", "QEAA_Provider")}, "RPRC_15"),
        ({"intended_uses": (), "services": ({**SHOP, "intended_uses": ()},)}, "asks or issues something"),
    ],
)
def test_services_that_cannot_be_accepted(two, change: dict[str, Any], says: str) -> None:
    with pytest.raises(LocalError, match=says):
        RelyingPartyRecord.of(**{**two, **change})


# Persons -----------------------------------------------------------------------------------------


def test_a_person_is_registered_under_two_names(office, members) -> None:
    person = {**members, "legal_name": "", "given_name": "Frouke", "family_name": "Jansen"}
    record = RelyingPartyRecord.of(**{**person, "identifier": "IDCNL-SPECI2014"})
    leaf = access(office, record).leaf
    assert leaf.policies == ("0.4.0.194118.1.1",)
    assert (leaf.subject.given_name, leaf.subject.surname) == ("Frouke", "Jansen")
    assert (leaf.subject.serial_number, leaf.subject.organization_identifier) == ("IDCNL-SPECI2014", "")
    read = registered(office, record, "leeftijd")
    assert read.legal_name == "Frouke Jansen"
    assert why_unbound(read, leaf) == ""
    with pytest.raises(LocalError, match="BSN"):
        RelyingPartyRecord.of(**{**person, "identifier": "PNONL-999991772"})
    with pytest.raises(LocalError, match="given_name"):
        RelyingPartyRecord.of(**{**members, "identifier": "IDCNL-SPECI2014"})
    with pytest.raises(LocalError, match="legal_name"):
        RelyingPartyRecord.of(**person)


# Providers ---------------------------------------------------------------------------------------


@pytest.mark.req("RPRC_05", "RPRC_15")
def test_a_provider_registers_what_it_issues_and_no_intended_use(office, members) -> None:
    text = issue_provider_wrprc(provider(members), key=office.key, chain=office.chain, **ISSUED)
    claims = parse_jws(text, typ=None, algorithms=ALGORITHMS, what="it").claims()
    assert not {"purpose", "credentials", "intended_use_id", "privacy_policy"} & claims.keys()
    assert claims["entitlements"] == ["https://uri.etsi.org/19475/Entitlement/QEAA_Provider"]
    meta = {"vct_values": ["urn:example:diploma:1"]}
    assert claims["provides_attestations"] == [{"format": "dc+sd-jwt", "meta": meta}]
    read = verified(office, text, entitlements=PROVIDER_ENTITLEMENTS)
    assert [one.types for one in read.provides_attestations] == [("urn:example:diploma:1",)]
    assert read.credentials == ()
    with pytest.raises(InvalidRegistration) as refused:
        verified(office, text)
    assert refused.value.code == "wrong_entitlement"


def test_who_issues_nothing_has_no_certificate_that_says_so(office, record) -> None:
    with pytest.raises(LocalError, match="issues nothing"):
        issue_provider_wrprc(record, key=office.key, chain=office.chain, **ISSUED)


# Intermediaries ----------------------------------------------------------------------------------

BROKER = {"legal_name": "Makelaar B.V.", "trade_name": "Makelaar", "identifier": "NTRNL-87654321"}


@pytest.fixture
def broker(members) -> RelyingPartyRecord:
    return RelyingPartyRecord.of(**{**members, **BROKER, "is_intermediary": True, "intended_uses": ()})


@pytest.fixture
def served(members) -> RelyingPartyRecord:
    used = {"identifier": "NTRNL-87654321", "trade_name": "Makelaar", "evidence": "contract of 1 September"}
    return RelyingPartyRecord.of(**{**members, "uses_intermediary": used})


@pytest.mark.req("RPRC_04", "RPI_03")
def test_the_registration_names_the_intermediary_and_its_service(office, served, broker) -> None:
    read = registered(office, served, "leeftijd")
    assert read.intermediary == NamedIntermediary("NTRNL-87654321", "Makelaar", "main")
    leaf = access(office, broker).leaf
    assert by_intermediary(read, leaf)
    assert why_unbound(read, leaf) == ""
    assert not by_intermediary(read, access(office, served).leaf)


@pytest.mark.req("Reg_34a")
def test_an_access_certificate_for_asking_for_one_party_is_for_that_one(office, served, broker) -> None:
    read = registered(office, served, "leeftijd")
    right = access(office, broker, acting_for=ServiceReference(identifier=served.identifier)).leaf
    assert acting_for(right) == ("NTRNL-12345678", "main")
    assert service_of(right) == "main"
    assert why_unbound(read, right) == ""
    for other in (
        ServiceReference(identifier="NTRNL-11111111"),
        ServiceReference(identifier=served.identifier, service_id="elsewhere"),
    ):
        assert "for asking for another party" in why_unbound(
            read, access(office, broker, acting_for=other).leaf
        )


@pytest.mark.req("RPRC_17a")
def test_nobody_but_the_named_intermediary_may_use_it(office, served, members) -> None:
    stranger = RelyingPartyRecord.of(
        **{**members, **BROKER, "identifier": "NTRNL-55555555", "is_intermediary": True}
    )
    read = registered(office, served, "leeftijd")
    assert "another party" in why_unbound(read, access(office, stranger).leaf)
    desk = {**SHOP, "id": "balie", "trade_name": "Makelaar", "intended_uses": ()}
    other = {**members, **BROKER, "is_intermediary": True, "intended_uses": (), "services": (desk,)}
    assert "another service" in why_unbound(read, access(office, RelyingPartyRecord.of(**other)).leaf)


@pytest.mark.req("RPI_04")
def test_no_intermediary_without_evidence(members) -> None:
    used = {"identifier": "NTRNL-87654321", "trade_name": "Makelaar"}
    with pytest.raises(LocalError) as refused:
        RelyingPartyRecord.of(**{**members, "uses_intermediary": used})
    assert refused.value.pointer == "/uses_intermediary/evidence"


@pytest.mark.parametrize(
    ("member", "value", "name"),
    [
        ("intermediary", {"sub": "NTRNL-87654321", "name": "Makelaar"}, "Makelaar"),
        ("act", {"sub": "NTRNL-87654321"}, ""),
    ],
)
def test_other_names_for_the_intermediary_are_read(
    office, served, member: str, value: Any, name: str
) -> None:
    text = issue_wrprc(served, "leeftijd", key=office.key, chain=office.chain, **ISSUED)
    claims = parse_jws(text, typ=None, algorithms=ALGORITHMS, what="it").claims()
    del claims["intermediary"]
    claims[member] = value
    read = verified(
        office, sign_jws(claims, office.key, typ="rc-wrp+jwt", header={"x5c": office.chain.x5c()})
    )
    assert read.intermediary == NamedIntermediary("NTRNL-87654321", name)
    claims[member] = {"sname": "nobody"}
    with pytest.raises(InvalidRegistration, match="sub is missing"):
        verified(office, sign_jws(claims, office.key, typ="rc-wrp+jwt", header={"x5c": office.chain.x5c()}))
