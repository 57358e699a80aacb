"""The register's pages in a real browser: over HTTPS, for everybody, with a keyboard only, on the smallest phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from accessible import found_by_axe, smallest

from nlwallet import Sandbox
from nlwallet.crypto import Certificate
from nlwallet.sandbox import PILOTS
from nlwallet.sandbox.loopback import Loopback
from nlwallet.trust import PID_PROVIDERS, PUB_EAA_PROVIDERS, Category

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

STOPPED = "NTRNL-90000002"
PARTY = "NTRNL-90000001"


class Register:
    """A register on a port, with parties, providers, a suspended one, and enough of them for two pages."""

    def __init__(self, edi: Sandbox) -> None:
        self.edi = edi
        self.url = edi.registrar.base_url
        for one in PILOTS:
            edi.relying_party(one.id)
        edi.issuer("diploma")
        record = PILOTS[0].record
        for number in range(20):
            changed = {**record.model_dump(exclude_none=True), "identifier": f"NTRNL-920000{number:02}"}
            edi.registrar.enter(type(record).of(**changed))
        lists, anchor = edi.registrar.lists, edi.anchors.of(Category.PID_PROVIDER)[0]
        lists.notify(PID_PROVIDERS, "Testuitgever", issuance=(anchor,), website="https://uitgever.example")
        lists.notify(PUB_EAA_PROVIDERS, "Gemeente", issuance=(anchor,))
        lists.cancel(PUB_EAA_PROVIDERS, "Gemeente")
        edi.registrar.suspend(STOPPED)

    @property
    def paths(self) -> list[str]:
        lists = [f"/lists/{one.name}" for one in (PID_PROVIDERS, PUB_EAA_PROVIDERS)]
        parties = [f"/register/{one}" for one in (PARTY, STOPPED, "NTRNL-90000099", "NTRNL-00000000")]
        return ["/register", "/register?page=2", "/register?q=nergens", "/lists", *lists, *parties]


@pytest.fixture(scope="module")
def register() -> Iterator[Register]:
    with Sandbox(hosting=Loopback()) as edi:
        yield Register(edi)


@pytest.mark.req("Reg_04", "TLPub_05")
@pytest.mark.parametrize("language", ["nl", "en"])
def test_axe_finds_no_violation_at_the_width_of_a_phone(
    register: Register, browser: Browser, axe: str, language: str
) -> None:
    # The policy of the pages lets no script in, not even that of who judges them.
    context = browser.new_context(
        ignore_https_errors=True, bypass_csp=True, locale=language, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    for path in register.paths:
        page.goto(register.url + path)
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
        assert found_by_axe(page, axe) == {"violations": [], "incomplete": []}, path
        assert smallest(page, "a, button, input") >= 24, path
    context.close()


def test_the_pages_obey_their_own_policy_and_load_nothing(register: Register, page: Page) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/register", f"/register/{PARTY}", "/lists"):
        page.goto(register.url + path)
        assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
    icons = [url for url in asked if url.endswith("/favicon.ico")]
    assert [url for url in asked if url not in icons] == [
        register.url + path for path in ("/register", f"/register/{PARTY}", "/lists")
    ]
    assert [one for one in complaints if "favicon" not in one and "404" not in one] == []


@pytest.mark.req("Reg_04", "TLPub_03")
def test_a_citizen_finds_a_party_by_keyboard_without_login(register: Register, page: Page) -> None:
    page.goto(register.url + "/register")
    assert page.evaluate("isSecureContext")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("amsterdam")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register?q=amsterdam")
    page.get_by_role("link", name="Gemeente Amsterdam").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/register/{PARTY}")
    assert page.locator("h1").inner_text() == "Gemeente Amsterdam"
    with page.expect_download() as download:
        page.get_by_role("link", name="DER", exact=True).first.click()
    content = Path(download.value.path()).read_bytes()
    certificate = Certificate.from_der(content)
    assert certificate.subject.identifier == PARTY
    assert register.edi.registrar.access_anchor.issued(certificate)


def test_the_other_language_is_one_step_away_and_stays(register: Register, page: Page) -> None:
    page.goto(register.url + f"/register/{PARTY}?lang=nl")
    page.get_by_role("link", name="In English").click()
    page.wait_for_url("**lang=en")
    assert page.get_by_role("heading", name="Who is this?").count() == 1
    page.get_by_role("link", name="Register of parties").click()
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.lang") == "en"
