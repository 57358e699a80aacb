"""To an issuer that wants to see the holder at its own page, and back (OpenID4VCI 1.0 §5, RFC 8252 §7.3).

She goes there by a link, so that she sees where to. What she comes back with is good for this phone only, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import IssuanceRefused
from nlwallet.holder import IssuerVisit, ReceivedCards
from nlwallet.holder.readable import plain
from nlwallet.http.html import tag
from nlwallet.loopback import is_loopback
from nlwallet.sandbox.pages.wallet_desk import Desk, Visit


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who was seen off to ``issuer``. ``offer`` is what its offer waits under, if she says no there."""

    visit: IssuerVisit
    issuer: str
    offer: str


def routes(desk: Desk) -> list[Route]:
    """``/away/STATE`` is on the way there, ``/back`` where the issuer sends her browser."""
    return [
        desk.see("/away/{state}", _away),
        desk.see("/back", _back),
        desk.see("/not-agreed/{id}", _not_agreed),
    ]


def see_off(visit: Visit, away: Away) -> Response:
    """Have the wallet wait for her, and show her the way."""
    return visit.go(f"/away/{visit.own.put(away, under=away.visit.state)}")


def take_in(visit: Visit, received: ReceivedCards) -> Response:
    """Have cards that came wait for the holder, and show them."""
    return visit.go(f"/received/{visit.own.put(received, given_up=received.discard)}")


def _away(visit: Visit) -> Response:
    away = visit.own.find(visit.path("state"), Away)
    if away is None:
        return visit.gone()
    title, page = visit.say("away.title"), visit.desk.in_browser(away.visit.url)
    there = tag("a", visit.say("away.go"), href=page, rel="noreferrer", class_="button main")
    return visit.page(
        title,
        tag("p", visit.say("step.card.fetch"), class_="step"),
        tag("h1", title),
        tag("p", visit.say("away.text", name=away.issuer)),
        tag("p", visit.say("away.where")),
        tag("p", tag("strong", _website(page)), class_="website"),
        tag("p", there),
        visit.back("away.stop", f"/offers/{away.offer}"),
        here=visit.request.url.path,
    )


def _website(page: str) -> str:
    """As she sees it at the top of her browser: on one machine, only the folder tells two sites apart."""
    parts = urlsplit(page)
    folder = parts.path.rpartition("/")[0] if is_loopback(parts.hostname or "") else ""
    return plain(parts.netloc + folder)


def _back(visit: Visit) -> Response:
    """Of nobody's making but that of the issuer who was asked: its ``state`` is that of this phone's own visit."""
    phone, state = visit.own, visit.request.query_params.get("state", "")
    away = phone.find(state, Away)
    if away is None:
        return visit.gone()
    phone.drop(state)
    try:
        received = away.visit.come_back(f"{away.visit.redirect_uri}?{visit.request.url.query}")
    except IssuanceRefused as error:
        if error.code != "access_denied":
            raise
        return visit.go(f"/not-agreed/{away.offer}")
    phone.drop(away.offer)
    return take_in(visit, received)


def _not_agreed(visit: Visit) -> Response:
    title, id_ = visit.say("away.no.title"), visit.path("id")
    return visit.page(
        title,
        tag("h1", title),
        tag("p", visit.say("away.no"), class_="done"),
        visit.back("away.again", f"/offers/{id_}"),
        visit.back("back.cards", "/"),
        here=f"/not-agreed/{id_}",
    )
