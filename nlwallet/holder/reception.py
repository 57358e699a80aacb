"""Receiving cards: an offer or a wish, a token, credentials, and every check before one is kept.

OpenID4VCI 1.0 with the pre-authorized code and the authorization code. A reception keeps what it got to itself: the
wallet stores its cards only when all of them are right, and their holder wants them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

from nlwallet.crypto import CertificateChain
from nlwallet.errors import InvalidOffer, NlWalletError, RemoteError
from nlwallet.holder.authorization import GetToken, HeldToken, Opened
from nlwallet.holder.credential_exchange import CredentialExchange, Got, wanted_of
from nlwallet.holder.deliveries import Delivery, PromisedCard, Renewal, keys_of
from nlwallet.holder.issuer_metadata import begin_session, fetch_issuer
from nlwallet.holder.issuer_replies import fetch_json
from nlwallet.holder.issuer_session import IssuerSession
from nlwallet.holder.log import Counterparty, LogEntry, LogOutcome
from nlwallet.holder.logged_card import provider_of
from nlwallet.holder.logged_request import counterparty_of_certificate
from nlwallet.holder.provider import ProviderDesk, as_registered
from nlwallet.holder.vault import Card
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.openid4vci import (
    CredentialIssuerMetadata,
    CredentialOffer,
    OfferedConfiguration,
    offer_reference,
)
from nlwallet.registration import ProviderCheck
from nlwallet.sdjwt import TypeMetadataRegistry


@dataclass(slots=True)
class Reception:
    """One run through an offer; use it once. ``types`` may have grown when it is done."""

    exchange: CredentialExchange
    types: TypeMetadataRegistry
    desk: ProviderDesk
    provider: WalletProvider | None = None
    by_user: bool = True
    """Whether the holder began it; the wallet may renew by itself (DASH_05 f)."""
    kind: Literal["issuance", "reissuance"] = "issuance"
    party: Counterparty = field(default_factory=Counterparty)
    requested: tuple[str, ...] = ()
    promised: tuple[PromisedCard, ...] = ()
    asked: bool = False
    """Whether the issuer was asked for a promised card: until then nothing was decided about it."""

    def read_offer(self, offer_uri: str) -> CredentialOffer:
        """The offer in a link, or behind it. Raises a :class:`~nlwallet.errors.RemoteError`."""
        reference = offer_reference(offer_uri)
        if reference is None:
            return CredentialOffer.parse(offer_uri)
        self.party = Counterparty(host=urlsplit(reference).hostname or "")
        return CredentialOffer.from_json(
            fetch_json(reference, "the credential offer", http=self.exchange.http)
        )

    def begin(self, offer: CredentialOffer) -> Opened:
        """What the issuer of an offer says of itself and of what it offers; nothing of the holder goes there.

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        self.party = Counterparty(host=urlsplit(offer.credential_issuer).hostname or "")
        session = begin_session(
            offer,
            http=self.exchange.http,
            clock=self.exchange.clock,
            provider=self.provider,
            keys=self.exchange.keys,
            anchors=self.exchange.anchors,
            profile=self.exchange.profile,
        )
        wanted = tuple(session.issuer.configuration(name) for name in offer.credential_configuration_ids)
        self.requested = tuple(configuration.vct for configuration in wanted)
        try:
            provider = self._vouched(session.issuer, session.chain, wanted)
        except RemoteError:
            self.exchange.keys.forget([session.dpop_key, session.instance_key])
            raise
        return Opened(offer, session, wanted, provider)

    def fetch(self, opened: Opened, get_token: GetToken) -> tuple[Delivery, ...]:
        """The cards of an offer, each verified; those that come later are in :attr:`promised`.

        If one is wrong the issuer hears that all failed. Raises a :class:`~nlwallet.errors.RemoteError`, and what
        ``get_token`` raises.
        """
        token = get_token(self.exchange.profile)
        held = HeldToken(opened.session, token)
        deliveries: tuple[Delivery, ...] = ()
        promised: tuple[PromisedCard, ...] = ()
        types = self.types
        try:
            wanted = [Renewal(one, held, identifier) for one, identifier in wanted_of(token, opened.wanted)]
            for together in self.exchange.requests(wanted):
                got = self.exchange.ask(together, types)
                deliveries, promised, types = (
                    (*deliveries, *got.deliveries),
                    (*promised, *got.promised),
                    got.types,
                )
        except NlWalletError as error:
            for delivery in deliveries:
                delivery.tell("credential_failure", error.code)
            self.exchange.keys.forget(keys_of(deliveries, promised))
            raise
        self.promised = tuple(replace(one, doubted=opened.provider.doubtful) for one in promised)
        self.types = types
        return deliveries

    def collect(self, promise: PromisedCard) -> tuple[Delivery, ...]:
        """Ask for a promised card again; nothing if it still is not ready, and then :attr:`promised` has it anew.

        Its registration is looked at again first: days may have passed, and nothing is asked of an issuer that is not
        registered now (RPRC_22a to RPRC_23).

        Raises a :class:`~nlwallet.errors.RemoteError`: the issuer may also have decided against it.
        """
        self._is_about(promise.renewal.session, promise.configuration)
        self.kind = "issuance" if promise.replaces is None else "reissuance"
        self._looked_up(promise.renewal, doubted=promise.doubted)
        self.asked = True
        got = self.exchange.collect(promise, self.types)
        return self._got(
            replace(got, promised=tuple(replace(one, doubted=promise.doubted) for one in got.promised))
        )

    def renew(self, renewal: Renewal, *, replaces: str) -> tuple[Delivery, ...]:
        """A card anew, with fresh copies. Raises a :class:`~nlwallet.errors.RemoteError`.

        What its issuer says of itself is read again: its registration may have ended, its terms may have changed.
        """
        self._is_about(renewal.session, renewal.configuration)
        self.kind = "reissuance"
        renewal = self._looked_up(renewal)
        # Also when the holder does not want the new card, the next renewal begins with the token that came last.
        got = self.exchange.ask([renewal.refreshed(self.exchange.changes)], self.types)
        return self._got(
            replace(got, promised=tuple(replace(one, replaces=replaces) for one in got.promised))
        )

    def entry(self, outcome: LogOutcome, *, cards: Sequence[Card] = (), reason: str = "") -> LogEntry:
        """The log entry of this reception (DASH_05)."""
        party = provider_of(cards[0], known=self.party) if cards else self.party
        return LogEntry(
            time=self.exchange.clock.now(),
            kind=self.kind,
            outcome=outcome,
            party=party,
            types=self.requested,
            issued=tuple(dict.fromkeys(card.type for card in cards)),
            copies_requested=self.exchange.asked,
            copies_issued=sum(len(card.copies) for card in cards),
            by_user=self.by_user,
            reason=reason,
        )

    # ----------------------------------------------------------------------------------------------

    def _got(self, got: Got) -> tuple[Delivery, ...]:
        self.promised, self.types = got.promised, got.types
        return got.deliveries

    def _vouched(
        self,
        issuer: CredentialIssuerMetadata,
        chain: CertificateChain | None,
        wanted: Sequence[OfferedConfiguration],
    ) -> ProviderCheck:
        """What is registered of the issuer. Raises a RemoteError where that ends the issuance (RPRC_22a)."""
        if chain is not None:
            self.party = counterparty_of_certificate(chain.leaf, host=self.party.host)
        found = self.desk.check(issuer, chain, wanted, types=self.types, now=self.exchange.clock.now())
        if found.refusal is not None:
            raise found.refusal
        self.party = as_registered(self.party, found)
        return found

    def _looked_up(self, renewal: Renewal, *, doubted: bool = False) -> Renewal:
        """``renewal`` with what the issuer says of itself now. ``doubted``: its holder wanted the card all the same.

        Raises a RemoteError where the issuer is not registered any more.
        """
        known = renewal.configuration
        document, chain = fetch_issuer(
            renewal.session.issuer.credential_issuer,
            http=self.exchange.http,
            now=self.exchange.clock.now(),
            anchors=self.exchange.anchors,
            profile=self.exchange.profile,
        )
        issuer = CredentialIssuerMetadata.parse(
            document, expected_issuer=renewal.session.issuer.credential_issuer
        )
        found = issuer.configuration(known.id)
        if (found.format, found.vct) != (known.format, known.vct):
            raise InvalidOffer(
                "under this name the issuer has another card by now",
                spec="OpenID4VCI 1.0 §12.2.4",
                pointer="/credential_configurations_supported",
                hint="fetch_cards()",
            )
        provider = self._vouched(issuer, chain, (found,))
        if provider.doubtful and provider.error is not None and not doubted:
            raise provider.error  # there is no prompt at which the holder could say that it is all right
        return replace(renewal, configuration=found)

    def _is_about(self, session: IssuerSession, configuration: OfferedConfiguration) -> None:
        self.party = Counterparty(host=urlsplit(session.issuer.credential_issuer).hostname or "")
        self.requested = (configuration.vct,)
