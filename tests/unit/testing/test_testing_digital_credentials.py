"""The Digital Credentials API of a test, without a browser: what a page would get, and what it may not learn."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nlwallet import ConsentPrompt, Sandbox, Verifier, Wallet
from nlwallet.errors import InvalidRequest, LocalError, WarningsNotAcknowledged, WrongPin
from nlwallet.holder import LogOutcome, Outcome
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import pilot
from nlwallet.testing import (
    DigitalCredentials,
    DomException,
    Exchange,
    approves,
    closes,
    denies,
    undecided,
)
from nlwallet.testing.browser import BINDING, init_script, origin_of
from nlwallet.testing.digital_credentials import PRESENTATION_PROTOCOLS

ORIGIN = "https://cafe.example"
MDOC = {"protocol": "org-iso-mdoc", "data": {"deviceRequest": "o2d2ZXJzaW9u"}}


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(profile=OPENID4VP_1_0) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def cafe(edi: Sandbox) -> Verifier:
    return edi.register(pilot("cafe-de-vrije-val").record, host="cafe.example", also_as=("did:jwk",))


@pytest.fixture
def frouke(edi: Sandbox) -> Wallet:
    return edi.wallet("frouke")


def signed(cafe: Verifier) -> dict[str, Any]:
    return cafe.dc_api_request(origins=[ORIGIN]).as_json()


def rejection(platform: DigitalCredentials, origin: str, requests: Any) -> DomException:
    with pytest.raises(DomException) as caught:
        platform.get(origin, requests)
    assert platform.exchanges == [] or platform.last.rejection is caught.value
    return caught.value


# What a page gets ------------------------------------------------------------------------------


@pytest.mark.req("A-01", "A-12")
@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])
@pytest.mark.parametrize("form", ["signed", "unsigned", "multisigned"])
def test_what_a_page_posts_is_what_the_verifier_takes(
    cafe: Verifier, frouke: Wallet, form: Any, encrypted: bool
) -> None:
    request = cafe.dc_api_request(origins=[ORIGIN], form=form, encrypted=encrypted)
    warnings = ["unknown_party", "not_registered"] if form == "unsigned" else []
    platform = DigitalCredentials(frouke, citizen=approves(despite_warnings=warnings))
    credential = platform.get(ORIGIN, [request.as_json()])
    assert {**credential, "data": None} == {
        "id": "",
        "type": "digital",
        "protocol": f"openid4vp-v1-{form}",
        "data": None,
    }
    assert list(credential["data"]) == (["response"] if encrypted else ["vp_token"])
    posted = json.loads(json.dumps(credential))["data"]
    assert cafe.receive_dc_api(request, posted, origin=ORIGIN).claims("pid") == {"age_over_18": True}
    assert [warning.code for warning in platform.last.prompt.warnings] == warnings
    assert platform.last.state == "fulfilled"


def test_the_first_request_that_the_wallet_speaks_is_answered(cafe: Verifier, frouke: Wallet) -> None:
    unknown = {"protocol": "openid4vp-v2-signed", "data": {}}
    platform = DigitalCredentials(frouke)
    credential = platform.get(ORIGIN, [unknown, MDOC, signed(cafe), {**signed(cafe), "data": {}}])
    assert credential["protocol"] == "openid4vp-v1-signed"
    assert [each["protocol"] for each in platform.last.requests] == [
        "org-iso-mdoc", "openid4vp-v1-signed", "openid4vp-v1-signed",
    ]  # fmt: skip


@pytest.mark.req("A-12")
def test_a_refusal_is_a_fulfilled_promise_and_the_same_without_a_card(
    edi: Sandbox, cafe: Verifier, frouke: Wallet
) -> None:
    request = cafe.dc_api_request(origins=[ORIGIN])
    answers = [
        DigitalCredentials(wallet, citizen=denies).get(ORIGIN, [request.as_json()])
        for wallet in (frouke, edi.empty_wallet())
    ]
    assert answers[0]["data"] == {"error": "access_denied"}
    assert answers[0] == answers[1]
    assert cafe.receive_dc_api(request, answers[0]["data"], origin=ORIGIN).status == "refused"


# What a page may not learn ---------------------------------------------------------------------


def test_nothing_tells_a_closed_prompt_from_a_refused_request(cafe: Verifier, edi: Sandbox) -> None:
    def seen(requests: list[dict[str, Any]], wallet: Wallet) -> tuple[Any, DigitalCredentials]:
        platform = DigitalCredentials(wallet, citizen=closes)
        return rejection(platform, ORIGIN, requests).as_json(), platform

    elsewhere = cafe.dc_api_request(origins=["https://other.example"]).as_json()
    broken = {"protocol": "openid4vp-v1-signed", "data": {"request": "e30.e30.e30"}}
    frouke = edi.wallet("frouke")
    closed, _ = seen([signed(cafe)], frouke)
    assert frouke.log[-1].outcome is LogOutcome.DENIED
    no_card, _ = seen([signed(cafe)], edi.empty_wallet())
    no_wallet, _ = seen([MDOC], frouke)
    untrusted, platform = seen([broken], frouke)
    replayed, replaying = seen([elsewhere], frouke)
    assert closed["name"] == "NotAllowedError"
    assert closed == no_card == no_wallet == untrusted == replayed
    assert platform.last.prompt is None
    assert replaying.last.error.code == "invalid_request"  # who tests sees what the page does not
    assert frouke.log[-1].outcome is LogOutcome.FAILED


@pytest.mark.req("A-05", "ADV-161")
@pytest.mark.parametrize(
    "origin",
    ["https://other.example", "https://sub.cafe.example", "https://cafe.example:8443", "http://localhost"],
)
def test_a_request_for_another_page_is_an_invalid_request(
    cafe: Verifier, frouke: Wallet, origin: str
) -> None:
    platform = DigitalCredentials(frouke, reports_errors=True)
    credential = platform.get(origin, [signed(cafe)])
    assert credential["data"] == {"error": "invalid_request"}
    assert credential["protocol"] == "openid4vp-v1-signed"
    assert isinstance(platform.last.error, InvalidRequest)
    assert platform.last.prompt is None


def test_a_wallet_that_reports_errors_has_nothing_to_say_about_other_protocols(frouke: Wallet) -> None:
    platform = DigitalCredentials(frouke, reports_errors=True)
    assert rejection(platform, ORIGIN, [MDOC]).name == "NotAllowedError"


# What a page does wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "requests",
    [
        None,
        {},
        "openid4vp-v1-signed",
        [],
        ["openid4vp-v1-signed"],
        [{"data": {}}],
        [{"protocol": 1, "data": {}}],
        [{"protocol": "openid4vp-v1-signed"}],
        [{"protocol": "openid4vp-v1-signed", "data": "e30"}],
        [{"protocol": "openid4vp-v1-signed", "request": "{}"}],
        [{"protocol": "openid4vp", "data": {}}],
        [{"protocol": "openid4vci-v1", "data": {}}],
        [{"protocol": "openid4vp-v1-signed", "data": {"request": object()}}],
        [{"protocol": "openid4vp-v1-signed", "data": {"deep": json.loads("[" * 300 + "]" * 300)}}],
    ],
    ids=lambda value: re.sub(r"<object.*?>", "object", str(value))[:60],
)
def test_what_is_no_request_is_a_type_error(frouke: Wallet, requests: Any) -> None:
    platform = DigitalCredentials(frouke)
    assert rejection(platform, ORIGIN, requests).name == "TypeError"
    assert frouke.log[-1].kind == "issuance"  # the wallet was not asked


@pytest.mark.req("A-06")
@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("http://cafe.example", "SecurityError"),
        ("http://localhost.example", "SecurityError"),
        ("ftp://cafe.example", "SecurityError"),
        ("https://cafe.example/", "SecurityError"),
        ("https://Cafe.example", "SecurityError"),
        ("null", "NotAllowedError"),
    ],
)
def test_an_origin_without_a_secure_context_gets_nothing(
    cafe: Verifier, frouke: Wallet, origin: str, name: str
) -> None:
    platform = DigitalCredentials(frouke)
    assert rejection(platform, origin, [signed(cafe)]).name == name
    assert platform.last.prompt is None


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_a_page_of_this_machine_may_do_without_tls(cafe: Verifier, frouke: Wallet, origin: str) -> None:
    request = cafe.dc_api_request(origins=[origin])
    platform = DigitalCredentials(frouke, citizen=approves(despite_warnings=["other_website"]))
    data = platform.get(origin, [request.as_json()])["data"]
    assert cafe.receive_dc_api(request, data, origin=origin).claims("pid") == {"age_over_18": True}


# What a citizen does wrong ---------------------------------------------------------------------


def test_an_assertion_in_the_citizens_function_fails_the_test(cafe: Verifier, frouke: Wallet) -> None:
    def reads(prompt: ConsentPrompt) -> Outcome:
        assert prompt.purpose == "iets anders"
        return prompt.approve(pin=Sandbox.PIN)

    platform = DigitalCredentials(frouke, citizen=reads)
    with pytest.raises(AssertionError, match="iets anders"):
        platform.get(ORIGIN, [signed(cafe)])
    platform.raise_errors()  # it was told once


def test_the_default_citizen_does_not_overlook_a_warning(cafe: Verifier, frouke: Wallet) -> None:
    request = cafe.dc_api_request(origins=[ORIGIN], form="unsigned").as_json()
    with pytest.raises(WarningsNotAcknowledged):
        DigitalCredentials(frouke).get(ORIGIN, [request])


def test_another_pin_is_wrong(cafe: Verifier, frouke: Wallet) -> None:
    with pytest.raises(WrongPin):
        DigitalCredentials(frouke, citizen=approves(pin="998877")).get(ORIGIN, [signed(cafe)])


def test_a_function_that_forgets_its_return_is_told_so(cafe: Verifier, frouke: Wallet) -> None:
    def forgets(prompt: ConsentPrompt) -> None:
        prompt.approve(pin=Sandbox.PIN)

    with pytest.raises(LocalError, match="returned nothing"):
        DigitalCredentials(frouke, citizen=forgets).get(ORIGIN, [signed(cafe)])


def test_an_outcome_of_another_way_of_asking_is_refused(cafe: Verifier, frouke: Wallet) -> None:
    with pytest.raises(LocalError, match="this prompt"):
        DigitalCredentials(frouke, citizen=lambda _: Outcome()).get(ORIGIN, [signed(cafe)])


def test_without_a_browser_nobody_waits(cafe: Verifier, frouke: Wallet) -> None:
    platform = DigitalCredentials(frouke, citizen=undecided)
    with pytest.raises(LocalError, match="did not decide"):
        platform.get(ORIGIN, [signed(cafe)])
    assert platform.last.state == "aborted"
    with pytest.raises(LocalError, match="no prompt is open"):
        platform.decide(denies)
    with pytest.raises(LocalError, match="no page has asked"):
        _ = DigitalCredentials(frouke).last


# From a page, without one ----------------------------------------------------------------------


@dataclass
class FakeFrame:
    url: str
    parent_frame: FakeFrame | None = None
    detached: bool = False

    def is_detached(self) -> bool:
        return self.detached


@dataclass(eq=False)
class FakePage:
    """As much of Playwright's page as the platform uses."""

    url: str = f"{ORIGIN}/ask?x=1"
    scripts: list[str] = field(default_factory=list)
    bindings: dict[str, Callable[..., Any]] = field(default_factory=dict)
    calls: int = 0
    frame: FakeFrame = field(init=False)

    def __post_init__(self) -> None:
        self.frame = FakeFrame(self.url)

    def expose_binding(self, name: str, callback: Callable[..., Any]) -> None:
        self.bindings[name] = callback

    def add_init_script(self, script: str) -> None:
        self.scripts.append(script)

    def call(self, message: Any, frame: FakeFrame | None = None) -> Any:
        source = {"context": None, "page": self, "frame": frame or self.frame}
        return self.bindings[BINDING](source, message)

    def ask(self, *requests: Any, document: str = "d", frame: FakeFrame | None = None, **more: Any) -> Any:
        self.calls += 1
        said = {"document": document, "call": self.calls, "requests": requests, **more}
        return self.call(json.dumps(said), frame)

    def abort(self, call: int) -> None:
        assert self.call(json.dumps({"document": "d", "call": call, "abort": True})) is None


