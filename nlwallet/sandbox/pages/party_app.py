"""The web sites of the relying parties of a sandbox, in one app: each pilot at ``/its-id``."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from nlwallet.clock import Clock
from nlwallet.errors import NlWalletError, RemoteError
from nlwallet.sandbox.pages.form_guard import FormGuard
from nlwallet.sandbox.pages.layout import Reader, page_answer, remember, state_answer, static_route
from nlwallet.sandbox.pages.party_sessions import Visit, Visits
from nlwallet.sandbox.pages.party_views import PartyViews
from nlwallet.sandbox.pilot_scenario import Pilot
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.verifier import Flow, VerifiedPresentation, Verifier

OfferOf: TypeAlias = Callable[[Pilot, Sequence[VerifiedPresentation]], str]
"""The link of a card for whoever presented this."""

SITE_COOKIE: Final = "nlwallet_site"
"""What the form on a party's page is bound to."""
VISIT_COOKIE: Final = "nlwallet_visit"
"""One for each visit, sent to its own pages only: a visit that another page has planted is of no use to anybody."""


def party_app(
    pilots: Sequence[Pilot],
    *,
    party_of: Callable[[Pilot], Verifier],
    offer_of: OfferOf = lambda _, __: "",
    types: TypeMetadataRegistry,
    clock: Clock,
    site: str,
    wallet: str,
    issuer_names: Mapping[str, str] | None = None,
) -> Starlette:
    """The app, to be served at ``site`` (``http://localhost:8401/``). ``wallet`` is the address of the phone.

    ``offer_of`` makes the link of the card that a pilot gives for what it has verified; empty for none.
    """
    return _PartySite(
        pilots, party_of, offer_of, PartyViews(types, wallet, issuer_names or {}), clock, site
    ).app


class _PartySite:
    def __init__(
        self,
        pilots: Sequence[Pilot],
        party_of: Callable[[Pilot], Verifier],
        offer_of: OfferOf,
        views: PartyViews,
        clock: Clock,
        site: str,
    ) -> None:
        self._pilots = {one.id: one for one in pilots}
        self._party_of = party_of
        self._offer_of = offer_of
        self._views = views
        self._clock = clock
        self._site = site.rstrip("/")
        self._visits = Visits(clock)
        self._guard = FormGuard()
        self.app = Starlette(
            routes=[
                Route("/", self._all, methods=["GET"]),
                static_route(),
                Route("/{pilot}", self._welcome, methods=["GET"]),
                Route("/{pilot}/start", self._start, methods=["POST"]),
                Route("/{pilot}/{visit}", self._visit, methods=["GET"]),
                Route("/{pilot}/{visit}/back", self._back, methods=["GET"]),
                Route("/{pilot}/{visit}/status", self._status, methods=["GET"]),
                Route("/{pilot}/{visit}/stop", self._stop, methods=["POST"]),
            ],
            exception_handlers={RemoteError: self._refused},
        )

    def _all(self, request: Request) -> Response:
        return page_answer(request, self._views.all_parties(Reader.of(request), self._pilots))

    def _welcome(self, request: Request) -> Response:
        known = request.cookies.get(SITE_COOKIE) or secrets.token_urlsafe(24)
        page = self._views.welcome(Reader.of(request), self._pilot(request), self._guard.field(known))
        response = page_answer(request, page)
        remember(response, request, SITE_COOKIE, known, path="/")
        return response

    async def _start(self, request: Request) -> Response:
        fields = await self._guard.read(request, request.cookies.get(SITE_COOKIE, ""))
        pilot, reader = self._pilot(request), Reader.of(request)
        flow: Flow = "same_device" if fields.get("flow") == "same_device" else "cross_device"
        visit = await run_in_threadpool(self._begin, pilot, flow, secrets.token_urlsafe(24))
        path = f"/{pilot.id}/{visit.id}"
        response = _go_to(reader.address(path))
        remember(response, request, VISIT_COOKIE, visit.browser, path=path)
        return response

    def _begin(self, pilot: Pilot, flow: Flow, browser: str) -> Visit:
        return self._visits.begin(
            pilot,
            self._party_of(pilot),
            flow=flow,
            browser=browser,
            return_page=lambda id_: f"{self._site}/{pilot.id}/{id_}/back",
        )

    def _visit(self, request: Request) -> Response:
        reader, visit = Reader.of(request), self._visit_of(request)
        if visit is None:
            return page_answer(request, self._views.lost(reader), 404)
        progress = visit.look(self._clock.now())
        if progress == "verified" and not visit.offered:
            visit.offered = self._offer_of(visit.pilot, visit.presentations)
        guard = self._guard.field(visit.browser)
        return page_answer(request, self._views.visit(reader, visit, progress, guard))

    def _status(self, request: Request) -> Response:
        visit = self._visit_of(request)
        if visit is None:
            raise HTTPException(404, "no such visit")
        progress = visit.look(self._clock.now())
        return state_answer(str(progress), self._views.live(visit))

    async def _stop(self, request: Request) -> Response:
        await self._guard.read(request, request.cookies.get(VISIT_COOKIE, ""))
        visit = self._visit_of(request)
        if visit is not None:
            await run_in_threadpool(visit.stop)
        return _go_to(Reader.of(request).address(f"/{self._pilot(request).id}"))

    def _back(self, request: Request) -> Response:
        """The wallet brought the user back: the code is used, and leaves the address (OpenID4VP 1.0 §14.2)."""
        reader, visit = Reader.of(request), self._visit_of(request)
        if visit is None:
            return page_answer(request, self._views.lost(reader), 404)
        code = request.query_params.get("response_code", "")
        if code:
            visit.returned(code)
        return _go_to(reader.address(f"/{visit.pilot.id}/{visit.id}"))

    async def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, NlWalletError)
        return page_answer(request, self._views.lost(Reader.of(request)), 400)

    def _pilot(self, request: Request) -> Pilot:
        pilot = self._pilots.get(request.path_params["pilot"])
        if pilot is None:
            raise HTTPException(404, "no such party")
        return pilot

    def _visit_of(self, request: Request) -> Visit | None:
        visit = self._visits.find(request.path_params["visit"], request.cookies.get(VISIT_COOKIE, ""))
        return visit if visit is not None and visit.pilot is self._pilot(request) else None


def _go_to(address: str) -> Response:
    return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
