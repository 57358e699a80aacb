"""A relying party's own page in a real browser, with a wallet of ours behind ``navigator.credentials.get``."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nlwallet import ConsentPrompt, Sandbox, Wallet
from nlwallet.holder import LogOutcome, Outcome
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import pilot
from nlwallet.sandbox.loopback import Loopback
from nlwallet.testing import DigitalCredentials, Exchange, approves, closes, denies, undecided

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
EXAMPLE = Path(__file__).parents[2] / "examples" / "website_with_dc_api.py"

ADULT, NOTHING, WAITING = (
    "Ja, u bent 18 of ouder. Veel plezier.",
    "U hebt niets gedeeld.",
    "Kijk in uw wallet.",
)
SHARE, STOP = "Laat het zien met uw wallet", "Stoppen"
CONFIRM = approves(despite_warnings=["unknown_party", "not_registered"])


@pytest.fixture(scope="module")
def example() -> Any:
    spec = importlib.util.spec_from_file_location("website_with_dc_api", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Street:
    """The example's website at hosts of this machine, on HTTPS; a host is served once for each way of asking."""

    def __init__(self, example: Any) -> None:
        self.edi = Sandbox(profile=OPENID4VP_1_0)
        record = pilot("cafe-de-vrije-val").record
        self.bar = self.edi.register(record, host="cafe.example", also_as=("did:jwk",))
        self._example = example
        self._servers = Loopback()
        self._open: set[str] = set()

    def website(self, host: str = "cafe.example", **how: Any) -> str:
        name = f"{host} {sorted(how.items())}"
        origin = self._servers.origin(name).replace("localhost", host)
        if name not in self._open:
            self._servers.serve(name, self._example.website(self.bar, origin, **how))
            self._open.add(name)
        return origin

    def close(self) -> None:
        self._servers.close()
        self.edi.close()


@pytest.fixture(scope="module")
def street(example: Any) -> Iterator[Street]:
    made = Street(example)
    yield made
    made.close()


@pytest.fixture
def frouke(street: Street) -> Wallet:
    return street.edi.wallet("frouke")


@pytest.fixture
def platform(frouke: Wallet, page: Page) -> Iterator[DigitalCredentials]:
    """The stand-in, installed in the page of the test."""
    with DigitalCredentials(frouke) as made:
        made.install(page)
        yield made


def click(page: Page, name: str = SHARE) -> None:
    page.get_by_role("button", name=name).click()


def says(page: Page, text: str) -> None:
    from playwright.sync_api import expect

    expect(page.get_by_role("status")).to_have_text(text)


def ended(page: Page, platform: DigitalCredentials) -> Exchange:
    """The newest exchange, when the page's last word about it has arrived."""
    for _ in range(100):
        if platform.last.state != "open":
            break
        page.evaluate("0")
    return platform.last


# A relying party's page ------------------------------------------------------------------------


@pytest.mark.req("HV-14", "HW-03", "OIA_08")
@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])
@pytest.mark.parametrize("form", ["signed", "unsigned", "multisigned"])
def test_a_citizen_shows_her_age_on_the_page(
    street: Street, page: Page, platform: DigitalCredentials, form: str, encrypted: bool
) -> None:
    platform.citizen = CONFIRM if form == "unsigned" else approves()
    origin = street.website(form=form, encrypted=encrypted)
    page.goto(origin)
    click(page)
    says(page, ADULT)
    exchange = platform.last
    assert exchange.origin == origin
    assert exchange.credential["protocol"] == f"openid4vp-v1-{form}"
    assert list(exchange.credential["data"]) == (["response"] if encrypted else ["vp_token"])
    assert [claim.path for card in exchange.prompt.cards for claim in card.claims] == [("age_over_18",)]


def test_a_page_on_localhost_needs_no_tls(
    example: Any, street: Street, page: Page, platform: DigitalCredentials
) -> None:
    listener = example.socket.create_server(("127.0.0.1", 0))
    origin = f"http://localhost:{listener.getsockname()[1]}"
    platform.citizen = approves(despite_warnings=["other_website"])
    with example.serving(example.website(street.bar, origin), listener):
        page.goto(f"{origin}/?lang=en")
        click(page, "Show it with your wallet")
        says(page, "Yes, you are 18 or older. Enjoy.")
    assert platform.last.origin == origin


