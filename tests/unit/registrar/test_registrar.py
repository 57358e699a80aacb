"""The registrar: enter once, renew, withdraw, and what the public sees."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from cryptography import x509

from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey, parse_jws
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpReply
from nlwallet.registrar import Registrar
from nlwallet.registration import verify_wrprc
from nlwallet.sandbox import pilot
from nlwallet.status import verify_status_list_token

BASE = "https://registrar.example"
ES256 = frozenset({"ES256"})


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(1_790_000_000)


@pytest.fixture
def registrar(clock: TravellingClock) -> Registrar:
    return Registrar.create(clock=clock, base_url=BASE)


@pytest.fixture
def get(registrar: Registrar) -> Callable[[str], HttpReply]:
    public = HttpClient()
    public.mount(BASE, registrar.app)
    return lambda path: public.get(BASE + path, accept="*/*", what="it")


RECORD = pilot("cafe-de-vrije-val").record


def register(registrar: Registrar):
    return registrar.register(RECORD, PrivateKey.generate().public, dns_names=("cafe.example",))


def wrprc(registrar: Registrar, text: str, now: int):
    return verify_wrprc(text, anchors=(registrar.registration_anchor,), now=now, algorithms=ES256)


@pytest.mark.req("RPRC_08", "RPRC_09")
def test_one_record_two_certificates(registrar: Registrar, clock: TravellingClock) -> None:
    key = PrivateKey.generate()
    got = registrar.register(RECORD, key.public, dns_names=("cafe.example",))
    assert got.access_chain.leaf.public_key == key.public
    assert got.access_chain.leaf.subject.organization_identifier == RECORD.identifier
    assert set(got.registration_certificates) == {"leeftijd"}
    assert (
        wrprc(registrar, got.registration_certificates["leeftijd"], clock.now()).identifier
        == RECORD.identifier
    )


def test_an_identifier_is_registered_once(registrar: Registrar) -> None:
    register(registrar)
    with pytest.raises(LocalError, match="registered already"):
        register(registrar)
    with pytest.raises(LocalError, match="host"):
        registrar.register(RECORD, PrivateKey.generate().public, dns_names=())


@pytest.mark.req("RPRC_01a")
def test_withdrawal_shows_in_the_status_list_the_register_and_the_crl(
    registrar: Registrar, clock: TravellingClock, get
) -> None:
    got = register(registrar)
    certificate = wrprc(registrar, got.registration_certificates["leeftijd"], clock.now())
    assert certificate.status is not None

    def status() -> int:
        reply = get("/status-lists/1")
        assert reply.content_type == "application/statuslist+jwt"
        token = verify_status_list_token(
            reply.body.decode(),
            uri=certificate.status.uri,
            anchors=(registrar.registration_anchor,),
            now=clock.now(),
            algorithms=ES256,
        )
        return token.statuses[certificate.status.idx]

    def revoked() -> x509.RevokedCertificate | None:
        crl = x509.load_der_x509_crl(get("/access-ca.crl").body)
        return crl.get_revoked_certificate_by_serial_number(got.access_chain.leaf.serial)

    assert status() == 0
    assert revoked() is None
    assert json.loads(get(f"/register/{RECORD.identifier}").body)["trade_name"] == "Café De Vrije Val"
    registrar.cancel(RECORD.identifier)
    registrar.cancel(RECORD.identifier)
    assert status() == 1
    assert revoked() is not None
    assert get(f"/register/{RECORD.identifier}").status == 404
    assert [change.what for change in registrar.changes] == ["registered", "certified", "cancelled"]
    with pytest.raises(LocalError, match="cancelled"):
        registrar.renew(RECORD.identifier)
    register(registrar)  # a new registration is possible


def test_renewal_gives_certificates_with_a_status_of_their_own(
    registrar: Registrar, clock: TravellingClock
) -> None:
    first = register(registrar)
    clock.travel(300 * 86_400)
    second = registrar.renew(RECORD.identifier)
    old, new = (
        wrprc(registrar, each.registration_certificates["leeftijd"], clock.now()) for each in (first, second)
    )
    assert old.status != new.status
    assert new.expires_at is not None
    assert old.expires_at is not None
    assert new.expires_at > old.expires_at
    with pytest.raises(LocalError, match="not registered"):
        registrar.renew("NTRNL-00000000")


def test_nobody_writes_over_http(registrar: Registrar, get) -> None:
    public = HttpClient()
    public.mount(BASE, registrar.app)
    reply = public.post_form(f"{BASE}/register/{RECORD.identifier}", {}, accept="*/*", what="it")
    assert reply.status == 405
    assert get("/register/..%2F..%2Fetc%2Fpasswd").status == 404
    assert get("/access-ca.cer").body == registrar.access_anchor.der


def test_every_address_in_the_certificates_answers(registrar: Registrar, get) -> None:
    got = register(registrar)
    wire = parse_jws(
        got.registration_certificates["leeftijd"], typ=None, algorithms=ES256, what="it"
    ).claims()
    extensions = got.access_chain.leaf.pyca.extensions
    crl = extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0].full_name[0].value
    issuer = (
        extensions.get_extension_for_class(x509.AuthorityInformationAccess).value[0].access_location.value
    )
    policy = extensions.get_extension_for_class(x509.CertificatePolicies).value[0].policy_qualifiers[0]
    for url in (crl, issuer, policy, wire["certificate_policy"], wire["status"]["status_list"]["uri"]):
        assert get(str(url).removeprefix(BASE)).status == 200, url
    assert get("/policy/other").status == 404
