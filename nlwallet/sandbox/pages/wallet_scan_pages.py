"""What stands in for the camera: the text of a code is pasted, or read from a picture of it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import LimitExceeded, RemoteError
from nlwallet.http.html import Html, tag
from nlwallet.sandbox.pages.code_in_picture import (
    MAX_PICTURE_BYTES,
    PACKAGES,
    can_read_pictures,
    text_in_picture,
)
from nlwallet.sandbox.pages.wallet_desk import Desk, Fields, Visit, only
from nlwallet.sandbox.pages.wallet_links import WalletLink

_SCHEMES: Final = "openid4vp:// haip-vp:// openid-credential-offer://"


def routes(desk: Desk) -> list[Route]:
    """``/scan``, which leads to where a link leads."""
    return [
        desk.see("/scan", _scan),
        desk.do("/scan", _pasted),
        desk.take("/scan/picture", _pictured, max_bytes=MAX_PICTURE_BYTES),
    ]


def _scan(visit: Visit, problem: str = "", text: str = "") -> Response:
    title = visit.say("scan.title")
    entry = tag(
        "textarea",
        text,
        id="text",
        name="text",
        rows="5",
        required=True,
        spellcheck="false",
        aria_describedby="begins",
    )
    return visit.page(
        title,
        tag("h1", title),
        tag("p", visit.say("scan.text")),
        tag("p", problem, class_="problem", role="alert") if problem else Html(),
        visit.form(
            "/scan",
            tag("label", visit.say("scan.label"), for_="text"),
            entry,
            tag("p", visit.say("scan.begins", schemes=_SCHEMES), id="begins", class_="quiet"),
            tag("button", visit.say("scan.open"), class_="main"),
        ),
        _picture(visit),
        visit.back("back.cards", "/"),
        here="/scan",
        status=422 if problem else 200,
    )


def _picture(visit: Visit) -> Html:
    if not can_read_pictures():
        return tag("p", visit.say("scan.picture.cannot", packages=PACKAGES), class_="quiet")
    entry = tag(
        "input",
        type="file",
        id="picture",
        name="picture",
        accept="image/png,image/jpeg,image/webp",
        required=True,
        aria_describedby="pictures",
    )
    return visit.form(
        "/scan/picture",
        tag("label", visit.say("scan.picture"), for_="picture"),
        entry,
        tag("p", visit.say("scan.picture.about"), id="pictures", class_="quiet"),
        tag("button", visit.say("scan.picture.read")),
        brings_file=True,
    )


def _pasted(visit: Visit, fields: Fields) -> Response:
    text = only(fields, "text")
    return _read(visit, text) or _scan(visit, visit.say("scan.wrong"), text[:2000])


def _pictured(visit: Visit, picture: bytes) -> Response:
    try:
        text = text_in_picture(picture)
    except LimitExceeded:
        return _scan(visit, visit.say("scan.picture.large"))
    except RemoteError:
        return _scan(visit, visit.say("scan.picture.none"))
    return _read(visit, text) or _scan(visit, visit.say("scan.picture.other"))


def _read(visit: Visit, text: str) -> Response | None:
    try:
        link = WalletLink.parse(text, profile=visit.own.wallet.profile)
    except RemoteError:
        return None
    return visit.go(f"/arrived/{visit.own.put(link)}")
