"""The stand-in for the browser's Digital Credentials API, judged by Chromium's own.

Chromium has this API itself, with a wallet for automation that answers what it is told ("virtual wallet" of the W3C
draft). What a page sees of the stand-in is what it sees there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.testing import DigitalCredentials, closes, denies, undecided

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000

BLANK = "<!doctype html><title>-</title><button onclick='clicked()'>go</button>"
ON_LOAD = """<!doctype html><title>-</title><script>
const requests = [{ protocol: "openid4vp-v1-unsigned", data: {} }];
navigator.credentials.get({ digital: { requests } }).catch((error) => { document.title = error.name; });
</script>"""
GOOD = '{ protocol: "openid4vp-v1-unsigned", data: {} }'
CALLS = {
    "nothing": "",
    "null": "null",
    "no type of credential": "{}",
    "digital undefined": "{ digital: undefined }",
    "digital null": "{ digital: null }",
    "digital text": '{ digital: "x" }',
    "no requests": "{ digital: {} }",
    "requests null": "{ digital: { requests: null } }",
    "requests no sequence": "{ digital: { requests: {} } }",
    "requests empty": "{ digital: { requests: [] } }",
    "requests of old drafts": '{ digital: { providers: [{ protocol: "openid4vp", request: "{}" }] } }',
    "request text": '{ digital: { requests: ["x"] } }',
    "request without protocol": "{ digital: { requests: [{ data: {} }] } }",
    "request without data": '{ digital: { requests: [{ protocol: "openid4vp-v1-signed" }] } }',
    "data text": '{ digital: { requests: [{ protocol: "openid4vp-v1-signed", data: "e30" }] } }',
    "data not JSON": "{ digital: { requests: [{ protocol: 'openid4vp-v1-signed', data: { n: 1n } }] } }",
    "signal given up": f"{{ digital: {{ requests: [{GOOD}] }}, signal: AbortSignal.abort() }}",
    "signal given up with a reason": (
        f"{{ digital: {{ requests: [{GOOD}] }}, signal: AbortSignal.abort(new RangeError('mine')) }}"
    ),
    "signal no signal": f"{{ digital: {{ requests: [{GOOD}] }}, signal: {{}} }}",
    "mediation unknown": f"{{ digital: {{ requests: [{GOOD}] }}, mediation: 'please' }}",
    "mediation silent": f"{{ digital: {{ requests: [{GOOD}] }}, mediation: 'silent' }}",
    "mediation required": f"{{ digital: {{ requests: [{GOOD}] }}, mediation: 'required' }}",
    "sequence by iterator": f"{{ digital: {{ requests: new Set([{GOOD}]) }} }}",
    "passkey, given up": (
        "{ publicKey: { challenge: new Uint8Array(8) }, signal: AbortSignal.abort(new RangeError('mine')) }"
    ),
    "password": "{ password: true, mediation: 'silent' }",
}
SEEN_BY_PAGE = """window.clicked = async () => {
  let seen, active;
  try {
    const promise = navigator.credentials.get(%s);
    active = navigator.userActivation.isActive; // later on Playwright itself may have made it active again
    const got = await promise;
    seen = got && [String(got), got.id, got.type, got.protocol, JSON.stringify(got), got.data === got.data,
      got instanceof DigitalCredential, got instanceof Credential, Object.keys(got), got.data.constructor === Object];
  } catch (error) {
    seen = [error.name, error instanceof DOMException, error instanceof TypeError];
  }
  window.seen = { seen, active };
}"""


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def frouke(edi: Sandbox) -> Wallet:
    return edi.wallet("frouke")


@pytest.fixture
def platform(frouke: Wallet, page: Page) -> Iterator[DigitalCredentials]:
    """The stand-in, installed in the page of the test."""
    with DigitalCredentials(frouke) as made:
        made.install(page)
        yield made


def show(page: Page, url: str, html: str) -> None:
    """A page that no server has."""
    page.route(url, lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(url)


def titled(page: Page, title: str) -> None:
    from playwright.sync_api import expect

    expect(page).to_have_title(title)


def tell_chromium(page: Page, **behaviour: Any) -> None:
    """Set up the browser's own wallet for automation ("virtual wallet" of the draft)."""
    from playwright.sync_api import Error

    try:
        page.context.new_cdp_session(page).send("DigitalCredentials.setVirtualWalletBehavior", behaviour)
    except Error as error:
        pytest.skip(f"NO JUDGE: this Chromium has no wallet for automation ({error.message.splitlines()[0]})")


