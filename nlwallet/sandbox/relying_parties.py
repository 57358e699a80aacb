"""The relying parties of a sandbox: those of pilots and your own, who asks for them, and who gives cards for cards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from nlwallet.clock import Clock
from nlwallet.errors import LocalError
from nlwallet.http import HttpStatusLists, StatusChecker
from nlwallet.issuer import Issuer
from nlwallet.openid4vp import RequestUriMethod
from nlwallet.profiles import Profile
from nlwallet.registrar import Registrar
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox.attestation_server import AttestationServer
from nlwallet.sandbox.brokers import BROKER, BROKER_HOST, Brokers
from nlwallet.sandbox.disclosure_based_issuance import DisclosureBasedIssuance, Documents
from nlwallet.sandbox.hosting import Hosting
from nlwallet.sandbox.identities import Identities, Identity, serving_did
from nlwallet.sandbox.issuance_face import RESPONSE_PATH
from nlwallet.sandbox.issuance_server import IssuanceServer
from nlwallet.sandbox.keeping import Keeping
from nlwallet.sandbox.pilot_scenario import Pilot
from nlwallet.sandbox.pilots import pilot
from nlwallet.sandbox.registering import registered
from nlwallet.sandbox.wallet_provider import CLIENT_ID
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors
from nlwallet.verifier import Intermediary, Verifier
from nlwallet.verifier.nl_server import NL_WALLET

WALLETS = (NL_WALLET, CLIENT_ID)
"""Whose proofs of association count: the NL Wallet's, and those of wallets here."""


