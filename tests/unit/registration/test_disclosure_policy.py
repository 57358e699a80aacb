"""Embedded disclosure policies: read, written, and held against a registration certificate (ARF Topic 43)."""

from __future__ import annotations

from collections.abc import Callable
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
from nlwallet.registration.distinguished_name import same_name
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


# The data model of ETSI TS 119 472-3 §4.2.5.2 ------------------------------------------------------
#
# Its text is not public to us. What it asks stands in two public specifications, which agree: that of IT-Wallet
# (italia/eid-wallet-it-docs) and an architecture decision of another wallet. Neither knows of a schema for its JSON.


def described(**members: Any) -> dict[str, Any]:
    return {
        "policy_uri": "https://uitgever.example/policies/1",
        "policy_type": "authorized_rp_only",
        "description": "For schools",
        "policy_authority": "NTRNL-11111111",
        "policy_info_url": "https://uitgever.example/uitleg",
        "authorized_parties": [{"subject_dn": "CN=x"}, {"entitlement_uri": SERVICE_PROVIDER}],
        **members,
    }


@pytest.mark.req("EDP_08")
def test_every_element_of_the_data_model_is_read_and_written() -> None:
    """-01, -04, -05, -07, -13; -06 and -08, -09 below."""
    policy = DisclosurePolicy.parse(described())
    assert policy.as_json() == described()
    root = {"issuer_dn": "CN=Root,O=Registrar,C=NL", "serial_number": "7"}
    rooted = described(policy_type="specific_root_of_trust", trusted_roots=[root])
    del rooted["authorized_parties"]
    assert DisclosurePolicy.parse(rooted).as_json() == rooted
    free = described(policy_type="no_policy")
    del free["authorized_parties"]
    assert DisclosurePolicy.parse(free).as_json() == free
    assert DisclosurePolicy.parse(free).allows(None, None)


@pytest.mark.req("EDP_08")
def test_a_policy_is_written_with_a_uri_of_its_own() -> None:
    """-01: its issuer gave one, or it is that of its content: another policy has another."""
    one, other = (DisclosurePolicy.parse(described(description=text)) for text in ("one", "other"))
    assert one.identified() == one
    bare = [replace(each, policy_uri="").identified() for each in (one, other, one)]
    assert bare[0].policy_uri.startswith("ni:///sha-256;")
    assert bare[0].policy_uri != bare[1].policy_uri
    assert bare[0] == bare[2]


@pytest.mark.req("EDP_08")
def test_extensions_are_no_obstacle_and_change_nothing() -> None:
    """-10 to -12."""
    extended = described(extensions=[{"id": "x", "path": ["number"], "rule": {"policy_type": "no_policy"}}])
    extended["authorized_parties"][0]["later"] = True
    assert DisclosurePolicy.parse(extended) == DisclosurePolicy.parse(described())


@pytest.mark.req("EDP_08")
@pytest.mark.parametrize(
    "write",
    [
        lambda name: name.replace("2.5.4.97=", "ORGID="),
        lambda name: name.replace("2.5.4.97=", "organizationIdentifier=").replace("CN=", "commonName="),
        lambda name: name.replace("O=", "organizationName=").replace("C=", "countryName="),
        lambda name: name.replace("\\,", "\\2C").replace(" ", "\\20"),
    ],
)
def test_a_subject_is_one_name_in_every_way_to_write_it(
    office: Any, members: dict[str, Any], write: Callable[[str], str]
) -> None:
    """-07, notes 1 and 2: ``ORGID`` stands for the organizationIdentifier, ``SN`` for the serialNumber."""
    school = RelyingPartyRecord.of(**{**members, "legal_name": "School, Ltd.", "trade_name": "School"})
    registered = verified(office, office.wrprc(school))
    leaf = office.wrpac(school).leaf
    assert "2.5.4.97=" in leaf.subject_name
    assert "\\," in leaf.subject_name
    name = write(leaf.subject_name)
    assert name != leaf.subject_name
    assert parties(subject_dn=name).allows(registered, leaf)
    assert not parties(subject_dn=name.replace("Ltd", "Lid")).allows(registered, leaf)


@pytest.mark.req("EDP_08")
def test_the_serial_number_of_a_person_is_called_sn() -> None:
    held = "CN=Jan,2.5.4.42=Jan,2.5.4.4=Jansen,2.5.4.5=IDCNL-1,C=NL"
    assert same_name("CN=Jan,GN=Jan,surname=Jansen,SN=IDCNL-1,C=NL", held)
    assert not same_name("CN=Jan,GN=Jan,SN=Jansen,SN=IDCNL-1,C=NL", held)


@pytest.mark.req("EDP_08")
def test_where_an_entry_says_several_things_all_of_them_hold(
    office: Any, record: RelyingPartyRecord, registration: RegistrationCertificate
) -> None:
    leaf = office.wrpac(record).leaf
    good = {"subject_dn": leaf.subject_name, "entitlement_uri": SERVICE_PROVIDER}
    assert parties(**good).allows(registration, leaf)
    for wrong in ({"subject_dn": "CN=x"}, {"entitlement_uri": SERVICE_PROVIDER + "x"}):
        assert not parties(**{**good, **wrong}).allows(registration, leaf)
    assert not parties(**good, identifier="NTRNL-87654321", service_id="main").allows(registration, leaf)


@pytest.mark.parametrize("with_data", [True, False])
def test_a_policy_is_read_where_it_wallet_has_it(*, with_data: bool) -> None:
    data = described()
    member = {"policy_uri": data.pop("policy_uri"), "policy_data": data} if with_data else data
    found = DisclosurePolicy.of_configuration({"credential_metadata": {"embedded_disclosure_policy": member}})
    assert found is not None
    assert found.authorized_parties == DisclosurePolicy.parse(described()).authorized_parties
    assert found.policy_uri == described()["policy_uri"]


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        (  # -03: only its URI, and nothing was loaded before
            {"credential_metadata": {"embedded_disclosure_policy": {"policy_uri": "https://x.example/p"}}},
            "/credential_metadata/embedded_disclosure_policy/policy_type",
        ),
        (
            {"credential_metadata": {"embedded_disclosure_policy": []}},
            "/credential_metadata/embedded_disclosure_policy",
        ),
        (
            {
                "credential_metadata": {
                    "embedded_disclosure_policy": {"policy_uri": 1, "policy_data": described()}
                }
            },
            "/credential_metadata/embedded_disclosure_policy/policy_data/policy_uri",
        ),
        (
            {
                "disclosure_policy": {"policy_type": "no_policy"},
                "credential_metadata": {"embedded_disclosure_policy": described()},
            },
            "/disclosure_policy",
        ),
    ],
)
def test_a_policy_that_cannot_be_known_is_refused(entry: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidOffer) as refused:
        DisclosurePolicy.of_configuration(entry, pointer="/at")
    assert refused.value.pointer == f"/at{pointer}"


def test_without_a_policy_there_is_none_and_the_same_one_twice_is_one() -> None:
    assert DisclosurePolicy.of_configuration({"credential_metadata": {}}) is None
    assert DisclosurePolicy.of_configuration({"credential_metadata": "x"}) is None
    twice = {
        "disclosure_policy": described(),
        "credential_metadata": {"embedded_disclosure_policy": described()},
    }
    assert DisclosurePolicy.of_configuration(twice) == DisclosurePolicy.parse(described())
