"""How cards come into a wallet: from an offer, from an issuer that was asked, or later when one promised them."""

from __future__ import annotations

from nlwallet.clock import Clock
from nlwallet.errors import LocalError, RemoteError
from nlwallet.holder.authorization import Browser
from nlwallet.holder.deliveries import PromisedCard
from nlwallet.holder.intake import Intake
from nlwallet.holder.offer_notice import OfferNotice
from nlwallet.holder.offer_prompt import OfferPrompt
from nlwallet.holder.received_cards import ReceivedCards
from nlwallet.holder.vault import Card
from nlwallet.openid4vci import CredentialOffer


class GetsCards:
    """The part of a :class:`~nlwallet.holder.Wallet` that gets it new cards (OpenID4VCI 1.0)."""

    _clock: Clock
    _intake: Intake

    def open_offer(self, offer_uri: str) -> OfferPrompt:
        """Read a credential offer, and what its issuer says of itself, and put it to the holder (OpenID4VCI 1.0).

        Then :meth:`OfferPrompt.fetch` gets the cards and checks them, and :meth:`ReceivedCards.keep` keeps them.

        Raises :class:`~nlwallet.errors.InvalidOffer` or another :class:`~nlwallet.errors.RemoteError`.
        """
        return self._intake.open(offer_uri)

    def notice_offer(self, offer_uri: str) -> OfferNotice:
        """What a link says by itself: where it would take the wallet. Nobody hears of it.

        For links that somebody else can have opened: another app, a page. :meth:`OfferNotice.go_on` is
        :meth:`open_offer`, which is for what the holder did herself, such as scanning a code (OpenID4VCI 1.0 §15.6).

        Raises :class:`~nlwallet.errors.InvalidOffer` or another :class:`~nlwallet.errors.RemoteError`.
        """
        return self._intake.notice(offer_uri)

    def receive(
        self, offer_uri: str, *, tx_code: str | None = None, browser: Browser | None = None
    ) -> tuple[Card, ...]:
        """Get and keep the cards of a credential offer, without a question: for tests, and whoever asked before.

        Each is verified before it is kept; if one is wrong, none is. ``tx_code`` and ``browser`` are those of
        :meth:`OfferPrompt.fetch`. What is not ready yet is in :attr:`promised`.

        Raises :class:`~nlwallet.errors.InvalidOffer`, :class:`~nlwallet.errors.IssuanceRefused` or
        another :class:`~nlwallet.errors.RemoteError`.
        """
        return self.open_offer(offer_uri).fetch_unasked(tx_code=tx_code, browser=browser)

    def fetch_cards(
        self, credential_issuer: str, *configuration_ids: str, browser: Browser
    ) -> tuple[Card, ...]:
        """Get and keep cards that nobody offered, without a question; :meth:`open_issuer` asks.

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        return self.open_issuer(credential_issuer, *configuration_ids).fetch_unasked(browser=browser)

    def open_issuer(self, credential_issuer: str, *configuration_ids: str) -> OfferPrompt:
        """Read what an issuer says of itself, and put it to the holder as if it were offered (wallet-initiated).

        The same is checked as of an offer. Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        wish = CredentialOffer(credential_issuer, configuration_ids, authorization_code=True)
        return self._intake.open_wish(CredentialOffer.from_json(wish.as_json()))

    @property
    def promised(self) -> tuple[PromisedCard, ...]:
        """Cards that issuers did not have ready."""
        return self._intake.promised

    def collect(self) -> tuple[Card, ...]:
        """Ask for promised cards again, those whose time has come, and keep the ones that arrived, without a question.

        One that fails does not keep the others away. Raises the :class:`~nlwallet.errors.RemoteError` of the first:
        an issuer decided against a card, or could not answer and is asked again later.
        """
        kept: list[Card] = []
        failed: list[RemoteError] = []
        for one in self.promised:
            if one.ask_at <= self._clock.now():
                try:
                    kept += self._intake.collect(one).keep_unasked()
                except RemoteError as error:
                    failed.append(error)
        if failed:
            raise failed[0]
        return tuple(kept)

    def ask_for(self, promise: PromisedCard) -> ReceivedCards:
        """Ask for one of the :attr:`promised` cards again, and put what came to the holder.

        It is hers to wait until its time, :attr:`PromisedCard.ask_at`. Raises :class:`~nlwallet.errors.LocalError`
        before that, or a :class:`~nlwallet.errors.RemoteError`.
        """
        if promise.ask_at > self._clock.now():
            raise LocalError(
                "the issuer wants to be asked later",
                code="too_early",
                spec="OpenID4VCI 1.0 §8.3",
                hint="PromisedCard.ask_at",
            )
        return self._intake.collect(promise)
