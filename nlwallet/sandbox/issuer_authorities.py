"""Who vouches for the issuers of a sandbox: one authority for each category of providers (OIA_12 to OIA_15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypedDict, Unpack

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpStatusLists, StatusChecker
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
from nlwallet.openid4vci import KeyAttestationsRequired
from nlwallet.profiles import Profile
from nlwallet.registrar import ListSigner, Registrar, new_access_authority, new_registration_authority
from nlwallet.registration.issuer_registration import ISSUER_REGISTRATION, issuer_registration
from nlwallet.sandbox.keeping import Keeping
from nlwallet.sandbox.provider_registration import (
    invented_identifier,
    provider_record,
    registered_provider,
)
from nlwallet.sandbox.scheme import LISTED, Scheme
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Category, SignerKind, TrustAnchors, create_authority, issue_signer

_NAMES = {
    Category.PID_PROVIDER: "Test PID Provider CA",
    Category.PUB_EAA_PROVIDER: "Test PuB-EAA Provider CA",
    Category.QEAA_PROVIDER: "Test QEAA Provider CA",
    Category.EAA_PROVIDER: "Test EAA Provider CA",
}


REGISTERED_AS: Final = {
    "description": {"nl": "Uitgever van testkaarten", "en": "Issuer of test cards"},
    "category": {"nl": "Test", "en": "Test"},
}
"""What the NL Wallet shows of an issuer beside its name."""


class IssuerOptions(TypedDict, total=False):
    """What else an issuer of your own can be told; each as in :class:`~nlwallet.issuer.Issuer`."""

    anonymous_access: bool
    encryption_required: bool
    store: IssuerStore | None
    display: Sequence[IssuerDisplay]


@dataclass(slots=True)
class IssuerAuthorities:
    """One authority for each kind of provider, and keys and certificates for the issuers below it.

    A provider of one's own that a list names has an authority of its own, so that it can be taken off that list.
    """

    clock: Clock
    profile: Profile
    http: HttpClient
    url: str
    """Where the certificates and revocation lists of these authorities are: ``…/NAME.cer``, ``…/NAME.crl``."""
    registrar: Registrar
    given: Mapping[str, CertificateAuthority] = field(default_factory=dict)
    """Authorities that are there already, by category."""
    keeping: Keeping = field(default_factory=Keeping)
    wallet_anchors: Sequence[Certificate] = ()
    """Of wallet providers elsewhere, in no list here."""
    scheme: Scheme = field(init=False)
    _authorities: dict[Category, CertificateAuthority] = field(init=False)
    _published: dict[str, CertificateAuthority] = field(default_factory=dict)
    _of_providers: dict[str, str] = field(default_factory=dict)
    """By the address of an issuer, the name of an authority of its own."""

    def __post_init__(self) -> None:
        self._authorities = {
            category: self.given.get(category)
            or self._kept_authority(category, name, "Testuitgever", invented_identifier(name))
            for category, name in _NAMES.items()
        }
        self._published = {str(category): one for category, one in self._authorities.items()}
        own = TrustAnchors().adding(Category.WALLET_PROVIDER, *self.wallet_anchors)
        for category, one in self._authorities.items():
            own = own if category in LISTED else own.adding(category, one.certificate)
        self.scheme = Scheme(self.registrar, http=self.http, clock=self.clock, own=own)
        for category, one in self._authorities.items():
            name, identifier = one.certificate.subject.organization, one.certificate.subject.identifier
            self.scheme.notify(
                category, name, one.certificate, url=self.url_of(category), identifier=identifier
            )

    def _kept_authority(
        self, name: str, common_name: str, organization: str, identifier: str
    ) -> CertificateAuthority:
        url = self.url_of(name)
        return self.keeping.authority(
            url,
            lambda: create_authority(
                common_name,
                url=url,
                organization=organization,
                organization_identifier=identifier,
                now=self.clock.now(),
            ),
        )

    def url_of(self, name: str) -> str:
        """Where an authority's certificate (``.cer``) and revocation list (``.crl``) are."""
        return f"{self.url}/{name}"

    @property
    def wallet_status(self) -> StatusChecker | None:
        """How an issuer learns that a wallet was revoked: not where wallets of providers elsewhere come too."""
        return None if self.wallet_anchors else StatusChecker(HttpStatusLists(self.http))

    @property
    def published(self) -> dict[str, CertificateAuthority]:
        """All authorities, by the name in their addresses; those that come later too."""
        return self._published

    def of(self, category: Category) -> CertificateAuthority:
        """The authority of a category. Raises :class:`~nlwallet.errors.LocalError` for one that issues nothing."""
        try:
            return self._authorities[category]
        except KeyError:
            raise LocalError(
                f"a {category} issues no credentials", hint=f"one of {', '.join(self._authorities)}"
            ) from None

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
        lasting = [one.id for one in configurations if not one.revocable and one.lifetime_days > 1]
        if category is not Category.EAA_PROVIDER and lasting:
            raise LocalError(
                f"{lasting[0]} lasts longer than a day and cannot be revoked",
                spec="ARF VCR_01, VCR_01b",
                hint="revocable=True, lifetime_days=1, or the category of other EAAs",
            )
        key = self.keeping.key(f"issuer {url}")
        options.setdefault("store", self.keeping.issuer_store(url))
        record = provider_record(url, organization, category, configurations, registrar=self.registrar)
        subject = Subject(
            organization,
            country="NL",
            organization=organization,
            organization_identifier=record.identifier,
        )
        if self.scheme.lists(category) and category not in self.given:
            self._found_authority(category, subject, url)
        chain = self.issue("eaa", category, key, subject, url)
        mdocs = any(one.format == "mso_mdoc" for one in configurations)
        opened = Issuer(
            key=key,
            chain=chain,
            credential_issuer=url,
            configurations=self.configured(configurations),
            clock=self.clock,
            types=types,
            attributes=attributes,
            login=login,
            wallet_anchors=self.scheme.anchors,
            wallet_status=self.wallet_status,
            status_lists=self.status_lists(category, subject, url, store=options.get("store")),
            metadata_signer=registered_provider(
                self.registrar, record, url, key=self.keeping.key(f"registration of {url}")
            ),
            document_signer=self._document_signer(category, subject, url) if mdocs else None,
            nl_wallet_drafts=self.profile.nl_wallet_drafts,
            **options,
        )
        self.notify(category, subject, url, opened.status_lists)
        return opened

    def configured(self, configurations: Sequence[CredentialConfiguration]) -> list[CredentialConfiguration]:
        """As the profile has them: with any key attestation at all where it wants one and they say nothing of it."""
        wanted = KeyAttestationsRequired() if self.profile.key_attestations_required else None
        return [
            replace(one, key_attestations_required=one.key_attestations_required or wanted)
            for one in configurations
        ]

    def notify(self, category: Category, provider: Subject, url: str, status_lists: StatusLists) -> None:
        """Enter the issuer at ``url`` in the list of its category, if that has one."""
        self.scheme.notify(
            category,
            provider.organization,
            self._at(category, url)[0].certificate,
            url=url,
            identifier=provider.organization_identifier,
            status_points=(status_lists.uri(1),),
        )

    def _found_authority(self, category: Category, provider: Subject, url: str) -> None:
        name = f"{category}-{provider.organization_identifier}"
        self._published[name] = self._kept_authority(
            name,
            f"{provider.organization[:48]} CA",
            provider.organization,
            provider.organization_identifier,
        )
        self._of_providers[url] = name

    def _at(self, category: Category, url: str) -> tuple[CertificateAuthority, str]:
        """The authority of the issuer at ``url``, and where it is published."""
        name = self._of_providers.get(url)
        if name is None:
            return self.of(category), self.url_of(category)
        return self._published[name], self.url_of(name)

    def _document_signer(self, category: Category, subject: Subject, url: str) -> DocumentSigner:
        key = self.keeping.key(f"document signer {url}")
        return DocumentSigner(key, self.issue("document-signer", category, key, subject, url))

    def issue(
        self, kind: SignerKind, category: Category, key: PrivateKey, subject: Subject, url: str
    ) -> CertificateChain:
        """A certificate for a signer at ``url``, from its own authority or the one of its category."""
        authority, published_at = self._at(category, url)
        # Who signs the statuses has the very name of who signs the cards.
        nl_wallet = self.profile.issuer_signing_usage is not None and kind in ("pid", "eaa", "status")
        return issue_signer(
            kind,
            key.public,
            subject,
            authority=authority,
            url=published_at,
            now=self.clock.now(),
            addresses=(url,),
            identifier_twice=nl_wallet,
            texts={ISSUER_REGISTRATION: issuer_registration(subject, **REGISTERED_AS)}
            if nl_wallet and kind != "status"
            else {},
        )

    def status_lists(
        self, category: Category, issuer: Subject, url: str, *, store: IssuerStore | None = None
    ) -> StatusLists | None:
        """Lists with a signer of their own where the profile wants that; else the issuer signs them."""
        usage = self.profile.status_signing_usage
        if usage is None:
            return None
        key = self.keeping.key(f"status lists {url}")
        chain = self.issue("status", category, key, issuer, url)
        statuses = None if store is None else store.statuses
        return StatusLists(base_url=url, key=key, chain=chain, clock=self.clock, store=statuses)


def open_registrar(
    clock: Clock, url: str, given: Mapping[str, CertificateAuthority], keeping: Keeping
) -> Registrar:
    """A registrar at ``url``, with its two authorities: of ``given``, kept, or new ones."""
    if not given:
        now = clock.now()
        given = {
            Category.ACCESS_CA: keeping.authority(
                f"{url} access", lambda: new_access_authority(url, now=now)
            ),
            Category.REGISTRATION_CERTIFICATE_PROVIDER: keeping.authority(
                f"{url} registration", lambda: new_registration_authority(url, now=now)
            ),
        }
    return Registrar(
        clock=clock,
        base_url=url,
        access_authority=given[Category.ACCESS_CA],
        registration_authority=given[Category.REGISTRATION_CERTIFICATE_PROVIDER],
        kept=keeping.register(url),
        list_signer=keeping.list_signer(url, lambda: ListSigner.create(now=clock.now())),
        answer_key=keeping.key(f"answers of {url}"),
    )
