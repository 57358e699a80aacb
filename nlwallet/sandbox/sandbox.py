"""The whole ecosystem in one object: registrar, PID issuer, relying parties and wallets, wired together.

In process by default: no ports, no TLS, no threads of its own. :mod:`nlwallet.sandbox.loopback` puts the
same parties on real HTTPS ports of 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Self, Unpack
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from nlwallet.clock import Clock, SystemClock
from nlwallet.errors import LocalError
from nlwallet.holder import CardStore, Language, OverAsking, Wallet
from nlwallet.http import HttpClient, HttpStatusLists, StatusChecker
from nlwallet.issuer import (
    AttributesFunction,
    CredentialConfiguration,
    IssuableCredential,
    IssuedOffer,
    Issuer,
    Login,
    card,
    card_names,
    persona,
    persona_names,
    pid_claims,
)
from nlwallet.openid4vp import RequestUriMethod
from nlwallet.profiles import HAIP_1_0, Profile, named
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox.attestation_server import AttestationServer
from nlwallet.sandbox.authority_files import PATH, serving_authorities
from nlwallet.sandbox.brokers import BROKER, BROKER_HOST, Brokers
from nlwallet.sandbox.browser import PersonaBrowser
from nlwallet.sandbox.disclosure_based_issuance import DisclosureBasedIssuance, Documents
from nlwallet.sandbox.hierarchy import Hierarchy
from nlwallet.sandbox.hosting import Hosting, InProcess
from nlwallet.sandbox.identities import Identities, Identity, serving_did
from nlwallet.sandbox.issuance_server import RESPONSE_PATH, IssuanceServer
from nlwallet.sandbox.issuer_authorities import IssuerAuthorities, IssuerOptions, open_registrar
from nlwallet.sandbox.keeping import Keeping
from nlwallet.sandbox.pid_provider import open_pid_issuer
from nlwallet.sandbox.pilot import Pilot
from nlwallet.sandbox.pilots import pilot
from nlwallet.sandbox.registering import registered
from nlwallet.sandbox.verification_servers import HOST as NL_HOST
from nlwallet.sandbox.verification_servers import (
    SandboxVerificationServer,
    open_in_sandbox,
    verification_server_members,
)
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.sandbox.wire import Wire
from nlwallet.sdjwt import known_types
from nlwallet.trust import Category
from nlwallet.verifier import Intermediary, Verifier

REGISTRAR = "registrar.example"
PID_ISSUER = "pid-issuer.example"
WALLET_PROVIDER = "wallet_provider"

_PERSONAS = {name: name.capitalize() for name in persona_names()}


class Sandbox:
    """The EDI-stelsel on a laptop.

    ::

        with Sandbox() as edi:
            frouke = edi.wallet("frouke")
            bar = edi.relying_party("cafe-de-vrije-val")
            request = bar.request()
            frouke.open(request.uri).approve(pin=Sandbox.PIN)
            bar.result(request).claims("pid")

    ``hosting`` says where the parties live: in process (the default), or on ports of the loopback
    interface. ``record_wire`` keeps what they send each other for :attr:`wire`. ``hierarchy`` has the authorities to
    use, those of ``nlwallet pki new``; else they are made on the spot. ``database``, such as ``sqlite:///sandbox.sqlite``
    or ``postgresql://…``, is where it keeps what another start goes on with (docs/sandbox-database.md); else all of it
    is gone at the end.
    """

    PIN = "112233"
    """The PIN of every wallet that the sandbox activates."""
    wallet_class: ClassVar[type[Wallet]] = Wallet
    """What its wallets are."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        profile: Profile | str = HAIP_1_0,
        hosting: Hosting | None = None,
        record_wire: bool = False,
        hierarchy: Hierarchy | None = None,
        database: str | None = None,
    ) -> None:
        self._keeping = Keeping(database)
        self.clock: Clock = clock or SystemClock()
        self.profile = named(profile)
        self.types = known_types()
        self.wire = Wire() if record_wire else None
        self._hosting: Hosting = hosting or InProcess()
        self._parties: dict[str, Verifier] = {}
        self._issuers: dict[str, Issuer] = {}
        self._identities = Identities(self.clock)

        origin = self._hosting.origin(REGISTRAR)
        given = {} if hierarchy is None else hierarchy.authorities
        self.registrar = open_registrar(self.clock, origin, given, self._keeping)
        self._brokers = Brokers(self.registrar, self._keeping)
        self._wallet_provider = SandboxWalletProvider(
            self.clock,
            authority=given.get(WALLET_PROVIDER),
            url=f"{origin}{PATH}/{WALLET_PROVIDER}",
            keeping=self._keeping,
        )
        self._authorities = IssuerAuthorities(
            self.clock,
            self.profile,
            self._hosting.client(),
            f"{origin}{PATH}",
            self.registrar,
            given,
            self._keeping,
        )
        self._authorities.published[WALLET_PROVIDER] = self._wallet_provider.vouching
        served = serving_authorities(self.registrar.app, self._authorities.published, clock=self.clock)
        self._serve(REGISTRAR, served)
        self.anchors = self._authorities.scheme.anchors
        """Whom the wallets and relying parties of this sandbox trust, by category, as the registrar's lists say."""
        self._wallet_provider.notify(self._authorities.scheme)
        self.pid_issuer = open_pid_issuer(
            self._authorities,
            self._hosting.origin(PID_ISSUER),
            types=self.types,
            anchors=self.anchors,
            login=_PERSONAS,
        )
        self._serve(PID_ISSUER, self.pid_issuer.app)

    def wallet(
        self,
        name: str,
        *,
        pin: str | None = PIN,
        language: Language = "nl",
        over_asking: OverAsking = "allow_all",
        cards: Sequence[str | Issuer] = ("pid",),
        behaves_as: Profile | str | None = None,
        insecure_unregistered_issuers: bool = False,
    ) -> Wallet:
        """A new wallet of a persona (``frouke``), with her PID in it, or with other ``cards``.

        A card is the name of a ready-made one (:func:`~nlwallet.issuer.card_names`; ``pid-mdoc`` is the PID as an
        mdoc), or an issuer of your own, or its host, that knows people and has one configuration. Raises
        :class:`~nlwallet.errors.LocalError` for an unknown
        persona, and for one who does not have a card, such as ``eline``, who cannot have a PID.
        """
        offers = [self.offer(one, name.lower()) for one in cards]
        wallet = self.empty_wallet(
            pin=pin,
            language=language,
            over_asking=over_asking,
            behaves_as=behaves_as,
            insecure_unregistered_issuers=insecure_unregistered_issuers,
        )
        for offer in offers:
            wallet.receive(offer.uri)
        return wallet

    def empty_wallet(
        self,
        *,
        pin: str | None = PIN,
        language: Language = "nl",
        over_asking: OverAsking = "allow_all",
        store: CardStore | None = None,
        behaves_as: Profile | str | None = None,
        insecure_unregistered_issuers: bool = False,
    ) -> Wallet:
        """A new wallet without cards, or with those of ``store``; a vault brings its own PIN, so give none then.

        ``behaves_as`` is the profile by which it answers requests, such as ``nl-wallet-0.6``; that of the sandbox
        unless another is given. Its cards come by the sandbox's profile in any case; an issuer of yours that this
        sandbox did not open needs ``insecure_unregistered_issuers``. Raises :class:`~nlwallet.errors.LocalError` for an
        unknown profile.
        """
        return self.wallet_class(
            answers_by=None if behaves_as is None else named(behaves_as),
            anchors=self.anchors,
            http=self._hosting.client(),
            clock=self.clock,
            profile=self.profile,
            types=self.types,
            pin=pin,
            language=language,
            over_asking=over_asking,
            store=store,
            known_clients=self._identities.known,
            provider=self._wallet_provider,
            insecure_unregistered_issuers=insecure_unregistered_issuers,
        )

    def client(self) -> HttpClient:
        """A client that reaches every party of this sandbox, for tests that speak to them without a wallet."""
        return self._hosting.client()

    def serve(self, host: str, app: ASGIApp) -> str:
        """Serve anything at a host of its own, where every party here can reach it; gives its origin."""
        self._serve(host, app)
        return self._hosting.origin(host)

    @property
    def authorities(self) -> IssuerAuthorities:
        """Who vouches for the issuers here, for tests that forge credentials."""
        return self._authorities

    def browser(self, person: str, *, agrees: bool = True) -> PersonaBrowser:
        """The browser of a persona, for issuers that want to see her at their page: ``receive(…, browser=)``."""
        return PersonaBrowser(self._hosting.client(), person, agrees)

    def issuer(
        self,
        name: str,
        *,
        configurations: Sequence[CredentialConfiguration] = (),
        attributes: AttributesFunction | None = None,
        login: Login | None = None,
        category: Category = Category.EAA_PROVIDER,
        organization: str = "",
        **options: Unpack[IssuerOptions],
    ) -> Issuer:
        """The issuer of a ready-made card (``diploma``), or one of your own at a host (``university.example``).

        Every wallet and relying party here trusts it for its ``category``: ``EAA_PROVIDER``, ``PUB_EAA_PROVIDER`` or
        ``QEAA_PROVIDER``. With ``attributes``, what it knows of a person, the personas may log in, or who ``login``
        says. ``organization`` is its name in the certificate; the host when left out. Open it before you register
        relying parties that are to know its types. By its name alone you get an issuer that is open already.

        Raises :class:`~nlwallet.errors.LocalError` when there is no such card, or something at that host already.
        """
        if not configurations:
            if attributes is not None or login is not None:
                raise LocalError("an issuer of your own has configurations", hint="configurations=[…]")
            return self._issuers.get(name) or self._ready_made(name)
        if name in self._issuers or name in (REGISTRAR, PID_ISSUER):
            raise LocalError(f"there is something at {name} already", hint="another host")
        types = self.types.adding(document for one in configurations for document in one.type_documents)
        opened = self._authorities.open_issuer(
            self._hosting.origin(name),
            organization or name,
            category,
            configurations=configurations,
            types=types,
            attributes=attributes,
            login=_PERSONAS if login is None and attributes is not None else login,
            **options,
        )
        self.types = types
        self._serve(name, opened.app)
        self._issuers[name] = opened
        return opened

    def offer(self, card_: str | Issuer, person: str, *, tx_code: bool = False) -> IssuedOffer:
        """Offer a persona a card: a ready-made one by name, or that of an issuer of your own as in :meth:`wallet`.

        With ``tx_code`` the wallet also asks for a code. Raises :class:`~nlwallet.errors.LocalError` for an unknown
        persona or card, and with the code ``no_such_card`` for one who does not have it.
        """
        if isinstance(card_, Issuer) or card_ in self._issuers:
            own = card_ if isinstance(card_, Issuer) else self._issuers[card_]
            return own.offer_to(person, tx_code=tx_code)
        now, name = self.clock.now(), card_.removesuffix("-mdoc")
        id_ = card(name).configuration.id
        issuer = self.issuer(name)
        if name != "pid":
            return issuer.offer(id_ + card_[len(name) :], card(name).claims(person, now=now), tx_code=tx_code)
        # The register says why somebody cannot have a PID. One is issued in both formats (ARF PID_02).
        claims = pid_claims(persona(person), now=now)
        if card_ != name:
            return issuer.offer(f"{id_}-mdoc", claims, tx_code=tx_code)
        both = (IssuableCredential(each.id, claims) for each in card(name).configurations)
        return issuer.offer_several(*both, tx_code=tx_code)

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

    def verification_server(
        self, use_cases: Mapping[str, str | Mapping[str, Any]], *, host: str = NL_HOST, **members: Any
    ) -> SandboxVerificationServer:
        """The NL Wallet's ``verification_server``: a relying party that is made for that runs against this one.

        ``use_cases`` are pilots by their ids, or what stands in ``[usecases.<name>]`` of its file, with a ``record``
        in the place of certificate and key. ``members`` are further keys of that file. It behaves as 0.5 in a sandbox
        of the profile ``nl-wallet-0.5``, else as 0.6. Raises :class:`~nlwallet.errors.LocalError`.
        """
        opened = open_in_sandbox(
            verification_server_members(
                self.registrar,
                self.anchors,
                use_cases,
                public_url=self._hosting.origin(host),
                version="0.5" if self.profile.name == "nl-wallet-0.5" else "0.6",
                registered=not self.profile.name.startswith("nl-wallet"),
            )
            | members,
            hosting=self._hosting,
            host=host,
            clock=self.clock,
            profile=self.profile,
            anchors=self.anchors,
        )
        self._serve(host, opened.opened.public)
        if opened.opened.requester is not None:
            self._serve(f"requester.{host}", opened.opened.requester)
        return opened

    def close(self) -> None:
        """Stop everything that the sandbox serves, and let go of its database."""
        self._hosting.close()
        self._keeping.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ready_made(self, name: str) -> Issuer:
        if name not in card_names() and "." in name:
            raise LocalError(f"there is no issuer at {name}", hint="open it with configurations=[…]")
        one = card(name)
        if one.name == "pid":
            return self.pid_issuer
        return self._issuers.get(one.host) or self.issuer(
            one.host,
            configurations=one.configurations,
            attributes=lambda person: one.attributes(person, self.clock.now()),
            category=one.category,
            organization=one.organization,
        )

    def _serve(self, host: str, app: ASGIApp) -> None:
        self._hosting.serve(host, self.wire.tap(host, app) if self.wire else app)
