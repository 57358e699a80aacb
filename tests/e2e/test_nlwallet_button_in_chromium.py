"""The button for pages of relying parties, in a real browser over an example page, with our wallet on the phone."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import zxingcpp
from accessible import found_by_axe
from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from nlwallet import Sandbox, Wallet
from nlwallet.http import HttpClient
from nlwallet.issuer import card
from nlwallet.sandbox import IssuableDocument, pilot
from nlwallet.sandbox.issuance_server import IssuanceServer
from nlwallet.sandbox.loopback import Loopback

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
PAGE = """<!doctype html><html lang="{language}"><head><title>Webwinkel</title>
<meta name="viewport" content="width=device-width"><script src="{public}/nlwallet-button.js"></script></head>
<body><main><h1>Webwinkel</h1>
<nlwallet-button id="b" {attributes} poll-interval="500" help-base-url="/help"></nlwallet-button></main>
</body></html>"""
CARD = "urn:nlwallet:rental-contract:1"


class Shop:
    """A relying party as its developers make it: a page with the button, and a back end of three routes."""

    def __init__(self) -> None:
        hosting = Loopback()
        self.edi = Sandbox(hosting=hosting)
        self.origin = hosting.origin("shop.example")
        self.served = self.edi.verification_server(
            {
                "adult": {
                    "pilot": "cafe-de-vrije-val",
                    "return_url_template": f"{self.origin}/return?session_token={{session_token}}",
                }
            },
            allow_origins=[self.origin],
        )
        self.issuance = self._issuance_server()
        routes = [
            Route("/", self.page),
            Route("/static", self.static_page),
            Route("/sessions", self.start, methods=["POST"]),
            Route("/return", self.return_page),
        ]
        self.edi.serve("shop.example", Starlette(routes=routes))
        self.client: HttpClient = self.edi.client()
        self.wallet: Wallet = self.edi.wallet("frouke")

    def _issuance_server(self) -> IssuanceServer:
        claims, server = card("rental-contract").claims("frouke", now=self.edi.clock.now()), IssuanceServer()
        self.edi.disclosure_based_issuance(
            pilot("gemeente-amsterdam").record,
            host="issuance-server.example",
            issuer=self.edi.issuer("rental-contract"),
            documents=lambda _: [IssuableDocument(CARD, claims, "00000000-0000-4000-8000-000000000001")],
            name="housing",
            server=server,
        )
        return server

    async def page(self, request: Request) -> Response:
        usecase = request.query_params.get("usecase", "adult")
        return self._page(
            self.served.public_url,
            f'usecase="{usecase}" start-url="/sessions"',
            language=request.query_params.get("lang", "nl"),
        )

    async def static_page(self, _: Request) -> Response:
        links = self.issuance.links("housing")
        attributes = (f'{one.replace("_", "-")}-ul="{html.escape(link)}"' for one, link in links.items())
        return self._page(self.issuance["housing"].verifier.base_url, " ".join(attributes))

    @staticmethod
    def _page(public: str, attributes: str, *, language: str = "nl") -> Response:
        policy = f"default-src 'none'; script-src {public}; connect-src 'self' {public}; base-uri 'none'"
        text = PAGE.format(public=public, language=language, attributes=attributes)
        return HTMLResponse(text, headers={"Content-Security-Policy": policy})

    async def start(self, request: Request) -> Response:
        asked = await request.json()
        reply = await run_in_threadpool(
            self.client.post_json,
            f"{self.served.requester_url}/disclosure/sessions",
            {"usecase": asked["usecase"]},
            accept="application/json",
            what="session",
        )
        if reply.status != 200:
            return JSONResponse({}, 500)
        token = json.loads(reply.body)["session_token"]
        return JSONResponse(
            {"status_url": f"{self.served.public_url}/disclosure/sessions/{token}", "session_token": token}
        )

    async def return_page(self, request: Request) -> Response:
        found = await run_in_threadpool(self.attributes, **dict(request.query_params))
        return HTMLResponse(f"<!doctype html><title>Terug</title><p id=a>{json.dumps(found)}")

    def attributes(self, session_token: str, nonce: str = "") -> Any:
        """What the back end gets."""
        address = f"{self.served.requester_url}/disclosure/sessions/{session_token}/disclosed_attributes"
        query = f"?nonce={nonce}" if nonce else ""
        reply = self.client.get(address + query, accept="application/json", what="attributes")
        assert reply.status == 200
        return [one["attestations"][0]["attributes"] for one in json.loads(reply.body)]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    one = Shop()
    with one.edi:
        yield one


def opened(browser: Browser, shop: Shop, query: str = "", **options: Any) -> tuple[Page, list[Any]]:
    """The page in a window of its own; and what its events and its console said."""
    context = browser.new_context(ignore_https_errors=True, **options)
    context.set_default_timeout(60_000)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(("console", message.text)))
    page.expose_function("heard", lambda name, detail: said.append((name, detail)))
    page.goto(f"{shop.origin}/{query}")
    page.evaluate(
        """() => ["success", "failed"].forEach(name => document.getElementById("b")
             .addEventListener(name, event => window.heard(name, event.detail)))"""
    )
    return page, said


def scanned(page: Page) -> str:
    """The text of the QR code on the screen, as a phone's camera reads it."""
    page.locator("svg.qr path[d]").wait_for()
    picture = Image.open(io.BytesIO(page.screenshot()))
    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return str(code.text)


