"""Whose phone this is, what a wallet is for, and the settings."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from nlwallet.holder import OverAsking
from nlwallet.http.html import Html, joined, tag
from nlwallet.issuer import persona_names
from nlwallet.sandbox.pages.layout import LANGUAGES
from nlwallet.sandbox.pages.wallet_desk import COOKIE, Desk, Fields, Visit, only
from nlwallet.sandbox.pages.wallet_phones import Phone, full_name
from nlwallet.sandbox.pages.wallet_texts import WALLET_TEXTS
from nlwallet.sandbox.sandbox import Sandbox

_ABOUT: Final = ("what", "less", "first", "no", "after", "trap")
_STANCES: Final[tuple[OverAsking, ...]] = ("allow_all", "registered_only", "reject")


def routes(desk: Desk) -> list[Route]:
    """The start is with the cards: ``/`` is :func:`choose_person` for who has none."""
    return [
        desk.do("/start", _start, anybody=True),
        desk.see("/settings", _settings),
        desk.do("/settings", _keep_settings),
        desk.do("/settings/empty", _empty),
        desk.see(
            "/about",
            lambda visit: visit.page(visit.say("start.more"), *about(visit, 1), here="/about"),
            anybody=True,
        ),
    ]


def choose_person(visit: Visit, *, link: str = "", scanned: bool = False) -> Response:
    """Whose phone this is. ``link`` is what is opened then, ``scanned`` as if it had been read from a screen."""
    opened = {"link": link, **({"scanned": "yes"} if scanned else {})} if link else {}
    title = visit.say("start.title")
    people = [
        tag(
            "li",
            tag("h2", full_name(name)),
            tag(
                "p", visit.say(f"person.{name}" if f"person.{name}" in WALLET_TEXTS["nl"] else "person.other")
            ),
            tag("button", visit.say("start.choose", name=full_name(name)), name="person", value=name),
            class_="card",
        )
        for name in persona_names()
    ]
    form = visit.form(
        visit.reader.address("/start"),
        *(tag("input", type="hidden", name=name, value=value) for name, value in opened.items()),
        tag("ul", *people, class_="cards"),
    )
    return visit.page(
        title,
        tag("h1", title),
        tag("p", visit.say("start.intro")),
        tag("p", visit.say("start.link"), class_="notice") if link else Html(),
        tag("p", tag("a", visit.say("start.more"), href=visit.reader.address("/about"))),
        form,
        here="/open" if link else "/",
        parameters=opened,
    )


def about(visit: Visit, level: int) -> list[Html]:
    """What a wallet is for; ``level`` is that of the first heading."""
    told = [
        joined(
            tag(f"h{level if one == 'what' else level + 1}", visit.say(f"about.{one}.title")),
            tag("p", visit.say(f"about.{one}")),
        )
        for one in _ABOUT
    ]
    return [*told, tag("p", visit.say("about.test"), class_="quiet"), visit.back("trouble.home", "/")]


def _start(visit: Visit, fields: Fields) -> Response:
    person = only(fields, "person")
    if person not in persona_names():
        return visit.trouble(visit.say("http.404"), status=404)
    phone = visit.desk.phones.open(person, visit.language, instead_of=visit.phone)
    link = only(fields, "link")
    scanned = "yes" if only(fields, "scanned") == "yes" else ""
    answer = visit.go("/open", link=link, scanned=scanned) if link else visit.go("/")
    _give(answer, visit, phone)
    return answer


def _give(answer: Response, visit: Visit, phone: Phone) -> None:
    """The key of a phone, which no script reads and no other site's form brings along."""
    secure = visit.request.url.scheme == "https"
    answer.set_cookie(COOKIE, phone.key, httponly=True, samesite="lax", secure=secure, path="/")


def _settings(visit: Visit, *, saved: bool = False) -> Response:
    phone, title = visit.own, visit.say("settings.title")
    spoken = [
        _radio("language", one, visit.say(f"settings.{one}"), chosen=one == visit.language)
        for one in LANGUAGES
    ]
    stances = [
        _radio("over_asking", one, visit.say(f"settings.over.{one}"), chosen=one == phone.wallet.over_asking)
        for one in _STANCES
    ]
    return visit.page(
        title,
        tag("h1", title),
        tag("p", visit.say("settings.saved"), class_="done", role="status") if saved else Html(),
        tag("p", visit.say("settings.who", name=phone.name), " ", visit.say("cards.pin", pin=Sandbox.PIN)),
        visit.form(
            "/settings",
            tag("fieldset", tag("legend", visit.say("settings.language")), *spoken),
            tag("fieldset", tag("legend", visit.say("settings.over")), *stances),
            tag("button", visit.say("settings.save"), class_="main"),
        ),
        tag("h2", visit.say("settings.empty")),
        tag("p", visit.say("settings.empty.text")),
        visit.form("/settings/empty", tag("button", visit.say("settings.empty.yes"))),
        tag("p", tag("a", visit.say("start.more"), href=visit.reader.address("/about"))),
        visit.back("back.cards", "/"),
        here="/settings",
    )


def _radio(name: str, value: str, text: str, *, chosen: bool) -> Html:
    button = tag("input", type="radio", name=name, value=value, checked=chosen, required=True)
    return tag("label", button, tag("span", text), class_="choice")


def _keep_settings(visit: Visit, fields: Fields) -> Response:
    phone = visit.own
    for language in LANGUAGES:
        if only(fields, "language") == language:
            phone.speak(language)
    for stance in _STANCES:
        if only(fields, "over_asking") == stance:
            phone.wallet.over_asking = stance
            phone.keep_settings()
    return _settings(visit.desk.visit(visit.request), saved=True)


def _empty(visit: Visit, _: Fields) -> Response:
    visit.desk.phones.close(visit.own)
    answer = visit.go("/")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return answer
