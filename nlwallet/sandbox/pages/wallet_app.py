"""The wallet as a website at phone width: one app, on an origin of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette

from nlwallet.sandbox.pages import (
    wallet_card_pages,
    wallet_draft_pages,
    wallet_history_pages,
    wallet_issuer_pages,
    wallet_offer_pages,
    wallet_request_pages,
    wallet_scan_pages,
    wallet_start_pages,
)
from nlwallet.sandbox.pages.kept_phones import KeptPhones
from nlwallet.sandbox.pages.layout import static_route
from nlwallet.sandbox.pages.wallet_desk import Desk, as_it_is, told_in_pages
from nlwallet.sandbox.pages.wallet_phones import MAX_PHONES, Phones
from nlwallet.sandbox.sandbox import Sandbox


def wallet_app(
    edi: Sandbox,
    *,
    cards: Sequence[str] = ("pid",),
    in_browser: Callable[[str], str] | None = None,
    site: str = "",
    most_phones: int = MAX_PHONES,
    kept: KeptPhones | None = None,
) -> Starlette:
    """The pages of the wallet, for people to try: choose a persona, and get a wallet of hers in this browser.

    Links to a wallet lead to ``/open?link=…``, with the link (``openid4vp://…``, ``openid-credential-offer://…``)
    as the value. ``cards`` are those that a wallet begins with, where its persona can have them. ``in_browser`` gives
    the address at which a browser finds what the wallet knows by another (``https://cafe.example/…``): the way back to
    a website goes through it. ``site`` is where the pages are, a port of the loopback address as in
    ``http://127.0.0.1:8402/``: with it, the holder logs in at the own page of an issuer that wants to see her, and
    comes back. Without it the wallet acts as if she had. ``most_phones``: how many browsers have a wallet at once; the
    oldest goes. ``kept`` has those of an earlier start.
    """
    phones = Phones(edi, cards=cards, most=most_phones, kept=kept)
    desk = Desk(edi, phones, in_browser=in_browser or as_it_is, site=site)
    pages = (
        wallet_card_pages,
        wallet_scan_pages,
        wallet_request_pages,
        wallet_offer_pages,
        wallet_issuer_pages,
        wallet_history_pages,
        wallet_draft_pages,
        wallet_start_pages,
    )
    routes = [route for one in pages for route in one.routes(desk)]
    app = Starlette(routes=[*routes, static_route()], exception_handlers=told_in_pages(desk))
    app.router.redirect_slashes = False
    return app
