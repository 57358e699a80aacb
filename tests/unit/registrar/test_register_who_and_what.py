"""Who can be registered, which data of them, and what their access certificates hold (ARF topic 27)."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import Certificate, CertificateAuthority, PrivateKey, verify_chain
from nlwallet.profiles import HAIP_1_0, STRICT
from nlwallet.registrar import Registrar, read_relying_party, relying_party_json
from nlwallet.registration import (
    ACCESS,
    PROVIDERS,
    CredentialType,
    RelyingPartyCertificates,
    RelyingPartyRecord,
    ServiceReference,
    acting_for,
    service_of,
    trade_name_of,
    verify_wrprc,
)
from nlwallet.report import Outcome
from nlwallet.sandbox import pilot
from nlwallet.trust import create_authority

BASE = "https://registrar.example"
NOW = 1_790_000_000
RECORD = pilot("cafe-de-vrije-val").record
DIPLOMA = CredentialType(types=("urn:example:diploma",))
PROVIDES: dict[str, Any] = {"intended_uses": (), "provides_attestations": (DIPLOMA,)}
PERSON: dict[str, Any] = {
    "identifier": "IDCNL-SPECI2014", "legal_name": "", "given_name": "Willeke", "family_name": "De Bruijn"
}  # fmt: skip


def record(**changes: Any) -> RelyingPartyRecord:
    plain = {**RECORD.model_dump(exclude_none=True), "services": RECORD.services[0].descriptions}
    return RelyingPartyRecord.of(**{**plain, **changes})


@pytest.fixture
def registrar() -> Registrar:
    return Registrar.create(clock=TravellingClock(NOW), base_url=BASE)


def entered(registrar: Registrar, one: RelyingPartyRecord, **options: Any) -> RelyingPartyCertificates:
    return registrar.register(one, PrivateKey.generate().public, dns_names=("rp.example",), **options)


KINDS = {
    **{kind: {"entitlements": (kind,), **PROVIDES} for kind in PROVIDERS},
    "Service_Provider": {},
    "both": {"entitlements": ("Service_Provider", "QEAA_Provider"), "provides_attestations": (DIPLOMA,)},
    "person": PERSON,
}


@pytest.mark.req("Reg_01", "Reg_01a", "Reg_10")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_party_is_entered_with_the_common_data_and_gets_certificates(
    registrar: Registrar, kind: str
) -> None:
    one = record(**KINDS[kind])
    got = entered(registrar, one)
    assert registrar.record(one.identifier) == one
    ((shown, since),) = registrar.entries()
    told = relying_party_json(shown, registered_at=since, registry_uri=BASE)
    assert read_relying_party(told) == one  # nothing of the common data is lost
    person = told.get("naturalPerson", told.get("legalPerson"))
    assert person is not None
    for member in ("identifier", "tradeName", "country", "supervisoryAuthority", "services"):
        assert told[member], member
    [service] = told["services"]
    assert service["srvDescription"]
    assert service["entitlements"]
    assert bool(service.get("providesAttestations")) == bool(one.provides_attestations)
    assert bool(service.get("intendedUses")) == bool(one.intended_uses)
    assert verify_chain(got.access_chain, (registrar.access_anchor,), now=NOW, what="it")
    assert bool(got.provider_certificate) == bool(one.provides_attestations)
    assert got.registration_certificates.keys() == {use.id for use in one.intended_uses}


@pytest.mark.req("Reg_01b")
def test_what_a_party_says_of_itself_needs_no_approval(registrar: Registrar) -> None:
    use = RECORD.intended_uses[0].model_dump(exclude_none=True)
    everything = {"types": ["urn:eudi:pid:nl:1"], "claims": [["bsn"], ["picture"], ["no_such_claim"]]}
    odd = record(
        services=({"nl": "Wij zeggen niet wat wij doen", "en": "We do not say what we do"},),
        support_uri="https://contact.example/",
        intended_uses=({**use, "purpose": {"nl": "Zomaar", "en": "Just so"}, "credentials": [everything]},),
    )
    got = entered(registrar, odd)
    assert registrar.record(odd.identifier) == odd
    assert got.registration_certificates.keys() == {use["id"]}
    assert [change.what for change in registrar.changes] == ["registered", "certified"]  # no step between


def both_certificates(
    registrar: Registrar, one: RelyingPartyRecord, **options: Any
) -> tuple[Certificate, Any]:
    got = entered(registrar, one, **options)
    [token] = got.registration_certificates.values()
    read = verify_wrprc(
        token, anchors=(registrar.registration_anchor,), now=NOW, algorithms=frozenset({"ES256"})
    )
    return Certificate.from_der(got.access_chain.leaf.der), read


@pytest.mark.req("Reg_32")
@pytest.mark.parametrize("changes", [{}, {"identifier": "VATNL-123456789B01"}, PERSON])
def test_both_certificates_have_the_registered_identifier(
    registrar: Registrar, changes: dict[str, Any]
) -> None:
    one = record(**changes)
    access, registration = both_certificates(registrar, one)
    assert access.subject.identifier == registration.identifier == one.identifier


@pytest.mark.req("Reg_35")
def test_an_access_certificate_has_room_for_all_of_it(registrar: Registrar) -> None:
    served = record()
    registrar.enter(served)
    broker = record(
        identifier="NTRNL-90000066", trade_name="Bemiddelaar", is_intermediary=True, intended_uses=(),
        services=({"id": "desk", "trade_name": "De Balie", "descriptions": RECORD.services[0].descriptions},),
    )  # fmt: skip
    registrar.enter(broker)
    got = registrar.certify(
        broker.identifier,
        PrivateKey.generate().public,
        dns_names=("broker.example",),
        acting_for=ServiceReference(identifier=served.identifier),
    )
    leaf = Certificate.from_der(got.access_chain.leaf.der)
    assert trade_name_of(leaf) == "Bemiddelaar"  # Reg_31
    assert leaf.subject.identifier == "NTRNL-90000066"  # Reg_32
    assert service_of(leaf) == "desk"  # Reg_33
    assert leaf.subject.common_name == "De Balie"  # Reg_34
    assert acting_for(leaf) == (served.identifier, "main")  # Reg_34a


@pytest.mark.req("Reg_10b")
def test_the_certificates_between_leaf_and_anchor_come_along() -> None:
    root = CertificateAuthority.create("Root", now=NOW)
    middle = root.subordinate("Access CA", now=NOW)
    other = create_authority(
        "Registration CA", url=BASE, organization="x", organization_identifier="NTRNL-90000097", now=NOW
    )
    registrar = Registrar(
        clock=TravellingClock(NOW), base_url=BASE, access_authority=middle, registration_authority=other
    )
    got = entered(registrar, record())
    assert got.access_chain.intermediates == (middle.certificate,)
    path = verify_chain(got.access_chain, (root.certificate,), now=NOW, what="it")
    assert path == (got.access_chain.leaf, middle.certificate, root.certificate)
    assert root.certificate not in got.access_chain


@pytest.mark.req("Reg_11", "Reg_12")
@pytest.mark.parametrize("changes", [{}, PERSON, {"is_intermediary": True}, KINDS["PID_Provider"]])
@pytest.mark.parametrize("short_lived", [False, True])
def test_access_certificates_keep_to_their_profile(
    registrar: Registrar, changes: dict[str, Any], short_lived: bool
) -> None:
    leaf = entered(registrar, record(**changes), short_lived=short_lived).access_chain.leaf
    for rules in (HAIP_1_0, STRICT):
        results = ACCESS.check(leaf, issuer=registrar.access_anchor, now=NOW, rules=rules)
        assert [one.rule.id for one in results if one.outcome not in (Outcome.PASSED,)] == []
    assert (leaf.not_after - leaf.not_before <= 86_400) is short_lived
    assert bool(leaf.crl_uris) is not short_lived  # what lives longer than a day can be revoked


def test_what_lives_a_day_is_renewed_as_such(registrar: Registrar) -> None:
    entered(registrar, record(), short_lived=True)
    again = registrar.renew(RECORD.identifier).access_chain.leaf
    assert again.not_after - again.not_before == 86_400
    assert again.crl_uris == ()
