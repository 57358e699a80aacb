"""What a wallet has besides its cards: keys, its log, cards that it waits for, what renews a card, types it learned."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from nlwallet.clock import Clock
from nlwallet.holder.deliveries import PromisedCard, Renewal
from nlwallet.holder.keys import KeyStore, SoftwareKeys
from nlwallet.holder.log import TransactionLog
from nlwallet.holder.pin import Pin
from nlwallet.holder.present_type import PresentType
from nlwallet.holder.vault import CardStore
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient
from nlwallet.sdjwt import TypeMetadataRegistry


@dataclass(slots=True)
class Belongings:
    """Everything of a wallet but its cards."""

    types: TypeMetadataRegistry
    keys: KeyStore = field(default_factory=SoftwareKeys)
    log: TransactionLog = field(default_factory=TransactionLog)
    promised: list[PromisedCard] = field(default_factory=list)
    renewals: dict[str, Renewal] = field(default_factory=dict)
    """What renews a card, by the card's id."""
    told_to_browser: frozenset[PresentType] | None = None
    """Of which cards the browser may know that they are there; of all of them while the holder did not say."""
    changes: Callable[[], AbstractContextManager[None]] = nullcontext
    """What is done inside, cards included, is kept as a whole or not at all; it is kept at the end of it."""


@runtime_checkable
class Vault(CardStore, Protocol):
    """A :class:`~nlwallet.holder.CardStore` that keeps everything else of a wallet too."""

    @property
    def pin(self) -> Pin:
        """The PIN that opens it."""
        ...

    def belongings(
        self,
        *,
        types: TypeMetadataRegistry,
        http: HttpClient,
        clock: Clock,
        provider: WalletProvider | None,
    ) -> Belongings:
        """What was kept, at work again: with these types known already, over this transport."""
        ...
