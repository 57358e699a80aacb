"""A registered party, its registrar's keys, and a query maker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.registration import RelyingPartyRecord, issue_wrpac, issue_wrprc
from nlwallet.status import StatusReference
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
PID, NL_PID = "urn:eudi:pid:1", "urn:eudi:pid:nl:1"

MEMBERS: dict[str, Any] = {
    "legal_name": "Voorbeeld Boekhandel B.V.",
    "trade_name": "Voorbeeld Boekhandel",
    "identifier": "NTRNL-12345678",
    "services": ({"nl": "Boeken kopen", "en": "Buying books"},),
    "website": "https://boekhandel.example/",
    "support_uri": "https://boekhandel.example/verwijderen",
    "supervisory_authority": {"name": "Toezicht", "country": "NL", "email": "meld@toezicht.example"},
    "intended_uses": (
        {
            "id": "leeftijd",
            "purpose": {"nl": "Controleren of u 18 bent", "en": "Check that you are 18"},
            "privacy_policy": "https://boekhandel.example/privacy",
            "retention": {"days": 0},
            "credentials": ({"types": [NL_PID], "claims": [["age_over_18"], ["nationalities", None]]},),
        },
    ),
}


class Office:
    """The registrar's two authorities and its signer."""

    def __init__(self) -> None:
        self.access = CertificateAuthority.create("Access root", now=NOW)
        self.registration = CertificateAuthority.create("Registration root", now=NOW)
        self.key = PrivateKey.generate()
        self.chain = self.registration.issue(self.key.public, Subject("Registrar"), now=NOW)
        self.party_key = PrivateKey.generate()
        self.anchors = (
            TrustAnchors()
            .adding(Category.ACCESS_CA, self.access.certificate)
            .adding(Category.REGISTRATION_CERTIFICATE_PROVIDER, self.registration.certificate)
        )

    def wrpac(self, record: RelyingPartyRecord) -> CertificateChain:
        return issue_wrpac(
            record, self.party_key.public, authority=self.access, now=NOW, dns_names=("boekhandel.example",),
            registrar_url="https://registrar.example",
        )  # fmt: skip

    def wrprc(self, record: RelyingPartyRecord, *, now: int = NOW, days: int = 30) -> str:
        return issue_wrprc(
            record, "leeftijd", key=self.key, chain=self.chain, now=now, days=days,
            status=StatusReference(7, "https://registrar.example/status-lists/1"), registry_uri="https://registrar.example",
        )  # fmt: skip


@pytest.fixture(scope="session")
def office() -> Office:
    return Office()


@pytest.fixture
def record() -> RelyingPartyRecord:
    return RelyingPartyRecord.of(**MEMBERS)


@pytest.fixture
def ancestors() -> Callable[[str], tuple[str, ...]]:
    return lambda vct: (NL_PID, PID) if vct == NL_PID else (vct,)


@pytest.fixture
def members() -> dict[str, Any]:
    return dict(MEMBERS)