def test_a_page_over_plain_http_has_no_such_api(page: Page, platform: DigitalCredentials) -> None:
    page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto("http://cafe.example/")
    assert page.evaluate("[typeof DigitalCredential, typeof navigator.credentials]") == ["undefined"] * 2


@pytest.mark.req("A-12")
@pytest.mark.parametrize("citizen", [denies, closes])
def test_a_citizen_shares_nothing(
    street: Street, page: Page, platform: DigitalCredentials, frouke: Wallet, citizen: Any
) -> None:
    platform.citizen = citizen
    page.goto(street.website())
    click(page)
    says(page, NOTHING)
    assert frouke.log[-1].outcome is LogOutcome.DENIED
    assert platform.last.state == ("fulfilled" if citizen is denies else "rejected")
    platform.citizen = approves()  # and may think again: the request was not used up
    click(page)
    says(page, ADULT)


@pytest.mark.req("A-05", "ADV-161")
@pytest.mark.parametrize("form", ["signed", "multisigned"])
@pytest.mark.parametrize("reports", [False, True], ids=["silent", "reporting"])
def test_a_page_with_somebody_elses_request_gets_nothing(
    street: Street, page: Page, frouke: Wallet, form: str, reports: bool
) -> None:
    with DigitalCredentials(frouke, reports_errors=reports) as platform:
        platform.install(page)
        page.goto(street.website("evil.example", form=form, origins=[street.website()]))
        click(page)
        says(page, NOTHING)
    assert platform.last.origin.startswith("https://evil.example:")
    assert platform.last.error.code == "invalid_request"
    assert platform.last.prompt is None
    assert platform.last.credential == (
        {
            "id": "",
            "type": "digital",
            "protocol": f"openid4vp-v1-{form}",
            "data": {"error": "invalid_request"},
        }
        if reports
        else None
    )


def test_an_unsigned_request_can_only_be_the_pages_own(
    street: Street, page: Page, platform: DigitalCredentials
) -> None:
    """The answer is bound to the origin that asked, so it is of no use to the one who was imitated."""
    platform.citizen = CONFIRM
    page.goto(street.website("evil.example", form="unsigned", origins=[street.website()]))
    click(page)
    says(page, "Het is niet gelukt.")
    assert platform.last.state == "fulfilled"
    assert platform.last.prompt.requester.verified is False


def test_an_answer_of_another_users_session_is_not_taken(
    street: Street, page: Page, platform: DigitalCredentials, browser: Browser
) -> None:
    page.route("**/answer", lambda route: route.abort())
    origin = street.website()
    page.goto(origin)
    click(page)
    says(page, "Het is niet gelukt.")
    elsewhere = browser.new_context(ignore_https_errors=True)
    thief = elsewhere.new_page()
    thief.goto(origin)  # a session of its own
    post = "async (body) => (await fetch('/answer', { method: 'POST', body })).status"
    assert thief.evaluate(post, json.dumps(platform.last.credential["data"])) == 400
    elsewhere.close()


# Giving up -------------------------------------------------------------------------------------


def test_the_page_stops_waiting(
    street: Street, page: Page, platform: DigitalCredentials, frouke: Wallet
) -> None:
    platform.citizen = undecided
    page.goto(street.website())
    click(page)
    says(page, WAITING)
    click(page, STOP)
    says(page, NOTHING)
    assert ended(page, platform).state == "aborted"
    assert frouke.log[-1].outcome is LogOutcome.DENIED
    platform.citizen = approves()
    click(page)
    says(page, ADULT)


def test_the_page_stops_while_the_citizen_reads(
    street: Street, page: Page, platform: DigitalCredentials, frouke: Wallet
) -> None:
    def reads(prompt: ConsentPrompt) -> Outcome:
        click(page, STOP)
        says(page, NOTHING)
        assert ended(page, platform).state == "aborted"
        return prompt.approve(pin=Sandbox.PIN)

    platform.citizen = reads
    page.goto(street.website())
    click(page)
    says(page, NOTHING)
    assert platform.last.state == "aborted"
    assert [each.outcome for each in frouke.log[1:]] == [LogOutcome.DENIED]


