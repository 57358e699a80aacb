"""A hierarchy of certificates: an authority for each category of trust, and a signer of each kind below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.crypto.authority import BACKDATING, DAY
from nlwallet.errors import LocalError
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
    issue_wrpac,
)
from nlwallet.trust import ANY_POLICY, Category, SignerKind, TrustAnchors, create_authority, issue_signer

LIST_OPERATOR: Final = "list_operator"
"""The authority above who signs lists of trusted entities; the reader of a list pins that signer."""
ACCESS: Final = "access"

AUTHORITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Category.PID_PROVIDER: "Test PID Provider CA",
        Category.PUB_EAA_PROVIDER: "Test PuB-EAA Provider CA",
        Category.QEAA_PROVIDER: "Test QEAA Provider CA",
        Category.EAA_PROVIDER: "Test EAA Provider CA",
        Category.ACCESS_CA: "Test Access CA",
        Category.REGISTRATION_CERTIFICATE_PROVIDER: "Test Registration CA",
        Category.WALLET_PROVIDER: "Test Wallet Provider CA",
        LIST_OPERATOR: "Test Scheme Operator CA",
    }
)
"""The name of each authority; all but the last are those of a category of anchors."""

_OF_THE_REGISTER: Final = (Category.ACCESS_CA, Category.REGISTRATION_CERTIFICATE_PROVIDER)

_STATUS_OF: Final[Mapping[Category, str]] = {
    Category.PID_STATUS: Category.PID_PROVIDER,
    Category.PUB_EAA_STATUS: Category.PUB_EAA_PROVIDER,
    Category.ACCESS_STATUS: Category.ACCESS_CA,
    Category.REGISTRATION_STATUS: Category.REGISTRATION_CERTIFICATE_PROVIDER,
    Category.WALLET_STATUS: Category.WALLET_PROVIDER,
}


@dataclass(frozen=True, slots=True)
class SignerPlan:
    """A signer of the hierarchy: which profile it keeps to, below which authority, and what it is for."""

    kind: SignerKind | None
    """``None`` for the access certificate, which is made from a registration."""
    authority: str
    purpose: str


SIGNERS: Final[Mapping[str, SignerPlan]] = MappingProxyType(
    {
        "pid-issuer": SignerPlan("pid", Category.PID_PROVIDER, "signs PIDs, as SD-JWT VC and as mdoc"),
        "document-signer": SignerPlan(
            "document-signer",
            Category.PID_PROVIDER,
            "signs mdocs only, for readers that keep to ISO/IEC 18013-5",
        ),
        "pid-status": SignerPlan("status", Category.PID_PROVIDER, "signs the status lists of PIDs"),
        "pub-eaa-issuer": SignerPlan("eaa", Category.PUB_EAA_PROVIDER, "signs attestations of a public body"),
        "qeaa-issuer": SignerPlan("eaa", Category.QEAA_PROVIDER, "signs qualified attestations"),
        "eaa-issuer": SignerPlan("eaa", Category.EAA_PROVIDER, "signs other attestations"),
        ACCESS: SignerPlan(
            None, Category.ACCESS_CA, "signs the requests of a relying party, or an issuer's metadata"
        ),
        "reader": SignerPlan("reader", Category.ACCESS_CA, "signs the requests of an mdoc reader nearby"),
        "registration-certificate": SignerPlan(
            "registration",
            Category.REGISTRATION_CERTIFICATE_PROVIDER,
            "signs registration certificates and their status list",
        ),
        "wallet-attestation": SignerPlan(
            "wallet", Category.WALLET_PROVIDER, "signs wallet and key attestations"
        ),
        "list-signer": SignerPlan("list", LIST_OPERATOR, "signs lists of trusted entities"),
    }
)


@dataclass(frozen=True, slots=True)
class HierarchyNames:
    """Who is in it. All of it is invented unless you say otherwise. ``url`` is where the authorities are found."""

    organization: str = "Testdienst"
    identifier: str = "NTRNL-90000096"
    country: str = "NL"
    host: str = "dienst.example"
    url: str = "https://pki.example"

    def subject(self, common_name: str) -> Subject:
        """The subject of a signer."""
        return Subject(
            common_name,
            country=self.country,
            organization=self.organization,
            organization_identifier=self.identifier,
        )

    def record(self) -> RelyingPartyRecord:
        """The registration that the access certificate is made from; an example to change."""
        site = f"https://{self.host}"
        return RelyingPartyRecord.of(
            legal_name=self.organization,
            trade_name=self.organization,
            identifier=self.identifier,
            country=self.country,
            services=(LocalizedText(nl="Inloggen bij een test", en="Log in to a test"),),
            website=f"{site}/",
            support_uri=f"{site}/contact",
            supervisory_authority=SupervisoryAuthority(
                name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
            ),
            intended_uses=(
                IntendedUse(
                    id="adult",
                    purpose=LocalizedText(
                        nl="Nagaan of u 18 jaar of ouder bent", en="Check that you are 18 or older"
                    ),
                    privacy_policy=f"{site}/privacy",
                    retention=Retention(days=0),
                    credentials=(
                        RegisteredCredential(types=("urn:eudi:pid:nl:1",), claims=(("age_over_18",),)),
                    ),
                ),
            ),
        )


@dataclass(frozen=True, slots=True)
class HierarchySigner:
    """One that signs: its key, and its certificate without the anchor above it."""

    chain: CertificateChain
    key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Authorities and signers by name. Its keys are worth something only to who trusts its anchors: nobody should,
    outside a test.
    """

    names: HierarchyNames
    authorities: Mapping[str, CertificateAuthority]
    signers: Mapping[str, HierarchySigner]

    @classmethod
    def create(
        cls,
        names: HierarchyNames | None = None,
        *,
        now: int,
        days: int = 365,
        authority_days: int = 3650,
        short_lived: bool = False,
    ) -> Hierarchy:
        """A new one. ``days`` is how long signers live; ``short_lived`` ones are never revoked, and name no list.

        All of it is good since the day began, but for what is short-lived: issuers for the NL Wallet say of what they
        sign that it was at midnight, and an mdoc is signed while its signer's certificate is good (ISO/IEC 18013-5
        §9.3.1).

        Raises :class:`~nlwallet.errors.LocalError` for names that no registrar takes.
        """
        who = names or HierarchyNames()
        if not 0 < days <= authority_days:
            raise LocalError("a signer lives a day at least, and no longer than its authority", hint="--days")
        authorities = {
            str(name): create_authority(
                common_name,
                url=f"{who.url}/{name}",
                organization=who.organization,
                organization_identifier=who.identifier,
                country=who.country,
                now=good_since(now) + BACKDATING,
                days=authority_days + 1,
                policies=(ANY_POLICY,) if name in _OF_THE_REGISTER else (),
            )
            for name, common_name in AUTHORITIES.items()
        }
        signers = {
            name: _signer(name, plan, who, authorities, now=now, days=days, short_lived=short_lived)
            for name, plan in SIGNERS.items()
        }
        return cls(who, authorities, signers)

    @property
    def anchors(self) -> TrustAnchors:
        """Whom a wallet or relying party trusts that trusts this hierarchy, by category."""
        by_category = {
            Category(name): (authority.certificate,)
            for name, authority in self.authorities.items()
            if name != LIST_OPERATOR
        }
        statuses = {one: by_category[Category(above)] for one, above in _STATUS_OF.items()}
        return TrustAnchors({**by_category, **statuses})


