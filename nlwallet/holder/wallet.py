"""The wallet: receives cards, opens requests, asks its holder, answers, and remembers what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from nlwallet.clock import Clock, SystemClock
from nlwallet.dcql import DcqlQuery, Explanation
from nlwallet.errors import LocalError, RemoteError
from nlwallet.holder import registered
from nlwallet.holder.access_revocation import check_access_revocation
from nlwallet.holder.afterwards import Afterwards
from nlwallet.holder.answer import Answer
from nlwallet.holder.belongings import Belongings, Vault
from nlwallet.holder.browser_mdoc import mdoc_request_in, open_mdoc_request
from nlwallet.holder.examine import PID, OverAsking
from nlwallet.holder.getting_cards import GetsCards
from nlwallet.holder.intake import Intake
from nlwallet.holder.issuance import ReceivedCard, describe_card
from nlwallet.holder.keys import KeyStore, SoftwareKeys
from nlwallet.holder.labels import Labels
from nlwallet.holder.logged_card import entry_of_deletion
from nlwallet.holder.logged_request import entry_of_failure
from nlwallet.holder.nearby import Nearby
from nlwallet.holder.opening import Opening
from nlwallet.holder.pin import Pin
from nlwallet.holder.prompt import ConsentPrompt
from nlwallet.holder.provider import telling_of_unregistered
from nlwallet.holder.received_cards import ReceivedCards
from nlwallet.holder.registrar_lists import RegistrarLists
from nlwallet.holder.running_low import RenewalDue, running_low
from nlwallet.holder.session import Outcome
from nlwallet.holder.texts import Language, checked_language
from nlwallet.holder.told_to_browser import ToldToBrowser
from nlwallet.holder.twins import by_card, one_of_each
from nlwallet.holder.vault import Card, CardStore, MemoryVault
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.holder.why import explain
from nlwallet.http import HttpClient, HttpStatusLists, RevocationLists, StatusChecker
from nlwallet.openid4vp import (
    KNOWN_TRANSACTION_DATA,
    DcApiProtocol,
    DcApiRequest,
    KnownClients,
    TransactionDataType,
    VerifiedRequest,
    WalletCapabilities,
)
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.sdjwt import TypeMetadataRegistry, known_types
from nlwallet.status import StatusPolicy
from nlwallet.trust import Anchors, TrustedLists

_OVER_ASKING: Final = ("allow_all", "registered_only", "reject")


class Wallet(GetsCards, Nearby, Afterwards, ToldToBrowser):
    """A wallet of one holder. All its parts are passed in; nothing is shared between wallets.

    ``anchors``: whom it trusts, by category. ``http``: its only way out. ``pin``: 4 to 12 digits, asked
    at :meth:`ConsentPrompt.approve`; without one there is no user authentication. ``over_asking``: what
    happens when a requester asks more than it registered: ``allow_all`` warns, ``registered_only`` shares
    the registered part where the query can be answered with it, ``reject`` shares nothing (RPRC_21).

    ``store``: where its cards are; a :class:`~nlwallet.holder.FileVault` keeps all the rest too, and brings the PIN.
    ``keys``: where the keys of its cards are made and kept; in software where nothing is given.
    ``provider``: who vouches for this wallet and its keys towards issuers; without one it stays anonymous.
    ``batch_size``: how many copies of a card to ask for at most; as many as its issuer likes when left out.
    ``status_lists``: how it learns that a card was taken back; by default from the issuers' lists, and a list that
    cannot be had does not stand in the way.
    ``known_clients``: verifiers that need no certificate to be known, for profiles that accept them. ``scopes``:
    queries that a verifier may ask by name. ``trusted_lists``: those that a query may name as ``etsi_tl``.
    ``transaction_types``: what the holder can authorise. ``answers_by``: the profile for requests, where it is
    another one than ``profile``, by which cards come. ``insecure_unregistered_issuers``: take cards of issuers that
    show no registration too, with a warning at the prompt: for tests with other ecosystems, never with real data.
    """

    def __init__(
        self,
        *,
        anchors: Anchors,
        http: HttpClient,
        clock: Clock | None = None,
        profile: Profile = HAIP_1_0,
        types: TypeMetadataRegistry | None = None,
        pin: str | None = None,
        language: Language = "nl",
        over_asking: OverAsking = "allow_all",
        store: CardStore | None = None,
        keys: KeyStore | None = None,
        provider: WalletProvider | None = None,
        batch_size: int | None = None,
        status_lists: StatusChecker | None = None,
        known_clients: KnownClients | None = None,
        scopes: Mapping[str, DcqlQuery] | None = None,
        trusted_lists: TrustedLists | None = None,
        transaction_types: Mapping[str, TransactionDataType] = KNOWN_TRANSACTION_DATA,
        answers_by: Profile | None = None,
        insecure_unregistered_issuers: bool = False,
    ) -> None:
        if over_asking not in _OVER_ASKING:
            raise LocalError(f"no policy {over_asking!r}", hint=f"one of {', '.join(_OVER_ASKING)}")
        self.anchors = anchors
        self.profile = answers_by or profile
        self.language: Language = checked_language(language)
        self.over_asking: OverAsking = over_asking
        self._http = http
        self._revocation_lists, self._registrar_lists = RevocationLists(http), RegistrarLists(http)
        self._clock = clock or SystemClock()
        self._trusted_lists = trusted_lists or TrustedLists()
        self._known_clients = known_clients or KnownClients()
        self._capabilities = WalletCapabilities(scopes=scopes or {}, transaction_types=transaction_types)
        self._store: CardStore = store if store is not None else MemoryVault()
        types = types if types is not None else known_types()
        if isinstance(self._store, Vault):
            if keys is not None:
                raise LocalError("a vault has its own key store", hint="give the keys to the vault")
            belongings = self._store.belongings(types=types, http=http, clock=self._clock, provider=provider)
        else:
            belongings = Belongings(types, keys or SoftwareKeys())
        self._wallet_id = "" if provider is None else provider.client_id
        self._pin = self._pin_of(pin)
        self._log = belongings.log
        self._intake = Intake(
            anchors=anchors,
            http=http,
            clock=self._clock,
            profile=telling_of_unregistered(profile) if insecure_unregistered_issuers else profile,
            belongings=belongings,
            status_lists=status_lists
            or StatusChecker(HttpStatusLists(http), policy=StatusPolicy.BEST_EFFORT),
            store=self._store,
            language=self.language,
            pin=self._pin,
            provider=provider,
            batch_size=batch_size,
            # Of its own: getting a card says nothing about who asks next.
            revocation_lists=RevocationLists(http),
            registrar_lists=RegistrarLists(http),
        )

    def mount(self, origin: str, app: Any) -> None:
        """Reach ``origin`` (``https://rp.example``) in this process: an ASGI or WSGI app, or another base URL."""
        self._http.mount(origin, app)

    # Cards -----------------------------------------------------------------------------------

    @property
    def cards(self) -> tuple[Card, ...]:
        """All cards, oldest first; expired ones too. One that is here in two formats is one, the first that came."""
        return one_of_each(self.in_every_format)

    @property
    def in_every_format(self) -> tuple[Card, ...]:
        """All cards, and those that are another format of one of them (:mod:`nlwallet.holder.twins`)."""
        return tuple(card.listed_in(self._trusted_lists) for card in self._store.all())

    @property
    def pid(self) -> Mapping[str, Any]:
        """The claims of the newest PID. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
        for card in reversed(self.cards):
            if PID in card.types:
                return card.claims
        raise LocalError("there is no PID in this wallet", hint="receive(offer)")

    @property
    def running_low(self) -> tuple[RenewalDue, ...]:
        """Cards to get anew: few copies are left that nobody saw, or they expire soon (ARF ISSU_45 to ISSU_54)."""
        return running_low(
            self.in_every_format, renewable=self._intake.belongings.renewals, now=self._clock.now()
        )

    def renew(self, card_id: str, *, by_user: bool = True) -> ReceivedCards:
        """Get a card anew: fresh copies, with what its issuer knows by now. Once kept, it replaces the old one.

        ``by_user`` is ``False`` where nobody asked for it: the log says which it was (ARF DASH_05 f).

        Only for cards that came with a refresh token: by an authorization code, bound to a key (OpenID4VCI 1.0
        §14.5). Raises :class:`~nlwallet.errors.LocalError` for another one, or a RemoteError.
        """
        return self._intake.renew(card_id, by_user=by_user)

    def describe(self, card: Card, language: Language | None = None) -> ReceivedCard:
        """Everything that is on a card, as people write it, in the wallet's language or in ``language``."""
        return describe_card(card, Labels(self._intake.types), checked_language(language or self.language))

    def check_cards(self) -> tuple[Card, ...]:
        """Look every card up in its issuer's status list, and give those whose :attr:`Card.status` changed.

        A card that was taken back is not offered to requesters any more. To be called now and then: a request
        is answered without it, for else an issuer could see when its cards are used (ARF VCR_15, VCR_19).
        """
        return self._intake.look_after()

    def delete(self, card_id: str) -> None:
        """Forget a card, in every format, and its keys; the issuer is not told (PAD).

        Raises :class:`~nlwallet.errors.LocalError`.
        """
        groups = by_card(self.in_every_format)
        ids = next(
            (ids for ids in ([one.id for one in group] for group in groups) if card_id in ids), [card_id]
        )
        with self._intake.belongings.changes():
            forgotten = [self._intake.forget(one) for one in ids]
            self._log.add(entry_of_deletion(forgotten[0], now=self._clock.now()))
        for card in forgotten:
            self._intake.forget_keys(card)

    # Requests --------------------------------------------------------------------------------

    def open(self, uri: str) -> ConsentPrompt:
        """Fetch and check the request behind a link or QR code, and put it to the holder.

        Nothing about the holder leaves the wallet here: the request is fetched, and the status list of
        the requester's registration. A request that cannot be trusted ends in the typed error, without a
        word to the address that it names (see :attr:`Profile.reject_silently`); one that is authentic but
        wrong is answered with its error code (OpenID4VP 1.0 §8.5).

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        opening = self._opening()
        return self._prompt(opening, lambda: opening.by_link(uri))

    def open_dc_api(self, requests: Sequence[Mapping[str, Any]], *, origin: str) -> ConsentPrompt:
        """Check what a page asked with ``navigator.credentials.get``, and put it to the holder.

        ``requests`` is ``digital.requests`` of that call; the first whose protocol this wallet speaks counts, and one
        of ``org-iso-mdoc`` (ISO/IEC TS 18013-7 Annex C) only if none is of OpenID4VP.
        ``origin`` is the page's, told by the browser (``https://rp.example``), never by the request. The
        answer is in :attr:`Outcome.data`. An error is raised, and nothing goes to the page (§15.9.2).

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        mdoc = mdoc_request_in(requests)
        if mdoc is not None and "dc_api.jwt" in self.profile.response_modes:
            return open_mdoc_request(
                mdoc, origin=origin, prompting=self._prompting(), readers=self._readers()
            )
        opening = self._opening()
        chosen = DcApiRequest.choose(requests)
        return self._prompt(opening, lambda: opening.by_dc_api(chosen, origin), protocol=chosen.protocol)

    def explain(self, query: DcqlQuery | Mapping[str, Any]) -> Explanation:
        """Why this wallet could or could not answer a DCQL query, as a tree for a developer.

        Nothing is sent, and no value is in it. Raises :class:`~nlwallet.errors.InvalidQuery`.
        """
        asked = query if isinstance(query, DcqlQuery) else DcqlQuery.parse(query)
        return explain(asked, self.in_every_format, now=self._clock.now())

    # ----------------------------------------------------------------------------------------------

    def _pin_of(self, pin: str | None) -> Pin | None:
        """The vault's own, where there is one: two PINs on one wallet would be one too many."""
        if not isinstance(self._store, Vault):
            return None if pin is None else Pin(pin)
        if pin is not None:
            raise LocalError("the vault has a PIN already", hint="leave out pin=")
        return self._store.pin

    def _opening(self) -> Opening:
        return Opening(
            http=self._http,
            anchors=self.anchors,
            profile=self.profile,
            known=self._known_clients,
            capabilities=self._capabilities,
            now=self._clock.now(),
        )

    def _presents(self, vp_token: Mapping[str, Any]) -> None:
        """Called with what is about to be sent, before it is encrypted: for tests, which watch."""

    def _returns(self, outcome: Outcome) -> None:
        """Called with what comes of an answer: for tests, which watch."""

    def _prompt(
        self,
        opening: Opening,
        read: Callable[[], VerifiedRequest],
        *,
        protocol: DcApiProtocol | None = None,
    ) -> ConsentPrompt:
        now = opening.now
        try:
            verified = read()
        except RemoteError as error:
            self._log.add(entry_of_failure(opening.authentic, error, now))
            raise
        checked = registered.check(
            verified,
            anchors=self.anchors,
            lists=self._registrar_lists,
            now=now,
            profile=self.profile,
            ancestors=self._intake.types.ancestors,
        )
        opening.report.checks.extend(checked.report.checks)
        refusal = checked.refusal
        if refusal is None and verified.chain is not None:
            refusal = check_access_revocation(
                verified.chain,
                anchors=self.anchors,
                lists=self._revocation_lists,
                now=now,
                profile=self.profile,
                report=opening.report,
            )
        if refusal is not None:
            self._log.add(entry_of_failure(opening.authentic, refusal, now))
            raise refusal
        host = urlsplit(verified.origin or verified.request.answer_uri or "").hostname or ""
        return self._prompting().prompt(
            verified,
            registered.party(verified, host, checked.registration.certificate),
            checked.registration,
            answer=lambda found: Answer(
                found,
                verified,
                self._http,
                self.profile,
                self._clock,
                protocol,
                self._wallet_id,
                self._presents,
                self._returns,
            ),
            report=opening.report,
            now=now,
            until=verified.request.exp,
        )

    def __repr__(self) -> str:
        return f"<Wallet with {len(self.cards)} cards>"