class OpensRelyingParties(ABC):
    """The part of a :class:`~nlwallet.sandbox.Sandbox` that registers relying parties and serves them."""

    anchors: Anchors
    clock: Clock
    profile: Profile
    registrar: Registrar
    types: TypeMetadataRegistry
    _brokers: Brokers
    _hosting: Hosting
    _identities: Identities
    _keeping: Keeping
    _parties: dict[str, Verifier]

    def relying_party(self, which: str | Pilot, *, through: Intermediary | None = None) -> Verifier:
        """The relying party of a pilot, by its id or one of your own, registered; the same one each time.

        One whose registration was withdrawn is there too, and goes on asking. ``through`` an :meth:`intermediary` it
        has others ask in its place. Raises :class:`~nlwallet.errors.LocalError` if there is no such pilot, and for a
        party that asks itself already.
        """
        chosen = pilot(which) if isinstance(which, str) else which
        if through is not None:
            return self.register_through(through, chosen.record)
        known = chosen.record.identifier in self._parties
        party = self.register(chosen.record, host=chosen.host)
        if chosen.withdrawn and not known:
            self.registrar.cancel(chosen.record.identifier, reason="withdrawn")
        return party

    def intermediary(self, record: RelyingPartyRecord = BROKER, *, host: str = BROKER_HOST) -> Intermediary:
        """Who asks for others (ARF Topic 52), registered and served at ``host``; the same one each time.

        A ready-made one unless you bring a ``record`` with ``is_intermediary``. Then :meth:`register_through` it the
        parties that it serves. Raises :class:`~nlwallet.errors.LocalError`.
        """
        return self._brokers.open(record, self._hosting.origin(host), self._new_broker)

    def register_through(self, intermediary: Intermediary, record: RelyingPartyRecord) -> Verifier:
        """Register a relying party for which ``intermediary`` asks: what comes back asks in its place.

        That is for its first service, with all intended uses of that (``request(intended_use=…)``); what asks for
        another is ``intermediary.acting_for(record.identifier, service_id)``.

        The contract between the two, which a registrar wants to see (RPI_04), goes without saying here. The same
        record again gives what is there. Raises :class:`~nlwallet.errors.LocalError` for another record with the
        same identifier.
        """
        return self._brokers.serve(intermediary, record)

    def register(
        self,
        record: RelyingPartyRecord,
        *,
        host: str,
        identity: Identity | None = None,
        also_as: Sequence[Identity] = (),
        request_uri_method: RequestUriMethod | None = None,
        app: Callable[[Verifier], ASGIApp] | None = None,
    ) -> Verifier:
        """Register a relying party of your own and serve it at ``host`` (``shop.example``).

        ``identity`` is what it calls itself in requests, ``also_as`` who else signs its multi-signed ones;
        all but the first need a profile that accepts them, such as ``openid4vp-1.0``. Registering the same
        record again gives the party that is there already. ``app`` makes what is served instead of
        :attr:`Verifier.app`. Raises :class:`~nlwallet.errors.LocalError` for another record with the same
        identifier.
        """
        known = self._parties.get(record.identifier)
        if known is not None and known.certificates.record == record:
            return known
        key = self._keeping.key(f"relying party {record.identifier}")
        if identity is None:
            hashed = "x509_hash" in self.profile.client_id_prefixes
            identity = "x509_hash" if hashed else "x509_san_dns"
        base_url = self._hosting.origin(host)
        certificates = registered(
            self.registrar, record, key.public, dns_names=(urlsplit(base_url).hostname or host,)
        )
        signers = [
            self._identities.signer(name, key=key, certificates=certificates, base_url=base_url)
            for name in (identity, *also_as)
        ]
        party = Verifier(
            certificates=certificates,
            key=key,
            anchors=self.anchors,
            base_url=base_url,
            clock=self.clock,
            types=self.types,
            profile=self.profile,
            signer=signers[0],
            cosigners=signers[1:],
            request_uri_method=request_uri_method,
            fixed_response_uri=identity == "pre-registered",
            store=self._keeping.sessions(record.identifier),
            status_lists=StatusChecker(HttpStatusLists(self._hosting.client())),
            wallet_client_ids=WALLETS if self.profile.proof_of_association else None,
        )
        if identity == "pre-registered":
            self._identities.pre_register(
                signers[0], name=record.trade_name, response_uri=f"{base_url}/response"
            )
        with_did = "did:web" in (identity, *also_as)
        served = party.app if app is None else app(party)
        self._serve(host, serving_did(served, base_url, key.public) if with_did else served)
        self._parties[record.identifier] = party
        return party

    def disclosure_based_issuance(
        self,
        record: RelyingPartyRecord,
        *,
        host: str,
        issuer: Issuer,
        documents: Documents | str,
        intended_use: str | None = None,
        name: str = "card",
        server: IssuanceServer | None = None,
    ) -> DisclosureBasedIssuance:
        """Register an issuer that wants to see a card before it gives one, and serve that part of it at ``host``.

        ``record`` says what it asks and why, ``issuer`` is its other part. ``documents`` says which cards there are
        for a verified presentation: a function, or the https URL of a server that answers as NL Wallet issuers do.
        With ``server`` it is a use case of that one, and served by its paths: the NL Wallet's ``issuance_server``.
        Raises :class:`~nlwallet.errors.LocalError` if the record is registered already.
        """
        if record.identifier in self._parties:
            raise LocalError("this party is registered already", hint="DisclosureBasedIssuance(verifier=…)")
        made: list[DisclosureBasedIssuance] = []

        def app(party: Verifier) -> ASGIApp:
            source = documents
            if isinstance(source, str):
                source = AttestationServer(source, self._hosting.client())
            made.append(
                DisclosureBasedIssuance(
                    verifier=party,
                    issuer=issuer,
                    documents=source,
                    clock=self.clock,
                    intended_use=intended_use,
                    name=name,
                    response_path=None if server is None else RESPONSE_PATH,
                )
            )
            if server is None:
                return made[0].app
            server.add(made[0])
            return server.app

        self.register(record, host=host, app=app)
        return made[0]

    def _new_broker(self, record: RelyingPartyRecord, base_url: str) -> Intermediary:
        opened = Intermediary(
            record,
            anchors=self.anchors,
            base_url=base_url,
            clock=self.clock,
            types=self.types,
            profile=self.profile,
            status_lists=StatusChecker(HttpStatusLists(self._hosting.client())),
        )
        self._serve(opened.host, opened.app)
        return opened

    @abstractmethod
    def _serve(self, host: str, app: ASGIApp) -> None: ...
