"""The issuers' desks: who may have which card, an offer of one browser only, and the end of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest

from nlwallet.clock import TravellingClock
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.pages.desk_app import desk_app

SITE = "http://localhost:8403"
OpenBrowser = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(1_790_000_000)) as made:
        yield made


@pytest.fixture
def browser(edi: Sandbox, open_browser: OpenBrowser) -> httpx.Client:
    return open_browser(desk(edi), SITE)


def desk(edi: Sandbox) -> object:
    return desk_app(
        offer=edi.offer,
        invite=edi.invite,
        issuer_of=edi.issuer,
        types=edi.types,
        clock=edi.clock,
        wallet="http://localhost:8402/",
    )


def offered(browser: httpx.Client, card: str, **fields: str) -> httpx.Response:
    page = browser.get(f"/{card}").text
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    assert token is not None
    return browser.post(f"/{card}/offer", data={"form_token": token[1], **fields})


def test_the_cards_that_there_are(browser: httpx.Client) -> None:
    page = browser.get("/").text
    for words in ("Persoonsgegevens", "Diploma", "Rijbewijs", "Testregister Diploma"):
        assert words in page
    assert "Get a card" in browser.get("/?lang=en").text


def test_only_who_has_a_card_is_offered_one(browser: httpx.Client) -> None:
    page = browser.get("/driving-licence").text
    assert 'value="frouke"' in page
    assert 'value="jip"' not in page, "too young"
    assert offered(browser, "driving-licence", person="jip").status_code == 400
    assert offered(browser, "driving-licence", person="nobody").status_code == 400


def test_an_offer_from_the_screen_into_the_wallet(edi: Sandbox, browser: httpx.Client) -> None:
    path = offered(browser, "diploma", person="frouke", tx_code="yes").headers["location"]
    page = browser.get(path).text
    assert 'alt="QR-code van de kaart"' in page
    code = re.search(r"<strong>(\d{6})</strong>", page)
    link = re.search(r"<code>(openid-credential-offer:[^<]+)</code>", page)
    assert code is not None
    assert link is not None
    assert browser.get(f"{path}/status").json() == {"state": "waiting"}

    wallet = edi.empty_wallet()
    (card,) = wallet.receive(unescape(link[1]), tx_code=code[1])

    assert card.type == "urn:nlwallet:diploma:1"
    assert browser.get(f"{path}/status").json() == {"state": "issued"}
    assert "De kaart is opgehaald" in browser.get(path).text


def test_without_the_box_there_is_no_code(browser: httpx.Client) -> None:
    path = offered(browser, "diploma", person="frouke").headers["location"]
    assert "<strong>" not in browser.get(path).text


def test_who_logs_in_at_the_issuers_page_needs_no_name_on_the_code(
    edi: Sandbox, browser: httpx.Client
) -> None:
    page = browser.get(offered(browser, "diploma", login="yes").headers["location"]).text
    assert "Deze code geldt tien minuten." in page
    link = unescape(re.findall(r"<code>(openid-credential-offer:[^<]+)</code>", page)[0])
    visit = edi.empty_wallet().open_offer(link).depart(redirect_uri="http://127.0.0.1:8402/back")

    address = f"/diploma/authorize?{urlsplit(visit.url).query}"
    login = browser.get(address, headers={"Sec-Fetch-Site": "cross-site", **OPENED})
    assert "Wilt u deze kaart in uw wallet?" in login.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', login.text))
    form = {**{name: unescape(value) for name, value in hidden.items()}, "person": "frouke"}
    for other in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        assert browser.post(address, data={**form, "decision": "agree"}, headers=other).status_code == 403
    agreed = browser.post(
        address,
        data={**form, "decision": "agree"},
        headers={"Origin": SITE, "Sec-Fetch-Site": "same-origin", **OPENED},
    )
    assert agreed.status_code == 303
    (card,) = visit.come_back(agreed.headers["location"]).keep(pin=Sandbox.PIN)
    assert card.type == "urn:nlwallet:diploma:1"


OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def test_an_issuers_page_says_what_is_wrong_and_is_in_nobodys_frame(browser: httpx.Client) -> None:
    reply = browser.get("/diploma/authorize", headers={"Accept": "text/html"})
    assert (reply.status_code, "Dit lukt niet" in reply.text) == (400, True)
    assert reply.headers["x-frame-options"] == "DENY"
    framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    assert browser.get("/diploma/authorize", headers=framed).status_code == 403
    assert browser.get("/nothing/authorize").status_code == 404
    assert browser.put("/diploma/authorize").status_code == 405


def test_the_sandboxs_phone_is_told_that_the_code_stands_on_another_screen(browser: httpx.Client) -> None:
    """So that it asks whether that website is there: whoever passes a code on is not the one who made it."""
    page = browser.get(offered(browser, "diploma", person="frouke").headers["location"]).text
    (address,) = re.findall(r'href="(http://localhost:8402/open[^"]+)"', page)
    assert httpx.URL(unescape(address)).params["scanned"] == "yes"


def test_an_offer_is_of_one_browser(edi: Sandbox, browser: httpx.Client, open_browser: OpenBrowser) -> None:
    path = offered(browser, "diploma", person="frouke").headers["location"]
    other = open_browser(desk(edi), SITE)
    assert other.get(path).status_code == 404
    browser.cookies.clear()
    assert browser.get(path).status_code == 404
    assert browser.get(f"{path}/status").status_code == 404


def test_an_offer_of_one_card_is_not_at_the_desk_of_another(browser: httpx.Client) -> None:
    path = offered(browser, "diploma", person="frouke").headers["location"]
    assert browser.get(path.replace("diploma", "pid")).status_code == 404


def test_another_page_cannot_make_an_offer(browser: httpx.Client) -> None:
    browser.get("/diploma")
    reply = browser.post(
        "/diploma/offer", data={"person": "frouke"}, headers={"Origin": "https://evil.example"}
    )
    assert reply.status_code == 403
    assert browser.post("/diploma/offer", data={"person": "frouke", "form_token": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["/nothing", "/diploma/x", "/nothing/x"])
def test_what_is_not_there_is_not_found(browser: httpx.Client, path: str) -> None:
    assert browser.get(path).status_code == 404
