"""The national list of qualified attestation providers: written, signed, and read again (ETSI TS 119 612)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import InvalidSignature, LocalError, RemoteError
from nlwallet.issuer import CredentialConfiguration
from nlwallet.registrar import Registrar
from nlwallet.trust import (
    Category,
    QualifiedList,
    QualifiedProvider,
    sign_trusted_list_xml,
    verify_trusted_list_xml,
)

NOW = 1_790_000_000
DAY = 86_400
KEY = PrivateKey.generate()
ROOT = CertificateAuthority.create("Operator CA", now=NOW, days=900)
SIGNER = ROOT.issue(KEY.public, Subject("Signer", organization="Operator"), now=NOW, days=800).leaf
BANK, NOTARY = (
    CertificateAuthority.create(name, now=NOW, days=900).certificate for name in ("Bank", "Notary")
)
LIST = QualifiedList(
    territory="NL",
    sequence_number=7,
    issued_at=NOW,
    next_update=NOW + 30 * DAY,
    operator="Operator",
    website="https://operator.example/",
    providers=(
        QualifiedProvider("Bank & Zoon <B.V.>", (BANK, NOTARY), NOW - DAY, "https://bank.example/"),
        QualifiedProvider("Notary", (NOTARY,), NOW - DAY, "https://notary.example/", granted=False),
    ),
)


def read(data: bytes, **changed: Any) -> Any:
    given: dict[str, Any] = {"signers": (SIGNER.der,), "territory": "NL", "now": NOW, **changed}
    return verify_trusted_list_xml(data, **given)


def test_what_is_written_is_read_by_whoever_pins_the_signer() -> None:
    data = sign_trusted_list_xml(LIST, key=KEY, certificate=SIGNER)
    found = read(data)
    assert (found.sequence_number, found.issued_at, found.next_update) == (7, NOW, NOW + 30 * DAY)
    (granted,) = found.services
    assert granted.provider == "Bank & Zoon <B.V.>"
    assert found.anchors(Category.QEAA_PROVIDER, now=NOW) == (BANK, NOTARY)
    assert found.unreadable == 0
    with pytest.raises(InvalidSignature):
        read(data, signers=(BANK.der,))
    with pytest.raises(InvalidSignature):
        read(data.replace(b"Svcstatus/withdrawn", b"Svcstatus/granted"))
    with pytest.raises(RemoteError):
        read(data, territory="BE")


def test_the_elements_stand_in_the_order_of_the_standard() -> None:
    root = etree.fromstring(sign_trusted_list_xml(LIST, key=KEY, certificate=SIGNER))
    assert root.get("TSLTag") == "http://uri.etsi.org/19612/TSLTag"
    assert [etree.QName(one).localname for one in root] == [
        "SchemeInformation", "TrustServiceProviderList", "Signature",
    ]  # fmt: skip
    assert [etree.QName(one).localname for one in root[0]] == [
        "TSLVersionIdentifier", "TSLSequenceNumber", "TSLType", "SchemeOperatorName", "SchemeOperatorAddress",
        "SchemeName", "SchemeInformationURI", "StatusDeterminationApproach", "SchemeTypeCommunityRules",
        "SchemeTerritory", "PolicyOrLegalNotice", "HistoricalInformationPeriod", "ListIssueDateTime", "NextUpdate",
    ]  # fmt: skip
    names = root.findall(".//{*}ServiceInformation")
    assert [etree.QName(one).localname for one in names[0]] == [
        "ServiceTypeIdentifier", "ServiceName", "ServiceDigitalIdentity", "ServiceStatus", "StatusStartingTime",
    ]  # fmt: skip


def test_a_list_without_providers_has_no_empty_element() -> None:
    empty = QualifiedList("NL", 1, NOW, NOW + DAY, "Operator", "https://operator.example/", ())
    data = sign_trusted_list_xml(empty, key=KEY, certificate=SIGNER)
    assert b"TrustServiceProviderList" not in data
    assert read(data).services == ()
    with pytest.raises(LocalError):
        sign_trusted_list_xml(empty, key=PrivateKey.generate("P-384"), certificate=SIGNER)


def test_the_list_of_a_registrar_moves_forward_only() -> None:
    clock = TravellingClock(NOW)
    registrar = Registrar.create(clock=clock, base_url="https://registrar.example")
    office, signers = registrar.qualified, (registrar.lists.signer.der,)
    empty = read(office.document(), signers=signers)
    office.notify("Bank", [BANK], website="https://bank.example/")
    first = read(office.document(), signers=signers, previous=empty)
    assert first.anchors(Category.QEAA_PROVIDER, now=NOW) == (BANK,)
    assert office.document() == office.document()
    with pytest.raises(LocalError):
        office.withdraw("Notary")
    with pytest.raises(LocalError):
        office.notify("Notary", [], website="https://notary.example/")
    office.withdraw("Bank")
    second = read(office.document(), signers=signers, previous=first)
    assert second.services == ()
    assert [one.granted for one in office.providers] == [False]
    clock.travel(16 * DAY)
    third = read(office.document(), signers=signers, previous=second, now=clock.now())
    assert third.issued_at == clock.now()


# In the sandbox -----------------------------------------------------------------------------------


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as one:
        yield one


def test_a_qualified_provider_counts_while_the_national_list_says_so(edi: Sandbox) -> None:
    document = {"vct": "urn:example:title-deed:1", "claims": [{"path": ["number"], "sd": "always"}]}
    configuration = CredentialConfiguration.from_type_metadata(document, lifetime_days=1)
    before = set(edi.anchors.of(Category.QEAA_PROVIDER))
    notary, other = (
        edi.issuer(
            f"{name}.example",
            configurations=[configuration],
            category=Category.QEAA_PROVIDER,
            organization=name,
        )
        for name in ("notaris", "notaris-twee")
    )
    assert edi.registrar.qualified_list_url in edi.anchors.lists or edi.anchors.refresh() == {}
    (anchor, second) = set(edi.anchors.of(Category.QEAA_PROVIDER)) - before
    assert {one.subject.organization for one in (anchor, second)} == {"notaris", "notaris-twee"}
    wallet = edi.empty_wallet()
    (card,) = wallet.receive(notary.offer("urn:example:title-deed:1", {"number": "7"}).uri)
    assert card.type == "urn:example:title-deed:1"

    edi.registrar.qualified.withdraw("notaris")
    edi.clock.travel(3600)  # type: ignore[attr-defined]
    with pytest.raises(RemoteError):
        wallet.receive(notary.offer("urn:example:title-deed:1", {"number": "8"}).uri)
    assert len(wallet.receive(other.offer("urn:example:title-deed:1", {"number": "9"}).uri)) == 1
    assert edi.anchors.problems == {}
