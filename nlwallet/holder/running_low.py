"""Cards that want to be had anew: their copies run out, or their time (ARF ISSU_45 to ISSU_55)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nlwallet.holder.copies import ReuseMethod
from nlwallet.holder.issuance import NAME_LENGTH
from nlwallet.holder.readable import day_of, plain
from nlwallet.holder.texts import Language, say
from nlwallet.holder.vault import Card

UNUSED_LEFT: Final = 1
"""When an issuer does not say how many unseen copies are too few of a batch."""
LIFETIME_LEFT: Final = 7 * 86_400
"""When it does not say how long before the end; of a card that lives shortly, the last quarter of its life."""

Reason: TypeAlias = Literal["copies", "expires"]


@dataclass(frozen=True, slots=True)
class RenewalDue:
    """A card to get anew. ``renewable``: :meth:`Wallet.renew` does it, without the issuer's page."""

    card: Card
    reason: Reason
    renewable: bool

    def text(self, language: Language) -> str:
        """What the holder is told."""
        name, issuer = plain(self.card.name(language), NAME_LENGTH), plain(self.card.issuer, NAME_LENGTH)
        date = "" if self.card.expires_at is None else day_of(self.card.expires_at, language)
        told = say(language, f"due.{self.reason}", card=name, date=date)
        return told if self.renewable else f"{told} {say(language, 'due.again', issuer=issuer)}"


def running_low(cards: Iterable[Card], *, renewable: Container[str], now: int) -> tuple[RenewalDue, ...]:
    """Those of ``cards`` that are due at ``now``; what was taken back is past renewing."""
    found: list[RenewalDue] = []
    for card in cards:
        reason = _reason(card, now)
        if card.status == "valid" and reason is not None:
            found.append(RenewalDue(card, reason, card.id in renewable))
    return tuple(found)


def _reason(card: Card, now: int) -> Reason | None:
    copies = card.copies
    if card.expires_at is not None:
        shortly = min(LIFETIME_LEFT, max(card.expires_at - card.received_at, 0) // 4)
        left = shortly if copies.policy.lifetime_left is None else copies.policy.lifetime_left
        if now >= card.expires_at - left:
            return "expires"
    if copies.method in (ReuseMethod.ONCE_ONLY, ReuseMethod.PER_RELYING_PARTY):
        enough = UNUSED_LEFT if copies.policy.unused_left is None else copies.policy.unused_left
        if len(copies) > 1 and copies.unused <= enough:
            return "copies"
    return None
