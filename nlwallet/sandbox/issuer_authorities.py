"""Who vouches for the issuers of a sandbox: one authority for each category of providers (OIA_12 to OIA_15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.issuer import (
    AttributesFunction,
    CredentialConfiguration,
    DocumentSigner,
    Issuer,
    IssuerDisplay,
    IssuerStore,
    Login,
    StatusLists,
)
from nlwallet.profiles import Profile
from nlwallet.registrar import Registrar
from nlwallet.sandbox.provider_registration import (
    invented_identifier,
    provider_record,
    registered_provider,
)
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Category, SignerKind, TrustAnchors, create_authority, issue_signer

_NAMES = {
    Category.PID_PROVIDER: "Test PID Provider CA",
    Category.PUB_EAA_PROVIDER: "Test PuB-EAA Provider CA",
    Category.QEAA_PROVIDER: "Test QEAA Provider CA",
    Category.EAA_PROVIDER: "Test EAA Provider CA",
}


class IssuerOptions(TypedDict, total=False):
    """What else an issuer of your own can be told; each as in :class:`~nlwallet.issuer.Issuer`."""

    anonymous_access: bool
    encryption_required: bool
    store: IssuerStore | None
    display: Sequence[IssuerDisplay]


@dataclass(slots=True)
class IssuerAuthorities:
    """One authority for each kind of provider, and keys and certificates for the issuers below it."""

    clock: Clock
    profile: Profile
    wallet_anchor: Certificate
    url: str
    """Where the certificates and revocation lists of these authorities are: ``…/NAME.cer``, ``…/NAME.crl``."""
    registrar: Registrar
    given: Mapping[str, CertificateAuthority] = field(default_factory=dict)
    """Authorities that are there already, by category."""
    _authorities: dict[Category, CertificateAuthority] = field(init=False)

    def __post_init__(self) -> None:
        now = self.clock.now()
        self._authorities = {
            category: self.given.get(category)
            or create_authority(
                name,
                url=self.url_of(category),
                organization="Testuitgever",
                organization_identifier=invented_identifier(name),
                now=now,
            )
            for category, name in _NAMES.items()
        }

    def url_of(self, category: Category) -> str:
        """Where an authority's certificate (``.cer``) and revocation list (``.crl``) are."""
        return f"{self.url}/{category}"

    @property
    def published(self) -> Mapping[str, CertificateAuthority]:
        """All authorities, by the name in their addresses."""
        return {str(category): authority for category, authority in self._authorities.items()}

    def of(self, category: Category) -> CertificateAuthority:
        """The authority of a category. Raises :class:`~nlwallet.errors.LocalError` for one that issues nothing."""
        try:
            return self._authorities[category]
        except KeyError:
            raise LocalError(
                f"a {category} issues no credentials", hint=f"one of {', '.join(self._authorities)}"
            ) from None

    def trusted_in(self, anchors: TrustAnchors) -> TrustAnchors:
        """``anchors``, with those of all authorities here."""
        for category, authority in self._authorities.items():
            anchors = anchors.adding(category, authority.certificate)
        return anchors

    def open_issuer(
        self,
        url: str,
        organization: str,
        category: Category,
        *,
        configurations: Sequence[CredentialConfiguration],
        types: TypeMetadataRegistry,
        attributes: AttributesFunction | None,
        login: Login | None,
        **options: Unpack[IssuerOptions],
    ) -> Issuer:
        """An issuer at ``url`` with a key and a certificate of its own, and registered for what it issues.

        Raises :class:`~nlwallet.errors.LocalError`.
        """
        self.of(category)  # a category that issues nothing is not registered either
        key = PrivateKey.generate()
        record = provider_record(url, organization, category, configurations, registrar=self.registrar)
        subject = Subject(
            organization,
            country="NL",
            organization=organization,
            organization_identifier=record.identifier,
        )
        chain = self.issue("eaa", category, key, subject, url)
        mdocs = any(one.format == "mso_mdoc" for one in configurations)
        return Issuer(
            key=key,
            chain=chain,
            credential_issuer=url,
            configurations=configurations,
            clock=self.clock,
            types=types,
            attributes=attributes,
            login=login,
            wallet_anchors=(self.wallet_anchor,),
            status_lists=self.status_lists(category, subject, url, store=options.get("store")),
            metadata_signer=registered_provider(self.registrar, record, url),
            document_signer=self._document_signer(category, subject, url) if mdocs else None,
            **options,
        )

    def _document_signer(self, category: Category, subject: Subject, url: str) -> DocumentSigner:
        key = PrivateKey.generate()
        return DocumentSigner(key, self.issue("document-signer", category, key, subject, url))

    def issue(
        self, kind: SignerKind, category: Category, key: PrivateKey, subject: Subject, url: str
    ) -> CertificateChain:
        """A certificate for a signer at ``url``, from the authority of its category."""
        return issue_signer(
            kind,
            key.public,
            subject,
            authority=self.of(category),
            url=self.url_of(category),
            now=self.clock.now(),
            addresses=(url,),
        )

    def status_lists(
        self, category: Category, issuer: Subject, url: str, *, store: IssuerStore | None = None
    ) -> StatusLists | None:
        """Lists with a signer of their own where the profile wants that; else the issuer signs them."""
        usage = self.profile.status_signing_usage
        if usage is None:
            return None
        key = PrivateKey.generate()
        chain = self.issue("status", category, key, issuer, url)
        statuses = None if store is None else store.statuses
        return StatusLists(base_url=url, key=key, chain=chain, clock=self.clock, store=statuses)


def open_registrar(clock: Clock, url: str, given: Mapping[str, CertificateAuthority]) -> Registrar:
    """A registrar at ``url``, with its two authorities of ``given`` or new ones."""
    if not given:
        return Registrar.create(clock=clock, base_url=url)
    return Registrar(
        clock=clock,
        base_url=url,
        access_authority=given[Category.ACCESS_CA],
        registration_authority=given[Category.REGISTRATION_CERTIFICATE_PROVIDER],
    )
