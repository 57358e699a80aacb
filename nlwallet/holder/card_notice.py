"""The wallet looks after its cards, and tells its holder when one was taken back (ARF VCR_19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from nlwallet.clock import Clock
from nlwallet.holder.card_status import CardStatus
from nlwallet.holder.texts import Language, say
from nlwallet.holder.vault import Card

EVERY: Final = 86_400
"""Seconds between two looks: often enough, and no pattern in it that tells when cards are used."""


@dataclass(frozen=True, slots=True)
class CardNotice:
    """What became of a card, in words for its holder."""

    card_id: str
    status: CardStatus
    text: str


class Watched(Protocol):
    """The wallet."""

    @property
    def language(self) -> Language:
        """In which its holder reads."""
        ...

    def check_cards(self) -> Sequence[Card]:
        """The cards whose status changed."""
        ...


@dataclass(slots=True)
class CardWatch:
    """Looks a wallet's cards up once in ``every`` seconds. Call :meth:`tick` as often as you like."""

    wallet: Watched
    clock: Clock
    every: int = EVERY
    _next: int = field(default=0)

    def tick(self) -> tuple[CardNotice, ...]:
        """What the holder is to hear now; nothing while it is not time to look."""
        now = self.clock.now()
        if now < self._next:
            return ()
        self._next = now + self.every
        return tuple(notice_of(card, self.wallet.language) for card in self.wallet.check_cards())


def notice_of(card: Card, language: Language) -> CardNotice:
    """The words for the status that a card has now."""
    return CardNotice(card.id, card.status, say(language, f"notice.{card.status}", card=card.name(language)))
