#!/usr/bin/env python
"""Walks the NL Wallet's own ``nl-wallet-button``, in a Chromium, against our verification_server and issuance_server.

    PYTHONPATH=. python tools/official_button.py PATH/TO/nl-wallet-web.iife.js

The script is theirs (EUPL-1.2), is built from ``wallet_web`` of MinBZK/nl-wallet, and is no part of this repository:
docs/nl-wallet.md says how, and what came of it. Needs Playwright, zxing-cpp and a Chromium of the system (or one that
NLWALLET_CHROMIUM names). Our own button has its test in tests/e2e/test_nlwallet_button_in_chromium.py.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from nlwallet import Sandbox, Wallet
from nlwallet.errors import NlWalletError
from nlwallet.issuer import card
from nlwallet.sandbox import IssuableDocument
from nlwallet.sandbox.issuance_server import IssuanceServer
from nlwallet.sandbox.loopback import Loopback
from nlwallet.sandbox.pilots import pilot

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
CARD = "urn:nlwallet:rental-contract:1"


class AheadClock:
    """The clock of the machine, some seconds ahead: links go stale as they do, and half an hour need not pass."""

    ahead = 0

    def now(self) -> int:
        """Seconds since the Unix epoch."""
        return int(time.time()) + self.ahead


class Shop:
    """A relying party's page with the button on it, its back end of two routes, and the servers behind them."""

    def __init__(self, script: bytes, profile: str) -> None:
        hosting = Loopback()
        self.script = script
        self.clock = AheadClock()
        self.edi = Sandbox(profile=profile, clock=self.clock, hosting=hosting)
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
        self.static = self._issuance() if profile == "nl-wallet-0.6" else {}
        routes = [
            Route("/", self.page),
            Route("/nl-wallet-web.iife.js", self.button),
            Route("/sessions", self.start, methods=["POST"]),
        ]
        self.edi.serve("shop.example", Starlette(routes=routes))
        self.client = self.edi.client()
        self.wallet: Wallet = self.edi.wallet("frouke")

    def _issuance(self) -> dict[str, str]:
        claims = card("rental-contract").claims("frouke", now=self.clock.now())
        server = IssuanceServer()
        self.edi.disclosure_based_issuance(
            pilot("gemeente-amsterdam").record,
            host="issuance-server.example",
            issuer=self.edi.issuer("rental-contract"),
            documents=lambda _: [IssuableDocument(CARD, claims, "00000000-0000-4000-8000-000000000001")],
            name="housing",
            server=server,
        )
        return {str(name): link for name, link in server.links("housing").items()}

    async def page(self, request: Request) -> Response:
        """With the policy that the button's own description asks for."""
        style = re.search(rb"""\[\[(["`])styles\1,\[(["'`])(.+?)\2\]\]\]""", self.script, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style[3] if style else b"").digest()).decode()
        public = self.served.public_url
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'sha256-{digest}'; img-src data:; font-src data:; "
            f"connect-src 'self' {public}; base-uri 'none'"
        )
        attributes = {
            "id": "b",
            "lang": "nl",
            "text": "Inloggen met NL Wallet",
            "start-url": f"{self.origin}/sessions",
            **request.query_params,
        }
        if "static" in attributes:
            del attributes["static"]
            attributes["same-device-ul"] = self.static["same_device"]
            attributes["cross-device-ul"] = self.static["cross_device"]
        else:
            attributes.setdefault("usecase", "adult")
        written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
        return HTMLResponse(
            '<!doctype html><html lang="nl"><head><title>Webwinkel</title>'
            '<script type="module" src="/nl-wallet-web.iife.js"></script></head>'
            f"<body><h1>Webwinkel</h1><nl-wallet-button {written}></nl-wallet-button></body></html>",
            headers={"Content-Security-Policy": policy},
        )

    async def button(self, _: Request) -> Response:
        """Their script."""
        return Response(self.script, media_type="text/javascript")

    async def start(self, request: Request) -> Response:
        """A session, begun for the page."""
        asked = await request.json()
        reply = await run_in_threadpool(
            self.client.post_json,
            f"{self.served.requester_url}/disclosure/sessions",
            {"usecase": asked["usecase"]},
            accept="application/json",
            what="session",
        )
        if reply.status != 200:
            return Response(reply.body, reply.status, media_type=reply.content_type)
        token = json.loads(reply.body)["session_token"]
        url = f"{self.served.public_url}/disclosure/sessions/{token}"
        return JSONResponse({"status_url": url, "session_token": token})

    def attributes(self, token: str, nonce: str = "") -> Any:
        """What the back end gets."""
        address = f"{self.served.requester_url}/disclosure/sessions/{token}/disclosed_attributes"
        reply = self.client.get(
            address + (f"?nonce={nonce}" if nonce else ""), accept="*/*", what="attributes"
        )
        return [one["attestations"][0]["attributes"] for one in json.loads(reply.body)]