def test_cross_device_the_phone_scans_and_the_page_goes_on(shop: Shop, browser: Browser) -> None:
    page, said = opened(browser, shop)
    page.get_by_test_id("wallet_button").click()
    link = scanned(page)
    assert link.startswith("walletdebuginteraction://wallet.edi.rijksoverheid.nl/disclosure?client_id=")
    prompt = shop.wallet.open(link)
    page.get_by_text("Ga verder in de NL Wallet app op uw telefoon.").wait_for()
    prompt.approve(pin=Sandbox.PIN)
    page.get_by_role("heading", name="Gelukt").wait_for()
    ((name, (token, session_type)),) = said  # and no complaint of the page's own policy
    assert (name, session_type) == ("success", "cross_device")
    assert shop.attributes(token) == [{"age_over_18": True}]
    page.get_by_test_id("close_button").click()
    assert page.locator("dialog[open]").count() == 0
    page.context.close()


def test_same_device_the_wallet_leads_back_with_the_nonce(shop: Shop, browser: Browser) -> None:
    page, said = opened(browser, shop, "?lang=en", user_agent=PHONE, viewport={"width": 320, "height": 640})
    page.get_by_role("button", name="Log in with NL Wallet").click()
    page.get_by_test_id("same_device_button").click()
    link = page.get_by_test_id("same_device_link").get_attribute("href") or ""
    assert "session_type%3Dsame_device" in link
    url = shop.wallet.open(link).approve(pin=Sandbox.PIN).redirect_uri or ""
    page.get_by_role("heading", name="Done").wait_for()
    assert [name for name, _ in said] == ["success"]
    page.goto(url)
    assert json.loads(page.locator("#a").inner_text()) == [{"age_over_18": True}]
    page.context.close()


def test_without_a_use_case_its_links_are_those_of_the_page(shop: Shop, browser: Browser) -> None:
    page, said = opened(browser, shop, "static", user_agent=PHONE, viewport={"width": 390, "height": 844})
    links = shop.issuance.links("housing")
    page.get_by_test_id("wallet_button").click()
    page.get_by_test_id("same_device_button").click()
    assert page.get_by_test_id("same_device_link").get_attribute("href") == links["same_device"]
    page.get_by_test_id("cross_device_button").click()
    assert scanned(page) == links["cross_device"]
    outcome = shop.wallet.open(links["cross_device"]).approve(pin=Sandbox.PIN)
    (received,) = shop.wallet.receive(outcome.offer or "")
    assert received.type == CARD
    page.get_by_test_id("cancel_button").click()
    page.locator("dialog:not([open])").wait_for(state="attached")
    assert said == []  # nobody can tell the page what became of it
    page.context.close()


def test_the_qr_code_rotates_and_can_be_left_for_this_device(shop: Shop, browser: Browser) -> None:
    page, _ = opened(browser, shop)
    page.get_by_test_id("wallet_button").click()
    first = scanned(page)
    before = page.get_by_test_id("qr").locator("path").get_attribute("d")
    page.wait_for_function(
        """before => document.getElementById("b").shadowRoot.querySelector("svg.qr path")
             .getAttribute("d") !== before""",
        arg=before,
    )
    assert scanned(page) != first
    page.get_by_test_id("same_device_button").click()
    page.get_by_test_id("same_device_link").wait_for()
    page.get_by_test_id("cross_device_button").click()
    assert "cross_device" in scanned(page)
    page.context.close()


