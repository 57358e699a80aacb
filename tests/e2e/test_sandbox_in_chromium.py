"""The sandbox in two windows of a real browser: the shop on a laptop, and the phone."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import zxingcpp
from accessible import found_by_axe, smallest
from PIL import Image

from nlwallet.sandbox.served import ServedSandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WRITE_PICTURES = "NLWALLET_WRITE_PICTURES"
"""Set to ``1`` to take the pictures of the README and docs/ anew."""

OpenWindow = Callable[..., "Page"]


@pytest.fixture(scope="module")
def served() -> Iterator[ServedSandbox]:
    with ServedSandbox(port=0) as made:
        yield made


@pytest.fixture
def window(browser: Browser) -> Iterator[OpenWindow]:
    """A new window that knows nothing yet; what a page complains of fails the test."""
    opened = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if not message.text.startswith(
            "Failed to load resource"
        ):  # a page that says what went wrong is a 400
            complaints.append(message.text)

    def open_(width: int = 900, language: str = "nl", **options: object) -> Page:
        context = browser.new_context(
            locale=language, viewport={"width": width, "height": 844 if width < 500 else 760}, **options
        )
        context.set_default_timeout(60_000)
        opened.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_
    for context in opened:
        context.close()
    assert complaints == []


def picture(page: Page, name: str) -> None:
    if os.environ.get(WRITE_PICTURES) == "1":
        PICTURES.mkdir(exist_ok=True)
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(64)
        shot.save(PICTURES / f"{name}.png", optimize=True)


def become(phone: Page, served: ServedSandbox, name: str = "Frouke Hofstra") -> None:
    phone.goto(served.pages["wallet"])
    phone.get_by_role("button", name=f"Ik ben {name}").click()


def test_a_house_is_rented_with_a_code_on_one_screen_and_a_phone_in_the_other(
    served: ServedSandbox, window: OpenWindow
) -> None:
    shop, phone = window(), window(390)
    become(phone, served)
    shop.goto(served.pages["start"])
    picture(shop, "sandbox-start")
    shop.get_by_role("link", name="Open de pagina van De Goede Huizen Verhuur").click()
    shop.get_by_role("button", name="Ga verder met uw wallet").click()
    code = shop.get_by_role("img", name="QR-code voor uw wallet")
    (seen,) = zxingcpp.read_barcodes(
        Image.open(io.BytesIO(code.screenshot())), formats=zxingcpp.BarcodeFormat.QRCode
    )
    shop.get_by_text("De tekst in de code").click()
    assert seen.text == shop.locator("[data-shown=link]").inner_text(), "what the camera reads is the link"
    shop.get_by_text("De tekst in de code").click()
    picture(shop, "sandbox-qr")

    phone.goto(shop.locator("[data-shown=phone]").get_attribute("href") or "")
    phone.get_by_role("button", name="Ja, laat maar zien").click()
    shop.get_by_text("Uw wallet heeft de vraag").wait_for()
    assert shop.get_by_role("img").count() == 0, "nobody else is to scan it"
    phone.wait_for_load_state("load")
    for box in phone.get_by_role("checkbox").all():
        box.check()
    phone.get_by_label("Uw pincode").fill("112233")
    phone.get_by_role("button", name="Delen").click()

    shop.get_by_role("heading", name="Gelukt").wait_for()
    assert "38450" in shop.locator("main").inner_text()
    phone.goto(shop.get_by_role("link", name="Haal de kaart op").get_attribute("href") or "")
    phone.get_by_role("button", name="Ja, laat maar zien").click()
    phone.wait_for_load_state("load")
    assert "Huurcontract" in phone.locator("main").inner_text()


def test_on_one_device_the_phone_leads_back_to_the_shop(served: ServedSandbox, window: OpenWindow) -> None:
    page = window(390)
    become(page, served)
    page.goto(f"{served.pages['relying_parties']}gemeente-amsterdam")
    page.get_by_role("button", name="Mijn wallet staat op dit apparaat").click()
    page.get_by_role("link", name="Open de telefoon van de sandbox").click()
    page.get_by_role("button", name="Ja, laat maar zien").click()
    page.get_by_label("Uw pincode").fill("112233")
    page.locator("button[value=approve]").click()
    page.locator("main a", has_text="Terug naar").first.wait_for()
    page.locator(f'a[href^="{served.pages["relying_parties"]}"]').click()
    page.get_by_role("heading", name="Gelukt").wait_for()
    assert "999958379" in page.locator("main").inner_text()
    assert "response_code" not in page.url, "the code is used, and gone from the address"


def test_a_card_is_got_at_the_page_of_its_issuer(served: ServedSandbox, window: OpenWindow) -> None:
    """The phone sends the browser there, and it comes back to a port of the machine (RFC 8252 §7.3)."""
    desk, phone = window(390), window(390)
    become(phone, served, "Yusuf Aydın")
    desk.goto(f"{served.pages['issuers']}driving-licence")
    desk.get_by_role("button", name="Maak een code zonder naam").click()
    phone.goto(desk.get_by_role("link", name="Laat de telefoon").get_attribute("href") or "")
    phone.get_by_text("staat deze website op dat scherm?").wait_for()
    phone.get_by_role("button", name="Ja, laat maar zien").click()
    phone.get_by_role("button", name="Ophalen").click()
    phone.get_by_role("link", name="Ga naar de website").click()
    phone.get_by_role("heading", name="Wilt u deze kaart in uw wallet?").wait_for()
    assert phone.url.startswith(f"{served.pages['issuers']}driving-licence/authorize?")
    phone.get_by_label("Yusuf").check()
    phone.get_by_role("button", name="Ja, haal op").click()
    phone.get_by_role("heading", name="Wilt u dit bewaren").wait_for()
    assert phone.url.startswith(f"{served.pages['wallet']}received/")
    phone.get_by_label("Uw pincode").fill("112233")
    phone.locator("button[value=keep]").click()
    phone.get_by_text("De kaart zit in uw wallet.").wait_for()


def test_who_says_no_gives_nothing(served: ServedSandbox, window: OpenWindow) -> None:
    shop, phone = window(), window(390)
    become(phone, served)
    shop.goto(f"{served.pages['relying_parties']}over-asking")
    shop.get_by_role("button", name="Ga verder met uw wallet").click()
    phone.goto(shop.locator("[data-shown=phone]").get_attribute("href") or "")
    phone.get_by_role("button", name="Ja, laat maar zien").click()
    phone.wait_for_load_state("load")
    assert "BSN" in phone.locator("main").inner_text()
    phone.locator("button[value=deny]").click()
    shop.get_by_role("heading", name="Er is niets gedeeld").wait_for()


def test_a_party_whose_registration_was_withdrawn_gets_nowhere(
    served: ServedSandbox, window: OpenWindow
) -> None:
    shop, phone = window(), window(390)
    become(phone, served)
    shop.goto(f"{served.pages['relying_parties']}gisteren-ingetrokken")
    shop.get_by_role("button", name="Ga verder met uw wallet").click()
    phone.goto(shop.locator("[data-shown=phone]").get_attribute("href") or "")
    phone.get_by_role("button", name="Ja, laat maar zien").click()
    phone.wait_for_load_state("load")
    assert phone.locator("button[value=approve]").count() == 0


def test_the_phone_is_out_of_reach_of_the_shop(served: ServedSandbox, browser: Browser) -> None:
    context = browser.new_context(locale="nl")
    page = context.new_page()
    become(page, served)
    page.goto(served.pages["relying_parties"])
    reached = page.evaluate(
        """async address => {
            const tries = [{}, {credentials: 'include'}, {method: 'POST', credentials: 'include'}];
            const ends = await Promise.allSettled(tries.map(how => fetch(address, how)));
            return ends.map(end => end.status);
        }""",
        served.pages["wallet"],
    )
    assert reached == ["rejected"] * 3
    context.close()


def states(served: ServedSandbox, page: Page) -> Iterator[str]:
    """Each page of the sandbox that is not the phone's, in each state that needs no phone."""
    parties, desks = served.pages["relying_parties"], served.pages["issuers"]
    for address in (served.pages["start"], parties, f"{parties}huis-huren", f"{parties}x/lost", desks):
        page.goto(address)
        yield address
    page.goto(f"{parties}cafe-de-vrije-val")
    page.locator("button.main").click()
    yield "the code"
    page.locator("form button").click()
    page.locator("button[value=same_device]").click()
    yield "on this device"
    page.goto(f"{desks}diploma")
    yield "a card"
    page.locator("input[value=frouke]").check()
    page.locator("input[name=tx_code]").check()
    page.locator("button.main").click()
    yield "an offer"
    page.goto(f"{desks}diploma")
    page.locator("button[name=login]").click()
    yield "an offer without a name"
    visit = served.edi.empty_wallet().open_offer(served.edi.invite("diploma").uri).depart()
    page.goto(f"{desks}diploma/authorize?{urlsplit(visit.url).query}")
    yield "the issuer's page"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_axe_finds_no_violation_at_the_width_of_a_phone(
    served: ServedSandbox, browser: Browser, axe: str, language: str
) -> None:
    # The policy of the pages lets no script in, not even that of who judges them.
    context = browser.new_context(
        bypass_csp=True, locale=language, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    for state in states(served, page):
        page.wait_for_load_state("load")  # a click waits until the next page has begun
        assert page.evaluate("document.documentElement.lang") == language, state
        assert page.evaluate("document.documentElement.scrollWidth") == 320, state
        assert found_by_axe(page, axe)["violations"] == [], state
        assert smallest(page, "a, button, summary") >= 24, state
    context.close()


def test_a_keyboard_is_enough_and_the_order_is_that_of_the_page(
    served: ServedSandbox, window: OpenWindow
) -> None:
    page = window()
    page.goto(f"{served.pages['relying_parties']}cafe-de-vrije-val")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText"))
        if reached[-1] == "Ga verder met uw wallet":
            break
    assert reached[0] == "Naar de inhoud"
    assert reached[-1] == "Ga verder met uw wallet"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Scan deze code met uw wallet").wait_for()
    assert page.get_by_role("status").inner_text() == "Wachten op uw wallet", "read aloud when it changes"


def test_without_a_script_the_page_has_a_button_instead(served: ServedSandbox, window: OpenWindow) -> None:
    page = window(java_script_enabled=False)
    page.goto(f"{served.pages['relying_parties']}cafe-de-vrije-val")
    page.get_by_role("button", name="Ga verder met uw wallet").click()
    served.edi.wallet("frouke").open(page.locator("[data-shown=link]").text_content() or "").deny()
    page.get_by_role("link", name="Kijk opnieuw").click()
    page.get_by_role("heading", name="Er is niets gedeeld").wait_for()
