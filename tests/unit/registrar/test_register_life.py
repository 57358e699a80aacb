"""The life of a registration: changed, suspended, resumed, cancelled; and what each does to certificates."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateRevocationList, PrivateKey
from nlwallet.errors import LocalError
from nlwallet.registrar import Registrar
from nlwallet.registrar.revocations import Revocations
from nlwallet.registration import (
    PROVIDER_ENTITLEMENTS,
    RelyingPartyCertificates,
    RelyingPartyRecord,
    ServiceReference,
    acting_for,
    service_of,
    verify_wrprc,
)
from nlwallet.sandbox import pilot
from nlwallet.status import verify_status_list_token
from nlwallet.trust import ACCESS_AUTHORITIES, REGISTRATION_CERTIFICATE_PROVIDERS

ES256 = frozenset({"ES256"})
RECORD = pilot("cafe-de-vrije-val").record
ME = RECORD.identifier


def variant(**changes: Any) -> RelyingPartyRecord:
    return RelyingPartyRecord.of(**{**RECORD.model_dump(exclude_none=True), **changes})


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(1_790_000_000)


@pytest.fixture
def registrar(clock: TravellingClock) -> Registrar:
    return Registrar.create(clock=clock, base_url="https://registrar.example")


def register(registrar: Registrar, record: RelyingPartyRecord = RECORD) -> RelyingPartyCertificates:
    return registrar.register(record, PrivateKey.generate().public, dns_names=("cafe.example",))


def read(registrar: Registrar, text: str, **options: Any):
    anchors, now = (registrar.registration_anchor,), registrar.now()
    return verify_wrprc(text, anchors=anchors, now=now, algorithms=ES256, **options)


def revoked(registrar: Registrar, got: RelyingPartyCertificates) -> tuple[bool, bool]:
    """Whether the access certificate is, and whether every registration certificate is."""
    crl = CertificateRevocationList.from_der(registrar.access_revocation_list())
    crl.verify(registrar.access_anchor, now=registrar.now())
    token = verify_status_list_token(
        registrar.status_list_token(),
        uri=registrar.status_list_uri,
        anchors=(registrar.registration_anchor,),
        now=registrar.now(),
        algorithms=ES256,
    )
    statuses = [
        token.statuses[read(registrar, text).status.idx] for text in got.registration_certificates.values()
    ]
    return crl.revokes(got.access_chain.leaf), statuses == [1] * len(statuses)


def log(registrar: Registrar) -> list[str]:
    return [change.what for change in registrar.changes]


@pytest.mark.req("Reg_12")
def test_a_suspension_revokes_and_has_an_end(registrar: Registrar) -> None:
    first, other = register(registrar), variant(identifier="NTRNL-90000077")
    bystander = register(registrar, other)
    registrar.suspend(ME, reason="asked for by the supervisor")
    assert revoked(registrar, first) == (True, True)
    assert revoked(registrar, bystander) == (False, False)
    assert registrar.record(ME) is None
    with pytest.raises(LocalError, match="suspended"):
        registrar.renew(ME)
    with pytest.raises(LocalError, match="registered already"):
        register(registrar)
    [fresh] = registrar.resume(ME)
    assert fresh.access_chain.leaf.public_key == first.access_chain.leaf.public_key
    assert revoked(registrar, fresh) == (False, False)
    assert revoked(registrar, first) == (True, True)  # there is no way back
    with pytest.raises(LocalError, match="not suspended"):
        registrar.resume(ME)


@pytest.mark.req("Reg_20a", "Reg_22a")
@pytest.mark.parametrize(
    "entitlement", ["PID_Provider", "QEAA_Provider", "PUB_EAA_Provider", "Non_Q_EAA_Provider"]
)
@pytest.mark.parametrize("way", ["suspend", "cancel"])
def test_a_provider_is_stopped_too(registrar: Registrar, entitlement: str, way: str) -> None:
    record = variant(
        intended_uses=(),
        entitlements=(entitlement,),
        services=({"nl": "Uitgeven", "en": "Issuing"},),
        provides_attestations=({"types": ["urn:example:card:1"]},),
    )
    got = register(registrar, record)
    assert got.provider_certificate is not None
    both = RelyingPartyCertificates(record, got.access_chain)
    assert revoked(registrar, both)[0] is False
    getattr(registrar, way)(ME)
    assert revoked(registrar, both)[0] is True
    status = read(registrar, got.provider_certificate, entitlements=PROVIDER_ENTITLEMENTS).status
    token = verify_status_list_token(
        registrar.status_list_token(),
        uri=registrar.status_list_uri,
        anchors=(registrar.registration_anchor,),
        now=registrar.now(),
        algorithms=ES256,
    )
    assert token.statuses[status.idx] == 1


@pytest.mark.req("Reg_09")
def test_every_change_is_in_the_log(registrar: Registrar, clock: TravellingClock) -> None:
    register(registrar)
    clock.travel(60)
    registrar.update(variant(website="https://cafe.example/nieuw"), reason="a new site")
    authority = {"name": "Toezicht", "country": "NL", "email": "t@toezicht.example"}
    registrar.update(variant(website="https://cafe.example/nieuw", supervisory_authority=authority))
    registrar.suspend(ME)
    registrar.resume(ME)
    registrar.renew(ME)
    registrar.cancel(ME)
    assert log(registrar) == [
        "registered", "certified", "updated", "updated", "deleted", "suspended", "resumed", "renewed", "cancelled",
    ]  # fmt: skip
    changed = registrar.changes[2]
    assert (changed.at, changed.identifier, changed.reason) == (clock.now(), ME, "a new site")
    assert changed.pointers == ("/website",)
    assert registrar.changes[4].pointers == ("/supervisory_authority/uri",)


@pytest.mark.req("Reg_07")
def test_an_update_gives_certificates_that_say_so(registrar: Registrar) -> None:
    old = register(registrar)
    [new] = registrar.update(variant(website="https://cafe.example/nieuw"))
    assert read(registrar, new.registration_certificates["leeftijd"]).website == "https://cafe.example/nieuw"
    assert revoked(registrar, old) == (True, True)
    assert revoked(registrar, new) == (False, False)
    assert registrar.update(variant(website="https://cafe.example/nieuw")) == ()
    with pytest.raises(LocalError, match="not registered"):
        registrar.update(variant(identifier="NTRNL-90000078"))


@pytest.mark.req("Reg_10a", "Reg_10c", "RPRC_09", "RPRC_10")
def test_a_party_gets_certificates_for_each_service_and_use(registrar: Registrar) -> None:
    use = RECORD.intended_uses[0].model_dump()
    texts = ({"nl": "Iets", "en": "Something"},)
    services = (
        {"id": "a", "trade_name": "A", "descriptions": texts, "intended_uses": ("leeftijd",)},
        {"id": "b", "trade_name": "B", "descriptions": texts, "intended_uses": ("leeftijd", "twee")},
    )
    record = variant(services=services, intended_uses=(use, {**use, "id": "twee"}))
    got = register(registrar, record)
    sets = [got.for_service("a"), got.for_service("b")]
    assert [service_of(one.access_chain.leaf) for one in sets] == ["a", "b"]
    assert [list(one.registration_certificates) for one in sets] == [["leeftijd"], ["leeftijd", "twee"]]
    for one in sets:
        for text in one.registration_certificates.values():
            assert read(registrar, text).service_id == service_of(one.access_chain.leaf)
    desk = registrar.certify(ME, PrivateKey.generate().public, dns_names=("b.example",), service_id="b")
    assert service_of(desk.access_chain.leaf) == "b"
    with pytest.raises(LocalError, match="no certificates"):
        got.for_service("c")


@pytest.mark.req("RPRC_13")
def test_a_provider_gets_one_registration_certificate_for_each_service(registrar: Registrar) -> None:
    record = variant(
        intended_uses=(),
        entitlements=("PUB_EAA_Provider",),
        services=({"nl": "Diploma's", "en": "Diplomas"},),
        provides_attestations=({"types": ["urn:example:diploma:1"]},),
    )
    got = register(registrar, record)
    assert got.registration_certificates == {}
    assert got.provider_certificate is not None
    read(registrar, got.provider_certificate, entitlements=PROVIDER_ENTITLEMENTS)
    assert register(registrar, variant(identifier="NTRNL-90000077")).provider_certificate is None


@pytest.mark.req("RPI_01", "RPI_03")
def test_an_intermediary_holds_what_it_needs_to_ask_for_somebody(registrar: Registrar) -> None:
    broker = variant(identifier="NTRNL-90000088", trade_name="Makelaar", is_intermediary=True, intended_uses=(),
                     services=({"nl": "Vragen", "en": "Asking"},))  # fmt: skip
    register(registrar, broker)
    used = {"identifier": broker.identifier, "trade_name": "Makelaar", "evidence": "a contract"}
    registrar.enter(variant(uses_intermediary=used))
    served = ServiceReference(identifier=ME)
    got = registrar.certify(
        broker.identifier, PrivateKey.generate().public, dns_names=("m.example",), acting_for=served
    )
    assert acting_for(got.access_chain.leaf) == (ME, "main")
    [text] = registrar.registrations_of(ME).values()
    assert read(registrar, text).intermediary.identifier == broker.identifier
    plain = variant(identifier="NTRNL-90000077")
    register(registrar, plain)
    with pytest.raises(LocalError, match="no intermediary"):
        registrar.certify(
            plain.identifier, PrivateKey.generate().public, dns_names=("p.example",), acting_for=served
        )
    with pytest.raises(LocalError, match="no intermediary"):
        registrar.enter(
            variant(identifier="NTRNL-90000066", uses_intermediary={**used, "identifier": plain.identifier})
        )


@pytest.mark.req("RPACANot_06")
def test_an_access_authority_that_is_cancelled_revokes_all(registrar: Registrar) -> None:
    both = [register(registrar), register(registrar, variant(identifier="NTRNL-90000077"))]
    registrar.cancel_access_authority()
    assert [revoked(registrar, one) for one in both] == [(True, False), (True, False)]
    assert registrar.lists.entities(ACCESS_AUTHORITIES) == ()
    with pytest.raises(LocalError, match="RPACANot_06"):
        registrar.renew(ME)


@pytest.mark.req("RPACANot_07")
def test_a_registration_authority_that_is_cancelled_revokes_all(registrar: Registrar) -> None:
    both = [register(registrar), register(registrar, variant(identifier="NTRNL-90000077"))]
    registrar.cancel_registration_authority()
    assert [revoked(registrar, one) for one in both] == [(False, True), (False, True)]
    assert registrar.lists.entities(REGISTRATION_CERTIFICATE_PROVIDERS) == ()
    assert not registrar.readable
    with pytest.raises(LocalError, match="RPACANot_07"):
        registrar.registrations_of(ME)


def test_the_list_says_when_each_was_revoked(registrar: Registrar, clock: TravellingClock) -> None:
    """Java's PKIX validator ignores a revocation that is not before the moment at which it began to look."""
    other = variant(identifier="NTRNL-90000055", legal_name="Another")
    first, second = register(registrar), register(registrar, other)
    clock.travel(60)
    registrar.suspend(ME)
    clock.travel(60)
    registrar.cancel_access_authority()
    clock.travel(60)
    crl = x509.load_der_x509_crl(registrar.access_revocation_list())
    when = {one.serial_number: int(one.revocation_date_utc.timestamp()) - registrar.now() for one in crl}
    assert when == {first.access_chain.leaf.serial: -120, second.access_chain.leaf.serial: -60}


def test_what_an_earlier_version_kept_without_times_was_revoked_long_ago() -> None:
    kept = {
        "indexes": [],
        "serials": [7, 8],
        "serials_for": [],
        "revoked_serials": [7],
        "revoked_indexes": [],
    }
    restored = Revocations("https://registrar.example/status-lists/1")
    restored.restore(ME, kept)
    assert restored.revoked_at == {7: 0}
    again = Revocations("https://registrar.example/status-lists/1")
    again.restore(ME, restored.as_json(ME))
    assert again.revoked_at == restored.revoked_at