def seen_by(page: Page, call: str) -> Any:
    page.evaluate(f"{SEEN_BY_PAGE % call}; window.seen = null; 0")
    page.get_by_role("button").click()
    return page.wait_for_function("window.seen").json_value()


@pytest.fixture(scope="module")
def chromiums_own(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    made = context.new_page()
    yield made
    context.close()


@pytest.fixture
def judge(chromiums_own: Page) -> Page:
    """A page with Chromium's own API; its wallet for automation declines."""
    show(chromiums_own, "https://page.example/", BLANK)
    tell_chromium(chromiums_own, action="decline")
    return chromiums_own


@pytest.fixture(scope="module")
def closing(browser: Browser, edi: Sandbox) -> Iterator[Page]:
    """A page with the stand-in; its citizen closes every prompt."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    DigitalCredentials(edi.wallet("frouke"), citizen=closes).install(context)
    made = context.new_page()
    show(made, "https://page.example/", BLANK)
    yield made
    context.close()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_ends_as_in_chromium(closing: Page, judge: Page, call: str) -> None:
    assert seen_by(closing, call)["seen"] == seen_by(judge, call)["seen"]


def test_a_refusal_looks_as_in_chromium(closing: Page, judge: Page) -> None:
    """And uses up the click."""
    call = f"{{ digital: {{ requests: [{GOOD}] }} }}"
    expected = {"seen": ["NotAllowedError", True, False], "active": False}
    assert seen_by(judge, call) == expected
    assert seen_by(closing, call) == expected


def test_a_page_cannot_ask_again_by_itself(page: Page, judge: Page, platform: DigitalCredentials) -> None:
    platform.citizen = closes
    show(page, "https://page.example/", BLANK)
    for each in (page, judge):
        each.evaluate("""window.clicked = () => {
          const ask = () => navigator.credentials.get(
            { digital: { requests: [{ protocol: "openid4vp-v1-signed", data: {} }] } });
          ask().catch(() => ask()).catch((error) => { document.title = error.name; });
        }; 0""")
        each.get_by_role("button").click()
        titled(each, "NotAllowedError")
    assert len(platform.exchanges) == 1


def test_a_credential_looks_as_in_chromium(
    edi: Sandbox, page: Page, judge: Page, platform: DigitalCredentials
) -> None:
    platform.citizen = denies
    show(page, "https://page.example/", BLANK)
    request = (
        edi.relying_party("cafe-de-vrije-val").dc_api_request(origins=["https://page.example"]).as_json()
    )
    call = f"{{ digital: {{ requests: [{json.dumps(request)}] }} }}"
    tell_chromium(judge, action="respond", protocol=request["protocol"], response={"error": "access_denied"})
    seen = seen_by(page, call)
    assert seen == seen_by(judge, call)
    assert seen["seen"][:5] == [
        "[object DigitalCredential]",
        "",
        "digital",
        "openid4vp-v1-signed",
        '{"protocol":"openid4vp-v1-signed","data":{"error":"access_denied"}}',
    ]


def test_the_interface_looks_as_in_chromium(page: Page, judge: Page, platform: DigitalCredentials) -> None:
    show(page, "https://page.example/", BLANK)
    shape = """() => {
      const names = ["openid4vp-v1-unsigned", "openid4vp-v1-signed", "openid4vp-v1-multisigned", "org-iso-mdoc"];
      const fails = (what) => { try { what(); return null; } catch (error) { return error.name; } };
      const own = Object.getOwnPropertyDescriptors(CredentialsContainer.prototype).get;
      return {
        allowed: names.filter(DigitalCredential.userAgentAllowsProtocol),
        made: fails(() => new DigitalCredential()),
        called: fails(() => DigitalCredential.userAgentAllowsProtocol()),
        foreign: fails(() => DigitalCredential.prototype.data),
        members: ["protocol", "data", "toJSON"].map((name) =>
          Object.getOwnPropertyDescriptor(DigitalCredential.prototype, name).enumerable),
        get: [own.writable, own.enumerable, own.configurable, own.value.name, own.value.length],
        inherits: Object.getPrototypeOf(DigitalCredential) === Credential,
        tag: DigitalCredential.prototype[Symbol.toStringTag],
        listed: Object.keys(window).includes("DigitalCredential"),
      };
    }"""
    assert page.evaluate(shape) == judge.evaluate(shape)
    assert page.evaluate("['openid4vp', 'x'].filter(DigitalCredential.userAgentAllowsProtocol)") == []


def test_a_request_of_no_allowed_protocol_is_a_type_error(page: Page, platform: DigitalCredentials) -> None:
    """As the draft says; Chromium 156 lets any protocol through."""
    show(page, "https://page.example/", BLANK)
    call = '{ digital: { requests: [{ protocol: "openid4vp", data: {} }] } }'
    assert seen_by(page, call)["seen"] == ["TypeError", False, True]
    assert platform.exchanges == []


@pytest.mark.parametrize("native", [True, False], ids=["chromium", "stand-in"])
def test_a_page_cannot_ask_without_a_click(browser: Browser, frouke: Wallet, native: bool) -> None:
    context = browser.new_context()
    page = context.new_page()
    platform = DigitalCredentials(frouke)
    if not native:
        platform.install(page)
    show(page, "https://page.example/", ON_LOAD)
    titled(page, "NotAllowedError")
    assert platform.exchanges == []
    context.close()


@pytest.mark.parametrize("native", [True, False], ids=["chromium", "stand-in"])
def test_one_request_at_a_time(browser: Browser, frouke: Wallet, native: bool) -> None:
    context = browser.new_context()
    page = context.new_page()
    platform = DigitalCredentials(frouke, citizen=undecided)
    if not native:
        platform.install(context)
    show(page, "https://page.example/", BLANK)
    if native:
        tell_chromium(page, action="wait")
    page.evaluate("""window.clicked = () => {
      const requests = [{ protocol: "openid4vp-v1-signed", data: {} }];
      navigator.credentials.get({ digital: { requests } }).catch((error) => { document.title = error.name; });
    }; 0""")
    page.get_by_role("button").click()
    page.get_by_role("button").click()
    titled(page, "NotAllowedError")
    context.close()


FRAMES = {
    "same origin": ("<iframe name=inner src='https://page.example/inner'></iframe>", "https://page.example"),
    "delegated": (
        "<iframe name=inner allow=digital-credentials-get src='https://other.example/inner'></iframe>",
        "https://other.example",
    ),
    "not delegated": ("<iframe name=inner src='https://other.example/inner'></iframe>", None),
    "sandboxed": (
        "<iframe name=inner sandbox=allow-scripts src='https://page.example/inner'></iframe>",
        None,
    ),
    "sandboxed, though delegated": (
        "<iframe name=inner sandbox=allow-scripts allow='digital-credentials-get *' "
        "src='https://page.example/inner'></iframe>",
        None,
    ),
    "srcdoc": (f'<iframe name=inner srcdoc="{BLANK}"></iframe>', "https://page.example"),
}


@pytest.mark.parametrize(("html", "origin"), FRAMES.values(), ids=FRAMES)
def test_a_frame_asks_in_its_own_name_where_it_may(
    page: Page, judge: Page, platform: DigitalCredentials, html: str, origin: str | None
) -> None:
    platform.citizen = closes
    call = f"{{ digital: {{ requests: [{GOOD}] }} }}"
    seen = []
    for each in (page, judge):
        for url in ("https://page.example/inner", "https://other.example/inner"):
            each.route(url, lambda route: route.fulfill(body=BLANK, content_type="text/html"))
        show(each, "https://page.example/outer", f"<!doctype html>{html}")
        inner = each.frame("inner")
        inner.evaluate(f"{SEEN_BY_PAGE % call}; window.seen = null; 0")
        inner.get_by_role("button").click()
        seen.append(inner.wait_for_function("window.seen").json_value()["seen"])
    assert seen[0] == seen[1] == ["NotAllowedError", True, False]
    assert [each.origin for each in platform.exchanges] == ([] if origin is None else [origin])
