"""The page where a person agrees: readable in two languages, without script, and only for forms of its own."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from nlwallet.issuer import IssuerDisplay, pid_configuration

Desk = Any
BASE = "https://pid-issuer.example"
NAMES = (IssuerDisplay("Testuitgever", "nl"), IssuerDisplay("Test issuer", "en"))


class Elements(HTMLParser):
    """Every start tag of a page with its attributes, and the text inside labels and buttons."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def named(open_haip: Callable[..., Desk]) -> Desk:
    return open_haip(display=NAMES)


def opened(desk: Desk, changes: dict[str, Any] | None = None, **parts: Any) -> httpx.Response:
    return desk.page(desk.pushed(changes).json()["request_uri"], **parts)  # type: ignore[no-any-return]


def refused(reply: httpx.Response, status: int, code: str) -> None:
    assert (reply.status_code, reply.json()["error"]) == (status, code), reply.text
    assert "location" not in reply.headers


# What a person reads -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "nl"),
        ("", "nl"),
        ("nl-BE, en;q=0.8", "nl"),
        ("en", "en"),
        ("fr, en-GB;q=0.9, nl;q=0.8", "en"),
        ("en;q=0, de", "nl"),
        ("x" * 10_000, "nl"),
    ],
)
def test_the_page_speaks_the_language_that_the_browser_asks_for(
    named: Desk, header: str | None, language: str
) -> None:
    page = opened(named, headers={} if header is None else {"Accept-Language": header})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["vary"] == "Accept-Language"
    assert f'<html lang="{language}">' in page.text
    said = {"nl": ("Wilt u deze kaart in uw wallet?", "Testuitgever", "Persoonsgegevens", "Achternaam"),
            "en": ("Do you want this card in your wallet?", "Test issuer", "Personal data", "Family name")}  # fmt: skip
    assert all(text in page.text for text in said[language])
    assert not any(text in page.text for text in said["en" if language == "nl" else "nl"])


def test_another_language_is_a_link_away(named: Desk) -> None:
    page = opened(named)
    (link,) = Elements(page.text).of("a")
    assert (link["lang"], link["hreflang"]) == ("en", "en")
    other = named.http.get("/authorize" + str(link["href"]))
    assert '<html lang="en">' in other.text
    unknown = named.http.get("/authorize" + str(link["href"]).replace("lang=en", "lang=xx"))
    assert '<html lang="nl">' in unknown.text


def test_a_person_hears_of_several_cards_what_they_hold_and_where_she_goes_next(
    open_haip: Callable[..., Desk],
) -> None:
    one = pid_configuration()
    desk = open_haip(display=NAMES, configurations=[one, replace(one, id="second")])
    text = opened(desk, {"redirect_uri": "org.example.wallet:/cb"}).text
    assert "Wilt u deze kaarten in uw wallet?" in text
    assert text.count("<li>") == 2
    assert text.count("Op deze kaart staat: Achternaam, ") == 2
    assert "Nationaliteiten, Adres, Burgerservicenummer" in text
    assert "<strong>org.example.wallet</strong>" in text
    assert "<strong>wallet.example</strong>" in opened(desk).text
    here = {"redirect_uri": "http://127.0.0.1:8402/back"}
    assert "terug naar <strong>de wallet op dit apparaat</strong>" in opened(desk, here).text


def test_the_page_can_be_used_with_a_keyboard_and_a_screen_reader(named: Desk) -> None:
    page = opened(named)
    elements = Elements(page.text)
    assert len(elements.of("h1")) == len(elements.of("main")) == len(elements.of("title")) == 1
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in elements.of("meta")
    radios = [one for one in elements.of("input") if one["type"] == "radio"]
    assert {one["value"] for one in radios} == {"frouke", "jip"}
    assert all("required" in one for one in radios)
    # Each choice is inside its label, and the group has a legend.
    assert len(re.findall(r"<label><input type=\"radio\"[^>]*> [^<]+</label>", page.text)) == 2
    assert len(elements.of("fieldset")) == len(elements.of("legend")) == 1
    assert [one["value"] for one in elements.of("button")] == ["agree", "refuse"]
    assert "formnovalidate" in elements.of("button")[1]


def test_nothing_that_came_from_outside_is_markup(open_haip: Callable[..., Desk]) -> None:
    desk = open_haip(display=(IssuerDisplay("<b>A & B</b>", "nl"),), login={'"><script>': "<i>Frouke</i>"})
    desk.client_id = 'https://wallet.example/"><script>x</script>'
    text = opened(desk, {"redirect_uri": "https://wallet.example/cb?a='%22"}).text
    assert "<script" not in text
    assert "<b>" not in text
    assert "<i>" not in text
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in text


