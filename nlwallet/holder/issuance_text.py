"""The two questions of an issuance as text of 70 columns."""

from __future__ import annotations

from collections.abc import Iterator

from nlwallet.holder.issuance import Offer, Received, ReceivedCard
from nlwallet.holder.layout import RULE, row, wrap
from nlwallet.holder.texts import say


def offer_text(offer: Offer) -> str:
    """The offer for a terminal: no escapes."""
    return "\n".join(_offer(offer))


def received_text(received: Received) -> str:
    """What was received, for a terminal: no escapes."""
    return "\n".join(_received(received))


def _offer(offer: Offer) -> Iterator[str]:
    language = offer.language
    yield RULE
    yield from wrap(offer.title, "")
    yield RULE
    yield say(language, "section.offerer")
    yield from wrap(offer.issuer, "  ")
    yield from row(say(language, "offer.website"), offer.website)
    if offer.registered_as:
        yield from wrap(offer.registered_as, "  ")
    yield ""
    if offer.warnings:
        yield say(language, "section.warnings")
        for warning in offer.warnings:
            yield from wrap(warning, "  - ")
        yield ""
    yield say(language, "section.offered")
    for card in offer.cards:
        yield from wrap(card.name, "  - ")
    yield ""
    yield say(language, "section.good_to_know")
    for note in offer.notes:
        yield from wrap(note, "  - ")
    yield ""
    yield say(language, "section.choice")
    yield from wrap(say(language, "offer.choice.fetch"), "  ")
    yield from wrap(say(language, "offer.choice.stop"), "  ")
    yield RULE


def policy_lines(card: ReceivedCard) -> Iterator[str]:
    """To whom the issuer wants a card shown, and where it says why: the address whole, on a line by itself (EDP_05)."""
    if card.policy:
        yield from wrap(card.policy, "  ")
    if card.policy_link:
        yield f"  {card.policy_link}"


def _received(received: Received) -> Iterator[str]:
    language = received.language
    yield RULE
    yield from wrap(received.title, "")
    yield RULE
    for card in received.cards:
        yield from wrap(say(language, "received.card", card=card.name), "")
        for line in card.lines:
            yield from row(line.label, line.value, width=28)
        yield from row(say(language, "received.issuer"), card.issuer, width=28)
        yield from row(say(language, "received.valid_until"), card.valid_until, width=28)
        yield from policy_lines(card)
        yield ""
    if received.notes:
        yield say(language, "section.good_to_know")
        for note in received.notes:
            yield from wrap(note, "  - ")
        yield ""
    yield say(language, "section.choice")
    if not received.cards:
        yield from wrap(say(language, "received.choice.wait"), "  ")
    else:
        yield from wrap(say(language, "received.choice.keep"), "  ")
        if received.pin_needed:
            yield from wrap(say(language, "choice.pin"), "  ")
        yield from wrap(say(language, "received.choice.discard"), "  ")
    yield RULE