def _signer(
    name: str,
    plan: SignerPlan,
    who: HierarchyNames,
    authorities: Mapping[str, CertificateAuthority],
    *,
    now: int,
    days: int,
    short_lived: bool,
) -> HierarchySigner:
    key, authority = PrivateKey.generate(), authorities[plan.authority]
    url = f"{who.url}/{plan.authority}"
    if plan.kind is None:
        chain = issue_wrpac(
            who.record(),
            key.public,
            authority=authority,
            now=now,
            dns_names=(who.host,),
            registrar_url=who.url,
            authority_url=url,
            days=days,
            short_lived=short_lived,
        )
    else:
        chain = issue_signer(
            plan.kind,
            key.public,
            who.subject(f"{who.organization} {name}"),
            authority=authority,
            url=url,
            now=now,
            days=days,
            addresses=(f"https://{who.host}",),
            # Issuers of others live at a port or a path: their ``iss`` has the host alone in common (SD-JWT VC §2.5).
            dns_names=(who.host,),
            short_lived=short_lived,
            not_before=None if short_lived else good_since(now),
        )
    return HierarchySigner(chain, key)


def good_since(now: int) -> int:
    """When a certificate is to begin so that what is signed with the date of today is within it: when the day began,
    or just before ``now`` where that is earlier.
    """
    return min(now - now % DAY, now - BACKDATING)
