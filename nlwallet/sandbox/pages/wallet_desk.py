"""What every page of the wallet shares: whose phone it is, the frame, guarded forms, and errors as pages."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from nlwallet.errors import NlWalletError, PromptClosed, WalletLocked
from nlwallet.holder import Language, what_went_wrong
from nlwallet.http.html import Html, joined, tag
from nlwallet.sandbox.pages.form_guard import FIELD, FormGuard, check_navigation, check_origin
from nlwallet.sandbox.pages.layout import PAGE_HEADERS, Frame, Reader, page_answer
from nlwallet.sandbox.pages.wallet_phones import Phone, Phones
from nlwallet.sandbox.pages.wallet_texts import words
from nlwallet.sandbox.sandbox import Sandbox

COOKIE: Final = "nlwallet_phone"
_WAIT: Final = re.compile(r"wait ([0-9]+) seconds")
_HTTP_TEXTS: Final = frozenset({403, 404, 405, 413, 415})

Fields = tuple[tuple[str, str], ...]
"""What a form sent, in its order."""


def as_it_is(address: str) -> str:
    """For where everybody knows everything by the same address."""
    return address


@dataclass(frozen=True, slots=True)
class Desk:
    """Behind all pages. ``in_browser`` gives the address at which a browser finds what the wallet knows by another.

    ``site`` is where the pages are (``http://127.0.0.1:8402/``): a browser that comes by another name is sent there,
    and issuers send it back there. Without it nobody goes to an issuer's page.
    """

    edi: Sandbox
    phones: Phones
    guard: FormGuard = field(default_factory=FormGuard)
    in_browser: Callable[[str], str] = as_it_is
    site: str = ""

    @property
    def redirect_uri(self) -> str:
        """Where issuers send the holder back to, if they can (RFC 8252 §7.3)."""
        return f"{self.site}back" if self.site else ""

    def visit(self, request: Request) -> Visit:
        """Who comes, and in which language."""
        phone = self.phones.find(request.cookies.get(COOKIE, ""))
        reader = Reader.of(request)
        if phone is not None:
            if reader.chosen:
                phone.speak(reader.language)
            reader = Reader(phone.language)
        return Visit(request, self, reader, phone)

    def see(self, path: str, show: Callable[[Visit], Response], *, anybody: bool = False) -> Route:
        """A page. Without a phone one gets to the start, unless it is for ``anybody``."""

        async def endpoint(request: Request) -> Response:
            check_navigation(request)
            if self.site and request.url.netloc != urlsplit(self.site).netloc:
                return _to_site(self.site, request)
            visit = self.visit(request)
            if visit.phone is None and not anybody:
                return visit.go("/")
            return await run_in_threadpool(_told, visit, lambda: show(visit))

        return Route(path, endpoint, methods=["GET"])

    def do(self, path: str, act: Callable[[Visit, Fields], Response], *, anybody: bool = False) -> Route:
        """What a form of a page asks: only of this very origin, with its token."""

        async def endpoint(request: Request) -> Response:
            check_origin(request)
            visit = self.visit(request)
            if visit.phone is None and not anybody:
                raise HTTPException(403, "whose phone is this?")
            fields = await self.guard.read_all(request, visit.session)
            return await run_in_threadpool(_told, visit, lambda: act(visit, fields))

        return Route(path, endpoint, methods=["POST"])

    def take(self, path: str, act: Callable[[Visit, bytes], Response], *, max_bytes: int) -> Route:
        """The same for a form that brings one file."""

        async def endpoint(request: Request) -> Response:
            check_origin(request)
            visit = self.visit(request)
            if visit.phone is None:
                raise HTTPException(403, "whose phone is this?")
            file = await self.guard.read_file(request, visit.session, max_bytes=max_bytes)
            return await run_in_threadpool(_told, visit, lambda: act(visit, file))

        return Route(path, endpoint, methods=["POST"])


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at a page."""

    request: Request
    desk: Desk
    reader: Reader
    phone: Phone | None

    @property
    def own(self) -> Phone:
        """The phone of this browser."""
        if self.phone is None:
            raise HTTPException(403, "whose phone is this?")
        return self.phone

    @property
    def language(self) -> Language:
        """In which to answer."""
        return self.reader.language

    @property
    def session(self) -> str:
        """What the tokens of its forms are made for."""
        return "" if self.phone is None else self.phone.key

    def say(self, key: str, **names: str | int) -> str:
        """A text of the pages in the reader's language."""
        return words(self.language, key, **names)

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def page(
        self,
        title: str,
        *content: str,
        here: str = "/",
        parameters: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        """A page in its frame. ``here`` is where one gets it again."""
        links = (
            [
                tag("a", self.say(f"nav.{name}"), href=self.reader.address(f"/{name}"))
                for name in ("history", "settings")
            ]
            if self.phone is not None
            else []
        )
        frame = Frame(self.reader, self.say("site"), here, parameters=parameters, links=links, look="phone")
        return page_answer(self.request, frame.document(title, *content), status)

    def form(self, action: str, *content: str, brings_file: bool = False) -> Html:
        """A form with its token."""
        field_ = self.desk.guard.field(self.session)
        kind = "multipart/form-data" if brings_file else False
        return tag("form", field_, *content, method="post", action=action, enctype=kind, autocomplete="off")

    def token(self) -> dict[str, str]:
        """The token as a hidden field for a form that the wallet makes."""
        return {FIELD: self.desk.guard.token(self.session)}

    def back(self, key: str, path: str) -> Html:
        """A link to another page, in a line of its own."""
        return tag("p", tag("a", self.say(key), href=self.reader.address(path)))

    def go(self, path: str, **parameters: str) -> Response:
        """To another page, which is shown anew: what was sent is not sent again when it is loaded once more."""
        return RedirectResponse(self.reader.address(path, **parameters), 303, headers=dict(PAGE_HEADERS))

    def gone(self) -> Response:
        """The page for what is not there any more."""
        return self.trouble(self.say("trouble.closed"), status=404)

    def trouble(self, problem: str, *advice: str, title: str = "", status: int = 400) -> Response:
        """A page that says what happened, and what to do."""
        told = joined(tag("h2", self.say("trouble.what_now")), listed(advice)) if advice else Html()
        heading = title or self.say("trouble.title")
        return self.page(
            heading,
            tag("h1", heading),
            tag("p", problem, class_="problem", role="alert"),
            told,
            self.back("trouble.home", "/"),
            status=status,
        )

    def failed(self, error: NlWalletError) -> Response:
        """The page for an error, in the citizen's words."""
        if isinstance(error, WalletLocked):
            return self.locked(error)
        if isinstance(error, PromptClosed):
            return self.gone()
        told = what_went_wrong(error, self.language)
        return self.trouble(told, self.say("trouble.again"), self.say("trouble.complain"))

    def locked(self, error: WalletLocked) -> Response:
        """The page for too many wrong PINs."""
        wait = _WAIT.search(error.hint)
        advice = (
            self.say("trouble.locked.wait", minutes=math.ceil(int(wait[1]) / 60))
            if wait
            else self.say("trouble.locked.blocked")
        )
        title = self.say("trouble.locked.title")
        return self.trouble(what_went_wrong(error, self.language), advice, title=title, status=403)

    def wrong_pin(self, error: NlWalletError) -> str:
        """What went wrong with a PIN, and how often it may still be tried."""
        left = error.hint.partition(" ")[0]  # "3 of 4 attempts left"
        told = what_went_wrong(error, self.language)
        return f"{told} {self.say('pin.left', left=left)}" if left.isdigit() else told


def only(fields: Fields, name: str) -> str:
    """The first value of a field; empty when it is not there."""
    return next((value for key, value in fields if key == name), "")


def told_in_pages(desk: Desk) -> Mapping[type[Exception], Callable[[Request, Exception], Response]]:
    """How the app answers what no page was made for."""

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        visit = desk.visit(request)
        key = error.status_code if error.status_code in _HTTP_TEXTS else 404
        answer = visit.trouble(visit.say(f"http.{key}"), status=error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, NlWalletError)
        visit = desk.visit(request)
        return visit.trouble(visit.say("http.415"))

    def broken(request: Request, _: Exception) -> Response:
        visit = desk.visit(request)
        return visit.trouble(visit.say("http.500"), status=500)

    return {HTTPException: refused, NlWalletError: malformed, Exception: broken}


def buttons(*shown: tuple[str, str, str]) -> Html:
    """Buttons beside each other: name, value, and text; the first is the one that the Enter key presses."""
    return tag(
        "div",
        *(tag("button", text, name=name, value=value) for name, value, text in shown),
        class_="decide",
    )


def listed(items: Sequence[str]) -> Html:
    """A list, or nothing."""
    return tag("ul", *(tag("li", one) for one in items)) if items else Html()


def _to_site(site: str, request: Request) -> Response:
    """The same page by the name under which the browser keeps the key of the phone."""
    asked = request.url.path.removeprefix("/") + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(site + asked, 307, headers=dict(PAGE_HEADERS))


def _told(visit: Visit, answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except NlWalletError as error:
        return visit.failed(error)
