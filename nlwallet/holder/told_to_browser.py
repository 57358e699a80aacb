"""What a browser, and the platform under it, know of a wallet before it is asked anything (ARF OIA_08e, OIA_08f).

They choose the wallet for a page that calls the Digital Credentials API, and may want to know which cards there are.
"""

from __future__ import annotations

from nlwallet.errors import LocalError
from nlwallet.holder.intake import Intake
from nlwallet.holder.present_type import PresentType
from nlwallet.holder.vault import CardStore


class ToldToBrowser:
    """The part of a :class:`~nlwallet.holder.Wallet` that is about what the browser knows of it."""

    _store: CardStore
    _intake: Intake

    @property
    def told_to_browser(self) -> tuple[PresentType, ...]:
        """The types that the browser may know of: those of all cards, unless the holder decided otherwise."""
        told = self._intake.belongings.told_to_browser
        return tuple(sorted(one for one in self._present() if told is None or one in told))

    @property
    def tells_browser_everything(self) -> bool:
        """Whether the browser knows the types of all cards, those to come too."""
        return self._intake.belongings.told_to_browser is None

    def hide_from_browser(self) -> None:
        """From now on the browser knows of no card. Pages that ask through it will hardly find this wallet."""
        self._tell(frozenset())

    def show_to_browser(self, *card_ids: str) -> None:
        """Let the browser know of these cards too, by their type; of all cards, now and later, when none is named.

        Raises :class:`~nlwallet.errors.LocalError` for a card that is not there.
        """
        cards = {card.id: PresentType(card.format, card.type) for card in self._store.all()}
        if not card_ids:
            self._tell(None)
            return
        if not cards.keys() >= set(card_ids):
            raise LocalError("no card with this id in the wallet")
        told = self._intake.belongings.told_to_browser
        if told is not None:
            self._tell(told | {cards[one] for one in card_ids})

    def _tell(self, told: frozenset[PresentType] | None) -> None:
        with self._intake.belongings.changes():
            self._intake.belongings.told_to_browser = told

    def _present(self) -> frozenset[PresentType]:
        return frozenset(PresentType(card.format, card.type) for card in self._store.all())
