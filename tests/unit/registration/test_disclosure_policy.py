"""Embedded disclosure policies: read, written, and held against a registration certificate (ARF Topic 43)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import InvalidOffer
from nlwallet.registration import (
    AuthorizedParty,
    DisclosurePolicy,
    NamedIntermediary,
    RegistrationCertificate,
    RelyingPartyRecord,
    TrustedRoot,
    issue_wrprc,
    verify_wrprc,
)
from nlwallet.status import StatusReference

NOW = 1_790_000_000
SERVICE_PROVIDER = "https://uri.etsi.org/19475/Entitlement/Service_Provider"


@pytest.fixture
def registration(office: Any, record: RelyingPartyRecord) -> RegistrationCertificate:
    return verified(office, office.wrprc(record))


def verified(office: Any, text: str) -> RegistrationCertificate:
    return verify_wrprc(text, anchors=(office.registration.certificate,), now=NOW, algorithms={"ES256"})


def parties(**entry: str) -> DisclosurePolicy:
    return DisclosurePolicy.parse({"policy_type": "authorized_rp_only", "authorized_parties": [entry]})


def roots(*entries: dict[str, Any]) -> DisclosurePolicy:
    return DisclosurePolicy.parse({"policy_type": "specific_root_of_trust", "trusted_roots": list(entries)})


@pytest.mark.req("EDP_02", "EDP_06")
def test_both_identifiers_of_the_registration_are_compared(registration: RegistrationCertificate) -> None:
    own = (registration.identifier, registration.service_id)
    for identifier, service in (own, (own[0], "another"), ("NTRNL-87654321", own[1])):
        policy = parties(identifier=identifier, service_id=service)
        assert policy.allows(registration, None) is ((identifier, service) == own)


@pytest.mark.req("EDP_02")
def test_a_party_without_a_registration_is_on_no_list(office: Any, record: RelyingPartyRecord) -> None:
    leaf = office.wrpac(record).leaf
    own = verified(office, office.wrprc(record))
    for policy in (
        parties(identifier=own.identifier, service_id=own.service_id),
        parties(subject_dn=leaf.subject_name),
        roots({"sha256": office.registration.certificate.sha256().hex()}),
    ):
        assert not policy.allows(None, leaf)


@pytest.mark.req("EDP_02")
def test_one_entry_of_many_is_enough(registration: RegistrationCertificate) -> None:
    others = [{"identifier": f"NTRNL-{number:08}", "service_id": "main"} for number in range(200)]
    own = {"identifier": registration.identifier, "service_id": registration.service_id}
    for entries, allowed in ((others, False), ([*others, own], True)):
        policy = DisclosurePolicy.parse({"policy_type": "authorized_rp_only", "authorized_parties": entries})
        assert policy.allows(registration, None) is allowed


def test_a_subject_is_compared_as_a_name_and_an_entitlement_as_it_is(
    office: Any, record: RelyingPartyRecord, registration: RegistrationCertificate
) -> None:
    leaf = office.wrpac(record).leaf
    name = leaf.subject_name.replace("2.5.4.97=", "organizationIdentifier=").replace(",", " , ").upper()
    assert parties(subject_dn=name).allows(registration, leaf)
    assert not parties(subject_dn=name + ",L=ELDERS").allows(registration, leaf)
    assert parties(entitlement_uri=SERVICE_PROVIDER).allows(registration, leaf)
    assert not parties(entitlement_uri=SERVICE_PROVIDER + "x").allows(registration, leaf)


def test_the_subject_of_an_intermediary_is_not_that_of_the_party(
    office: Any, members: dict[str, Any], registration: RegistrationCertificate
) -> None:
    between = office.wrpac(RelyingPartyRecord.of(**{**members, "identifier": "NTRNL-87654321"})).leaf
    served = replace(registration, intermediary=NamedIntermediary("NTRNL-87654321"))
    assert not parties(subject_dn=between.subject_name).allows(served, between)


@pytest.mark.req("EDP_03", "EDP_06")
def test_root_and_intermediates_of_the_registration_are_compared(
    office: Any, record: RelyingPartyRecord
) -> None:
    between = office.registration.subordinate("Registration intermediate", now=NOW)
    key = PrivateKey.generate()
    chain = between.issue(key.public, Subject("Registrar"), now=NOW)
    text = issue_wrprc(
        record, "leeftijd", key=key, chain=chain, now=NOW, days=30,
        status=StatusReference(7, "https://registrar.example/1"), registry_uri="https://registrar.example",
    )  # fmt: skip
    found = verified(office, text)
    above = (between.certificate, office.registration.certificate)
    for certificate in above:
        named = {"issuer_dn": certificate.issuer_name, "serial_number": str(certificate.serial)}
        assert roots({"sha256": certificate.sha256().hex()}).allows(found, None)
        assert roots(named).allows(found, None)
        assert roots({**named, "serial_number": certificate.serial}).allows(found, None)
        assert not roots({**named, "serial_number": str(certificate.serial + 1)}).allows(found, None)
        assert not roots({**named, "issuer_dn": "CN=Another"}).allows(found, None)


@pytest.mark.req("EDP_03")
def test_the_chain_of_the_access_certificate_does_not_count(
    office: Any, record: RelyingPartyRecord, registration: RegistrationCertificate
) -> None:
    elsewhere = CertificateAuthority.create("Another root", now=NOW).certificate
    for certificate in (office.access.certificate, elsewhere, office.chain.leaf):
        policy = roots({"sha256": certificate.sha256().hex()})
        assert not policy.allows(registration, office.wrpac(record).leaf)


def test_no_policy_allows_everybody() -> None:
    assert DisclosurePolicy.parse({"policy_type": "no_policy"}).allows(None, None)


@pytest.mark.parametrize(
    "policy",
    [
        DisclosurePolicy("no_policy", policy_uri="https://uitgever.example/policy"),
        DisclosurePolicy(
            "authorized_rp_only",
            authorized_parties=(
                AuthorizedParty("NTRNL-12345678", "main"),
                AuthorizedParty(subject_dn="CN=x"),
            ),
            policy_info_url="https://uitgever.example/uitleg",
            description="Alleen scholen",
            policy_authority="NTRNL-11111111",
        ),
        DisclosurePolicy(
            "specific_root_of_trust",
            trusted_roots=(TrustedRoot(sha256="0" * 64), TrustedRoot("CN=Root", "12345678901234567890")),
        ),
    ],
)
def test_what_is_written_is_read(policy: DisclosurePolicy) -> None:
    assert DisclosurePolicy.parse(policy.as_json()) == policy


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ([], ""),
        ({}, "/policy_type"),
        ({"policy_type": "something"}, "/policy_type"),
        ({"policy_type": ["no_policy"]}, "/policy_type"),
        ({"policy_type": "authorized_rp_only"}, "/authorized_parties"),
        ({"policy_type": "authorized_rp_only", "authorized_parties": []}, "/authorized_parties"),
        (
            {"policy_type": "authorized_rp_only", "authorized_parties": [{"subject_dn": "CN=x"}] * 257},
            "/authorized_parties",
        ),
        ({"policy_type": "authorized_rp_only", "authorized_parties": [1]}, "/authorized_parties/0"),
        (
            {"policy_type": "authorized_rp_only", "authorized_parties": [{"identifier": "NTRNL-12345678"}]},
            "/authorized_parties/0",
        ),
        (
            {"policy_type": "authorized_rp_only", "authorized_parties": [{"subject_dn": 1}]},
            "/authorized_parties/0/subject_dn",
        ),
        ({"policy_type": "specific_root_of_trust", "trusted_roots": [{"sha256": "AB"}]}, "/trusted_roots/0"),
        (
            {"policy_type": "specific_root_of_trust", "trusted_roots": [{"issuer_dn": "CN=x"}]},
            "/trusted_roots/0",
        ),
        (
            {
                "policy_type": "specific_root_of_trust",
                "trusted_roots": [{"issuer_dn": "CN=x", "serial_number": "0x1"}],
            },
            "/trusted_roots/0",
        ),
        ({"policy_type": "no_policy", "policy_info_url": "javascript:alert(1)"}, "/policy_info_url"),
        ({"policy_type": "no_policy", "description": "x" * 2049}, "/description"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(value: Any, pointer: str) -> None:
    with pytest.raises(InvalidOffer) as refused:
        DisclosurePolicy.parse(value, pointer="/at")
    assert refused.value.pointer == f"/at{pointer}"
