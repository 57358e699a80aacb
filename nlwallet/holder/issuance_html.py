"""The two questions of an issuance as web pages. See :mod:`nlwallet.holder.consent_html`."""

from __future__ import annotations

from typing import Unpack

from nlwallet.holder.consent_html import pin_entry
from nlwallet.holder.html_page import Page, answerable, button, document, link, rows, section
from nlwallet.holder.issuance import Offer, Received, ReceivedCard
from nlwallet.holder.texts import Language, say
from nlwallet.http.html import Html, tag


def offer_page(offer: Offer, **page: Unpack[Page]) -> str:
    """Whether to fetch what is offered: ``decision`` is ``fetch`` or ``decline``, ``tx_code`` the issuer's code.

    ``confirm`` is ``provider`` where :attr:`Offer.confirm` was ticked: then fetch ``despite_warnings``.
    """
    return document(offer.language, offer.title, offer_content(offer, **page), page=page)


def offer_content(offer: Offer, **page: Unpack[Page]) -> Html:
    """What stands in that page, with its form: for a page that has a frame, and a style, of its own."""
    language = offer.language
    return answerable(
        tag("h1", offer.title),
        section(
            say(language, "section.offered"),
            tag("ul", *(tag("li", card.name) for card in offer.cards)),
            id_="offered",
        ),
        section(
            say(language, "section.offerer"),
            rows((say(language, "who.name"), offer.issuer), (say(language, "offer.website"), offer.website)),
            tag("p", offer.registered_as) if offer.registered_as else Html(),
            id_="offerer",
        ),
        section(
            say(language, "section.warnings"),
            tag("ul", *(tag("li", warning) for warning in offer.warnings)),
            id_="warnings",
        )
        if offer.warnings
        else Html(),
        section(
            say(language, "section.good_to_know"),
            tag("ul", *(tag("li", note) for note in offer.notes)),
            id_="notes",
        ),
        section(
            say(language, "section.choice"),
            tag("p", say(language, "offer.choice.fetch")),
            tag("p", say(language, "offer.choice.stop")),
            _confirmation(offer),
            _code(offer),
            tag(
                "div",
                button(say(language, "page.fetch"), "fetch"),
                button(say(language, "page.stop"), "decline", check=False),
                class_="decide",
            ),
            id_="choice",
        ),
        page=page,
    )


def _confirmation(offer: Offer) -> Html:
    if not offer.confirm:
        return Html()
    box = tag("input", type="checkbox", name="confirm", value="provider", required=True)
    return tag("label", box, tag("span", offer.confirm), class_="confirm")


def _code(offer: Offer) -> Html:
    if not offer.code_needed:
        return Html()
    entry = tag(
        "input",
        id="tx_code",
        name="tx_code",
        required=True,
        autocomplete="one-time-code",
        inputmode="numeric" if offer.code_digits_only else "text",
        maxlength=str(offer.code_length) if offer.code_length else False,
    )
    return tag("div", tag("label", say(offer.language, "page.code"), for_="tx_code"), entry, class_="entry")


def received_page(received: Received, **page: Unpack[Page]) -> str:
    """Whether to keep what came: ``decision`` is ``keep`` or ``discard``; ``close`` where nothing came yet."""
    return document(received.language, received.title, received_content(received, **page), page=page)


def received_content(received: Received, **page: Unpack[Page]) -> Html:
    """What stands in that page, with its form: for a page that has a frame, and a style, of its own."""
    language = received.language
    notes = tag("ul", *(tag("li", note) for note in received.notes))
    return answerable(
        tag("h1", received.title),
        *(_card(card, number, language) for number, card in enumerate(received.cards)),
        section(say(language, "section.good_to_know"), notes, id_="notes") if received.notes else Html(),
        _choice(received),
        page=page,
    )


def _card(card: ReceivedCard, number: int, language: Language) -> Html:
    return section(
        say(language, "received.card", card=card.name),
        tag(
            "div",
            rows(
                *((line.label, line.value) for line in card.lines),
                (say(language, "received.issuer"), card.issuer),
                (say(language, "received.valid_until"), card.valid_until),
            ),
            class_="card",
        ),
        tag("p", card.policy) if card.policy else Html(),
        tag("p", link(card.policy_link)) if card.policy_link else Html(),
        id_=f"card-{number}",
    )


def _choice(received: Received) -> Html:
    language = received.language
    if not received.cards:
        told = [tag("p", say(language, "received.choice.wait"))]
        buttons = [button(say(language, "page.close"), "close", check=False)]
    else:
        told = [tag("p", say(language, f"received.choice.{way}")) for way in ("keep", "discard")]
        told += [pin_entry(language)] if received.pin_needed else []
        buttons = [
            button(say(language, "page.keep"), "keep"),
            button(say(language, "page.discard"), "discard", check=False),
        ]
    return section(
        say(language, "section.choice"), *told, tag("div", *buttons, class_="decide"), id_="choice"
    )