def installed(platform: DigitalCredentials, **page: Any) -> FakePage:
    made = FakePage(**page)
    platform.install(made)
    assert made.scripts == [init_script()]
    return made


@pytest.mark.req("ADV-161")
def test_the_origin_is_that_of_the_frame_whatever_the_page_says(cafe: Verifier, frouke: Wallet) -> None:
    platform = DigitalCredentials(frouke)
    evil = installed(platform, url="https://evil.example/")
    reply = evil.ask(signed(cafe), origin=ORIGIN, source={"frame": {"url": ORIGIN}})
    assert reply["exception"]["name"] == "NotAllowedError"
    assert platform.last.origin == "https://evil.example"
    assert "data" in installed(platform).ask(signed(cafe))
    assert platform.last.origin == ORIGIN


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://cafe.example/a?b#c", "https://cafe.example"),
        ("https://cafe.example:443/", "https://cafe.example"),
        ("https://cafe.example:8443/", "https://cafe.example:8443"),
        ("http://localhost:80/", "http://localhost"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://user:secret@cafe.example/", "https://cafe.example"),
        ("https://xn--caf-dma.example/", "https://xn--caf-dma.example"),
        ("blob:https://cafe.example/6f2b", "https://cafe.example"),
        ("blob:null/6f2b", "null"),
        ("data:text/html,<p>", "null"),
        ("file:///etc/hosts", "null"),
        ("about:blank", "null"),
        ("chrome-error://chromewebdata/", "null"),
        ("", "null"),
    ],
)
def test_the_origin_of_a_frame(url: str, origin: str) -> None:
    assert origin_of(FakeFrame(url)) == origin