class Visit:
    """The page in a window of its own; what its events, its console and the network said."""

    def __init__(self, browser: Browser, shop: Shop, query: str = "", **options: Any) -> None:
        self.shop = shop
        self.context = browser.new_context(ignore_https_errors=True, **options)
        self.context.set_default_timeout(60_000)
        self.page: Page = self.context.new_page()
        self.events: list[Any] = []
        self.console: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on(
            "response", lambda one: self.asked.append(f"{one.request.method} {one.status} {one.url}")
        )
        self.page.expose_function("heard", lambda name, detail: self.events.append((name, detail)))
        self.page.goto(f"{shop.origin}/{query}")
        self.page.evaluate(
            """() => ["success", "failed"].forEach(name => document.getElementById("b")
                 .addEventListener(name, event => window.heard(name, event.detail)))"""
        )
        self.click("wallet_button")

    def click(self, name: str) -> None:
        """One of their buttons."""
        self.page.get_by_test_id(name).click()

    def sees(self, name: str) -> None:
        """One of their states."""
        self.page.get_by_test_id(name).wait_for()

    def scanned(self) -> str:
        """The text of the QR code on the screen, as a phone's camera reads it."""
        self.sees("qr")
        codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(self.page.screenshot())))
        return str(codes[0].text) if codes else ""

    def token(self) -> str:
        """Of the last session."""
        (token,) = re.findall(r"/disclosure/sessions/(\w{32})", self.asked[-1])
        return str(token)

    def closed(self) -> bool:
        """Whether the dialog is gone."""
        self.page.get_by_test_id("wallet_modal").wait_for(state="detached")
        return True


def cross_device(visit: Visit) -> None:
    """A phone scans, the page goes on."""
    prompt = visit.shop.wallet.open(visit.scanned())
    visit.sees("in_progress")
    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    visit.sees("success_cross_device")
    visit.click("close_button")
    ((name, (token, session_type)),) = visit.events
    assert (name, session_type) == ("success", "cross_device")
    assert visit.shop.attributes(token) == [{"age_over_18": True}]


def same_device(visit: Visit) -> None:
    """The wallet is on this phone, and leads back to the shop with the nonce."""
    link = visit.page.get_by_test_id("same_device_button").get_attribute("href") or ""
    assert "session_type%3Dsame_device" in link
    visit.click("same_device_button")
    url = visit.shop.wallet.open(link).approve(pin=Sandbox.PIN, despite_warnings=True).redirect_uri or ""
    visit.sees("success_same_device")
    visit.click("close_button")
    ((name, (token, session_type)),) = visit.events
    assert (name, session_type) == ("success", "same_device")
    assert visit.shop.attributes(token, url.partition("nonce=")[2]) == [{"age_over_18": True}]


def phone_to_other_device(visit: Visit) -> None:
    """On a phone the person chooses the QR code after all."""
    visit.sees("device_choice")
    visit.click("cross_device_button")
    assert "session_type%3Dcross_device" in visit.scanned()
    visit.shop.wallet.open(visit.scanned()).approve(pin=Sandbox.PIN, despite_warnings=True)
    visit.sees("success_cross_device")


def rotation(visit: Visit) -> None:
    """The code on the screen is another one each time, and an old one is worth nothing."""
    first = visit.scanned()
    for _ in range(40):
        if visit.scanned() != first:
            break
        visit.page.wait_for_timeout(250)
    assert visit.scanned() != first
    visit.shop.clock.ahead += 11
    (request_uri,) = parse_qs(urlsplit(first).query)["request_uri"]
    stale = visit.shop.client.send("POST", request_uri, body=b"", headers=FORM, what="request")
    assert (stale.status, json.loads(stale.body)["error"]) == (401, "expired_ephemeral_id")
    visit.page.wait_for_timeout(2500)
    visit.shop.wallet.open(visit.scanned()).approve(pin=Sandbox.PIN, despite_warnings=True)
    visit.sees("success_cross_device")


def closed_at_the_code(visit: Visit) -> None:
    """Closing at the QR code cancels (DELETE, after the browser asked whether it may)."""
    visit.sees("qr")
    token = visit.token()
    visit.click("close_button")
    assert visit.closed()
    status = visit.shop.served.server.status(token)
    assert status == {"status": "CANCELLED"}


def stopped_half_way(visit: Visit) -> None:
    """Stop, no, stop, yes: while the phone is busy."""
    visit.shop.wallet.open(visit.scanned())
    visit.sees("in_progress")
    visit.click("cancel_button")
    visit.sees("confirm_stop")
    visit.click("back_button")
    visit.sees("in_progress")
    visit.click("cancel_button")
    visit.sees("confirm_stop")
    visit.click("cancel_button")
    visit.sees("cancelled_header")
    visit.click("close_button")
    assert [name for name, _ in visit.events] == ["failed"]


