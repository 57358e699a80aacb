"""What a wallet got of an issuer: cards that nobody kept yet, promises, what renews a card (OpenID4VCI 1.0 §8, §9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from nlwallet.crypto import SigningKey
from nlwallet.errors import InvalidOffer
from nlwallet.holder.authorization import HeldToken
from nlwallet.holder.issuer_session import IssuerSession
from nlwallet.holder.vault import Card
from nlwallet.openid4vci import Event, Notification, OfferedConfiguration, TokenResponse


@dataclass(frozen=True, slots=True, eq=False)
class Renewal:
    """How to get a card anew without its holder at the issuer's page (§6, refresh token): use it one at a time."""

    configuration: OfferedConfiguration
    held: HeldToken = field(repr=False)
    identifier: str | None = field(default=None, repr=False)
    """The ``credential_identifier`` of the card, where the issuer gave it one."""

    @property
    def session(self) -> IssuerSession:
        """The conversation with its issuer."""
        return self.held.session

    @property
    def token(self) -> TokenResponse:
        """The token that is good now."""
        return self.held.response

    def refreshed(self, changes: Callable[[], AbstractContextManager[None]] = nullcontext) -> Renewal:
        """The same with a new token, which is kept in ``changes``. Raises a RemoteError or LocalError."""
        self.held.refresh(changes)
        named = [
            name
            for detail in self.token.authorization_details
            if detail.configuration_id == self.configuration.id
            for name in detail.credential_identifiers
        ]
        if not self.token.authorization_details or self.identifier in named:
            return self
        if len(named) != 1:
            raise InvalidOffer(
                "the new token does not tell which card is which",
                spec="OpenID4VCI 1.0 §6.2",
                pointer="/authorization_details",
                hint="fetch_cards()",
            )
        return replace(self, identifier=named[0])

    def tell(self, event: Event, notification_id: str, description: str = "") -> None:
        """Tell the issuer what became of what came, if it wants to know (§11)."""
        endpoint = self.session.issuer.notification_endpoint
        if endpoint is not None:
            self.session.notify(endpoint, Notification(notification_id, event, description), self.token)


@dataclass(slots=True, eq=False)
class PromisedCard:
    """A card that the issuer did not have ready: ask again not before ``ask_at`` (epoch seconds)."""

    transaction_id: str = field(repr=False)
    ask_at: int
    renewal: Renewal = field(repr=False)
    keys: tuple[SigningKey, ...] = field(repr=False)
    replaces: str | None = None
    """The id of the card that it takes the place of."""
    doubted: bool = False
    """Whether its holder wanted it though its issuer, by its registration, may not issue it."""

    @property
    def configuration(self) -> OfferedConfiguration:
        """What it is a card of."""
        return self.renewal.configuration

    @property
    def session(self) -> IssuerSession:
        """The conversation with its issuer."""
        return self.renewal.session

    @property
    def token(self) -> TokenResponse:
        """The token to ask with."""
        return self.renewal.token


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """A card that passed every check, and what its issuer waits to hear. Nobody has kept it yet."""

    card: Card
    renewal: Renewal
    notification_id: str | None = field(repr=False)

    def tell(self, event: Event, description: str = "") -> None:
        """Tell the issuer what became of the card."""
        if self.notification_id is not None:
            self.renewal.tell(event, self.notification_id, description)


def keys_of(deliveries: Sequence[Delivery], promised: Sequence[PromisedCard]) -> list[SigningKey]:
    """The keys that these cards are, or would be, bound to."""
    return [
        *(copy.key for delivery in deliveries for copy in delivery.card.copies.all),
        *(key for promise in promised for key in promise.keys),
    ]