@pytest.mark.parametrize("url", ["about:srcdoc", "about:blank"])
def test_a_frame_without_an_address_has_the_origin_of_the_one_around_it(url: str) -> None:
    around = FakeFrame("https://cafe.example/")
    assert origin_of(FakeFrame(url, FakeFrame(url, around))) == "https://cafe.example"


@pytest.mark.parametrize("message", [None, 1, "", "[]", "{", "NaN", "\ud800", "9" * 2_000_000])
def test_rubbish_from_a_page_is_a_type_error(frouke: Wallet, message: Any) -> None:
    platform = DigitalCredentials(frouke)
    assert installed(platform).call(message)["exception"]["name"] == "TypeError"
    assert platform.exchanges == []


def test_one_request_at_a_time_in_a_page(cafe: Verifier, frouke: Wallet) -> None:
    async def visits() -> None:
        platform = DigitalCredentials(frouke, citizen=undecided)
        page, other = installed(platform), installed(platform)
        first = asyncio.ensure_future(page.ask(signed(cafe)))
        await asyncio.sleep(0)
        second = page.ask(signed(cafe))
        assert second["exception"]["name"] == "NotAllowedError"
        elsewhere = asyncio.ensure_future(other.ask(signed(cafe)))  # another tab has a wallet of its own
        await asyncio.sleep(0)
        assert platform.decide(denies) is platform.last
        assert json.loads((await elsewhere)["data"]) == {"error": "access_denied"}
        assert not first.done()
        platform.decide(approves())
        assert "response" in json.loads((await first)["data"])
        platform.citizen = approves()
        assert "data" in page.ask(signed(cafe))  # and the next one may

    asyncio.run(visits())


