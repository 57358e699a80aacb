"""The desks of the issuers of a sandbox, in one app: each ready-made card at ``/its-name``."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from nlwallet.clock import Clock
from nlwallet.issuer import (
    IssuedOffer,
    Issuer,
    OfferStatus,
    ReadyMadeCard,
    card,
    card_names,
    cards_of,
    persona_names,
)
from nlwallet.sandbox.pages.desk_views import DeskViews
from nlwallet.sandbox.pages.form_guard import FormGuard
from nlwallet.sandbox.pages.issuer_page import IssuerPage
from nlwallet.sandbox.pages.layout import Reader, page_answer, remember, state_answer, static_route
from nlwallet.sdjwt import TypeMetadataRegistry

COOKIE: Final = "nlwallet_desk"
MAX_OFFERS: Final = 1_000


class Offers(Protocol):
    """Makes an offer of a ready-made card to a persona."""

    def __call__(self, card_: str, person: str, *, tx_code: bool = False) -> IssuedOffer:
        """As :meth:`nlwallet.sandbox.Sandbox.offer`."""
        ...


class _Made(NamedTuple):
    card: str
    offer: IssuedOffer
    browser: str


def desk_app(
    *,
    offer: Offers,
    invite: Callable[[str], IssuedOffer],
    issuer_of: Callable[[str], Issuer],
    types: TypeMetadataRegistry,
    clock: Clock,
    wallet: str,
) -> Starlette:
    """The app, with the authorization page of each card's issuer at ``/its-name/authorize``.

    ``invite`` makes an offer of a card to whoever logs in there; ``wallet`` is the address of the phone.
    """
    return _Desk(offer, invite, issuer_of, DeskViews(types, wallet), clock).app


class _Desk:
    def __init__(
        self,
        offer: Offers,
        invite: Callable[[str], IssuedOffer],
        issuer_of: Callable[[str], Issuer],
        views: DeskViews,
        clock: Clock,
    ) -> None:
        self._offer = offer
        self._invite = invite
        self._issuer_of = issuer_of
        self._views = views
        self._clock = clock
        self._cards = {name: card(name) for name in card_names()}
        self._guard = FormGuard()
        self._lock = threading.Lock()
        self._made: OrderedDict[str, _Made] = OrderedDict()
        self.app = Starlette(
            routes=[
                Route("/", self._all, methods=["GET"]),
                static_route(),
                Route("/{card}", self._card, methods=["GET"]),
                Route("/{card}/offer", self._make, methods=["POST"]),
                Route("/{card}/authorize", IssuerPage(lambda name: issuer_of(self._named(name).name))),
                Route("/{card}/{offer}", self._show, methods=["GET"]),
                Route("/{card}/{offer}/status", self._status, methods=["GET"]),
            ]
        )

    def _all(self, request: Request) -> Response:
        return page_answer(request, self._views.all_cards(Reader.of(request), self._cards))

    def _card(self, request: Request) -> Response:
        browser = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
        chosen = self._chosen(request)
        page = self._views.card(
            Reader.of(request), chosen, self._people(chosen.name), self._guard.field(browser)
        )
        response = page_answer(request, page)
        remember(response, request, COOKIE, browser)
        return response

    async def _make(self, request: Request) -> Response:
        browser = request.cookies.get(COOKIE, "")
        fields = await self._guard.read(request, browser)
        chosen, person = self._chosen(request), fields.get("person", "")
        if "login" in fields:
            made = await run_in_threadpool(self._invite, chosen.name)
        elif person in self._people(chosen.name):
            made = await run_in_threadpool(self._offer, chosen.name, person, tx_code="tx_code" in fields)
        else:
            raise HTTPException(400, "choose a person who has this card")
        id_ = secrets.token_urlsafe(24)
        with self._lock:
            self._made[id_] = _Made(chosen.name, made, browser)
            if len(self._made) > MAX_OFFERS:
                self._made.popitem(last=False)
        address = Reader.of(request).address(f"/{chosen.name}/{id_}")
        return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})

    def _show(self, request: Request) -> Response:
        reader, made = Reader.of(request), self._found(request)
        if made is None:
            return page_answer(request, self._views.lost(reader), 404)
        status = self._stands(made)
        id_ = request.path_params["offer"]
        return page_answer(request, self._views.offered(reader, made.card, id_, made.offer, status))

    def _status(self, request: Request) -> Response:
        made = self._found(request)
        if made is None:
            raise HTTPException(404, "no such offer")
        return state_answer(str(self._stands(made)))

    def _stands(self, made: _Made) -> OfferStatus:
        return self._issuer_of(made.card).offer_status(made.offer)

    def _people(self, name: str) -> dict[str, str]:
        now = self._clock.now()
        return {one: one.capitalize() for one in persona_names() if name in cards_of(one, now=now)}

    def _chosen(self, request: Request) -> ReadyMadeCard:
        return self._named(request.path_params["card"])

    def _named(self, name: str) -> ReadyMadeCard:
        found = self._cards.get(name)
        if found is None:
            raise HTTPException(404, "no such card")
        return found

    def _found(self, request: Request) -> _Made | None:
        with self._lock:
            made = self._made.get(request.path_params["offer"])
        given = request.cookies.get(COOKIE, "").encode("utf-8", "surrogatepass")
        mine = made is not None and secrets.compare_digest(made.browser.encode(), given)
        return made if mine and made is not None and made.card == self._chosen(request).name else None
