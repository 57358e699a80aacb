"""How cards come into a wallet, are renewed, and are looked after (OpenID4VCI 1.0, ARF topics 7 and 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from nlwallet.clock import Clock
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.holder.belongings import Belongings
from nlwallet.holder.card_check import CardCheck
from nlwallet.holder.labels import Labels
from nlwallet.holder.log import LogOutcome, TransactionLog
from nlwallet.holder.offer_prompt import OfferPrompt
from nlwallet.holder.pin import Pin
from nlwallet.holder.received_cards import ReceivedCards
from nlwallet.holder.reception import Browser, Delivery, Opened, PromisedCard, Reception
from nlwallet.holder.texts import Language
from nlwallet.holder.vault import Card, CardStore
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient, StatusChecker
from nlwallet.openid4vci import CredentialOffer
from nlwallet.profiles import Profile
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import TrustAnchors

_Run: TypeAlias = Callable[[Reception], tuple[Delivery, ...]]


@dataclass(slots=True)
class Intake:
    """The receiving side of one wallet. Its belongings grow with the cards."""

    anchors: TrustAnchors
    http: HttpClient
    clock: Clock
    profile: Profile
    belongings: Belongings
    status_lists: StatusChecker
    store: CardStore
    language: Language
    pin: Pin | None
    provider: WalletProvider | None
    batch_size: int

    @property
    def types(self) -> TypeMetadataRegistry:
        """The types that the wallet knows."""
        return self.belongings.types

    @property
    def log(self) -> TransactionLog:
        """The transaction log of the wallet."""
        return self.belongings.log

    @property
    def promised(self) -> list[PromisedCard]:
        """Cards that issuers did not have ready."""
        return self.belongings.promised

    def open(self, offer_uri: str) -> OfferPrompt:
        """An offer, put to the holder. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return self._opened(lambda run: run.begin(run.read_offer(offer_uri)))

    def open_wish(self, wish: CredentialOffer) -> OfferPrompt:
        """The same for what nobody offered (wallet-initiated)."""
        return self._opened(lambda run: run.begin(wish))

    def collect(self, promise: PromisedCard) -> ReceivedCards:
        """A promised card, if it is there now. Raises a RemoteError if the issuer decided against it."""
        # Gone also after a refusal; if it is still not ready, it comes back anew.
        self.promised.remove(promise)
        return self._received(self._reception(), lambda run: run.collect(promise))

    def renew(self, card_id: str) -> ReceivedCards:
        """A card anew, to take the place of the one there is. Raises a RemoteError or LocalError."""
        renewal = self.belongings.renewals.get(card_id)
        if renewal is None:
            raise LocalError("this card cannot be renewed here", hint="fetch_cards()")
        return self._received(self._reception(), lambda run: run.renew(renewal), replaces=card_id)

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
        """Remove a card and what could renew it; then :meth:`forget_keys`.

        Raises :class:`~nlwallet.errors.LocalError` if there is none.
        """
        card = self.store.remove(card_id)
        self.belongings.renewals.pop(card_id, None)
        return card

    # ----------------------------------------------------------------------------------------------

    def _opened(self, begin: Callable[[Reception], Opened]) -> OfferPrompt:
        reception = self._reception()
        try:
            opened = begin(reception)
        except NlWalletError as error:
            self.log.add(reception.entry(LogOutcome.FAILED, reason=error.code))
            raise

        def fetch(tx_code: str | None, browser: Browser | None) -> ReceivedCards:
            return self._received(reception, lambda run: run.fetch(opened, tx_code=tx_code, browser=browser))

        return OfferPrompt(
            opened,
            held=self.store.all(),
            labels=Labels(self.types),
            language=self.language,
            fetch=fetch,
            declined=lambda: self.log.add(reception.entry(LogOutcome.DENIED)),
        )

    def _received(self, reception: Reception, run: _Run, *, replaces: str | None = None) -> ReceivedCards:
        try:
            deliveries = run(reception)
        except NlWalletError as error:
            self.log.add(reception.entry(LogOutcome.FAILED, reason=error.code))
            raise
        cards = tuple(delivery.card for delivery in deliveries)
        return ReceivedCards(
            deliveries,
            reception.promised,
            labels=Labels(reception.types),
            language=self.language,
            renews=replaces is not None,
            pin=self.pin,
            clock=self.clock,
            keep=lambda: self._keep(reception, deliveries, replaces),
            discarded=lambda: self.log.add(reception.entry(LogOutcome.DENIED, cards=cards)),
        )

    def _keep(self, reception: Reception, deliveries: Sequence[Delivery], replaces: str | None) -> None:
        replaced = [card for card in self.store.all() if card.id == replaces]
        with self.belongings.changes():
            self._keep_now(reception, deliveries, replaces)
        if deliveries:
            self.forget_keys(*replaced)

    def forget_keys(self, *cards: Card) -> None:
        """Let the key store forget the keys of cards that are gone."""
        self.belongings.keys.forget([copy.key for card in cards for copy in card.copies.all])

    def _keep_now(self, reception: Reception, deliveries: Sequence[Delivery], replaces: str | None) -> None:
        cards = tuple(delivery.card for delivery in deliveries)
        if replaces is not None and cards:
            self.store.replace(replaces, cards[0])
            self.belongings.renewals.pop(replaces, None)
        elif cards:
            self.store.add(cards)
        self.belongings.types = reception.types
        self.promised.extend(reception.promised)
        for delivery in deliveries:
            if delivery.renewal.token.refresh_token is not None:
                self.belongings.renewals[delivery.card.id] = delivery.renewal
        if cards:
            self.log.add(reception.entry(LogOutcome.RECEIVED, cards=cards))

    def _reception(self) -> Reception:
        return Reception(
            anchors=self.anchors,
            http=self.http,
            clock=self.clock,
            profile=self.profile,
            types=self.types,
            status_lists=self.status_lists,
            provider=self.provider,
            batch_size=self.batch_size,
            keys=self.belongings.keys,
            changes=self.belongings.changes,
        )