def test_a_page_that_gives_up_closes_the_prompt(cafe: Verifier, frouke: Wallet) -> None:
    async def visits() -> Exchange:
        platform = DigitalCredentials(frouke, citizen=undecided)
        page = installed(platform)
        waiting = asyncio.ensure_future(page.ask(signed(cafe)))
        await asyncio.sleep(0)
        page.abort(7)  # not this one
        assert platform.last.state == "open"
        page.abort(1)
        assert (await waiting)["exception"]["name"] == "AbortError"
        page.abort(1)
        return platform.last

    exchange = asyncio.run(visits())
    assert exchange.state == "aborted"
    with pytest.raises(LocalError, match="answered already"):
        exchange.prompt.approve(pin=Sandbox.PIN)
    assert [each.outcome for each in frouke.log[1:]] == [LogOutcome.DENIED]


@pytest.mark.parametrize("left", ["the tab shows another page", "the frame was taken away"])
def test_a_page_that_was_left_does_not_keep_its_tab_busy(cafe: Verifier, frouke: Wallet, left: str) -> None:
    async def visits() -> None:
        platform = DigitalCredentials(frouke, citizen=undecided)
        page = installed(platform)
        frame = page.frame if left.startswith("the tab") else FakeFrame(page.url, page.frame)
        waiting = asyncio.ensure_future(page.ask(signed(cafe), document="first", frame=frame))
        await asyncio.sleep(0)
        frame.detached = frame is not page.frame
        platform.citizen = approves()
        assert "data" in page.ask(signed(cafe), document="second")
        assert [each.state for each in platform.exchanges] == ["aborted", "fulfilled"]
        await waiting

    asyncio.run(visits())