def denied_and_tried_again(visit: Visit) -> None:
    """The person says no; a second try is a second session."""
    first = visit.scanned()
    visit.shop.wallet.open(first).deny()
    visit.sees("cancelled_header")
    visit.click("retry_button")
    assert visit.scanned() != first
    visit.shop.wallet.open(visit.scanned()).approve(pin=Sandbox.PIN, despite_warnings=True)
    visit.sees("success_cross_device")


def expired(visit: Visit) -> None:
    """Half an hour of nothing."""
    visit.sees("qr")
    visit.shop.clock.ahead += 1801
    visit.sees("expired_header")
    visit.click("retry_button")
    visit.shop.wallet.open(visit.scanned()).approve(pin=Sandbox.PIN, despite_warnings=True)
    visit.sees("success_cross_device")


def gone(visit: Visit) -> None:
    """Half an hour and four of nothing, and no look in between: the session is not known any more."""
    visit.sees("qr")
    visit.shop.clock.ahead += 1801 + 4 * 3600
    visit.sees("failed_header")
    assert any("GET 404" in one for one in visit.asked)


def failed(visit: Visit) -> None:
    """The wallet answers with something that is no answer."""
    visit.shop.wallet.open(visit.scanned())
    visit.sees("in_progress")
    url = f"{visit.shop.served.public_url}/disclosure/sessions/{visit.token()}/response_uri"
    visit.shop.client.send("POST", url, body=b"response=x", headers=FORM, what="answer")
    visit.sees("failed_header")


def unknown_use_case(visit: Visit) -> None:
    """The back end begins no session."""
    visit.sees("failed_header")
    visit.click("close_button")
    assert [name for name, _ in visit.events] == ["failed"]


def no_network(visit: Visit) -> None:
    """The phone of the person has no connection for a while."""
    visit.sees("qr")
    visit.context.set_offline(True)
    visit.sees("network_header")
    visit.context.set_offline(False)
    visit.click("retry_button")
    visit.sees("qr")


def static_cross_device(visit: Visit) -> None:
    """Without a use case: the link is the same for everybody, and leads to a card."""
    link = visit.scanned()
    assert link == visit.shop.static["cross_device"]
    outcome = visit.shop.wallet.open(link).approve(pin=Sandbox.PIN, despite_warnings=True)
    (received,) = visit.shop.wallet.receive(outcome.offer or "")
    assert received.type == CARD
    visit.click("close_button")
    assert visit.closed()


def static_same_device(visit: Visit) -> None:
    """The same on a phone."""
    link = visit.page.get_by_test_id("same_device_button").get_attribute("href")
    assert link == visit.shop.static["same_device"]
    visit.click("cross_device_button")
    assert visit.scanned() == visit.shop.static["cross_device"]


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ON_A_PHONE = {"user_agent": PHONE, "viewport": {"width": 390, "height": 844}}
WALKS: tuple[tuple[Callable[[Visit], None], str, dict[str, Any]], ...] = (
    (cross_device, "", {}),
    (same_device, "", ON_A_PHONE),
    (phone_to_other_device, "?lang=en", ON_A_PHONE),
    (rotation, "", {}),
    (closed_at_the_code, "", {}),
    (stopped_half_way, "", {}),
    (denied_and_tried_again, "", {}),
    (expired, "", {}),
    (gone, "", {}),
    (failed, "", {}),
    (unknown_use_case, "?usecase=other", {}),
    (no_network, "", {}),
    (static_cross_device, "?static=1", {}),
    (static_same_device, "?static=1", ON_A_PHONE),
)


def main(script: bytes) -> int:
    """How many walks did not end where they should."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("NLWALLET_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    wrong = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for profile in ("nl-wallet-0.6", "nl-wallet-0.5"):
            shop = Shop(script, profile)
            with shop.edi:
                for walk, query, options in WALKS:
                    if "static" in query and not shop.static:
                        continue
                    wrong += _ends_well(profile, walk, Visit(browser, shop, query, **options))
        browser.close()
    return wrong


def _ends_well(profile: str, walk: Callable[[Visit], None], visit: Visit) -> int:
    try:
        walk(visit)
    except (AssertionError, IndexError, ValueError, PlaywrightError, NlWalletError) as error:
        said = [*visit.console[-4:], *visit.asked[-4:]]
        print(f"{profile}  {walk.__name__:<24} WRONG: {type(error).__name__}: {error}", *said, sep="\n    ")
        return 1
    finally:
        visit.context.close()
    complaints = [one for one in visit.console if "Content Security Policy" in one or "CORS" in one]
    print(f"{profile}  {walk.__name__:<24} as it should be", *complaints, sep="\n    ")
    return len(complaints)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).read_bytes()))
