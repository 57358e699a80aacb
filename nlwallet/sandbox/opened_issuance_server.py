"""From settings to an ``issuance_server`` that runs: its certificates are checked first, as the NL Wallet's does."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, CertificateChain, verify_chain
from nlwallet.dcql import MSO_MDOC
from nlwallet.errors import InvalidConfiguration, LocalError, NlWalletError, RemoteError
from nlwallet.http import HttpClient, HttpPolicy, StatusListFetcher
from nlwallet.issuer import (
    CredentialConfiguration,
    InMemoryIssuerStore,
    Issuer,
    IssuerStore,
    MetadataSigner,
    StatusLists,
    StatusSeries,
    revocation_app,
)
from nlwallet.mdoc import DOCUMENT_SIGNER
from nlwallet.profiles import NL_WALLET_0_6, NL_WALLET_STATUS_SIGNING
from nlwallet.sandbox.attestation_server import TIMEOUT_SECONDS, AttestationServer
from nlwallet.sandbox.document_offer import offer_documents, told_to_wallet
from nlwallet.sandbox.issuance_face import issuance_face
from nlwallet.sandbox.issuance_server import static_links
from nlwallet.sandbox.issuance_settings import AttestationUrl, ConfigurationSettings, IssuanceSettings
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.status import StatusListCache
from nlwallet.verifier.identity import default_signer
from nlwallet.verifier.nl_server import Refusal, SessionType, VerificationServer
from nlwallet.verifier.nl_server.ephemeral_id import session_type_of
from nlwallet.verifier.nl_server.opened import every_category, stores_in

if TYPE_CHECKING:
    from nlwallet.store import Database

INTERNAL: Final = ("/revoke/", "/batch/", "/openapi.json")
_OF_DISCLOSURE: Final = ("/disclosure/", "/health", "/nlwallet-button")


@dataclass(frozen=True, slots=True)
class OpenedIssuanceServer:
    """A server and its HTTP faces. ``tell`` is told for its owner why a session of a use case failed."""

    server: VerificationServer
    issuer: Issuer
    attestations: Mapping[str, AttestationServer]
    settings: IssuanceSettings
    tell: Callable[[str, NlWalletError], None] = lambda *_: None
    database: Database | None = None

    def close(self) -> None:
        """Let go of the database, if there is one."""
        if self.database is not None:
            self.database.close()

    def links(self, name: str) -> Mapping[SessionType, str]:
        """The static links of a use case, by session type."""
        case = self.server.use_cases[name]
        client_id = default_signer(case.chain, case.key, NL_WALLET_0_6).client_id
        start = self.settings.universal_link_base_url
        return static_links(self.server.public_url, name, client_id=client_id, start=start)

    # For wallets (:class:`nlwallet.sandbox.issuance_face.IssuesForPresentations`) -----------------------

    def request_object(
        self, name: str, parameters: Mapping[str, str], *, wallet_nonce: str | None = None
    ) -> str:
        """The request object of a new session. Raises :class:`~nlwallet.verifier.nl_server.Refusal`."""
        if session_type_of(parameters) is None:
            raise Refusal("missing query parameters")
        if name not in self.server.use_cases:
            raise Refusal("unknown use case", code="server_error")
        return self.server.request_object_of_new(name, wallet_nonce=wallet_nonce)

    def receive(self, token: str, received: bytes, content_type: str) -> dict[str, str]:
        """Take an answer; the offer for it. Raises :class:`~nlwallet.verifier.nl_server.Refusal`."""
        name = self.server.use_case_of(token)
        try:
            self.server.receive(token, received, content_type)
        except Refusal as error:
            self.tell(name, error)
            raise
        if self.server.status(token)["status"] != "DONE":
            return {}  # the holder said no
        try:
            disclosed = self.server.disclosed_attributes(token)
            offer = offer_documents(self.issuer, self.attestations[name].documents(disclosed))
        except NlWalletError as error:
            self.tell(name, error)
            told = told_to_wallet(error)
            raise Refusal(told.message, code=told.code) from error
        return {"redirect_uri": offer.uri}

    def serves(self, uri: str) -> bool:
        """Whether this is a request_uri of one of its use cases."""
        return uri.startswith(f"{self.server.public_url}/disclosure/")

    # HTTP ------------------------------------------------------------------------------------------------

    @property
    def internal(self) -> ASGIApp:
        """For who owns it: revocation, and what describes that."""
        return revocation_app(self.issuer.status_lists, api_key=self.settings.api_key)

    @property
    def public(self) -> ASGIApp:
        """For wallets: the disclosure, the issuance, and the status lists."""
        alone = self.settings.internal is None
        return _by_path(
            {_OF_DISCLOSURE: issuance_face(self), INTERNAL: self.internal if alone else self.issuer.app},
            self.issuer.app,
        )


def open_issuance_server(
    settings: IssuanceSettings,
    *,
    clock: Clock,
    status_lists: StatusListFetcher | None,
    folder: Path,
    attestation_client: Callable[[AttestationUrl], HttpClient] | None = None,
    tell: Callable[[str, NlWalletError], None] = lambda *_: None,
) -> OpenedIssuanceServer:
    """The server of these settings, once its certificates pass; type metadata is read from below ``folder``.

    Raises :class:`~nlwallet.errors.InvalidConfiguration` or :class:`~nlwallet.errors.LocalError`.
    """
    check_certificates(settings, now=clock.now())
    client, owner = attestation_client or client_for, f"issuance_server {settings.public_url}"
    database, stores = stores_in(settings.database, settings.lifetimes, owner=owner)
    return OpenedIssuanceServer(
        VerificationServer(
            use_cases=settings.use_cases,
            anchors=every_category(settings.issuer_anchors),
            public_url=settings.public_url,
            clock=clock,
            ephemeral_id_secret=secrets.token_bytes(64),  # its links have no ephemeral id
            universal_link_base_url=settings.universal_link_base_url,
            status_lists=status_lists,
            status_cache=StatusListCache(max_lists=settings.status_cache.capacity),
            extending=settings.extending,
            lifetimes=settings.lifetimes,
            wallet_client_ids=settings.wallet_client_ids,
            sessions_path="/disclosure",
            **stores,
        ),
        _issuer(settings, clock=clock, folder=folder, store=_issuer_store(database, owner=owner)),
        {name: AttestationServer(one.url, client(one)) for name, one in settings.attestation_urls.items()},
        settings,
        tell,
        database,
    )


def client_for(attestations: AttestationUrl) -> HttpClient:
    """Reaches the organisation's own server, wherever that is."""
    pem = "".join(one.pem() for one in attestations.anchors)
    policy = HttpPolicy(insecure_allow_private_addresses=True, timeout_seconds=TIMEOUT_SECONDS)
    return HttpClient(replace(policy, tls_anchors_pem=pem))


