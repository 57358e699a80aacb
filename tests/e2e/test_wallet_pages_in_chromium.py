"""The wallet's website in a real browser: for everybody, with a keyboard only, on a small phone, for no other page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from accessible import RULES

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.issuer import card
from nlwallet.sandbox.pages.wallet_app import wallet_app
from nlwallet.sandbox.server_thread import ServerThread, listener

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

NOW = 1_790_000_000
RETURN = "https://mijn.amsterdam.example/ingelogd"
GREEDY = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
            "claims": [{"path": [name]} for name in ("family_name", "address", "bsn")],
        }
    ]
}


class Site:
    """The wallet's pages on a port, with parties and issuers that are there in process only."""

    def __init__(self, edi: Sandbox, url: str) -> None:
        self.edi, self.url = edi, url
        later = replace(card("diploma").configuration, deferred=True)
        self.later = edi.issuer(
            "later.example",
            configurations=[later],
            attributes=lambda person: card("diploma").attributes(person, NOW),
        )

    def login(self) -> str:
        party = self.edi.relying_party("gemeente-amsterdam")
        return party.request(flow="same_device", redirect_uri=RETURN).uri

    def opens(self, link: str) -> str:
        return f"{self.url}/open?link={quote(link, safe='')}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    socket = listener("127.0.0.1", 0)
    with Sandbox(clock=TravellingClock(NOW)) as edi:
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        app = wallet_app(edi, cards=("pid", "diploma"), site=f"{url}/")
        server = ServerThread("wallet", app, socket)
        yield Site(edi, url)
        server.stop()


class Walk:
    """Somebody who looks at every page on the way, as an inspector of accessibility would."""

    def __init__(self, page: Page, axe: str, language: str) -> None:
        self.page, self.language = page, language
        self.complaints: list[str] = []
        self.seen: list[str] = []
        page.on("console", lambda message: self._complain(message.text))
        page.add_init_script(axe)
        page.set_viewport_size({"width": 320, "height": 640})

    def look(self, name: str) -> None:
        self.page.wait_for_load_state("load")  # the style too
        found = self.page.evaluate(JUDGED, RULES)
        assert found == {"language": self.language, "scripts": 0, "width": 320} | FINE, name
        self.seen.append(name)

    def press(self, selector: str, name: str) -> None:
        self.page.click(selector)
        self.look(name)

    def _complain(self, text: str) -> None:
        if "the server responded with a status of" not in text:  # that of an error page is right
            self.complaints.append(text)


FINE = {"small": [], "in_order": True, "axe": []}

JUDGED = """async rules => {
  document.querySelectorAll('details').forEach(one => one.open = true);
  const shown = selector => [...document.querySelectorAll(selector)]
    .filter(one => one.type !== 'hidden' && one.getClientRects().length)
    .map(one => [one, one.getBoundingClientRect()]);
  const small = shown('button, summary, input, textarea, a.button, label.choice, label.confirm')
    .filter(([, box]) => Math.min(box.width, box.height) < 24);
  const read = shown('main :is(h1, h2, h3, p, li, dt, dd, label, input, button, textarea, summary)');
  const found = await axe.run(document, {runOnly: rules, resultTypes: ['violations', 'incomplete'], selectors: false});
  return {
    language: document.documentElement.lang,
    scripts: document.scripts.length,
    width: document.documentElement.scrollWidth,
    small: small.map(([one]) => one.outerHTML),
    in_order: read.every(([, box], at) => at === 0 || box.top >= read[at - 1][1].top - 12),
    axe: [...found.violations, ...found.incomplete].map(one => [one.id, one.nodes[0].html]),
  };
}"""
"""What is too small to touch (WCAG 2.2 §2.5.8), whether what is read aloud comes in the order in which it stands (a
label may stand beside its box), and what axe-core finds or is not sure about. One call: there are many pages."""


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_is_for_everybody(site: Site, browser: Browser, axe: str, language: str) -> None:
    context = browser.new_context(locale=language)
    context.set_default_timeout(60_000)
    walk = Walk(context.new_page(), axe, language)
    _start_and_share(walk, site)
    _refuse(walk, site)
    _receive(walk, site)
    _look_back(walk, site)
    context.close()
    assert walk.complaints == []
    assert len(set(walk.seen)) == 36


def _start_and_share(walk: Walk, site: Site) -> None:
    page = walk.page
    page.goto(site.url)
    walk.look("start")
    page.goto(f"{site.url}/about")
    walk.look("about")
    page.goto(site.opens(site.login()))
    walk.look("start with a link")
    walk.press("button[value=frouke]", "link")
    walk.press("button[value=look]", "question")
    page.fill("#pin", "000000")
    walk.press("button[value=approve]", "wrong PIN")
    page.fill("#pin", Sandbox.PIN)
    walk.press("button[value=approve]", "ended")
    assert page.locator("a.main").get_attribute("href").startswith(RETURN)  # type: ignore[union-attr]


def _refuse(walk: Walk, site: Site) -> None:
    page = walk.page
    page.goto(f"{site.url}/scan")
    walk.look("scan")
    page.fill("#text", "hallo")
    walk.press("main button", "no code")
    page.fill("#text", site.edi.relying_party("over-asking").request(GREEDY).uri)
    walk.press("main button", "scanned")
    walk.press("button[value=look]", "over-asking")
    walk.press("button[value=deny]", "stopped")
    page.goto(site.opens("openid4vp://?client_id=x"))
    walk.look("broken link")
    page.goto(f"{site.url}/nowhere")
    walk.look("no page")


