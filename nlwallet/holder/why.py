"""Why a query matched a wallet or did not, for a developer: a tree over all cards, also the unusable ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlwallet.dcql import DcqlQuery, Explanation, match
from nlwallet.holder.vault import Card


def explain(query: DcqlQuery, cards: Sequence[Card], *, now: int) -> Explanation:
    """Per credential query, card and claim what fits, what does not, and the nearest thing that is there.

    Cards are called by their type and their place in the wallet. No value of a claim is in it, but it tells what
    the wallet holds: it is for the developer's own eyes, and never for a verifier (OpenID4VP 1.0 §15.4.1).
    """
    valid = [(n, card) for n, card in enumerate(cards, 1) if card.usable(now)]
    named = [replace(card.candidate, id=f"{n}: {card.type}") for n, card in valid]
    tree = match(query, named).explain()
    unusable = tuple(
        Explanation(f"credential '{n}: {card.type}' {_reason(card)} and is not looked at", fulfilled=False)
        for n, card in enumerate(cards, 1)
        if not card.usable(now)
    )
    return replace(tree, because=(*tree.because, *unusable))


def _reason(card: Card) -> str:
    if card.status == "valid":
        return "has expired"
    return "is no longer valid" if card.status == "status_not_valid" else f"was {card.status} by its issuer"
