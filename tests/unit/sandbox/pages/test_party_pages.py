"""The pages of relying parties: a code that changes, a visit of one browser only, and what a person reads there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette

from nlwallet.clock import TravellingClock
from nlwallet.holder import Wallet
from nlwallet.sandbox import PILOTS, Sandbox
from nlwallet.sandbox.pages.party_app import party_app
from nlwallet.sandbox.pages.party_sessions import ROTATE_SECONDS, VISIT_SECONDS

SITE = "http://localhost:8401"
OpenBrowser = Callable[..., httpx.Client]
CAFE, LOGIN = "/cafe-de-vrije-val", "/gemeente-amsterdam"
NOW = 1_790_000_000


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as made:
        yield made


@pytest.fixture(scope="module")
def frouke(edi: Sandbox) -> Wallet:
    return edi.wallet("frouke")


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(NOW)


@pytest.fixture
def app(edi: Sandbox, clock: TravellingClock) -> Starlette:
    return party_app(
        PILOTS,
        party_of=lambda pilot: edi.relying_party(pilot.id),
        types=edi.types,
        clock=clock,
        site=f"{SITE}/",
        wallet="http://localhost:8402/",
        issuer_names={edi.pid_issuer.credential_issuer: "Testregister Personen"},
    )


@pytest.fixture
def browser(app: Starlette, open_browser: OpenBrowser) -> httpx.Client:
    return open_browser(app, SITE)


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def begin(browser: httpx.Client, party: str, flow: str = "cross_device") -> str:
    """Press the button on the party's page; the path of the visit."""
    form = fields_of(browser.get(party).text)
    reply = browser.post(f"{party}/start", data={**form, "flow": flow}, follow_redirects=False)
    assert reply.status_code == 303
    return reply.headers["location"]


