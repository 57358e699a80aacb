"""The issuer: offers credentials, and hands them to the wallet that proves a key (OpenID4VCI 1.0).

A wallet gets a credential with a pre-authorized code, when whoever calls :meth:`Issuer.offer` has made sure for whom
it is; or with an authorization code, when somebody agreed at the authorization page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from starlette.applications import Starlette

from nlwallet.clock import Clock, SystemClock
from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import LocalError
from nlwallet.http import StatusChecker
from nlwallet.issuer.access_tokens import AccessTokens
from nlwallet.issuer.attributes import AttributesFunction, attributes_from
from nlwallet.issuer.authorization_page import AuthorizationPage, Login
from nlwallet.issuer.authorization_server import AuthorizationServer
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
from nlwallet.issuer.offering import OffersCredentials
from nlwallet.issuer.offers import (
    Offers,
)
from nlwallet.issuer.policy_change import revoke_what_had_another_policy
from nlwallet.issuer.prerequisites import (
    SignsAs,
    check_attested,
    check_identity,
    checked_server,
    configurations_by_id,
    types_with_documents,
)
from nlwallet.issuer.status import StatusLists
from nlwallet.issuer.wallet_providers import WalletProviders
from nlwallet.openid4vci import RequestEncryption
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.status import StatusReference
from nlwallet.trust import Anchors


class Issuer(OffersCredentials):
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
    ``document_signer`` signs its mdocs, when ``chain`` is not that of a document signer. ``signers`` sign the
    credentials of configurations, by id, with other names and certificates; with one for each, ``chain`` need not name
    the issuer. ``nl_wallet_drafts`` lets the NL Wallet 0.6 get its cards too, in its own way: without encryption, and
    with DPoP proofs that begin without a nonce.
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
        signers: Mapping[str, SignsAs] | None = None,
        nl_wallet_drafts: bool = False,
    ) -> None:
        signers = signers or {}
        for one in signers.values():
            check_identity(one.key, one.chain, one.issuer)
        if not {each.id for each in configurations} <= signers.keys():
            check_identity(key, chain, credential_issuer)
        if nl_wallet_drafts and encryption_required:
            raise LocalError("the NL Wallet encrypts nothing", hint="encryption_required=False")
        self._nl_wallet_drafts = nl_wallet_drafts
        if attributes is None and login is not None:
            raise LocalError("login needs attributes", hint="what is known of who agrees")
        self.credential_issuer = credential_issuer
        self._base = credential_issuer.removesuffix("/")
        self._clock = clock = clock or SystemClock()
        types = types_with_documents(configurations, types)
        others = {
            id_: CredentialSigner(one.issuer, one.key, one.chain, types) for id_, one in signers.items()
        }
        self._signer = CredentialSigner(credential_issuer, key, chain, types, document_signer, others)
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
        self._dpop = DpopCheck(self._store, nonce_required=not nl_wallet_drafts)
        self._display = checked_display(display, chain)
        self._metadata_signer = metadata_signer
        self._authorization_server = checked_server(authorization_server)
        server = self._authorization_server or credential_issuer
        self._attributes = None if attributes is None else attributes_from(attributes, check=self._check)
        providers = WalletProviders.of(wallet_anchors, wallet_status)
        check_attested(configurations, providers_known=providers.given)
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
            codes_by_instance=not nl_wallet_drafts,
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
            nl_wallet_drafts=self._nl_wallet_drafts,
        )

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
            nl_wallet_drafts=self._nl_wallet_drafts,
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
