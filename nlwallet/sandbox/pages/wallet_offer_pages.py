"""Getting a card: what is offered, the issuer's code, what came, and whether to keep it."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import IssuanceRefused, NlWalletError, WarningsNotAcknowledged, WrongPin
from nlwallet.holder import Offer, OfferPrompt, ReceivedCards
from nlwallet.holder.issuance_html import offer_content, received_content
from nlwallet.http.html import Html, tag
from nlwallet.sandbox.pages.wallet_desk import Desk, Fields, Visit
from nlwallet.sandbox.pages.wallet_issuer_pages import Away, see_off, take_in
from nlwallet.sandbox.sandbox import Sandbox


def routes(desk: Desk) -> list[Route]:
    """``/offers/ID`` and ``/received/ID``."""
    return [
        desk.see("/offers/{id}", _offer),
        desk.do("/offers/{id}", _answer_offer),
        desk.see("/received/{id}", _received),
        desk.do("/received/{id}", _answer_received),
        desk.see("/no-card", _no_card),
    ]


def put_offer(visit: Visit, prompt: OfferPrompt) -> Response:
    """Have an offer wait for its answer, and show it."""
    return visit.go(f"/offers/{visit.own.put(prompt, given_up=prompt.decline)}")


# What is offered -------------------------------------------------------------------------------------


def _offer(visit: Visit) -> Response:
    prompt = visit.own.find(visit.path("id"), OfferPrompt)
    return visit.gone() if prompt is None else _offer_page(visit, prompt)


def _offer_page(visit: Visit, prompt: OfferPrompt, problem: str = "") -> Response:
    offer, path = prompt.offer(visit.language), f"/offers/{visit.path('id')}"
    acting = tag("p", visit.say("offer.persona", person=visit.own.name), class_="notice")
    return visit.page(
        offer.title,
        tag("p", visit.say("step.card.fetch"), class_="step"),
        offer_content(offer, action=path, fields=visit.token(), problem=problem),
        acting if offer.page_needed and not visit.desk.redirect_uri else Html(),
        here=path,
        status=422 if problem else 200,
    )


def _answer_offer(visit: Visit, fields: Fields) -> Response:
    id_, phone = visit.path("id"), visit.own
    prompt = phone.find(id_, OfferPrompt)
    if prompt is None:
        return visit.gone()
    offer = prompt.offer(visit.language)
    browser = visit.desk.edi.browser(phone.person) if offer.page_needed else None
    try:
        if offer.page_needed and visit.desk.redirect_uri:
            left = prompt.depart_by_form(fields, redirect_uri=visit.desk.redirect_uri)
            return visit.go("/no-card") if left is None else see_off(visit, Away(left, offer.issuer, id_))
        received = prompt.answer_form(fields, browser=browser)
    except WarningsNotAcknowledged:
        return _offer_page(visit, prompt, visit.say("offer.confirm_first"))
    except NlWalletError as error:
        if _is_code_wrong(error, offer):
            return _offer_page(visit, prompt, visit.say("offer.code_wrong"))
        raise
    phone.drop(id_)
    return visit.go("/no-card") if received is None else take_in(visit, received)


def _is_code_wrong(error: NlWalletError, offer: Offer) -> bool:
    """OpenID4VCI 1.0 §6.3: ``invalid_grant`` for a wrong code, ``invalid_request`` for none where one is needed."""
    codes = ("invalid_grant", "invalid_request", "tx_code_required")
    return (
        offer.code_needed
        and error.code in codes
        and (isinstance(error, IssuanceRefused) or error.code == "tx_code_required")
    )


# What came -------------------------------------------------------------------------------------------


def _received(visit: Visit) -> Response:
    received = visit.own.find(visit.path("id"), ReceivedCards)
    return visit.gone() if received is None else _received_page(visit, received)


def _received_page(visit: Visit, received: ReceivedCards, problem: str = "") -> Response:
    content, path = received.content(visit.language), f"/received/{visit.path('id')}"
    pin = tag("p", visit.say("pin.test", pin=Sandbox.PIN), class_="quiet")
    return visit.page(
        content.title,
        tag("p", visit.say("step.card.keep"), class_="step"),
        received_content(content, action=path, fields=visit.token(), problem=problem),
        pin if content.pin_needed else Html(),
        here=path,
        status=422 if problem else 200,
    )


def _answer_received(visit: Visit, fields: Fields) -> Response:
    id_, phone = visit.path("id"), visit.own
    received = phone.find(id_, ReceivedCards)
    if received is None:
        return visit.gone()
    try:
        kept = received.answer_form(fields)
    except WrongPin as error:
        return _received_page(visit, received, visit.wrong_pin(error))
    phone.drop(id_)
    if kept is None:
        return visit.go("/no-card", discarded="yes")
    return visit.go("/", now="kept" if kept else "later")


def _no_card(visit: Visit) -> Response:
    discarded = visit.request.query_params.get("discarded") == "yes"
    title = visit.say("done.stopped")
    return visit.page(
        title,
        tag("h1", title),
        tag("p", visit.say("done.discarded" if discarded else "done.declined"), class_="done"),
        visit.back("back.cards", "/"),
        here="/no-card",
        parameters={"discarded": "yes"} if discarded else None,
    )
