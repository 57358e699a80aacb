"""A headless Chromium of the system; where there is none, a loud skip (and a failure on request)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

REQUIRED = "NLWALLET_REQUIRE_BROWSER"
"""Set to ``1`` where a browser must be there, as in continuous integration: then a skip is an error."""
PATIENCE_MS = 60_000
AXE = Path(__file__).parents[1] / "interop" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("NLWALLET_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; nothing is ever downloaded."""
    if CHROMIUM is None:
        problem = "NO BROWSER: install Chromium (Debian: chromium), or name one in NLWALLET_CHROMIUM"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(problem, pytrace=False)
        pytest.skip(problem)
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for the tests of a module. Every name below ``.example`` is this machine.

    Not for the session: while Playwright runs, its thread has a running event loop, and no test of another
    module could use ``asyncio.run``.
    """
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            args=["--host-resolver-rules=MAP *.example 127.0.0.1"],
            timeout=PATIENCE_MS,
        )
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window that knows nothing yet, and takes the certificates of the loopback servers."""
    made = browser.new_context(ignore_https_errors=True)
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()


@pytest.fixture
def axe() -> str:
    """What judges a page (MPL-2.0, Deque Systems): its rules are the published ones of WCAG 2.2."""
    if not AXE.exists():
        problem = "NO AXE: npm package axe-core is not in tests/interop/node_modules (make peers)"
        if os.environ.get("NLWALLET_REQUIRE_NODE") == "1":
            pytest.fail(problem, pytrace=False)
        pytest.skip(problem)
    return AXE.read_text(encoding="utf-8")
