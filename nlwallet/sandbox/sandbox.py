"""The whole ecosystem in one object: registrar, PID issuer, relying parties and wallets, wired together.

In process by default: no ports, no TLS, no threads of its own. :mod:`nlwallet.sandbox.loopback` puts the
same parties on real HTTPS ports of 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from starlette.applications import Starlette
from starlette.types import ASGIApp

from nlwallet.clock import Clock, SystemClock
from nlwallet.crypto import Certificate
from nlwallet.holder import CardStore, Language, OverAsking, Wallet
from nlwallet.http import HttpClient
from nlwallet.issuer import Issuer
from nlwallet.profiles import HAIP_1_0, Profile, named
from nlwallet.sandbox.authority_files import PATH, serving_authorities
from nlwallet.sandbox.brokers import Brokers
from nlwallet.sandbox.browser import PersonaBrowser
from nlwallet.sandbox.hierarchy import Hierarchy
from nlwallet.sandbox.hosting import Hosting, InProcess
from nlwallet.sandbox.identities import Identities
from nlwallet.sandbox.issuer_authorities import IssuerAuthorities, open_registrar
from nlwallet.sandbox.issuers import PERSONAS, PID_ISSUER, REGISTRAR, OpensIssuers
from nlwallet.sandbox.keeping import Keeping
from nlwallet.sandbox.pid_provider import open_pid_issuer
from nlwallet.sandbox.relying_parties import OpensRelyingParties
from nlwallet.sandbox.verification_servers import OpensVerificationServers
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.sandbox.wire import Wire
from nlwallet.sdjwt import known_types
from nlwallet.verifier import Verifier
from nlwallet.verifier.nl_server import OpenedServer

WALLET_PROVIDER = "wallet_provider"
WALLETS = "wallet-statuses.example"
"""Where the statuses of wallets are."""


class Sandbox(OpensIssuers, OpensRelyingParties, OpensVerificationServers):
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
    is gone at the end. ``wallet_anchors`` are those of wallet providers that its issuers believe beside its own: for
    wallets that are not of this library. Whether such a wallet was revoked is not looked at, nor then any other.
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
        wallet_anchors: Sequence[Certificate] = (),
    ) -> None:
        self._keeping = Keeping(database)
        self.clock: Clock = clock or SystemClock()
        self.profile = named(profile)
        self.types = known_types()
        self.wire = Wire() if record_wire else None
        self._hosting: Hosting = hosting or InProcess()
        self._parties: dict[str, Verifier] = {}
        self._opened_servers: list[OpenedServer] = []
        self._issuers: dict[str, Issuer] = {}
        self._identities = Identities(self.clock, self._keeping.key("attestations of verifiers"))

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
            wallet_anchors,
        )
        self._authorities.published[WALLET_PROVIDER] = self._wallet_provider.vouching
        served = serving_authorities(self.registrar.app, self._authorities.published, clock=self.clock)
        self._serve(REGISTRAR, served)
        self.anchors = self._authorities.scheme.anchors
        """Whom the wallets and relying parties of this sandbox trust, by category, as the registrar's lists say."""
        self._wallet_provider.notify(self._authorities.scheme)
        if self.profile.nl_wallet_drafts:
            lists = self._wallet_provider.keep_statuses(self._hosting.origin(WALLETS))
            self._serve(WALLETS, Starlette(routes=lists.routes()))
        self.pid_issuer = open_pid_issuer(
            self._authorities,
            self._hosting.origin(PID_ISSUER),
            types=self.types,
            anchors=self.anchors,
            login=PERSONAS,
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

    @property
    def database_path(self) -> Path | None:
        """The file of its database, if that is one."""
        return self._keeping.path

    def close(self) -> None:
        """Stop everything that the sandbox serves, and let go of its database."""
        self._hosting.close()
        for server in self._opened_servers:
            server.close()
        self._keeping.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _serve(self, host: str, app: ASGIApp) -> None:
        self._hosting.serve(host, self.wire.tap(host, app) if self.wire else app)
