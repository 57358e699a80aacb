"""The page of a prompt in a real browser: for everybody, with a keyboard only, and on the smallest phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from accessible import found_by_axe, smallest

from nlwallet import Sandbox
from nlwallet.holder import LogOutcome
from nlwallet.holder.html_page import CONTENT_SECURITY_POLICY
from nlwallet.holder.texts import LANGUAGES
from nlwallet.testing.situations import SITUATIONS, sandbox, situation

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

WALLET = "https://wallet.example/"


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with sandbox() as made:
        yield made


class Shown:
    """A prompt behind an address, with the policy that it is meant for; what is posted answers it."""

    def __init__(self, page: Page, asked: Any) -> None:
        self.page, self.asked = page, asked
        self.posted: list[list[tuple[str, str]]] = []
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.route(f"{WALLET}**", self._serve)
        page.goto(WALLET)

    def _serve(self, route: Route) -> None:
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        }
        if route.request.method == "POST":
            fields = parse_qsl(route.request.post_data or "", keep_blank_values=True)
            self.posted.append(fields)
            if self.asked.answer_form(fields) is not None:
                route.fulfill(body="<!doctype html><title>ok</title>", headers=headers)
                return
        route.fulfill(body=self.asked.html(), headers=headers)

    @property
    def ended(self) -> Any:
        return self.asked._log.entries[-1].outcome


WIDTHS = (320, 360, 390)


def opened(edi: Sandbox, language: Any) -> Iterator[tuple[str, str]]:
    """Every page that there is."""
    for one in SITUATIONS:
        prompt = one.prompt(edi, language)
        yield one.id, prompt.html()
    yield f"{one.id} with a problem", prompt.html(problem="PIN?")
    wallet = edi.wallet("frouke", language=language)
    offer = wallet.open_offer(edi.issuer("diploma").offer_to("frouke").uri)
    yield "offer", offer.html()
    yield "received", offer.fetch().html()


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_no_violation_nothing_is_wider_than_a_phone_and_all_is_large_enough_to_touch(
    edi: Sandbox, page: Page, axe: str, language: Any
) -> None:
    for name, html in opened(edi, language):
        page.set_viewport_size({"width": WIDTHS[0], "height": 640})
        page.set_content(html)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert found_by_axe(page, axe) == {"violations": [], "incomplete": []}, name
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") == width, name
            assert smallest(page, "button, summary, input, label.confirm") >= 24, name


def test_axe_would_find_one(page: Page, axe: str) -> None:
    page.set_content(
        "<!doctype html><html><title>x</title><main><input><p style='color:#bbb'>grey words on white</p></main></html>"
    )
    found = {id_ for id_, _ in found_by_axe(page, axe)["violations"]}
    assert {"label", "color-contrast", "html-has-lang"} <= found


def test_the_page_obeys_its_own_policy(edi: Sandbox, page: Page) -> None:
    shown = Shown(page, situation("portrait").prompt(edi))
    assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
    assert page.evaluate("document.querySelector('img').naturalWidth") > 0
    assert shown.complaints == []


FOCUSED = """() => {
  const one = document.activeElement;
  return [one.tagName, one.name || '', one.value || '', one.getBoundingClientRect().top + scrollY];
}"""


def tabbed(page: Page) -> list[tuple[str, str, str, float]]:
    """What the tabulator reaches, from the top until it leaves the page."""
    reached: list[tuple[str, str, str, float]] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        one = tuple(page.evaluate(FOCUSED))
        if one[0] == "BODY" or one in reached:
            break
        reached.append(one)
    return reached


@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.id)
def test_the_keyboard_reaches_everything_in_reading_order(edi: Sandbox, page: Page, one: Any) -> None:
    shown = Shown(page, one.prompt(edi))
    for opens in page.locator("summary").all():
        opens.click()
    page.evaluate("document.activeElement.blur(), getSelection().removeAllRanges(), scrollTo(0, 0)")
    page.goto(WALLET)
    reached = tabbed(page)
    visible = page.locator("a:visible, button:visible, summary:visible, input:visible").count()
    assert len(reached) == visible
    places = [place for _, _, _, place in reached]
    assert places == sorted(places)
    decisions = [value for _, name, value, _ in reached if name == "decision"]
    assert decisions == (["approve", "deny"] if "approve" in shown.asked.consent().decisions else ["deny"])
    assert reached[-1][2] == "deny"


def press_until(page: Page, name: str, value: str | None = None) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        _, reached, content, _ = page.evaluate(FOCUSED)
        if reached == name and value in {None, content}:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


@pytest.mark.req("RPA_07b")
@pytest.mark.parametrize("name", ["over-asking", "grabby", "unverified", "bsn-outside-government"])
def test_there_is_no_approval_until_each_box_is_ticked_by_keyboard(
    edi: Sandbox, page: Page, name: str
) -> None:
    shown = Shown(page, situation(name).prompt(edi))
    codes = [warning.code for warning in shown.asked.warnings if warning.explicit]
    assert page.locator("input[type=checkbox]:checked").count() == 0
    press_until(page, "pin")
    page.keyboard.type(Sandbox.PIN)
    for code in codes:
        page.keyboard.press("Enter")  # as a hasty person would: the browser points at the next box
        assert shown.posted == []
        assert page.evaluate(FOCUSED)[1:3] == ["confirm", code]
        page.keyboard.press("Space")
    press_until(page, "decision", "approve")
    page.keyboard.press("Enter")
    page.wait_for_function("document.title === 'ok'")
    assert [value for field, value in shown.posted[0] if field == "confirm"] == codes
    assert shown.ended is LogOutcome.SHARED


@pytest.mark.req("RPA_07c")
def test_a_portrait_leaves_only_after_its_own_box(edi: Sandbox, page: Page) -> None:
    shown = Shown(page, situation("portrait").prompt(edi))
    page.fill("#pin", Sandbox.PIN)
    page.click("button[value=approve]")
    assert shown.posted == []
    assert page.evaluate("document.querySelector(':invalid:not(form)').value") == "portrait"
    page.get_by_label("Ik geef Autoverhuur Rijswijk een foto van mijn gezicht.").check()
    page.click("button[value=approve]")
    page.wait_for_function("document.title === 'ok'")
    assert shown.ended is LogOutcome.SHARED


@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.id)
def test_one_can_always_stop_with_one_press(edi: Sandbox, page: Page, one: Any) -> None:
    shown = Shown(page, one.prompt(edi))
    page.click("button[value=deny]")
    page.wait_for_function("document.title === 'ok'")
    assert shown.ended in {LogOutcome.DENIED, LogOutcome.UNANSWERABLE}


def test_an_ordinary_login_is_one_step(edi: Sandbox, page: Page) -> None:
    """The PIN and a press; no box, no second page."""
    shown = Shown(page, situation("login").prompt(edi))
    page.fill("#pin", Sandbox.PIN)
    page.keyboard.press("Enter")
    page.wait_for_function("document.title === 'ok'")
    assert len(shown.posted) == 1
    assert shown.ended is LogOutcome.SHARED


def test_another_card_is_chosen_without_a_script(edi: Sandbox, page: Page) -> None:
    shown = Shown(page, situation("two-cards").prompt(edi))
    first = page.locator(".card > dl dd").first
    assert first.inner_text() == "Testuniversiteit Waterland"
    page.click("summary >> nth=0")
    page.click("button[name=card]")
    assert page.locator(".card > dl dd").first.inner_text() == "Vakschool De Molenwerf"
    page.fill("#pin", Sandbox.PIN)
    page.keyboard.press("Enter")  # shares the card that is shown, and does not choose the other one
    page.wait_for_function("document.title === 'ok'")
    assert shown.ended is LogOutcome.SHARED