def test_a_page_that_gives_up_while_the_citizen_reads_gets_nothing(cafe: Verifier, frouke: Wallet) -> None:
    def reads(prompt: ConsentPrompt) -> Outcome:
        page.abort(1)
        return prompt.approve(pin=Sandbox.PIN)

    with DigitalCredentials(frouke, citizen=reads) as platform:
        page = installed(platform)
        assert page.ask(signed(cafe))["exception"]["name"] == "AbortError"
        assert platform.last.credential is None
    assert [each.outcome for each in frouke.log[1:]] == [LogOutcome.DENIED]


def test_what_waits_at_the_end_is_cancelled(cafe: Verifier, frouke: Wallet) -> None:
    async def visits() -> Any:
        with DigitalCredentials(frouke, citizen=undecided) as platform:
            waiting = asyncio.ensure_future(installed(platform).ask(signed(cafe)))
            await asyncio.sleep(0)
        return await waiting

    assert asyncio.run(visits())["exception"]["name"] == "NotAllowedError"


def test_an_answer_before_the_page_is_heard_again_is_not_lost(cafe: Verifier, frouke: Wallet) -> None:
    platform = DigitalCredentials(frouke, citizen=undecided)
    reply = installed(platform).ask(signed(cafe))
    platform.decide(denies)
    assert json.loads(asyncio.run(reply)["data"]) == {"error": "access_denied"}


def test_an_error_behind_a_page_comes_out_at_the_end_of_the_block(cafe: Verifier, frouke: Wallet) -> None:
    def reads(prompt: ConsentPrompt) -> None:
        raise AssertionError("not what I expected to read")

    platform = DigitalCredentials(frouke, citizen=reads)
    reply = installed(platform).ask(signed(cafe))
    assert reply == {"exception": {"name": "NotAllowedError", "message": "The request was cancelled."}}
    with pytest.raises(AssertionError, match="expected to read"), platform:
        pass


def test_it_installs_into_the_asynchronous_playwright_too(cafe: Verifier, frouke: Wallet) -> None:
    class AsyncPage(FakePage):
        async def expose_binding(self, name: str, callback: Callable[..., Any]) -> None:
            super().expose_binding(name, callback)

        async def add_init_script(self, script: str) -> None:
            super().add_init_script(script)

    page = AsyncPage()
    asyncio.run(DigitalCredentials(frouke).install_async(page))
    assert "data" in page.ask(signed(cafe))


# The script ------------------------------------------------------------------------------------


def test_the_script_knows_the_same_protocols() -> None:
    line = re.search(r"PROTOCOLS = (\[[^\]]*\])", init_script())
    assert set(json.loads(line[1])) == PRESENTATION_PROTOCOLS
    assert f"globalThis.{BINDING}" in init_script()


def test_playwright_stays_the_users_own() -> None:
    code = "import sys, nlwallet.testing; sys.exit('playwright' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_the_example_does_without_a_browser() -> None:
    example = Path(__file__).parents[3] / "examples" / "website_with_dc_api.py"
    code = (
        "import runpy, sys; sys.modules['playwright'] = None; "
        f"runpy.run_path({str(example)!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[0] == "{'age_over_18': True}"