def test_a_citizen_decides_later(street: Street, page: Page, platform: DigitalCredentials) -> None:
    platform.citizen = undecided
    page.goto(street.website())
    click(page)
    says(page, WAITING)
    platform.decide(approves())
    says(page, ADULT)


def test_leaving_the_page_closes_the_prompt(street: Street, page: Page, platform: DigitalCredentials) -> None:
    platform.citizen = undecided
    page.goto(street.website())
    click(page)
    says(page, WAITING)
    page.reload()
    platform.citizen = approves()
    click(page)
    says(page, ADULT)
    assert [each.state for each in platform.exchanges] == ["aborted", "fulfilled"]


def test_what_is_open_at_the_end_is_cancelled(street: Street, page: Page, frouke: Wallet) -> None:
    with DigitalCredentials(frouke, citizen=undecided) as platform:
        platform.install(page)
        page.goto(street.website())
        click(page)
        says(page, WAITING)
    says(page, NOTHING)


def test_an_assertion_in_the_citizens_function_comes_out(street: Street, page: Page, frouke: Wallet) -> None:
    def reads(prompt: ConsentPrompt) -> Outcome:
        assert prompt.requester.trade_name == "De Buren"
        return prompt.approve(pin=Sandbox.PIN)

    platform = DigitalCredentials(frouke, citizen=reads)
    platform.install(page)
    page.goto(street.website())
    click(page)
    says(page, NOTHING)
    with pytest.raises(AssertionError, match="De Buren"):
        platform.raise_errors()


# Installing ------------------------------------------------------------------------------------


def test_a_context_has_it_in_every_page(street: Street, context: BrowserContext, frouke: Wallet) -> None:
    with DigitalCredentials(frouke) as platform:
        platform.install(context)
        for _ in range(2):
            page = context.new_page()
            page.goto(street.website())
            click(page)
            says(page, ADULT)
    assert [each.state for each in platform.exchanges] == ["fulfilled"] * 2


def test_the_asynchronous_playwright(street: Street, frouke: Wallet, chromium: str) -> None:
    origin, states = street.website(), []

    async def visit() -> None:
        from playwright.async_api import async_playwright, expect

        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--host-resolver-rules=MAP *.example 127.0.0.1"]
            )
            page = await browser.new_page(ignore_https_errors=True)
            platform = DigitalCredentials(frouke, citizen=undecided)
            await platform.install_async(page)
            await page.goto(origin)
            await page.get_by_role("button", name=SHARE).click()
            expect.set_options(timeout=PATIENCE_MS)
            await expect(page.get_by_role("status")).to_have_text(WAITING)
            platform.decide(approves())
            await expect(page.get_by_role("status")).to_have_text(ADULT)
            states.append(platform.last.state)
            await browser.close()

    # Another thread: while the other Playwright is at work, this one has a running event loop.
    thread = threading.Thread(target=lambda: asyncio.run(visit()))
    thread.start()
    thread.join()
    assert states == ["fulfilled"]


# What the documentation promises ---------------------------------------------------------------


def test_the_test_file_of_the_document_passes(chromium: str, tmp_path: Path) -> None:
    text = (EXAMPLE.parents[1] / "docs" / "digital-credentials-api.md").read_text(encoding="utf-8")
    block = text.partition("```python\n")[2].partition("```")[0]
    block = block.replace('shutil.which("chromium")', repr(chromium))
    (tmp_path / "test_of_the_document.py").write_text(block, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--rootdir"]
    done = subprocess.run(
        [*command, str(tmp_path), str(tmp_path)],
        cwd=EXAMPLE.parents[1], capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_example_says_that_she_is_let_in(chromium: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLE)], env={**os.environ, "NLWALLET_CHROMIUM": chromium},
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    said, asked = done.stdout.splitlines()
    assert said == ADULT
    assert asked.startswith("Frouke was asked by Café De Vrije Val, at http://localhost:")