def test_by_keyboard_alone(shop: Shop, browser: Browser) -> None:
    page, said = opened(browser, shop)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_test_id("qr").wait_for()
    seen = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate("document.activeElement.shadowRoot?.activeElement?.dataset.testid || 'outside'")
        )
    assert {"same_device_button", "cancel_button", "help_link"} <= seen
    assert "wallet_button" not in seen  # the page behind the dialog is out of reach
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.getElementById('b').shadowRoot.querySelector('dialog').open")
    focused = "document.activeElement.shadowRoot.activeElement.dataset.testid"
    assert page.evaluate(focused) == "wallet_button"
    page.wait_for_function("() => true")
    ((name, (token, _)),) = said
    assert name == "failed"
    status = f"{shop.served.public_url}/disclosure/sessions/{token}"
    for _ in range(200):
        found = json.loads(shop.client.get(status, accept="*/*", what="status").body)
        if found["status"] != "CREATED":
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
    assert found == {"status": "CANCELLED"}
    page.context.close()


def test_what_goes_wrong_is_told_and_can_be_tried_again(shop: Shop, browser: Browser) -> None:
    page, said = opened(browser, shop, "?usecase=other&lang=en")
    page.get_by_test_id("wallet_button").click()
    page.get_by_role("heading", name="That did not work").wait_for()
    page.evaluate("document.getElementById('b').setAttribute('usecase', 'adult')")
    page.get_by_test_id("retry_button").click()
    shop.wallet.open(scanned(page)).deny()
    page.get_by_role("heading", name="You stopped").wait_for()
    assert [name for name, _ in said if name != "console"] == ["failed", "failed"]
    page.context.set_offline(True)
    page.get_by_test_id("retry_button").click()
    page.get_by_role("heading", name="No connection").wait_for()
    page.context.close()


def test_axe_finds_nothing_in_any_state(shop: Shop, browser: Browser, axe: str) -> None:
    options = {"bypass_csp": True, "viewport": {"width": 320, "height": 640}, "reduced_motion": "reduce"}
    page, _ = opened(browser, shop, "?lang=nl", user_agent=PHONE, **options)
    assert found_by_axe(page, axe)["violations"] == []
    page.get_by_test_id("wallet_button").click()
    steps = {
        "choose": lambda: page.get_by_test_id("cross_device_button").wait_for(),
        "open": lambda: page.get_by_test_id("same_device_button").click(),
        "scan": lambda: page.get_by_test_id("cross_device_button").click(),
    }
    links = {"open": "same_device_link", "scan": "qr"}
    for state, step in steps.items():
        step()
        if state in links:
            page.get_by_test_id(links[state]).wait_for()
        assert found_by_axe(page, axe)["violations"] == [], state
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    prompt = shop.wallet.open(scanned(page))
    page.locator(".wait").wait_for()
    assert (
        page.evaluate(
            "getComputedStyle(document.getElementById('b').shadowRoot.querySelector('.wait')).animationName"
        )
        == "none"
    )
    assert found_by_axe(page, axe)["violations"] == []
    prompt.deny()
    page.get_by_test_id("retry_button").wait_for()
    assert found_by_axe(page, axe)["violations"] == []
    for touched in page.locator("nlwallet-button button:visible").all():
        box = touched.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
    page.context.close()


def test_it_draws_only_links_of_its_own_server(shop: Shop) -> None:
    ours = shop.served.server.status(shop.served.server.start("adult"), session_type="cross_device")["ul"]

    def drawn(text: str) -> int:
        address = f"{shop.served.public_url}/nlwallet-button/qr.json"
        return shop.client.get(f"{address}?{urlencode({'text': text})}", accept="*/*", what="qr").status

    assert drawn(ours) == 200
    for text in (
        "",
        "https://evil.example/",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Fevil.example%2F",
        ours + "a" * 2100,
        ours + "&request_uri=https://evil.example/",
        "a://?" + "&".join("b" * 9),
    ):
        assert drawn(text) in (400, 422)
