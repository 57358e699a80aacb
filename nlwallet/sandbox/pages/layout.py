"""The frame of the sandbox's pages: one style sheet, scripts only by file, two languages, from 320 px on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from nlwallet.encoding import dump_json
from nlwallet.holder import Language
from nlwallet.http.accept import preferred_language
from nlwallet.http.html import Html, joined, tag

LANGUAGES: Final[tuple[Language, ...]] = ("nl", "en")
_OTHER_LANGUAGE: Final[Mapping[str, str]] = {"nl": "Nederlands", "en": "English"}
_SKIP: Final[Mapping[str, str]] = {"nl": "Naar de inhoud", "en": "Skip to the content"}
_TYPES: Final = {"css": "text/css", "js": "text/javascript"}

PAGE_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""On every page: nothing inline, nothing from elsewhere, in nobody's frame."""

COOKIE_SECONDS: Final = 3600
_HSTS: Final = "max-age=31536000"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, and whether that was chosen at the page itself, so that links keep it."""

    language: Language
    chosen: bool = False

    @classmethod
    def of(cls, request: Request) -> Reader:
        """By ``?lang=`` or else the header ``Accept-Language``; Dutch when neither says."""
        chosen = request.query_params.get("lang", "")
        for language in LANGUAGES:
            if chosen == language:
                return cls(language, chosen=True)
        preferred = preferred_language(request.headers.get("accept-language", ""), LANGUAGES)
        return cls("en" if preferred == "en" else "nl")

    def address(self, path: str, **parameters: str) -> str:
        """``path`` with parameters, those that are empty left out, and the chosen language."""
        given = {name: value for name, value in parameters.items() if value}
        query = urlencode({**given, **({"lang": self.language} if self.chosen else {})})
        return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page's content.

    ``site`` is whose page it is, ``home`` where that name leads. ``here`` is the page's own path with ``parameters``,
    for the link to the other language. ``links`` stand beside the name. ``scripts`` are names of files in
    ``static/``. ``look`` is a class of the body: ``phone`` is as wide as one.
    """

    reader: Reader
    site: str
    here: str
    parameters: Mapping[str, str] | None = None
    home: str = "/"
    links: Sequence[Html] = ()
    scripts: Sequence[str] = ()
    look: str = ""

    def document(self, title: str, *content: str) -> str:
        """A whole page. ``content`` has its own ``h1``."""
        reader = self.reader
        other = next(one for one in LANGUAGES if one != reader.language)
        switch = f"{self.here}?{urlencode({**(self.parameters or {}), 'lang': other})}"
        head = joined(
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", f"{title} – {self.site}" if title != self.site else title),
            tag("link", rel="icon", href="data:,"),
            tag("link", rel="stylesheet", href="/static/style.css"),
            *(tag("script", Html(), src=f"/static/{name}", defer=True) for name in self.scripts),
        )
        top = tag(
            "header",
            tag("a", self.site, href=reader.address(self.home), class_="site"),
            *self.links,
            tag("a", _OTHER_LANGUAGE[other], href=switch, lang=other, hreflang=other, class_="language"),
        )
        skip = tag("a", _SKIP[reader.language], href="#content", class_="skip")
        body = joined(skip, top, tag("main", *content, id="content", tabindex="-1"))
        html = tag(
            "html", tag("head", head), tag("body", body, class_=self.look or False), lang=reader.language
        )
        return f"<!doctype html>\n{html}\n"


def page_answer(request: Request, document: str, status: int = 200) -> Response:
    """A page with :data:`PAGE_HEADERS`; over TLS the browser is told to come back that way."""
    headers = dict(PAGE_HEADERS)
    if request.url.scheme == "https":
        headers["Strict-Transport-Security"] = _HSTS
    return HTMLResponse(document, status, headers=headers)


def state_answer(state: str, shown: Mapping[str, str] | None = None) -> Response:
    """What ``live.js`` asks for: where a page is, and what to show anew while it stays there."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    body = {"state": state} if shown is None else {"state": state, "shown": shown}
    return Response(dump_json(body), media_type="application/json", headers=headers)


def remember(response: Response, request: Request, name: str, value: str, *, path: str = "/") -> None:
    """Keep a value in this browser for an hour, for the pages below ``path`` and no script."""
    response.set_cookie(
        name,
        value,
        max_age=COOKIE_SECONDS,
        path=path,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def picture(svg: str) -> str:
    """An SVG document as an address for an image."""
    return f"data:image/svg+xml,{quote(svg)}"


def phone_address(wallet: str, link: str, **told: str) -> str:
    """Where the sandbox's phone, which is at ``wallet``, opens a link."""
    return f"{wallet}open?{urlencode({'link': link, **told})}"


def static_route() -> Route:
    """The style sheet and scripts of the pages, below ``/static/``."""

    def static(request: Request) -> Response:
        name = request.path_params["name"]
        media_type = _TYPES.get(name.rpartition(".")[2])
        found = files("nlwallet.sandbox.pages").joinpath("static", name)
        if media_type is None or not found.is_file():
            raise HTTPException(404, "no such file")
        headers = {
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        return Response(found.read_bytes(), media_type=media_type, headers=headers)

    return Route("/static/{name}", static, methods=["GET"])
