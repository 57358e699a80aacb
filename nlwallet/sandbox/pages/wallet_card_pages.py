"""The cards: all of them, each by itself, looked up, renewed, thrown away; and those that come later."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response
from starlette.routing import Route

from nlwallet.holder import Card, ReceivedCard
from nlwallet.holder.html_page import link, rows
from nlwallet.holder.log import LoggedClaim
from nlwallet.holder.readable import day_of
from nlwallet.http.html import Html, joined, tag
from nlwallet.sandbox.pages.wallet_desk import Desk, Fields, Visit, buttons, only
from nlwallet.sandbox.pages.wallet_issuer_pages import take_in
from nlwallet.sandbox.pages.wallet_start_pages import choose_person
from nlwallet.sandbox.sandbox import Sandbox

_TOLD = ("removed", "kept", "later", "checked")
"""What can have happened just before."""


def routes(desk: Desk) -> list[Route]:
    """``/`` and what is below ``/cards``."""
    return [
        desk.see("/", _cards, anybody=True),
        desk.see("/cards/{id}", _card),
        desk.do("/cards/{id}/look-up", _look_up),
        desk.do("/cards/{id}/renew", _renew),
        desk.see("/cards/{id}/remove", _removal),
        desk.do("/cards/{id}/remove", _remove),
        desk.do("/promised", _ask_for),
    ]


def _cards(visit: Visit) -> Response:
    if visit.phone is None:
        return choose_person(visit)
    return cards_page(visit)


def cards_page(visit: Visit, *, problem: str = "") -> Response:
    """Everything that is in the wallet."""
    phone, title = visit.own, visit.say("cards.title")
    cards, told = phone.wallet.cards, visit.request.query_params.get("now", "")
    shown = tag("ul", *(_in_list(visit, card) for card in cards), class_="cards wallet") if cards else ""
    return visit.page(
        title,
        tag("h1", title),
        tag("p", problem, class_="problem", role="alert") if problem else Html(),
        tag("p", visit.say(f"cards.{told}"), class_="done", role="status") if told in _TOLD else Html(),
        tag("p", tag("a", visit.say("cards.add"), href=visit.reader.address("/scan"), class_="button main")),
        shown or tag("p", visit.say("cards.none")),
        *_due(visit),
        *_promised(visit),
        tag("p", tag("a", visit.say("start.more"), href=visit.reader.address("/about"))),
        tag("p", visit.say("cards.pin", pin=Sandbox.PIN), class_="quiet"),
        parameters={"now": told} if told in _TOLD else None,
        status=409 if problem else 200,
    )


def _in_list(visit: Visit, card: Card) -> Html:
    told = visit.own.wallet.describe(card, visit.language)
    name = tag("h2", tag("a", told.name, href=visit.reader.address(f"/cards/{card.id}")))
    status = visit.say(f"card.status.{_status(visit, card)}")
    return tag(
        "li",
        name,
        tag("p", visit.say("cards.of", issuer=told.issuer)),
        tag("p", f"{visit.say('card.until')}: {told.valid_until}") if told.valid_until else Html(),
        tag("p", status, class_="notice") if status != visit.say("card.status.valid") else Html(),
        class_="card",
    )


def _status(visit: Visit, card: Card) -> str:
    return "expired" if card.expired(visit.desk.edi.clock.now()) else card.status


def _due(visit: Visit) -> Iterator[Html]:
    due = visit.own.wallet.running_low
    if due:
        yield tag("h2", visit.say("cards.due"))
        texts = dict.fromkeys(one.text(visit.language) for one in due)
        yield tag("ul", *(tag("li", text) for text in texts))


def _promised(visit: Visit) -> Iterator[Html]:
    promised = visit.own.wallet.promised
    if promised:
        yield tag("h2", visit.say("cards.promised"))
    for number, one in enumerate(promised):
        ((name, _),) = visit.own.wallet.named([LoggedClaim(one.configuration.vct, ())], visit.language)
        yield tag("p", visit.say("cards.promised.one", card=name))
        yield visit.form(
            "/promised",
            tag("button", visit.say("cards.promised.ask", card=name), name="number", value=str(number)),
        )


def _ask_for(visit: Visit, fields: Fields) -> Response:
    number = only(fields, "number")
    promised = visit.own.wallet.promised
    if not (number.isascii() and number.isdigit() and len(number) < 4 and int(number) < len(promised)):
        return visit.gone()
    one = promised[int(number)]
    wait = one.ask_at - visit.desk.edi.clock.now()
    if wait > 0:
        return cards_page(visit, problem=visit.say("cards.promised.wait", seconds=wait))
    return take_in(visit, visit.own.wallet.ask_for(one))


# One card --------------------------------------------------------------------------------------------


def _card_of(visit: Visit) -> Card | None:
    id_ = visit.path("id")
    return next((card for card in visit.own.wallet.cards if card.id == id_), None)


def _card(visit: Visit) -> Response:
    card = _card_of(visit)
    return visit.gone() if card is None else _card_page(visit, card)


def _card_page(visit: Visit, card: Card, *, looked_up: bool = False) -> Response:
    told, path = visit.own.wallet.describe(card, visit.language), f"/cards/{card.id}"
    due = [one for one in visit.own.wallet.running_low if one.card.id == card.id]
    renew = tag("button", visit.say("card.renew"))
    return visit.page(
        told.name,
        tag("h1", told.name),
        tag("p", visit.say("cards.checked"), class_="done", role="status") if looked_up else Html(),
        *(tag("p", one.text(visit.language), class_="notice") for one in due),
        *(visit.form(f"{path}/renew", renew) for one in due if one.renewable),
        tag("h2", visit.say("card.on_it")),
        rows(*((line.label, line.value) for line in told.lines)),
        tag("h2", visit.say("card.about")),
        _about_card(visit, card, told),
        visit.form(f"{path}/look-up", tag("button", visit.say("card.check"))),
        tag(
            "details",
            tag("summary", visit.say("card.wrong")),
            tag("p", visit.say("card.wrong.text", issuer=told.issuer)),
        ),
        tag("p", tag("a", visit.say("card.remove"), href=visit.reader.address(f"{path}/remove"))),
        visit.back("back.cards", "/"),
        here=path,
    )


def _about_card(visit: Visit, card: Card, told: ReceivedCard) -> Html:
    status = visit.say(f"card.status.{_status(visit, card)}")
    copies = visit.say("card.copies.of", left=card.copies.unused, all=len(card.copies))
    return joined(
        rows(
            (visit.say("card.issuer"), told.issuer),
            (visit.say("card.status"), status),
            (visit.say("card.received"), day_of(card.received_at, visit.language)),
            (visit.say("card.until"), told.valid_until),
            (visit.say("card.copies"), copies if len(card.copies) > 1 else ""),
        ),
        tag("p", told.policy) if told.policy else Html(),
        tag("p", link(told.policy_link)) if told.policy_link else Html(),
    )


def _look_up(visit: Visit, _: Fields) -> Response:
    visit.own.wallet.check_cards()
    card = _card_of(visit)
    return visit.gone() if card is None else _card_page(visit, card, looked_up=True)


def _renew(visit: Visit, _: Fields) -> Response:
    card = _card_of(visit)
    return visit.gone() if card is None else take_in(visit, visit.own.wallet.renew(card.id))


def _removal(visit: Visit) -> Response:
    card = _card_of(visit)
    if card is None:
        return visit.gone()
    told, path = visit.own.wallet.describe(card, visit.language), f"/cards/{card.id}/remove"
    title = visit.say("remove.title", card=told.name)
    return visit.page(
        title,
        tag("h1", title),
        tag("p", visit.say("remove.text")),
        tag("p", visit.say("remove.again", issuer=told.issuer)),
        visit.form(
            path,
            buttons(
                ("decision", "keep", visit.say("remove.no")), ("decision", "remove", visit.say("remove.yes"))
            ),
        ),
        here=path,
    )


def _remove(visit: Visit, fields: Fields) -> Response:
    card = _card_of(visit)
    if card is None:
        return visit.gone()
    if only(fields, "decision") != "remove":
        return visit.go(f"/cards/{card.id}")
    visit.own.wallet.delete(card.id)
    return visit.go("/", now="removed")
