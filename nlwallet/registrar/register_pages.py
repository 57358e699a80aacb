"""The register and the trusted lists as pages for people, without login (ARF Reg_04, TLPub_05)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from nlwallet.crypto import Certificate
from nlwallet.http.accept import is_preferred, preferred_language
from nlwallet.http.face import PUBLIC_HEADERS
from nlwallet.http.html import joined, tag
from nlwallet.registrar.list_pages import find_in_lists, list_page, lists_page
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registrar.page_html import PAGE_HEADERS, Reader, page
from nlwallet.registrar.page_texts import LANGUAGES
from nlwallet.registrar.party_page import party_page
from nlwallet.registrar.public_entry import PublicEntry
from nlwallet.registrar.register_query import Entries
from nlwallet.registration import RelyingPartyRecord
from nlwallet.trust import LIST_KINDS

PAGE_SIZE: Final = 20
MAX_SEARCH: Final = 100
"""Characters that are looked for; of a longer question the rest is left out."""
MAX_PAGE: Final = 9_999


class PagedRegister(Protocol):
    """What is behind the pages: see :class:`nlwallet.registrar.Registrar`."""

    @property
    def readable(self) -> bool:
        """Whether it may still be read."""
        ...

    def entries(self) -> Entries:
        """All records that stand, by identifier."""
        ...

    def look_up(self, identifier: str) -> PublicEntry | None:
        """One party, also one that was stopped."""
        ...

    @property
    def lists(self) -> ListPublisher:
        """The lists of trusted entities."""
        ...


def page_routes(register: PagedRegister) -> list[BaseRoute]:
    """The pages, and what can be fetched from them."""
    pages = _Pages(register)
    party, sha256 = "/register/{identifier}", "{name:str}"
    return [
        Route("/", pages.told(pages.index)),
        Route("/register", pages.told(pages.index)),
        Route("/register/", pages.told(pages.index)),
        Route(f"{party}/certificates/{sha256}.pem", pages.pem),
        Route(f"{party}/certificates/{sha256}.cer", pages.der),
        Route(party + "/services/{service}/uses/{use}.jwt", pages.registration),
        Route("/lists", pages.told(pages.lists)),
        Route(f"/lists/certificates/{sha256}.pem", pages.listed_pem),
        Route(f"/lists/certificates/{sha256}.cer", pages.listed_der),
        Route("/lists/{name}", pages.told(pages.one_list)),
    ]


def wants_page(request: Request) -> bool:
    """Whether who asks would rather have a page than JSON."""
    return is_preferred(request.headers.get("accept", ""), "text/html", over="application/json")


def party_answer(register: PagedRegister, request: Request) -> Response:
    """The page of one party."""
    pages = _Pages(register)
    return pages.told(pages.party)(request)


class _Pages:
    def __init__(self, register: PagedRegister) -> None:
        self._register = register

    def told(self, make: Callable[[Request, Reader], str]) -> Callable[[Request], Response]:
        """A page, or one that says why there is none."""

        def answer(request: Request) -> Response:
            reader = _reader(request)
            try:
                return _html(reader, make(request, reader))
            except HTTPException as error:
                told = tag("p", reader.say(f"error.{error.status_code}"))
                back = tag("p", reader.link("/register", reader.say("back")))
                html = page(reader, reader.say("error"), told, back, here="/register")
                return _html(reader, html, error.status_code)

        return answer

    def index(self, request: Request, reader: Reader) -> str:
        """All parties, or those that are looked for."""
        self._open()
        asked = request.query_params.get("q", "").strip()[:MAX_SEARCH]
        found = [record for record, _ in self._register.entries() if _matches(record, asked.casefold())]
        number = _number(request.query_params.get("page", "1"))
        first = (number - 1) * PAGE_SIZE
        if number > 1 and first >= len(found):
            raise HTTPException(404)
        shown = found[first : first + PAGE_SIZE]
        search = tag(
            "form",
            tag("label", reader.say("search"), for_="q"),
            tag("p", reader.say("search_hint"), id="hint", class_="quiet"),
            tag(
                "input",
                type="search",
                name="q",
                id="q",
                value=asked,
                maxlength=str(MAX_SEARCH),
                aria_describedby="hint",
            ),
            tag("input", type="hidden", name="lang", value=reader.language) if reader.chosen else joined(),
            tag("button", reader.say("search_button")),
            action="/register",
            role="search",
        )
        counted = {0: "found_none", 1: "found_one"}.get(len(found), "found")
        told = [tag("p", reader.say(counted, count=len(found)), role="status")]
        if len(found) > PAGE_SIZE:
            last = first + len(shown)
            told.append(tag("p", reader.say("shown", first=first + 1, last=last, count=len(found))))
        if shown:
            told.append(tag("ul", *(_line(reader, record) for record in shown), class_="parties"))
        steps = [(number - 1, "previous", first > 0), (number + 1, "next", first + PAGE_SIZE < len(found))]
        links = [
            reader.link("/register", reader.say(name), q=asked, page=str(to))
            for to, name, there in steps
            if there
        ]
        if links:
            told.append(tag("nav", *links, aria_label=reader.say("pages")))
        intro = (tag("p", reader.say("intro")), tag("p", reader.say("test"), class_="notice"))
        parameters = {
            name: text for name, text in (("q", asked), ("page", str(number))) if text not in ("", "1")
        }
        return page(
            reader, reader.say("register"), *intro, search, *told, here="/register", parameters=parameters
        )

    def party(self, request: Request, reader: Reader) -> str:
        """One party."""
        return party_page(reader, self._found(request))

    def pem(self, request: Request) -> Response:
        """An access certificate in PEM."""
        return _pem(self._certificate(request))

    def der(self, request: Request) -> Response:
        """An access certificate in DER."""
        return _der(self._certificate(request))

    def registration(self, request: Request) -> Response:
        """The registration certificate of an intended use."""
        where = (request.path_params["service"], request.path_params["use"])
        token = self._found(request).registrations.get(where)
        if token is None:
            raise HTTPException(404, "there is no such registration certificate")
        return Response(token, media_type="application/jwt", headers=dict(PUBLIC_HEADERS))

    def lists(self, _: Request, reader: Reader) -> str:
        """The lists that there are."""
        return lists_page(reader, self._register.lists)

    def one_list(self, request: Request, reader: Reader) -> str:
        """Who is on one list."""
        kind = LIST_KINDS.get(request.path_params["name"])
        if kind is None:
            raise HTTPException(404)
        return list_page(reader, kind, self._register.lists)

    def listed_pem(self, request: Request) -> Response:
        """A certificate of a list in PEM."""
        return _pem(self._listed(request))

    def listed_der(self, request: Request) -> Response:
        """A certificate of a list in DER."""
        return _der(self._listed(request))

    # ------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if not self._register.readable:
            raise HTTPException(403, "this registrar was cancelled, and its register is closed")

    def _found(self, request: Request) -> PublicEntry:
        self._open()
        entry = self._register.look_up(request.path_params["identifier"])
        if entry is None:
            raise HTTPException(404, "not registered")
        return entry

    def _certificate(self, request: Request) -> Certificate:
        certificate = self._found(request).certificate(request.path_params["name"])
        if certificate is None:
            raise HTTPException(404, "this party has no such certificate")
        return certificate

    def _listed(self, request: Request) -> Certificate:
        certificate = find_in_lists(self._register.lists, request.path_params["name"])
        if certificate is None:
            raise HTTPException(404, "no list has such a certificate")
        return certificate


def _line(reader: Reader, record: RelyingPartyRecord) -> str:
    roles = ", ".join(reader.say(f"role.{one}") for one in record.entitlements)
    services = [one.trade_name for one in record.services if one.trade_name != record.trade_name]
    return tag(
        "li",
        reader.link(f"/register/{record.identifier}", record.trade_name),
        tag("div", f"{record.official_name} · {record.identifier}", class_="quiet"),
        tag("div", f"{reader.say('role')} {roles}" + "".join(f" · {one}" for one in services)),
    )


def _matches(record: RelyingPartyRecord, asked: str) -> bool:
    """Whether a name, the number, or a purpose in either language has the words in it."""
    uses = record.intended_uses
    texts = [
        *(record.trade_name, record.official_name, record.identifier),
        *(service.trade_name for service in record.services),
        *(text for use in uses for text in (use.purpose.nl, use.purpose.en)),
    ]
    return any(asked in text.casefold() for text in texts)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 0 < int(text) <= MAX_PAGE):
        raise HTTPException(400)
    return int(text)


def _reader(request: Request) -> Reader:
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES:
        return Reader(chosen, chosen=True)
    return Reader(preferred_language(request.headers.get("accept-language", ""), LANGUAGES))


def _html(reader: Reader, html: str, status: int = 200) -> Response:
    headers: Mapping[str, str] = {**PAGE_HEADERS, "Content-Language": reader.language}
    return Response(html, status, media_type="text/html", headers=dict(headers))


def _pem(certificate: Certificate) -> Response:
    return _file(certificate, certificate.pem().encode("ascii"), "application/x-pem-file", "pem")


def _der(certificate: Certificate) -> Response:
    return _file(certificate, certificate.der, "application/pkix-cert", "cer")


def _file(certificate: Certificate, content: bytes, media_type: str, suffix: str) -> Response:
    """A file that a browser keeps instead of showing it."""
    name = f"{certificate.sha256().hex()[:16]}.{suffix}"
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers={**PUBLIC_HEADERS, **kept})
