"""The answers that come back from the two pages of an issuance: fetch the cards or not, keep them or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from nlwallet.holder.authorization import Browser
from nlwallet.holder.form_fields import FormFields
from nlwallet.holder.vault import Card

if TYPE_CHECKING:
    from nlwallet.holder.issuer_visit import IssuerVisit
    from nlwallet.holder.offer_prompt import OfferPrompt
    from nlwallet.holder.received_cards import ReceivedCards

CONFIRMED: Final = "provider"
"""What the box on the page of an offer stands for (:attr:`~nlwallet.holder.issuance.Offer.confirm`)."""


def answer_offer(
    prompt: OfferPrompt, fields: Iterable[tuple[str, str]], browser: Browser | None
) -> ReceivedCards | None:
    """Do what the form of an offer says; ``None`` when it was declined.

    Only a box that was ticked counts as confirmed. Raises :class:`~nlwallet.errors.MalformedInput` for a form that is
    none of ours, and whatever :meth:`OfferPrompt.fetch` and :meth:`OfferPrompt.decline` raise.
    """
    form = FormFields(fields)
    if form.decision("fetch", "decline") == "decline":
        prompt.decline()
        return None
    code = form.optional("tx_code")
    return prompt.fetch(
        tx_code=None if code is None else code.strip(),
        browser=browser,
        despite_warnings=CONFIRMED in form.all("confirm"),
    )


def depart_by_form(
    prompt: OfferPrompt, fields: Iterable[tuple[str, str]], redirect_uri: str | None
) -> IssuerVisit | None:
    """The same, with the holder on her way to the issuer's page instead of the cards.

    Raises :class:`~nlwallet.errors.MalformedInput` for a form that is none of ours, and whatever
    :meth:`OfferPrompt.depart` and :meth:`OfferPrompt.decline` raise.
    """
    form = FormFields(fields)
    if form.decision("fetch", "decline") == "decline":
        prompt.decline()
        return None
    return prompt.depart(redirect_uri=redirect_uri, despite_warnings=CONFIRMED in form.all("confirm"))


def answer_received(received: ReceivedCards, fields: Iterable[tuple[str, str]]) -> tuple[Card, ...] | None:
    """Do what the form of received cards says; ``None`` when they were discarded.

    ``close`` stands where nothing came yet, and leaves the promise standing. Raises
    :class:`~nlwallet.errors.MalformedInput` for a form that is none of ours, and whatever
    :meth:`ReceivedCards.keep` and :meth:`ReceivedCards.discard` raise.
    """
    form = FormFields(fields)
    if form.decision(*(("keep", "discard") if received.cards else ("close",))) == "discard":
        received.discard()
        return None
    return received.keep(pin=form.optional("pin"))