def check_certificates(settings: IssuanceSettings, *, now: int) -> None:
    """Each is valid, leads to an anchor and is for its use; who signs a card signs its status.

    Raises :class:`~nlwallet.errors.InvalidConfiguration`.
    """
    access, issuers = settings.access_anchors, settings.issuer_anchors
    _check(settings.metadata_chain, access, now, "/credential_metadata_keypair")
    for case in settings.use_cases:
        _check(case.chain, access, now, f"/disclosure_settings/{case.name}")
    for one in settings.configurations:
        at = f"/credential_configurations/{one.id}"
        _check(one.signer.chain, issuers, now, at, usage=DOCUMENT_SIGNER)
        _check(one.status_list.chain, issuers, now, f"{at}/status_list", usage=NL_WALLET_STATUS_SIGNING)
        names = [chain.leaf.subject_name for chain in (one.signer.chain, one.status_list.chain)]
        if names[0] != names[1]:
            raise InvalidConfiguration(
                "certificate: its subject is not that of the attestations",
                pointer=f"{at}/status_list/certificate",
                hint=f"{names[0][:256]}",
            )


def _check(
    chain: CertificateChain, anchors: Sequence[Certificate], now: int, at: str, *, usage: str | None = None
) -> None:
    try:
        verify_chain(chain, anchors, now=now, what="the certificate", extended_key_usage=usage)
    except RemoteError as error:
        raise InvalidConfiguration(
            error.message, spec=error.spec, pointer=f"{at}/certificate", hint=error.hint
        ) from None


def _issuer_store(database: Database | None, *, owner: str) -> IssuerStore:
    if database is None:
        return InMemoryIssuerStore()
    from nlwallet.issuer import SqlIssuerStore

    return SqlIssuerStore(database, owner=owner)


def _issuer(settings: IssuanceSettings, *, clock: Clock, folder: Path, store: IssuerStore) -> Issuer:
    types = TypeMetadataRegistry(_octets(folder / path) for path in settings.type_metadata)
    public_url = settings.public_url.removesuffix("/")
    series = {
        one.id: StatusSeries(
            f"{(one.status_list.base_url or public_url).removesuffix('/')}{one.status_list.context_path}",
            one.status_list.key,
            one.status_list.chain,
        )
        for one in settings.configurations
    }
    first = settings.configurations[0].status_list
    return Issuer(
        key=settings.metadata_key,
        chain=settings.metadata_chain,
        credential_issuer=settings.public_url,
        configurations=[
            _configuration(one, types, batch_size=settings.batch_size) for one in settings.configurations
        ],
        clock=clock,
        types=types,
        wallet_anchors=settings.wallet_anchors,
        anonymous_access=False,
        nl_wallet_drafts=True,
        store=store,
        status_lists=StatusLists(
            base_url=public_url,
            key=first.key,
            chain=first.chain,
            clock=clock,
            size=settings.status_lists.size,
            bits=1,
            ttl=settings.status_lists.ttl,
            lifetime=settings.status_lists.lifetime,
            aggregation=False,
            series=series,
            store=store.statuses,
        ),
        metadata_signer=MetadataSigner(settings.metadata_key, settings.metadata_chain),
        signers={one.id: one.signer for one in settings.configurations},
    )


def _configuration(
    one: ConfigurationSettings, types: TypeMetadataRegistry, *, batch_size: int
) -> CredentialConfiguration:
    if one.attestation_type not in types:
        raise InvalidConfiguration(
            "attestation_type: no file of type_metadata describes it",
            pointer=f"/credential_configurations/{one.id}/attestation_type",
            hint=", ".join(types.types)[:256],
        )
    made = CredentialConfiguration.from_type_metadata(
        one.attestation_type,
        types=types,
        configuration_id=one.id,
        lifetime_days=one.valid_days,
        batch_size=batch_size,
        attestation_qualification=one.qualification,
    )
    return made.as_mdoc(configuration_id=one.id) if one.format == MSO_MDOC else made


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError(
            f"type_metadata: {path} cannot be read: {error.strerror}", code="file", pointer="/type_metadata"
        ) from None


def _by_path(apps: Mapping[tuple[str, ...], ASGIApp], otherwise: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        chosen = next((one for starts, one in apps.items() if path.startswith(starts)), otherwise)
        await chosen(scope, receive, send)

    return app
