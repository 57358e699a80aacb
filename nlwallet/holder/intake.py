"""How cards come into a wallet, are renewed, and are looked after (OpenID4VCI 1.0, ARF topics 7 and 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from nlwallet.clock import Clock
from nlwallet.errors import IssuanceRefused, LocalError, NlWalletError, PromptClosed, TransportError
from nlwallet.holder.authorization import GetToken, Opened, PushedAuthorization, push_authorization
from nlwallet.holder.belongings import Belongings
from nlwallet.holder.card_check import CardCheck
from nlwallet.holder.credential_exchange import CredentialExchange
from nlwallet.holder.deliveries import Delivery, PromisedCard, keys_of
from nlwallet.holder.issuer_session import IssuerSession
from nlwallet.holder.issuer_words import IssuerWords, words_by_type
from nlwallet.holder.labels import Labels
from nlwallet.holder.log import Counterparty, LogEntry, LogOutcome, TransactionLog
from nlwallet.holder.offer_notice import OfferNotice
from nlwallet.holder.offer_prompt import OfferPrompt
from nlwallet.holder.pin import Pin
from nlwallet.holder.provider import ProviderDesk
from nlwallet.holder.received_cards import ReceivedCards
from nlwallet.holder.reception import Reception
from nlwallet.holder.registrar_lists import RegistrarLists
from nlwallet.holder.texts import Language
from nlwallet.holder.vault import Card, CardStore
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient, RevocationLists, StatusChecker
from nlwallet.openid4vci import CredentialOffer, offer_reference
from nlwallet.profiles import Profile
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors

_Run: TypeAlias = Callable[[Reception], tuple[Delivery, ...]]

TRY_LATER: Final = 300
"""Seconds until an issuer is asked again that could not answer about a promised card."""


@dataclass(slots=True)
class Intake:
    """The receiving side of one wallet. Its belongings grow with the cards."""

    anchors: Anchors
    http: HttpClient
    clock: Clock
    profile: Profile
    belongings: Belongings
    status_lists: StatusChecker
    store: CardStore
    language: Language
    pin: Pin | None
    provider: WalletProvider | None
    batch_size: int | None
    revocation_lists: RevocationLists
    registrar_lists: RegistrarLists
    _lock: RLock = field(default_factory=RLock, repr=False)
    """Held while belongings change, inside :attr:`Belongings.changes`; never while an issuer is asked."""
    _collecting: list[PromisedCard] = field(default_factory=list)
    """Promises that somebody asks for just now, or whose cards wait for an answer of the holder."""

    @property
    def types(self) -> TypeMetadataRegistry:
        """The types that the wallet knows."""
        return self.belongings.types

    @property
    def log(self) -> TransactionLog:
        """The transaction log of the wallet."""
        return self.belongings.log

    @property
    def promised(self) -> tuple[PromisedCard, ...]:
        """Cards that issuers did not have ready."""
        with self._lock:
            return tuple(one for one in self.belongings.promised if one not in self._collecting)

    def notice(self, offer_uri: str) -> OfferNotice:
        """What a link says by itself; nobody hears of it. Raises a :class:`~nlwallet.errors.RemoteError`."""
        party = Counterparty()
        try:
            source = offer_reference(offer_uri) or CredentialOffer.parse(offer_uri).credential_issuer
        except NlWalletError as error:
            self.log.add(LogEntry(self.clock.now(), "issuance", LogOutcome.FAILED, party, reason=error.code))
            raise
        party = Counterparty(host=urlsplit(source).hostname or "")
        return OfferNotice(
            party.host,
            language=self.language,
            go_on=lambda: self.open(offer_uri),
            declined=lambda: self.log.add(LogEntry(self.clock.now(), "issuance", LogOutcome.DENIED, party)),
        )

    def open(self, offer_uri: str) -> OfferPrompt:
        """An offer, put to the holder. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return self._opened(lambda run: run.begin(run.read_offer(offer_uri)))

    def open_wish(self, wish: CredentialOffer) -> OfferPrompt:
        """The same for what nobody offered (wallet-initiated)."""
        return self._opened(lambda run: run.begin(wish))

    def collect(self, promise: PromisedCard) -> ReceivedCards:
        """A promised card, if it is there now. Raises a RemoteError if the issuer decided against it.

        An issuer that could not be reached, or could not answer, is asked again later; so is one that is not to be
        asked now, because its registration does not hold.
        """
        with self._lock:
            if promise not in self.promised:
                raise PromptClosed("somebody asked for this card already", hint="see Wallet.promised")
            self._collecting.append(promise)
        reception = self._reception()
        try:
            return self._received(
                reception,
                lambda run: run.collect(promise),
                replaces=promise.replaces,
                promise=promise,
            )
        except NlWalletError as error:
            if not reception.asked or isinstance(error, TransportError | LocalError) or _may_pass(error):
                self._no_longer(promise, replace(promise, ask_at=self.clock.now() + TRY_LATER))
            else:
                self._no_longer(promise)
                self.belongings.keys.forget(promise.keys)
                self._let_go(promise.session)
            raise

    def renew(self, card_id: str, *, by_user: bool = True) -> ReceivedCards:
        """A card anew, to take the place of the one there is. Raises a RemoteError or LocalError."""
        renewal = self.belongings.renewals.get(card_id)
        if renewal is None:
            raise LocalError("this card cannot be renewed here", hint="fetch_cards()")
        reception = self._reception()
        reception.by_user = by_user
        return self._received(reception, lambda run: run.renew(renewal, replaces=card_id), replaces=card_id)

    def look_after(self) -> tuple[Card, ...]:
        """Look every card up in its status list; those whose status changed (ARF VCR_19)."""
        watch = CardCheck(self.anchors, self.profile, self.types, self.status_lists).watch
        now = self.clock.now()
        changed: list[Card] = []
        for card in self.store.all():
            status = watch.status_of(card.copies.all, now=now)
            if status is not None and status != card.status:
                looked_up = replace(card, status=status)
                self.store.replace(card.id, looked_up)
                changed.append(looked_up)
        return tuple(changed)

    def forget(self, card_id: str) -> Card:
        """Remove a card and what could renew it; then :meth:`forget_keys`. Raises LocalError."""
        with self._lock:
            card = self.store.remove(card_id)
            renewal = self.belongings.renewals.pop(card_id, None)
        if renewal is not None:
            self._let_go(renewal.session)
        return card

    def forget_keys(self, *cards: Card) -> None:
        """Let the key store forget the keys of cards that are gone."""
        self.belongings.keys.forget([copy.key for card in cards for copy in card.copies.all])

    # ----------------------------------------------------------------------------------------------

    def _opened(self, begin: Callable[[Reception], Opened]) -> OfferPrompt:
        reception = self._reception()
        try:
            opened = begin(reception)
        except NlWalletError as error:
            self.log.add(reception.entry(LogOutcome.FAILED, reason=error.code))
            raise

        def fetch(get_token: GetToken) -> ReceivedCards:
            return self._received(reception, lambda run: run.fetch(opened, get_token))

        def push(redirect_uri: str | None) -> PushedAuthorization:
            try:
                return push_authorization(opened, profile=self.profile, redirect_uri=redirect_uri)
            except NlWalletError as error:
                self.log.add(reception.entry(LogOutcome.FAILED, reason=error.code))
                raise

        def declined() -> None:
            self._let_go(opened.session)
            self.log.add(reception.entry(LogOutcome.DENIED))

        return OfferPrompt(
            opened,
            held=self.store.all(),
            labels=Labels(self.types),
            language=self.language,
            fetch=fetch,
            push=push,
            declined=declined,
            closed=lambda: self._let_go(opened.session),
        )

    def _received(
        self,
        reception: Reception,
        run: _Run,
        *,
        replaces: str | None = None,
        promise: PromisedCard | None = None,
    ) -> ReceivedCards:
        try:
            deliveries = run(reception)
        except NlWalletError as error:
            self.log.add(reception.entry(LogOutcome.FAILED, reason=error.code))
            raise
        return ReceivedCards(
            deliveries,
            reception.promised,
            labels=Labels(
                reception.types,
                words_by_type(
                    (one.configuration.vct, IssuerWords.of(one.configuration)) for one in reception.promised
                ),
            ),
            language=self.language,
            replaced=next((card for card in self.store.all() if card.id == replaces), None),
            renews=replaces is not None,
            pin=self.pin,
            clock=self.clock,
            keep=lambda: self._keep(reception, deliveries, replaces, promise),
            discarded=lambda failure: self._discarded(reception, deliveries, promise, failure),
            finished=lambda: self._finished(reception, deliveries),
        )

    def _keep(
        self,
        reception: Reception,
        deliveries: Sequence[Delivery],
        replaces: str | None,
        promise: PromisedCard | None,
    ) -> None:
        replaced = [card for card in self.store.all() if card.id == replaces]
        with self.belongings.changes(), self._lock:
            self._keep_now(reception, deliveries, replaces)
            self._no_longer(promise)
        if deliveries:
            self.forget_keys(*replaced)

    def _keep_now(self, reception: Reception, deliveries: Sequence[Delivery], replaces: str | None) -> None:
        cards = tuple(delivery.card for delivery in deliveries)
        # Others may have come in meanwhile, with types of their own.
        types = self.types
        for card in cards:
            types = types.adding(reception.types.documents(card.type) if card.type in reception.types else ())
        if replaces is not None and cards:
            self.store.replace(replaces, cards[0])
            self.belongings.renewals.pop(replaces, None)
        elif cards:
            self.store.add(cards)
        self.belongings.types = types
        self.belongings.promised.extend(reception.promised)
        for delivery in deliveries:
            if delivery.renewal.held.refreshable:
                self.belongings.renewals[delivery.card.id] = delivery.renewal
        if cards:
            self.log.add(reception.entry(LogOutcome.RECEIVED, cards=cards))

    def _no_longer(self, promise: PromisedCard | None, anew: PromisedCard | None = None) -> None:
        """The promise is kept or broken; or it is made ``anew``."""
        if promise is None:
            return
        with self.belongings.changes(), self._lock:
            waiting = [one for one in self.belongings.promised if one is not promise]
            self.belongings.promised[:] = waiting if anew is None else [*waiting, anew]
            self._collecting[:] = [one for one in self._collecting if one is not promise]

    def _discarded(
        self,
        reception: Reception,
        deliveries: Sequence[Delivery],
        promise: PromisedCard | None,
        failure: str,
    ) -> None:
        self._no_longer(promise)
        self.belongings.keys.forget(keys_of(deliveries, reception.promised))
        self._finished(reception, deliveries)
        cards = tuple(delivery.card for delivery in deliveries)
        outcome = LogOutcome.FAILED if failure else LogOutcome.DENIED
        self.log.add(reception.entry(outcome, cards=cards, reason=failure))

    def _finished(self, reception: Reception, deliveries: Sequence[Delivery]) -> None:
        sessions = [delivery.renewal.session for delivery in deliveries]
        sessions += [promise.session for promise in reception.promised]
        for session in {id(one): one for one in sessions}.values():
            self._let_go(session)

    def _let_go(self, session: IssuerSession) -> None:
        """Forget the keys of a conversation, unless another card or promise hangs on it."""
        with self._lock:
            in_use = [one.session for one in self.belongings.promised]
            in_use += [one.session for one in self.belongings.renewals.values()]
            if any(one is session for one in in_use):
                return
        self.belongings.keys.forget([session.dpop_key, session.instance_key])

    def _reception(self) -> Reception:
        return Reception(
            CredentialExchange(
                anchors=self.anchors,
                http=self.http,
                clock=self.clock,
                profile=self.profile,
                status_lists=self.status_lists,
                keys=self.belongings.keys,
                batch_size=self.batch_size,
                changes=self.belongings.changes,
            ),
            self.types,
            ProviderDesk(self.anchors, self.registrar_lists, self.revocation_lists, self.profile),
            self.provider,
        )


def _may_pass(error: NlWalletError) -> bool:
    """Whether a refusal says nothing of the card itself: a server that broke, or has no time (§9.3)."""
    return isinstance(error, IssuanceRefused) and error.code in {"unexpected_reply", "use_dpop_nonce"}