# What a browser holds it to ----------------------------------------------------------------------


def test_the_page_has_no_script_and_one_style_which_its_policy_knows(named: Desk) -> None:
    page = opened(named)
    policy = {
        name: sources for name, _, sources in (one.strip().partition(" ") for one in
        page.headers["content-security-policy"].split(";"))
    }  # fmt: skip
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "form-action": "'self' https://wallet.example",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert "unsafe" not in page.headers["content-security-policy"]
    elements = Elements(page.text)
    assert not elements.of("script")
    assert not [name for _, one in elements.tags for name in one if name.startswith("on") or name == "style"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("redirect_uri", "sources"),
    [
        ("https://wallet.example:8443/cb", "'self' https://wallet.example:8443"),
        ("org.example.wallet:/cb", "'self' org.example.wallet:"),
        ("https://wallet.example;script-src/cb", "'self'"),
        ("https://[::1]/cb", "'self'"),
        ("http://127.0.0.1:8402/back", "'self' http://127.0.0.1:8402"),
        ("http://[::1]:8402/back", "'self' http:"),
    ],
)
def test_the_form_leads_to_the_waiting_wallet_and_nowhere_else(
    named: Desk, redirect_uri: str, sources: str
) -> None:
    policy = opened(named, {"redirect_uri": redirect_uri}).headers["content-security-policy"]
    assert f"form-action {sources};" in policy


# Deciding ----------------------------------------------------------------------------------------


@pytest.mark.req("AS-11")
def test_to_agree_and_to_refuse(named: Desk) -> None:
    for decision, found in (("agree", "code"), ("refuse", "error"), ("", "error"), ("AGREE", "error")):
        reply = named.decide(named.pushed().json()["request_uri"], decision)
        # Not 307: what she filled in stays here.
        assert reply.status_code == 303
        said = dict(parse_qsl(urlsplit(reply.headers["location"]).query))
        assert set(said) == {"state", "iss", found}
        assert said.get("error", "access_denied") == "access_denied"


def test_nobody_agrees_who_is_not_known_here(named: Desk) -> None:
    for person in ("", "eve", "__class__"):
        reply = named.decide(named.pushed().json()["request_uri"], fields={"person": person})
        assert "error=access_denied" in reply.headers["location"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": f"{BASE}.attacker.example"},
        {"Origin": "http://pid-issuer.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_form_of_another_website_decides_nothing(named: Desk, headers: dict[str, str]) -> None:
    request_uri = named.pushed().json()["request_uri"]
    refused(named.decide(request_uri, headers=headers), 400, "access_denied")
    mine = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    assert "code=" in named.decide(request_uri, headers=mine).headers["location"]


def test_a_form_is_a_form(named: Desk) -> None:
    assert named.http.post("/authorize", json={}).status_code == 415
    refused(named.http.post("/authorize", data={"a": "b"}), 400, "invalid_request_uri")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_person_reads_what_went_wrong_and_is_sent_nowhere(named: Desk, language: str) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": language}
    said = {"nl": "Begin opnieuw in uw wallet", "en": "Start again in your wallet"}[language]
    gone = {"client_id": named.client_id, "request_uri": "urn:ietf:params:oauth:request_uri:x"}
    from_elsewhere = {**browser, "Origin": "https://attacker.example"}
    for reply in (
        named.http.get("/authorize", params=gone, headers=browser),
        named.http.get("/authorize", headers=browser),
        named.http.post("/authorize", data=gone, headers=browser),
        named.http.post("/authorize", data=gone, headers=from_elsewhere),
    ):
        assert (reply.status_code, reply.headers["content-type"]) == (400, "text/html; charset=utf-8")
        assert f'<html lang="{language}">' in reply.text
        assert said in reply.text
        assert "location" not in reply.headers
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]


# Without a page ----------------------------------------------------------------------------------


def test_a_policy_decides_at_once(open_haip: Callable[..., Desk]) -> None:
    agrees, refuses = open_haip(login=lambda _: "jip"), open_haip(login=lambda _: None)
    assert "code=" in opened(agrees).headers["location"]
    reply = opened(refuses)
    assert reply.status_code == 303
    assert "error=access_denied" in reply.headers["location"]
    # Where a policy decides, no form does.
    request_uri = agrees.pushed().json()["request_uri"]
    assert "error=access_denied" in agrees.decide(request_uri).headers["location"]
