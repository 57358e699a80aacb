#!/usr/bin/env python
"""Takes the pictures of docs/sandbox-wallet.md: the wallet's website, at the size of a phone.

    PYTHONPATH=. python tools/wallet_screenshots.py [FOLDER]

It needs Playwright and a Chromium of the system (or one that NLWALLET_CHROMIUM names). What must hold of every page
is tested in tests/e2e/test_wallet_pages_in_chromium.py.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

from consent_screenshots import with_palette
from playwright.sync_api import Page, sync_playwright

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.sandbox.pages.wallet_app import wallet_app
from nlwallet.sandbox.server_thread import ServerThread, listener

MOMENT = 1_790_000_000
RETURN = "https://mijn.amsterdam.example/ingelogd"


def main(folder: Path) -> None:
    """Write the pictures in both languages."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("NLWALLET_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    socket = listener("127.0.0.1", 0)
    with Sandbox(clock=TravellingClock(MOMENT)) as edi, sync_playwright() as playwright:
        server = ServerThread("wallet", wallet_app(edi, cards=("pid", "driving-licence", "diploma")), socket)
        site = f"http://localhost:{socket.getsockname()[1]}"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for language in ("nl", "en"):
            context = browser.new_context(locale=language, viewport={"width": 390, "height": 844})
            _walk(context.new_page(), edi, site, folder, language)
            context.close()
        browser.close()
        server.stop()


def _walk(page: Page, edi: Sandbox, site: str, folder: Path, language: str) -> None:
    def take(name: str) -> None:
        page.wait_for_load_state("load")
        target = folder / f"wallet-{name}-{language}.png"
        target.write_bytes(with_palette(page.screenshot()))
        print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")

    page.goto(site)
    take("start")
    page.click("button[value=frouke]")
    take("cards")
    party = edi.relying_party("gemeente-amsterdam")
    link = party.request(flow="same_device", redirect_uri=RETURN).uri
    page.goto(f"{site}/open?link={quote(link, safe='')}")
    take("link")
    page.click("button[value=look]")
    take("consent")
    page.fill("#pin", Sandbox.PIN)
    page.click("button[value=approve]")
    take("done")
    over = edi.relying_party("over-asking").request()
    page.goto(f"{site}/open?link={quote(over.uri, safe='')}")
    page.click("button[value=look]")
    page.click("button[value=deny]")
    page.goto(f"{site}/history")
    take("history")
    page.click("text=/^(Gedeeld met|Shared with)/")
    take("line")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "pictures")