def _receive(walk: Walk, site: Site) -> None:
    page = walk.page
    offer = site.edi.issuer("driving-licence").offer_to("frouke", tx_code=True)
    page.goto(site.opens(offer.uri))
    walk.look("offer link")
    walk.press("button[value=look]", "offer")
    page.fill("#tx_code", "000000" if offer.tx_code != "000000" else "111111")
    walk.press("button[value=fetch]", "wrong code")
    page.fill("#tx_code", offer.tx_code or "")
    walk.press("button[value=fetch]", "received")
    page.fill("#pin", Sandbox.PIN)
    walk.press("button[value=keep]", "kept")
    page.goto(site.opens(site.later.offer_to("frouke", "diploma").uri))
    page.click("button[value=look]")
    page.click("button[value=fetch]")
    walk.look("later")
    walk.press("button[value=close]", "promised")
    walk.press("form[action='/promised'] button", "not yet")
    page.goto(site.opens(site.edi.pid_issuer.invite("nl-pid").uri))
    page.click("button[value=look]")
    walk.look("offer with a page")
    offer = page.url
    walk.press("button[value=fetch]", "to the issuer's page")
    page.goto(offer.replace("/offers/", "/not-agreed/"))
    walk.look("said no at the issuer's page")
    page.goto(offer)
    walk.press("button[value=decline]", "declined")
    page.goto(site.url)
    walk.look("cards")
    walk.press(".wallet a >> nth=2", "card")
    walk.press("a[href$=remove]", "remove")


def _look_back(walk: Walk, site: Site) -> None:
    page = walk.page
    page.goto(f"{site.url}/history")
    walk.look("history")
    page.click("text=/^(Gedeeld met|Shared with)/")
    walk.look("line")
    line = page.url
    walk.press("form[action$=erase] button", "erasure")
    page.goto(line)
    page.fill("#remark", "?")
    walk.press("form[action$=report] button", "complaint")
    page.goto(f"{line}/party")
    walk.look("party")
    page.goto(f"{line}/delete")
    walk.look("delete")
    page.goto(f"{site.url}/settings")
    walk.look("settings")


FOCUSED = (
    "() => { const one = document.activeElement; return [one.name || '', one.value || one.textContent]; }"
)


def tab_to(page: Page, name: str, value: str = "") -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        reached = page.evaluate(FOCUSED)
        if reached[0] == name and value in ("", reached[1]):
            return
    raise AssertionError(f"the keyboard does not reach {name} {value}")


def test_somebody_logs_in_with_the_keyboard_alone(site: Site, browser: Browser) -> None:
    """Without a script, too: the browser runs none."""
    context = browser.new_context(java_script_enabled=False, locale="nl", reduced_motion="reduce")
    page = context.new_page()
    page.goto(site.opens(site.login()))
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    tab_to(page, "person", "frouke")
    page.keyboard.press("Enter")
    page.wait_for_selector("button[value=look]")
    tab_to(page, "decision", "look")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pin")
    tab_to(page, "pin")
    page.keyboard.type(Sandbox.PIN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ended/*")
    assert page.locator("h1").inner_text() == "U logt in bij Gemeente Amsterdam"
    context.close()


def test_another_origin_on_this_machine_gets_nothing(site: Site, context: BrowserContext) -> None:
    """The shop's page and the phone are in one browser, as in the sandbox, and on one host."""
    page = context.new_page()
    page.goto(site.opens(site.login()) + "&lang=nl")
    page.click("button[value=frouke]")
    page.click("button[value=look]")
    question = page.url
    form = page.evaluate("Object.fromEntries(new FormData(document.querySelector('main form')))")
    other = context.new_page()
    other.route(
        "http://127.0.0.1:1/**",
        lambda route: route.fulfill(body="<!doctype html><title>shop</title>", content_type="text/html"),
    )
    other.goto("http://127.0.0.1:1/")
    for path in ("/history", "/", "/static/style.css"):
        assert other.evaluate(READ, site.url + path) == "nothing"
    assert other.evaluate(FRAME, question) == "nothing"
    other.evaluate(POST, [question, {**form, "decision": "approve", "pin": Sandbox.PIN}])
    other.wait_for_url(question)
    assert "kwam van een andere website" in other.locator(".problem").inner_text()
    page.fill("#pin", Sandbox.PIN)
    page.click("button[value=approve]")
    assert page.locator("h1").inner_text() == "U logt in bij Gemeente Amsterdam"


READ = "url => fetch(url, {credentials: 'include'}).then(reply => reply.text(), () => 'nothing')"
FRAME = """url => new Promise(done => {
  const frame = document.createElement('iframe');
  frame.onload = () => { try { done(frame.contentDocument.body.innerText || 'nothing') } catch { done('nothing') } };
  frame.src = url;
  document.body.append(frame);
})"""
POST = """([url, fields]) => {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = url;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input');
    [input.name, input.value] = [name, value];
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""


def test_what_is_wrong_would_be_found(page: Page, axe: str) -> None:
    shown = "<p style='margin-top:200px;width:400px'>second</p><p style='position:absolute;top:0'>first</p>"
    small = "<input><button style='height:10px;padding:0'>x</button>"
    page.set_content(f"<!doctype html><html><script></script><main>{shown}{small}</main></html>")
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate(axe)
    found = page.evaluate(JUDGED, RULES)
    assert {"label", "document-title", "html-has-lang"} <= {id_ for id_, _ in found["axe"]}
    assert len(found["small"]) >= 1
    assert (found["language"], found["scripts"], found["in_order"]) == ("", 1, False)
    assert found["width"] > 320
