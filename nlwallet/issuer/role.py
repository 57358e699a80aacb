"""The issuer: offers credentials, and hands them to the wallet that proves a key (OpenID4VCI 1.0).

A wallet gets a credential with a pre-authorized code, when whoever calls :meth:`Issuer.offer` has made sure for whom
it is; or with an authorization code, when somebody agreed at the authorization page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any

from starlette.applications import Starlette

from nlwallet.clock import Clock, SystemClock
from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import IssuanceRefused, LocalError
from nlwallet.http import StatusChecker
from nlwallet.issuer.access_tokens import AccessTokens
from nlwallet.issuer.attributes import AttributesFunction, attributes_from
from nlwallet.issuer.authorization_page import AuthorizationPage, Login
from nlwallet.issuer.authorization_server import TX_CODE_LENGTH, AuthorizationServer
from nlwallet.issuer.changed_attributes import last_issued, must_be_revoked
from nlwallet.issuer.claims_check import check_claims
from nlwallet.issuer.client_authentication import ClientAuthentication
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.credential_desk import NONCE_LIFETIME, CredentialDesk
from nlwallet.issuer.deferral import Deferral, Deferrals
from nlwallet.issuer.dpop_check import DpopCheck
from nlwallet.issuer.endpoints import Endpoints
from nlwallet.issuer.face import authorization_face, face
from nlwallet.issuer.grant import Dataset
from nlwallet.issuer.issued_credential import CredentialSigner, DocumentSigner
from nlwallet.issuer.issuer_memory import InMemoryIssuerStore
from nlwallet.issuer.issuer_store import IssuerStore
from nlwallet.issuer.lasting import check_owner, encryption_key
from nlwallet.issuer.metadata import (
    IssuerDisplay,
    MetadataSigner,
    authorization_server_metadata,
    checked_display,
    issuer_metadata,
)
from nlwallet.issuer.nonces import Nonces
from nlwallet.issuer.notifications import IssuedBatch, Notifications
from nlwallet.issuer.offers import (
    OFFER_LIFETIME,
    IssuableCredential,
    IssuedOffer,
    Offers,
    OfferStatus,
    new_offer_secrets,
)
from nlwallet.issuer.policy_change import revoke_what_had_another_policy
from nlwallet.issuer.prerequisites import (
    check_identity,
    checked_server,
    configurations_by_id,
    types_with_documents,
)
from nlwallet.issuer.status import StatusLists
from nlwallet.issuer.status_store import no_longer_valid
from nlwallet.issuer.wallet_providers import WalletProviders
from nlwallet.openid4vci import CredentialOffer, RequestEncryption, TxCode
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.status import StatusReference
from nlwallet.trust import Anchors


class Issuer:
    """One credential issuer with its own authorization server. Safe to use from several threads.

    ``credential_issuer`` is its identifier, an https URL that the certificate of ``chain`` names in its
    subjectAltName; ``chain`` has no anchor in it (HAIP 1.0 §6.1.1).

    ``types`` are those of this library when left out; the documents of the configurations come on top.
    ``attributes`` gives the claims of a person (``None``: she has no such credential), and is also told for which
    configuration when it takes a second argument. ``login`` is who agrees at the authorization page; with both there
    is an authorization code grant. ``wallet_anchors`` are those of wallet providers, or where to find them: with them,
    wallets authenticate by attestation, and keys can be attested; ``wallet_status`` looks up whether either was
    revoked. ``anonymous_access`` lets a wallet use a pre-authorized code without that. ``encryption_required`` refuses
    requests and responses in the clear. ``status_lists`` say what became of the credentials; without them they are
    made, signed with ``key`` and kept in the store.
    ``store`` keeps all that it must not forget; without one it is in memory, and gone with the process. An issuer
    with a store of its own goes on where another process with the same one stopped, or works beside it.

    ``display`` is what the issuer calls itself, by language; else the name in its certificate. ``metadata_signer``
    vouches for its metadata where a wallet wants them signed; else they are not. ``authorization_server`` is the
    identifier of its authorization server where that has one of its own (:attr:`authorization_app`).
    ``document_signer`` signs its mdocs, when ``chain`` is not that of a document signer.
    """

    def __init__(
        self,
        *,
        key: PrivateKey,
        chain: CertificateChain,
        credential_issuer: str,
        configurations: Sequence[CredentialConfiguration],
        clock: Clock | None = None,
        types: TypeMetadataRegistry | None = None,
        attributes: AttributesFunction | None = None,
        login: Login | None = None,
        wallet_anchors: Sequence[Certificate] | Anchors = (),
        wallet_status: StatusChecker | None = None,
        anonymous_access: bool = True,
        encryption_required: bool = False,
        store: IssuerStore | None = None,
        status_lists: StatusLists | None = None,
        display: Sequence[IssuerDisplay] = (),
        metadata_signer: MetadataSigner | None = None,
        authorization_server: str | None = None,
        document_signer: DocumentSigner | None = None,
    ) -> None:
        check_identity(key, chain, credential_issuer)
        if attributes is None and login is not None:
            raise LocalError("login needs attributes", hint="what is known of who agrees")
        self.credential_issuer = credential_issuer
        self._base = credential_issuer.removesuffix("/")
        self._clock = clock = clock or SystemClock()
        types = types_with_documents(configurations, types)
        self._signer = CredentialSigner(credential_issuer, key, chain, types, document_signer)
        self._types = types
        self._configurations = configurations_by_id(configurations, types)
        for configuration in configurations:
            self._signer.check(configuration)
        self._store: IssuerStore = InMemoryIssuerStore() if store is None else store
        check_owner(self._store, credential_issuer, now=clock.now())
        self.status_lists = status_lists or StatusLists(
            base_url=self._base, key=key, chain=chain, clock=clock, store=self._store.statuses
        )
        """What became of the credentials: ``revoke``, ``suspend`` and ``restore`` take a ``credential_id``."""
        self._offers = Offers(self._store)
        self._encryption = RequestEncryption(encryption_key(self._store), "1", required=encryption_required)
        self._dpop = DpopCheck(self._store)
        self._display = checked_display(display, chain)
        self._metadata_signer = metadata_signer
        self._authorization_server = checked_server(authorization_server)
        server = self._authorization_server or credential_issuer
        self._attributes = None if attributes is None else attributes_from(attributes, check=self._check)
        providers = WalletProviders.of(wallet_anchors, wallet_status)
        self._clients = ClientAuthentication(providers, audience=server, store=self._store)
        tokens = AccessTokens(self._store, self._configurations)
        self._server = AuthorizationServer(
            issuer=server,
            credential_issuer=credential_issuer,
            clock=clock,
            store=self._store,
            configurations=self._configurations,
            clients=self._clients,
            dpop=self._dpop,
            tokens=tokens,
            attributes=None if login is None else self._attributes,
            anonymous_access=anonymous_access,
        )
        self._desk = CredentialDesk(
            credential_issuer,
            clock,
            self._store,
            tokens,
            self._configurations,
            self._signer,
            self.status_lists,
            Nonces(self._store, "c_nonce", lifetime=NONCE_LIFETIME),
            Deferrals(self._store, clock, self._configurations),
            Notifications(self._store, clock),
            providers,
        )
        revoke_what_had_another_policy(
            configurations,
            lambda: self.issued,
            store=self._store,
            status_lists=self.status_lists,
            now=clock.now(),
        )
        self._page = (
            None
            if login is None
            else AuthorizationPage(self._server, login, self._configurations, types, self._display)
        )

    @cached_property
    def app(self) -> Starlette:
        """The HTTP face; mount it at the origin of ``credential_issuer``."""
        return face(self._endpoints)

    @cached_property
    def authorization_app(self) -> Starlette:
        """The HTTP face of the authorization server alone; mount it at the origin of ``authorization_server``.

        Only for one with an origin of its own: at the origin of the issuer :attr:`app` is all there is.
        """
        return authorization_face(self._endpoints)

    @cached_property
    def _endpoints(self) -> Endpoints:
        metadata, signer = self.issuer_metadata(), self._metadata_signer
        return Endpoints(
            base=self._base,
            server_base=self._server.issuer.removesuffix("/"),
            clock=self._clock,
            server=self._server,
            desk=self._desk,
            dpop=self._dpop,
            clients=self._clients,
            encryption=self._encryption,
            page=self._page,
            issuer_metadata=metadata,
            signed_issuer_metadata=None
            if signer is None
            else lambda: signer.sign(metadata, now=self._clock.now()),
            authorization_server_metadata=self.authorization_server_metadata(),
            type_metadata=self.type_metadata,
            offer=lambda id_: self._offers.look(id_, now=self._clock.now()),
            status_lists=self.status_lists,
        )

    # Offers --------------------------------------------------------------------------------------

    def offer(
        self, configuration_id: str, claims: Mapping[str, Any], *, tx_code: bool = False
    ) -> IssuedOffer:
        """Offer a credential with these claims to whoever gets the link, once, for ten minutes.

        With ``tx_code`` the wallet also needs six digits, which the caller brings to the holder another way.
        Raises :class:`~nlwallet.errors.LocalError` when there is no such configuration, or no credential can be
        made of the claims: better here than before the wallet.
        """
        return self.offer_several(IssuableCredential(configuration_id, claims), tx_code=tx_code)

    def offer_to(
        self, person: str, *configuration_ids: str, tx_code: bool = False, or_page: bool = False
    ) -> IssuedOffer:
        """Offer what ``attributes`` gives for a person: these configurations, or the only card there is, in its first
        format.

        Raises :class:`~nlwallet.errors.LocalError` as :meth:`offer` does, with the code ``no_such_card`` when the
        person does not have one of them, and when nobody told this issuer of people.
        """
        if self._attributes is None:
            raise LocalError("this issuer knows no people", hint="Issuer(attributes=…)")
        ids = [self.configuration(one).id for one in configuration_ids or self._only_card()]
        try:
            credentials = [IssuableCredential(one, self._attributes(person, one)) for one in ids]
        except IssuanceRefused as error:
            raise LocalError(error.message, code="no_such_card") from None
        return self.offer_several(*credentials, tx_code=tx_code, or_page=or_page)

    def offer_several(
        self, *credentials: IssuableCredential, tx_code: bool = False, or_page: bool = False
    ) -> IssuedOffer:
        """:meth:`offer` of several credentials at once, also of one configuration (two diplomas).

        With ``or_page`` the wallet may get the same configurations at the authorization page instead, with what
        is known there of who agrees (both grants in one offer). Raises :class:`~nlwallet.errors.LocalError` as
        :meth:`offer` does.
        """
        if not credentials:
            raise LocalError("an offer names what is offered")
        if or_page:
            self._check_page()
        datasets = [self._dataset(one) for one in credentials]
        if len({one.credential_id for one in datasets}) < len(datasets):
            raise LocalError("two credentials of one offer have one credential_id")
        name, code = new_offer_secrets()
        offer = CredentialOffer(
            self.credential_issuer,
            tuple(dict.fromkeys(one.configuration.id for one in datasets)),
            code,
            TxCode(length=TX_CODE_LENGTH) if tx_code else None,
            authorization_code=or_page,
        )
        with self._store.step(now=self._clock.now()) as step:
            digits = self._server.pre_authorize(step, datasets, code=code, tx_code=tx_code)
            self._offers.keep(step, name, offer)
        return self._offered(name, offer, digits, tuple(one.credential_id for one in datasets))

    def invite(self, *configuration_ids: str, issuer_state: str | None = None) -> IssuedOffer:
        """Offer credentials to whoever agrees at the authorization page, and has what they are made of.

        Raises :class:`~nlwallet.errors.LocalError` without an authorization code grant.
        """
        self._check_page()
        ids = tuple(self.configuration(one).id for one in configuration_ids)
        if not ids:
            raise LocalError("an invitation names what is offered")
        offer = CredentialOffer(
            self.credential_issuer, ids, authorization_code=True, issuer_state=issuer_state
        )
        name, _ = new_offer_secrets()
        with self._store.step(now=self._clock.now()) as step:
            self._offers.keep(step, name, offer)
        return self._offered(name, offer)

    def replace(self, credential_id: str, claims: Mapping[str, Any]) -> IssuedOffer:
        """The attributes of a card changed: take it back, unless it ends within a day, and offer it anew (ARF VCR_09).

        The offer is for its holder, to whom you send it with the news. Raises :class:`~nlwallet.errors.LocalError` if
        the card was never issued, and as :meth:`offer` does: then nothing is revoked.
        """
        batch = last_issued(self.issued, credential_id)
        offer = self.offer(batch.configuration_id, claims)
        if must_be_revoked(batch, self.configuration(batch.configuration_id), now=self._clock.now()):
            self.status_lists.revoke(credential_id)
        return offer

    def withdraw(self, offer: IssuedOffer) -> bool:
        """Take an offer back. False when it is too late: a wallet has used its code, or it has expired.

        What was issued is taken back with ``status_lists.revoke``. An invitation has no code: it only cannot be
        fetched by its reference any more.
        """
        code = offer.offer.pre_authorized_code
        with self._store.step(now=self._clock.now()) as step:
            withdrawn = code is None or self._server.withdraw(step, code)
            self._offers.stop(step, offer.name, withdrawn=withdrawn)
        return withdrawn

    def offer_status(self, offer: IssuedOffer) -> OfferStatus:
        """How an offer stands: told by what the issuer sees of it, so a wallet that only reads it stays unseen."""
        now, code = self._clock.now(), offer.offer.pre_authorized_code
        issued = {batch.credential_id for batch in self.issued}
        if offer.credential_ids and issued.issuperset(offer.credential_ids):
            return OfferStatus.ISSUED
        if self._offers.was_withdrawn(offer.name, now=now):
            return OfferStatus.WITHDRAWN
        if now >= offer.expires_at:
            return OfferStatus.EXPIRED
        waiting = code is None or self._server.is_waiting(code)
        return OfferStatus.WAITING if waiting else OfferStatus.TAKEN

    def _dataset(self, credential: IssuableCredential) -> Dataset:
        """What is to be issued, tried out here. Raises :class:`~nlwallet.errors.LocalError`."""
        configuration, id_ = self.configuration(credential.configuration_id), credential.credential_id
        claims = deepcopy(dict(credential.claims))
        dataset = Dataset(configuration, claims, id_) if id_ else Dataset(configuration, claims)
        self._check(dataset.configuration.id, dataset.claims)
        self._issue(dataset, self._signer.key.public, None)
        if id_ and not self.status_lists.may_allocate(id_):
            raise no_longer_valid()
        return dataset

    def _only_card(self) -> tuple[str, ...]:
        first, *others = self.configurations
        if any(one.card != first.card for one in others):
            raise LocalError("say what to offer", hint=f"of {', '.join(self._configurations)}")
        return (first.id,)

    def _check_page(self) -> None:
        if self._page is None:
            raise LocalError(
                "this issuer has no authorization code grant", hint="Issuer(attributes=…, login=…)"
            )

    def _offered(
        self,
        name: str,
        offer: CredentialOffer,
        tx_code: str | None = None,
        credential_ids: tuple[str, ...] = (),
    ) -> IssuedOffer:
        expires_at = self._clock.now() + OFFER_LIFETIME
        return IssuedOffer(offer, tx_code, f"{self._base}/offer/{name}", credential_ids, expires_at)

    # Afterwards ----------------------------------------------------------------------------------

    @property
    def waiting(self) -> tuple[Deferral, ...]:
        """Requests that somebody here has to decide on: :meth:`Deferral.approve` or :meth:`Deferral.deny`."""
        return self._desk.deferrals.waiting

    @property
    def issued(self) -> Sequence[IssuedBatch]:
        """What was issued, with the events that wallets told of it."""
        return self._desk.notifications.issued

    # Credentials ---------------------------------------------------------------------------------

    def issue(
        self,
        configuration_id: str,
        claims: Mapping[str, Any],
        holder_key: PublicKey,
        *,
        credential_id: str | None = None,
    ) -> str:
        """A credential bound to ``holder_key``: a compact SD-JWT VC, or base64url of an mdoc's ``IssuerSigned``.

        With ``credential_id``, a name of yours, it can be revoked; without one it has no status. Its times are
        rounded down to the hour, so that they do not tell credentials of a batch apart (RFC 9901 §10.1). Raises
        :class:`~nlwallet.errors.LocalError` as :meth:`offer` does, and when the claims are not those of its type
        (SD-JWT VC §5.6).
        """
        dataset = Dataset(self.configuration(configuration_id), claims)
        self._check(dataset.configuration.id, dataset.claims)
        reference = None if credential_id is None else self.status_lists.allocate(credential_id)
        return self._issue(dataset, holder_key, reference)

    def _issue(self, dataset: Dataset, holder_key: PublicKey, status: StatusReference | None) -> str:
        (credential,) = self._signer.sign(dataset, (holder_key,), (status,), now=self._clock.now())
        return credential

    def _check(self, configuration_id: str, claims: Mapping[str, Any]) -> None:
        check_claims(self.configuration(configuration_id), claims, self._types)

    # Metadata ------------------------------------------------------------------------------------

    def issuer_metadata(self) -> dict[str, Any]:
        """The credential issuer metadata (§12.2.4)."""
        signer = self._metadata_signer
        return issuer_metadata(
            self.credential_issuer,
            self._base,
            display=self._display,
            authorization_server=self._authorization_server,
            configurations=self._configurations,
            types=self._types,
            request_encryption=self._encryption,
            response_encryption_required=self._encryption.required,
            registration_certificate=signer.registration_certificate if signer is not None else None,
        )

    def authorization_server_metadata(self) -> dict[str, Any]:
        """The authorization server metadata (RFC 8414, §12.3)."""
        return authorization_server_metadata(
            self._server.issuer,
            self._server.issuer.removesuffix("/"),
            by_code=self._page is not None,
            client_attestation=self._clients.required,
            anonymous_access=self._server.anonymous_access,
            status_list_aggregation_endpoint=self.status_lists.aggregation_uri,
        )

    def type_metadata(self, configuration_id: str) -> list[str] | None:
        """The type metadata documents of a configuration, base64url each, the type itself first."""
        configuration = self._configurations.get(configuration_id)
        if configuration is None:
            return None
        return [b64url_encode(document) for document in self._types.documents(configuration.vct)]

    @property
    def configurations(self) -> tuple[CredentialConfiguration, ...]:
        """What it can issue."""
        return tuple(self._configurations.values())

    def configuration(self, configuration_id: str) -> CredentialConfiguration:
        """A credential configuration by its id. Raises :class:`~nlwallet.errors.LocalError`."""
        try:
            return self._configurations[configuration_id]
        except KeyError:
            raise LocalError(
                f"no credential configuration {configuration_id!r}",
                hint=f"one of {', '.join(self._configurations)}",
            ) from None
