"""The page at which a visitor begins: what there is, how to try it, and where everything answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.encoding import dump_json
from nlwallet.http.html import Html, joined, tag
from nlwallet.sandbox.pages.layout import Frame, Reader, page_answer, static_route
from nlwallet.sandbox.pages.start_texts import say
from nlwallet.sandbox.pilot_scenario import Pilot

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def start_app(
    pages: Mapping[str, str], pilots: Sequence[Pilot], *, addresses: Callable[[], dict[str, Any]]
) -> Starlette:
    """The web site at the first port. ``pages`` are the other ones by name; ``addresses`` is what programs get."""

    def start(request: Request) -> Response:
        reader = Reader.of(request)
        content = _content(reader, pages, pilots, addresses())
        frame = Frame(reader, say(reader.language, "site"), "/")
        return page_answer(request, frame.document(say(reader.language, "title"), *content))

    def for_programs(_: Request) -> Response:
        return Response(dump_json(addresses()), media_type="application/json", headers=_HEADERS)

    def tls_anchor(_: Request) -> Response:
        return Response(addresses()["tls_anchor"], media_type="application/x-pem-file", headers=_HEADERS)

    return Starlette(
        routes=[
            Route("/", start, methods=["GET"]),
            Route("/addresses.json", for_programs, methods=["GET"]),
            Route("/tls-anchor.pem", tls_anchor, methods=["GET"]),
            static_route(),
        ]
    )


def _content(
    reader: Reader, pages: Mapping[str, str], pilots: Sequence[Pilot], addresses: Mapping[str, Any]
) -> Iterator[Html]:
    language = reader.language
    yield tag("h1", say(language, "title"))
    yield tag("p", say(language, "intro"))
    yield tag("h2", say(language, "how"))
    yield tag("ol", *(tag("li", say(language, f"how.{step}")) for step in range(1, 5)))
    yield _door(reader, "phone", pages["wallet"], pin=addresses["pin"])
    yield tag("h2", say(language, "try"))
    yield tag("ul", *(_pilot(reader, pages, one) for one in pilots), class_="cards")
    yield _door(reader, "cards", pages["issuers"])
    yield _door(reader, "trust", f"{pages['register']}register")
    lists = tag("a", say(language, "trust.lists"), href=reader.address(f"{pages['register']}lists"))
    yield tag("p", lists)
    yield from _for_programs(reader, addresses)


def _door(reader: Reader, name: str, address: str, **values: object) -> Html:
    """A heading, a word on what is there, and the way to it."""
    language = reader.language
    return joined(
        tag("h2", say(language, name)),
        tag("p", say(language, f"{name}.what", **values)),
        tag("p", tag("a", say(language, f"{name}.open"), href=reader.address(address), class_="button")),
    )


def _pilot(reader: Reader, pages: Mapping[str, str], pilot: Pilot) -> Html:
    language = reader.language
    words = say(language, "try.open", name=pilot.record.trade_name)
    way = tag("a", words, href=reader.address(f"{pages['relying_parties']}{pilot.id}"))
    told = (tag("h3", pilot.title[language]), tag("p", pilot.story[language]), tag("p", way))
    return tag("li", *told, class_="card")


def _for_programs(reader: Reader, addresses: Mapping[str, Any]) -> Iterator[Html]:
    language = reader.language
    yield tag("h2", say(language, "programs"), id="programs")
    told = say(language, "programs.what")
    yield tag("p", told, " ", tag("a", "addresses.json", href="/addresses.json"))
    tls = say(language, "programs.tls")
    yield tag("p", tls, " ", tag("a", "tls-anchor.pem", href="/tls-anchor.pem"))
    parties = [(one["name"], one["base_url"]) for one in addresses["relying_parties"]]
    issuers = [(one["card"], one["credential_issuer"]) for one in addresses["issuers"]]
    for name, column, lines in (("parties", "name", parties), ("issuers", "card", issuers)):
        yield tag("details", tag("summary", say(language, f"programs.{name}")), _table(reader, column, lines))


def _table(reader: Reader, column: str, lines: Sequence[tuple[str, str]]) -> Html:
    heads = (say(reader.language, f"programs.{one}") for one in (column, "party"))
    head = tag("thead", tag("tr", *(tag("th", one, scope="col") for one in heads)))
    body = (tag("tr", tag("td", first), tag("td", tag("code", second))) for first, second in lines)
    return tag("table", head, tag("tbody", *body))