def link_on(page: str) -> str:
    found = re.search(r'data-shown="link">([^<]+)<', page) or re.search(r'href="(openid4vp:[^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def status(browser: httpx.Client, path: str) -> dict[str, object]:
    reply = browser.get(f"{path}/status")
    assert reply.status_code == 200
    return dict(reply.json())


def test_the_page_tells_what_is_asked_and_why_before_anything_happens(browser: httpx.Client) -> None:
    page = browser.get(CAFE).text
    for words in (
        "18 jaar of ouder",
        "Controleren of u 18 jaar of ouder bent",
        "Niet: Café De Vrije Val kijkt",
    ):
        assert words in page
    english = browser.get(f"{CAFE}?lang=en").text
    assert "What does Café De Vrije Val ask for?" in english
    assert 'action="/cafe-de-vrije-val/start?lang=en"' in english


def test_a_visit_from_the_code_on_the_screen_to_what_the_party_got(
    browser: httpx.Client, frouke: Wallet
) -> None:
    path = begin(browser, CAFE)
    page = browser.get(path).text
    assert 'alt="QR-code voor uw wallet"' in page
    assert unquote(page.split('data-shown="phone"')[0].rpartition("open?link=")[2]).startswith("openid4vp://")
    assert status(browser, path)["state"] == "waiting"

    prompt = frouke.open(link_on(page))
    assert status(browser, path)["state"] == "opened"
    assert "QR-code" not in browser.get(path).text, "nobody else is to scan it"
    prompt.approve(pin=Sandbox.PIN)

    assert status(browser, path)["state"] == "verified"
    done = browser.get(path).text
    assert "18 jaar of ouder</dt><dd>ja</dd>" in done
    assert "uitgegeven door Testregister Personen" in done


def test_a_refusal_looks_the_same_whatever_was_the_reason(browser: httpx.Client, frouke: Wallet) -> None:
    path = begin(browser, CAFE)
    frouke.open(link_on(browser.get(path).text)).deny()
    assert "Welke van de twee, weet Café De Vrije Val niet" in browser.get(path).text


def test_on_one_device_the_wallet_brings_its_user_back(browser: httpx.Client, frouke: Wallet) -> None:
    path = begin(browser, LOGIN, "same_device")
    outcome = frouke.open(link_on(browser.get(path).text)).approve(pin=Sandbox.PIN)
    assert outcome.redirect_uri is not None
    assert status(browser, path)["state"] == "opened", "released only to who brings the code"

    reply = browser.get(outcome.redirect_uri.removeprefix(SITE), follow_redirects=False)

    assert (reply.status_code, reply.headers["location"]) == (303, path), "the code leaves the address"
    assert "Burgerservicenummer" in browser.get(path).text


def test_the_code_is_no_use_in_another_browser(
    browser: httpx.Client, app: Starlette, frouke: Wallet, open_browser: OpenBrowser
) -> None:
    path = begin(browser, LOGIN, "same_device")
    outcome = frouke.open(link_on(browser.get(path).text)).approve(pin=Sandbox.PIN)
    assert outcome.redirect_uri is not None
    other = open_browser(app, SITE)

    assert other.get(outcome.redirect_uri.removeprefix(SITE)).status_code == 404
    assert other.get(path).status_code == 404
    assert other.get(f"{path}/status").status_code == 404


def test_a_wrong_code_shows_nothing(browser: httpx.Client, frouke: Wallet) -> None:
    path = begin(browser, LOGIN, "same_device")
    frouke.open(link_on(browser.get(path).text)).approve(pin=Sandbox.PIN)
    reply = browser.get(f"{path}/back?response_code=wrong")
    assert reply.status_code == 400
    assert "Burgerservicenummer" not in reply.text


def test_the_code_changes_and_an_old_picture_is_of_no_use(
    browser: httpx.Client, clock: TravellingClock, frouke: Wallet
) -> None:
    path = begin(browser, CAFE)
    first = link_on(browser.get(path).text)
    assert status(browser, path)["shown"]["link"] == first  # type: ignore[index]

    clock.travel(ROTATE_SECONDS)
    second = status(browser, path)["shown"]["link"]  # type: ignore[index]
    assert second != first
    clock.travel(ROTATE_SECONDS)
    third = status(browser, path)["shown"]["link"]  # type: ignore[index]

    with pytest.raises(Exception, match="HTTP status 410"):
        frouke.open(first)
    frouke.open(second).approve(pin=Sandbox.PIN)  # a wallet may just have seen it
    assert status(browser, path)["state"] == "verified"
    with pytest.raises(Exception, match="HTTP status 410"):
        frouke.open(third)


def test_a_page_that_nobody_answers_ends(browser: httpx.Client, clock: TravellingClock) -> None:
    path = begin(browser, CAFE)
    clock.travel(VISIT_SECONDS)
    assert status(browser, path)["state"] == "expired"
    assert "De tijd is om" in browser.get(path).text


def test_who_stops_leaves_nothing_to_answer(browser: httpx.Client, frouke: Wallet) -> None:
    path = begin(browser, CAFE)
    page = browser.get(path).text
    reply = browser.post(f"{path}/stop", data=fields_of(page), follow_redirects=False)
    assert reply.headers["location"] == CAFE
    with pytest.raises(Exception, match="HTTP status 410"):
        frouke.open(link_on(page))


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=["origin", "fetch-site", "null"],
)
def test_another_page_cannot_press_the_button(browser: httpx.Client, headers: dict[str, str]) -> None:
    form = fields_of(browser.get(CAFE).text)
    reply = browser.post(f"{CAFE}/start", data={**form, "flow": "cross_device"}, headers=headers)
    assert reply.status_code == 403


def test_a_form_without_the_token_of_this_browser_is_refused(
    browser: httpx.Client, app: Starlette, open_browser: OpenBrowser
) -> None:
    other = open_browser(app, SITE)
    token = fields_of(other.get(CAFE).text)
    browser.get(CAFE)
    assert browser.post(f"{CAFE}/start", data=token).status_code == 403
    assert browser.post(f"{CAFE}/start", data={"flow": "x"}).status_code == 403


def test_every_page_forbids_frames_and_what_is_inline(
    browser: httpx.Client, app: Starlette, open_browser: OpenBrowser
) -> None:
    path = begin(browser, CAFE)
    for address in ("/", CAFE, path):
        reply = browser.get(address)
        policy = reply.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in reply.headers
        assert "<script>" not in reply.text
        assert " style=" not in reply.text
    secure = open_browser(app, "https://localhost:8401").get("/")
    assert secure.headers["strict-transport-security"]


def test_its_cookies_are_out_of_reach_of_scripts_and_of_other_visits(browser: httpx.Client) -> None:
    form = fields_of(browser.get(CAFE).text)
    reply = browser.post(f"{CAFE}/start", data={**form, "flow": "cross_device"}, follow_redirects=False)
    cookie = reply.headers["set-cookie"]
    assert f"Path={reply.headers['location']};" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "path", ["/nobody", "/nobody/x", f"{CAFE}/x", f"{CAFE}/x/status", "/static/../layout.py"]
)
def test_what_is_not_there_is_not_found(browser: httpx.Client, path: str) -> None:
    assert browser.get(path).status_code == 404
