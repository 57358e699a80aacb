"""Issuers at the phone: whom it refuses and warns of, and who wants to see its owner at a page of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import httpx
import pytest
from person_at_phone import OpenBrowser, Person, wallet_of
from starlette.applications import Starlette

from nlwallet import Issuer, Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey, Subject
from nlwallet.holder import LogOutcome
from nlwallet.issuer import MetadataSigner, card
from nlwallet.profiles import TRANSITIONAL
from nlwallet.sandbox.pages.wallet_app import wallet_app
from nlwallet.trust import Category

NOW = 1_790_000_000
HOME = "http://127.0.0.1:8402/"


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as made:
        yield made


def at_home(app: Starlette, open_browser: OpenBrowser, person: str) -> Person:
    """Somebody with the phone of a persona."""
    browser = open_browser(app, HOME)
    browser.follow_redirects = True
    return Person(browser, HOME.removesuffix("/")).go("/").press("/start", person=person)


# Registered or not --------------------------------------------------------------------------------


class School:
    """An issuer of student cards that everybody would take, registered or not as a test wants it."""

    def __init__(self, edi: Sandbox, *, shows: MetadataSigner | None) -> None:
        configuration = replace(card("diploma").configuration, id="pass")
        key, subject = PrivateKey.generate(), Subject("De School", country="NL", organization="De School")
        authority = edi.authorities.of(Category.EAA_PROVIDER)
        self.issuer = Issuer(
            key=key,
            chain=authority.issue(key.public, subject, now=NOW, san_uris=("https://school.example",)),
            credential_issuer="https://school.example",
            configurations=[configuration],
            clock=edi.clock,
            types=edi.types,
            metadata_signer=shows,
        )
        edi.serve("school.example", self.issuer.app)

    def link(self) -> str:
        claims = card("diploma").attributes("frouke", NOW)
        assert claims is not None
        return self.issuer.offer("pass", claims).uri


@pytest.mark.req("RPRC_22a")
@pytest.mark.parametrize("language", ["nl", "en"])
def test_an_issuer_that_is_not_registered_is_refused_before_it_hears_anything(
    edi: Sandbox, open_browser: OpenBrowser, language: str
) -> None:
    app = wallet_app(edi, cards=())
    anybody = at_home(app, open_browser, "eline")
    school = School(edi, shows=None)
    anybody.go(f"/?lang={language}").open(school.link()).press("/open", decision="look")
    told = {
        "nl": ("Dit lukt niet", "Uw wallet haalt deze kaart niet op."),
        "en": ("This does not work", "Your wallet does not get this card."),
    }[language]
    assert (anybody.status, anybody.title) == (400, told[0])
    assert told[1] in anybody.page
    assert anybody.forms() == [], "there is nothing to say yes to"
    assert wallet_of(app, anybody).log[-1].outcome is LogOutcome.FAILED
    assert school.issuer.issued == ()


@pytest.mark.req("RPRC_22b", "RPRC_23")
def test_an_issuer_that_is_registered_for_other_cards_gives_one_only_past_the_warning(
    open_browser: OpenBrowser,
) -> None:
    with Sandbox(clock=TravellingClock(NOW), profile=TRANSITIONAL) as edi:
        licences = edi.issuer("driving-licence")._metadata_signer
        assert licences is not None
        school = School(edi, shows=licences)
        app = wallet_app(edi, cards=())
        person = at_home(app, open_browser, "frouke")
        person.open(school.link()).press("/open", decision="look")
        assert "Let op" in person.page
        assert 'name="confirm"' in person.page
        person.press("/offers", decision="fetch")
        assert (person.status, "Lees eerst de waarschuwing" in person.page) == (422, True)
        assert school.issuer.issued == ()
        offer = person.here
        person.press("/offers", decision="decline")
        assert (person.title, person.go(offer).status) == ("U bent gestopt", 404)
        assert wallet_of(app, person).log[-1].outcome is LogOutcome.DENIED
        person.open(school.link()).press("/open", decision="look")
        person.press("/offers", decision="fetch", confirm=["provider"])
        person.press("/received", decision="keep", pin=Sandbox.PIN)
        assert len(wallet_of(app, person).cards) == 1


# Its own page, and back ---------------------------------------------------------------------------


@pytest.fixture
def travelling(edi: Sandbox) -> Starlette:
    return wallet_app(edi, cards=(), site=HOME)


@pytest.fixture
def traveller(travelling: Starlette, open_browser: OpenBrowser) -> Person:
    return at_home(travelling, open_browser, "frouke")


def sent_off(edi: Sandbox, person: Person) -> str:
    """Want a card of an issuer that wants to see her; the address of its page."""
    person.open(edi.pid_issuer.invite("nl-pid").uri).press("/open", decision="look")
    assert "doet alsof" not in person.page
    person.press("/offers", decision="fetch")
    assert person.title == "U gaat nu naar een website"
    assert "pid-issuer.example</strong>" in person.page
    (page,) = re.findall(r'href="(https://pid-issuer\.example/authorize[^"]+)"', person.page)
    return unescape(page)


@pytest.mark.req("HI-01")
def test_a_card_of_an_issuer_at_whose_page_she_logs_in(
    travelling: Starlette, edi: Sandbox, traveller: Person
) -> None:
    page = sent_off(edi, traveller)
    assert httpx.URL(page).params.keys() == {"client_id", "request_uri"}  # all else was pushed
    back = edi.browser("frouke")(page)
    assert back.startswith(f"{HOME}back?")
    assert wallet_of(travelling, traveller).cards == ()
    cross = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    traveller.go(back, **cross)
    assert "Hofstra" in traveller.page
    assert "code=" not in traveller.visited[-1], "it is gone from the address"
    traveller.press("/received", decision="keep", pin=Sandbox.PIN)
    assert len(wallet_of(travelling, traveller).cards) == 1
    assert traveller.go(back).status == 404
    assert "Deze vraag is al beantwoord" in traveller.page


def test_who_says_no_at_the_issuers_page_may_try_again(
    travelling: Starlette, edi: Sandbox, traveller: Person
) -> None:
    traveller.go(edi.browser("frouke", agrees=False)(sent_off(edi, traveller)))
    assert (traveller.status, traveller.title) == (200, "U hebt geen kaart gekregen")
    assert wallet_of(travelling, traveller).log[-1].reason == "access_denied"
    (offer,) = re.findall(r'href="(/offers/[^"]+)"', traveller.page)
    traveller.go(offer).press("/offers", decision="fetch")
    (page,) = re.findall(r'href="(https://pid-issuer[^"]+)"', traveller.page)
    traveller.go(edi.browser("frouke")(unescape(page)))
    assert traveller.title == "Wilt u dit bewaren: Persoonsgegevens?"
    assert traveller.go(offer).status == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"state": "x"}, 404),
        ({"state": None}, 404),
        ({"iss": "https://evil.example"}, 400),
        ({"iss": None}, 400),
        ({"code": "x"}, 400),
        ({"code": None}, 400),
    ],
)
def test_what_an_issuer_did_not_say_brings_no_card(
    travelling: Starlette, edi: Sandbox, traveller: Person, changes: dict[str, str | None], status: int
) -> None:
    back = httpx.URL(edi.browser("frouke")(sent_off(edi, traveller)))
    said = {name: value for name, value in {**back.params, **changes}.items() if value is not None}
    assert traveller.go(str(back.copy_with(params=said))).status == status
    assert traveller.go("/back?code=x").status == 404
    assert wallet_of(travelling, traveller).cards == ()
    assert "received" not in traveller.here


def test_nobody_else_comes_back_for_her(
    travelling: Starlette, edi: Sandbox, traveller: Person, open_browser: OpenBrowser
) -> None:
    back = edi.browser("frouke")(sent_off(edi, traveller))
    other = Person(open_browser(travelling, HOME), HOME.removesuffix("/"))
    other.browser.follow_redirects = True
    assert other.go(back).title == "Van wie is deze telefoon?"
    other.go("/").press("/start", person="eline")
    assert other.go(back).status == 404
    script = {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"}
    assert traveller.go(back, **script).status == 403
    assert traveller.go(back).title == "Wilt u dit bewaren: Persoonsgegevens?"


def test_who_stops_on_the_way_gets_nothing(travelling: Starlette, edi: Sandbox, traveller: Person) -> None:
    back = edi.browser("frouke")(sent_off(edi, traveller))
    (offer,) = re.findall(r'href="(/offers/[^"]+)"', traveller.page)
    traveller.go(offer).press("/offers", decision="decline")
    assert traveller.go(back).status == 404
    assert wallet_of(travelling, traveller).cards == ()


def test_the_phone_goes_by_one_name(travelling: Starlette, open_browser: OpenBrowser) -> None:
    """Else the browser would come back to a phone of which it does not have the key."""
    reply = open_browser(travelling, "http://localhost:8402").get("/open?link=x&lang=en")
    assert (reply.status_code, reply.headers["location"]) == (307, f"{HOME}open?link=x&lang=en")
    assert open_browser(travelling, HOME).get("/").status_code == 200
