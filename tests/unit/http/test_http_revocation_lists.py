"""Lists of revoked certificates: fetched, believed when their authority signed them, and never an older one."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from nlwallet.crypto import Certificate, CertificateAuthority, CertificateRevocationList, PrivateKey, Subject
from nlwallet.errors import (
    InvalidSignature,
    InvalidStatus,
    LimitExceeded,
    MalformedInput,
    RemoteError,
    TransportError,
)
from nlwallet.http import HttpClient, RevocationLists

NOW = 1_790_000_000
URL = "https://ca.example/access.crl"
NAME = x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a part")])


class Office:
    """An authority, one certificate of it, and a server of its list."""

    def __init__(self) -> None:
        self.authority = CertificateAuthority.create("Access CA", now=NOW)
        self.leaf = self.issue(URL)
        self.body: bytes = b""
        self.status = 200
        self.fetched = 0
        self.http = HttpClient()
        self.http.mount("https://ca.example", self.app)
        self.lists = RevocationLists(self.http)

    def issue(self, url: str) -> Certificate:
        key = PrivateKey.generate().public
        return self.authority.issue(key, Subject("Shop"), now=NOW, crl_url=url).leaf

    def publish(self, *serials: int, now: int = NOW, days: int = 1) -> None:
        self.body = self.authority.revocation_list(serials, now=now, days=days)

    def app(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.fetched += 1
        start_response(f"{self.status} whatever", [("Content-Type", "application/pkix-crl")])
        return [self.body]

    def look_up(self, *, now: int = NOW) -> str:
        return self.lists.look_up(self.leaf, self.authority.certificate, now=now)


@pytest.fixture
def office() -> Office:
    return Office()


def test_who_is_on_the_list_is_revoked(office: Office) -> None:
    office.publish()
    assert office.look_up() == "good"
    office.publish(office.leaf.serial)
    assert office.look_up() == "good"  # what was fetched a moment ago is used
    assert office.fetched == 1
    assert office.look_up(now=NOW + 300) == "revoked"


def test_a_certificate_without_a_list(office: Office) -> None:
    bare = office.issue("")
    assert office.lists.look_up(bare, office.authority.certificate, now=NOW) == "no_list"
    assert office.fetched == 0


def test_only_the_authority_itself_says_who_is_revoked(office: Office) -> None:
    namesake = CertificateAuthority.create("Access CA", now=NOW)
    office.body = namesake.revocation_list((), now=NOW)
    with pytest.raises(InvalidSignature):
        office.look_up()
    other = CertificateAuthority.create("Another CA", now=NOW)
    office.body = other.revocation_list((), now=NOW)
    with pytest.raises(InvalidStatus, match="another issuer"):
        office.look_up(now=NOW + 10)


def test_a_list_has_its_time(office: Office) -> None:
    office.publish(now=NOW - 2 * 86_400)
    with pytest.raises(InvalidStatus) as expired:
        office.look_up()
    assert expired.value.code == "revocation_list_expired"
    office.publish(now=NOW + 3600)
    with pytest.raises(InvalidStatus):
        office.look_up(now=NOW + 10)


def test_an_older_list_does_not_take_the_place_of_a_newer_one(office: Office) -> None:
    old = office.authority.revocation_list((), now=NOW - 60, days=3)
    office.publish(office.leaf.serial)
    assert office.look_up() == "revoked"
    office.body = old
    assert office.look_up(now=NOW + 300) == "revoked"
    with pytest.raises(InvalidStatus) as refused:
        office.look_up(now=NOW + 86_400)
    assert refused.value.code == "revocation_list_rolled_back"


def test_a_dead_server_does_not_take_away_what_is_known(office: Office) -> None:
    office.publish(office.leaf.serial)
    assert office.look_up() == "revoked"
    office.status = 503
    assert office.look_up(now=NOW + 400) == "revoked"
    with pytest.raises(TransportError):
        office.look_up(now=NOW + 86_400)
    office.status = 200
    office.publish(now=NOW + 86_400)
    assert office.look_up(now=NOW + 86_410) == "good"


def test_several_threads_fetch_once(office: Office) -> None:
    office.publish()
    together, answers = Barrier(6), []

    def ask() -> None:
        together.wait()
        answers.append(office.look_up())

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["good"] * 6
    assert office.fetched == 1


def made(
    authority: CertificateAuthority, *extensions: tuple[x509.ExtensionType, bool], until: bool = True
) -> bytes:
    """A list with these extensions, signed by ``authority``."""
    moment = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.pyca.subject)
    builder = builder.last_update(moment).next_update(datetime.fromtimestamp(NOW + 60, UTC))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    key = authority._key.pyca
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def point(**changes: Any) -> x509.IssuingDistributionPoint:
    plain: dict[str, Any] = {
        "full_name": [x509.UniformResourceIdentifier(URL)], "relative_name": None,
        "only_contains_user_certs": False, "only_contains_ca_certs": False, "only_some_reasons": None,
        "indirect_crl": False, "only_contains_attribute_certs": False,
    }  # fmt: skip
    return x509.IssuingDistributionPoint(**{**plain, **changes})


def test_a_list_of_another_distribution_point_says_nothing_about_a_certificate(office: Office) -> None:
    # An authority may divide its certificates among lists, each signed by the same key.
    other = x509.UniformResourceIdentifier("https://ca.example/others.crl")
    for elsewhere in (point(full_name=[other]), point(full_name=[x509.DNSName("ca.example")])):
        office.body = made(office.authority, (elsewhere, True))
        with pytest.raises(InvalidStatus, match="another distribution point"):
            office.look_up()
        office.lists = RevocationLists(office.http)
    both = point(full_name=[other, x509.UniformResourceIdentifier(URL)], only_contains_user_certs=True)
    office.body = made(office.authority, (both, True))
    assert office.look_up() == "good"
    read = CertificateRevocationList.from_der(office.body)
    assert not read.covers(office.authority.certificate)


def test_who_needs_another_list_does_not_wait_for_a_host_that_does_not_answer(office: Office) -> None:
    office.publish()
    asked, answers = Event(), Event()

    def silent(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asked.set()
        answers.wait(60)
        return office.app(environ, start_response)

    office.http.mount("https://slow.example", silent)
    slow = office.issue("https://slow.example/access.crl")

    def ask() -> None:
        office.lists.look_up(slow, office.authority.certificate, now=NOW)

    waiting, quick = Thread(target=ask), Thread(target=office.look_up)
    waiting.start()
    assert asked.wait(60)
    quick.start()
    quick.join(20)
    kept_waiting = quick.is_alive()
    answers.set()
    waiting.join()
    quick.join()
    assert not kept_waiting


def test_a_list_of_part_of_the_certificates_is_not_used(office: Office) -> None:
    CertificateRevocationList.from_der(made(office.authority, (point(), True)))
    for extension in (
        (point(indirect_crl=True), True),
        (point(only_contains_ca_certs=True), True),
        (point(full_name=None, relative_name=NAME), True),
        (point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})), True),
        (x509.DeltaCRLIndicator(1), True),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),
    ):
        with pytest.raises(MalformedInput):
            CertificateRevocationList.from_der(made(office.authority, extension))


@pytest.mark.parametrize("body", [b"", b"rubbish", b"\x30\x03\x02\x01\x01"])
def test_rubbish_is_no_list(body: bytes) -> None:
    with pytest.raises(RemoteError):
        CertificateRevocationList.from_der(body)


def test_a_list_is_bounded() -> None:
    with pytest.raises(LimitExceeded):
        CertificateRevocationList.from_der(b"\x30" * 1_048_577)


def test_offline_what_is_known_counts_until_it_expires_and_nothing_is_fetched(office: Office) -> None:
    offline = office.lists.offline()

    def look_up(now: int) -> str:
        return offline.look_up(office.leaf, office.authority.certificate, now=now)

    office.publish()
    with pytest.raises(TransportError) as nothing:
        look_up(NOW)
    assert (nothing.value.code, nothing.value.message, office.fetched) == (
        "offline",
        "not checked: offline",
        0,
    )
    assert office.look_up() == "good"
    office.publish(office.leaf.serial)
    assert look_up(NOW + 4000) == "good"  # what came since is not known there
    assert office.look_up(now=NOW + 4000) == "revoked"
    assert (look_up(NOW + 4000), office.fetched) == ("revoked", 2)
    with pytest.raises(TransportError):
        look_up(NOW + 86_400)
    assert office.fetched == 2
