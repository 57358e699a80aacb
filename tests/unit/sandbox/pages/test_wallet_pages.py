"""The wallet as a website: one browser, one phone; nothing leaves it before its owner says so, and says it here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from threading import Barrier
from urllib.parse import quote

import httpx
import pytest
from person_at_phone import SITE, OpenBrowser, Person, wallet_of
from starlette.applications import Starlette

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.holder import LogOutcome, Wallet
from nlwallet.issuer import card
from nlwallet.sandbox.pages.wallet_app import wallet_app
from nlwallet.sandbox.pages.wallet_phones import MAX_WAITING, PATIENCE, Phones
from nlwallet.verifier import PresentationRequest, Verifier

NOW = 1_790_000_000
BSN = "999958379"
YUSUF = "999927176"
PERSONAL = ("999958379", "Hofstra", "Vriendschapsstraat", "2000-03-24")


@pytest.fixture(scope="module")
def clock() -> TravellingClock:
    return TravellingClock(NOW)


@pytest.fixture(scope="module")
def edi(clock: TravellingClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock) as made:
        yield made


@pytest.fixture(scope="module")
def app(edi: Sandbox) -> Starlette:
    return wallet_app(
        edi, in_browser=lambda url: url.replace("https://mijn.amsterdam.example", "http://localhost:8401")
    )


@pytest.fixture
def stranger(app: Starlette, open_browser: OpenBrowser) -> Person:
    browser = open_browser(app, SITE)
    browser.follow_redirects = True
    return Person(browser)


@pytest.fixture
def frouke(stranger: Person) -> Person:
    return stranger.go("/").press("/start", person="frouke")


@pytest.fixture
def anybody(stranger: Person) -> Person:
    """Somebody without a card: for pages on which that makes no difference."""
    return stranger.go("/").press("/start", person="eline")


def asked(edi: Sandbox, pilot: str = "gemeente-amsterdam") -> tuple[Verifier, PresentationRequest]:
    party = edi.relying_party(pilot)
    return party, party.request(flow="same_device", redirect_uri="https://mijn.amsterdam.example/ingelogd")


def greedy(edi: Sandbox) -> tuple[Verifier, PresentationRequest]:
    party = edi.relying_party("over-asking")
    claims = [{"path": [name]} for name in ("family_name", "address", "bsn")]
    one = {
        "id": "pid",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
        "claims": claims,
    }
    return party, party.request({"credentials": [one]})


def code_of(party: Verifier, request: PresentationRequest) -> str:
    """What the wallet said instead of an answer."""
    error = party.result(request).error
    assert error is not None
    return error.code


# Whose phone --------------------------------------------------------------------------------------


def test_every_browser_has_a_phone_of_its_own_under_a_new_secret(
    app: Starlette, open_browser: OpenBrowser, edi: Sandbox
) -> None:
    planted = "a" * 43
    one, other = (Person(open_browser(app, SITE)) for _ in range(2))
    for person in (one, other):
        person.browser.follow_redirects = True
        person.browser.cookies.set("nlwallet_phone", planted, domain="localhost.local")
        form = next(form for form in person.go("/").forms() if form[0] == "/start")
        reply = person.browser.post("/start", data={**form[1], "person": "frouke"}, follow_redirects=False)
        cookie = reply.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert planted not in cookie
        person.browser.cookies.clear()
        person.browser.cookies.set("nlwallet_phone", re.findall(r"nlwallet_phone=([^;]+)", cookie)[0])
    assert one.browser.cookies["nlwallet_phone"] != other.browser.cookies["nlwallet_phone"]
    _, request = asked(edi)
    one.open(request.uri).press("/open", decision="look")
    assert one.status == 200
    assert other.go(one.here).status == 404
    assert wallet_of(app, one) is not wallet_of(app, other)


def test_a_new_choice_leaves_nothing_under_the_old_secret(app: Starlette, frouke: Person) -> None:
    old = frouke.browser.cookies["nlwallet_phone"]
    assert "Persoonsgegevens" in frouke.page
    assert "112233" in frouke.page
    frouke.go("/settings").press("/settings/empty")
    assert frouke.title == "Van wie is deze telefoon?"
    frouke.press("/start", person="yusuf")
    assert frouke.browser.cookies["nlwallet_phone"] != old
    frouke.browser.cookies.set("nlwallet_phone", old)
    frouke.browser.cookies.clear()
    frouke.browser.cookies.set("nlwallet_phone", old)
    assert frouke.go("/history").title == "Van wie is deze telefoon?"


def test_who_chooses_again_has_one_phone(frouke: Person) -> None:
    old, form = frouke.browser.cookies["nlwallet_phone"], frouke.go("/scan").forms()[0][1]
    frouke.send("/start", {**form, "person": "eline"})
    frouke.browser.cookies.clear()
    frouke.browser.cookies.set("nlwallet_phone", old)
    assert frouke.go("/history").title == "Van wie is deze telefoon?"


@pytest.mark.parametrize("person", ["eline", "suryani"])
def test_who_cannot_have_a_pid_begins_without_a_card(stranger: Person, person: str) -> None:
    stranger.go("/").press("/start", person=person)
    assert "Er zijn nog geen kaarten in uw wallet." in stranger.page


def test_a_phone_begins_with_what_its_owner_has(edi: Sandbox, open_browser: OpenBrowser) -> None:
    app = wallet_app(edi, cards=("pid", "driving-licence", "diploma"))
    for person, has in (("jip", ["Persoonsgegevens"]), ("eline", ["Diploma"])):
        one = Person(open_browser(app, SITE))
        one.browser.follow_redirects = True
        one.go("/").press("/start", person=person)
        assert [card.name("nl") for card in wallet_of(app, one).cards] == has


def test_nobody_else_is_a_persona(stranger: Person) -> None:
    assert stranger.go("/").press("/start", person="beatrix").status == 404
    assert "nlwallet_phone" not in stranger.browser.cookies


def test_there_are_no_more_phones_than_may_be(edi: Sandbox, open_browser: OpenBrowser) -> None:
    app = wallet_app(edi, most_phones=2, cards=())
    people = [Person(open_browser(app, SITE)) for _ in range(3)]
    for person in people:
        person.browser.follow_redirects = True
        person.go("/").press("/start", person="frouke")
        people[0].go("/")  # used, so not the oldest
    assert [person.go("/settings").title for person in people] == [
        "Instellingen",
        "Van wie is deze telefoon?",
        "Instellingen",
    ]


def test_many_who_come_at_once_get_no_more_phones_than_may_be(edi: Sandbox) -> None:
    phones, start = Phones(edi, cards=(), most=3), Barrier(8)

    def come(_: int) -> str:
        start.wait(timeout=30)
        return phones.open("frouke", "nl").key

    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(come, range(8)))
    assert len(phones) == 3
    assert len({key for key in keys if phones.find(key)}) == 3
    assert len(set(keys)) == 8


# A request ----------------------------------------------------------------------------------------


def test_somebody_logs_in_and_goes_back_to_the_website(edi: Sandbox, stranger: Person) -> None:
    party, request = asked(edi)
    stranger.open(request.uri)
    assert "Er wacht een link" in stranger.page
    stranger.press("/start", person="frouke")
    assert stranger.title == "Een website wil iets van u weten"
    assert "mijn.amsterdam.example" in stranger.page
    assert "localhost:8401" in stranger.page  # where the website is in this sandbox
    assert not party.result(request).fetched
    stranger.press("/open", decision="look")
    assert stranger.title == "Wilt u inloggen bij Gemeente Amsterdam?"
    assert BSN in stranger.page
    stranger.press("/requests", decision="approve", pin=Sandbox.PIN)
    assert stranger.title == "U logt in bij Gemeente Amsterdam"
    assert BSN not in stranger.page
    (back,) = re.findall(r'href="(http://localhost:8401/ingelogd[^"]*)"', stranger.page)
    code = httpx.URL(unescape(back)).params["response_code"]
    assert party.result(request, response_code=code).claims("pid") == {"bsn": BSN}
    assert not [value for value in PERSONAL for url in stranger.visited if value in url]


def test_opening_a_link_shows_and_does_nothing(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    party, request = asked(edi)
    before = len(wallet_of(app, frouke).log)
    for _ in range(3):
        assert frouke.open(request.uri).status == 200
    assert not party.result(request).fetched
    assert len(wallet_of(app, frouke).log) == before
    frouke.press("/open", decision="stop")
    assert frouke.title == "U bent gestopt"
    assert not party.result(request).fetched


def test_a_scanned_code_asks_for_the_website_and_ends_at_the_other_screen(
    edi: Sandbox, frouke: Person
) -> None:
    party = edi.relying_party("cafe-de-vrije-val")
    request = party.request()
    text = f" {request.uri[:40]}\n{request.uri[40:]} "  # as it may come out of a copy
    frouke.scan(text)
    assert "staat deze website op dat scherm?" in frouke.page
    assert "cafe-de-vrije-val.example" in frouke.page
    frouke.press("/open", decision="look").press("/requests", decision="approve", pin=Sandbox.PIN)
    assert frouke.title == "Gedeeld met Café De Vrije Val"
    assert "Kijk nu weer op het andere scherm." in frouke.page
    assert party.result(request).claims("pid") == {"age_over_18": True}


def test_a_page_may_say_that_its_code_is_to_be_scanned(edi: Sandbox, stranger: Person) -> None:
    request = edi.relying_party("cafe-de-vrije-val").request()
    stranger.go(f"/open?link={quote(request.uri)}&scanned=yes").press("/start", person="eline")
    assert "staat deze website op dat scherm?" in stranger.page
    assert "Begon u dit zelf" not in stranger.page


def test_a_website_on_this_machine_is_called_as_a_browser_shows_it(
    edi: Sandbox, open_browser: OpenBrowser
) -> None:
    pages = {"https://localhost:8412": "http://localhost:8401/cafe"}
    app = wallet_app(edi, cards=(), in_browser=lambda url: pages.get(url, url))
    person = Person(open_browser(app, SITE))
    person.browser.follow_redirects = True
    person.go("/").press("/start", person="frouke")
    for port, shown in ((8412, "localhost:8401/cafe"), (8413, "localhost")):
        person.open(f"openid4vp://?client_id=x509_hash:a&request_uri=https://localhost:{port}/request/1")
        assert f"<strong>{shown}</strong>" in person.page


def test_what_is_no_code_for_a_wallet_is_said_to_be_none(anybody: Person) -> None:
    for text in (
        "hallo",
        "https://example.org",
        "openid4vp://?client_id=x",
        "openid-credential-offer://?x=1",
        "openid4vp://?client_id=x&request_uri=https://[",
        "a" * 40_000,
    ):
        assert anybody.scan(text).status == 422, text[:60]
        assert "Dit is geen code voor een wallet." in anybody.page
        assert anybody.open(text[:4000]).status == 400


def test_a_link_with_markup_stays_text(anybody: Person) -> None:
    anybody.open(
        'openid4vp://?client_id=x509_hash:a&request_uri=https://a.example/"><script>alert(1)</script>'
    )
    assert "<script" not in anybody.page
    anybody.scan('"><script>alert(1)</script></textarea>')
    assert "<script" not in anybody.page


@pytest.mark.req("RPA_08")
def test_a_wrong_pin_shares_nothing_counts_and_locks(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    party, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    for left in (3, 2, 1):
        frouke.press("/requests", decision="approve", pin="000000")
        assert frouke.status == 422
        assert f"Deze pincode is niet goed. U kunt het nog {left} keer proberen." in frouke.page
    assert str(party.result(request).status) == "pending"
    frouke.press("/requests", decision="approve", pin="000000")
    assert (frouke.status, frouke.title) == (403, "Uw wallet is op slot")
    assert "Wacht 1 minuten." in frouke.page
    assert wallet_of(app, frouke).log[-1].outcome is LogOutcome.LOCKED
    assert frouke.go("/history").page.count("te vaak een verkeerde pincode") == 1


@pytest.mark.req("RPA_07b")
def test_nothing_is_shared_before_each_box_is_ticked(edi: Sandbox, frouke: Person) -> None:
    party, request = greedy(edi)
    frouke.open(request.uri).press("/open", decision="look")
    assert "checked" not in frouke.page
    frouke.press("/requests", decision="approve", pin=Sandbox.PIN, confirm=["over_asking"])
    assert frouke.status == 422
    assert "Lees eerst de waarschuwingen" in frouke.page
    assert str(party.result(request).status) == "pending"
    boxes = ["over_asking", "bsn_outside_government"]
    frouke.press("/requests", decision="approve", pin=Sandbox.PIN, confirm=boxes)
    assert frouke.title == "Gedeeld met De Gretige Webwinkel"
    assert party.result(request).claims("pid")["bsn"] == BSN


@pytest.mark.req("RPA_11")
def test_stopping_tells_the_party_no_more_than_that(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    party, request = greedy(edi)
    frouke.open(request.uri).press("/open", decision="look")
    path = frouke.here
    frouke.press("/requests", decision="deny")
    assert frouke.title == "U bent gestopt"
    assert "hoort alleen dat u niet wilt" in frouke.page
    assert code_of(party, request) == "access_denied"
    assert wallet_of(app, frouke).log[-1].outcome is LogOutcome.DENIED
    assert frouke.go(path).status == 404
    assert "Deze vraag is al beantwoord, of te oud." in frouke.page


def test_an_answer_is_taken_once(edi: Sandbox, frouke: Person) -> None:
    party, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    ((to, fields),) = [form for form in frouke.forms() if form[0].startswith("/requests")]
    answer = {**fields, "decision": "approve", "pin": Sandbox.PIN}
    assert frouke.send(to, answer).status == 200
    assert frouke.send(to, answer).status == 404
    frouke.open(request.uri).press("/open", decision="look")
    assert (frouke.status, frouke.title) == (400, "Dit lukt niet")
    assert "Misschien is de code al gebruikt" in frouke.page
    assert str(party.result(request).status) == "pending"  # until the browser brings the response code


def test_another_card_or_way_shows_the_question_again(edi: Sandbox, frouke: Person) -> None:
    _, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    frouke.press("/requests", card="pid=nowhere")
    assert frouke.title == "Dit lukt niet"


def test_another_card_that_fits_is_shown_and_then_shared(
    app: Starlette, edi: Sandbox, frouke: Person
) -> None:
    wallet_of(app, frouke).receive(edi.offer("pid", "yusuf").uri)
    party, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    chosen = first_shown(frouke.page)
    assert [number in frouke.page for number in (BSN, YUSUF)] == [True, True]
    (other,) = re.findall(r'name="card" value="(pid=[^"]+)"', frouke.page)
    frouke.press("/requests", card=unescape(other))
    assert frouke.title == "Wilt u inloggen bij Gemeente Amsterdam?"
    assert {chosen, first_shown(frouke.page)} == {BSN, YUSUF}
    frouke.press("/requests", decision="approve", pin=Sandbox.PIN)
    (back,) = re.findall(r'href="(http://localhost:8401/ingelogd[^"]*)"', frouke.page)
    result = party.result(request, response_code=httpx.URL(unescape(back)).params["response_code"])
    assert result.claims("pid") == {"bsn": YUSUF if chosen == BSN else BSN}


def first_shown(page: str) -> str:
    """The number that is shared, before those of other cards."""
    return re.findall(f"{BSN}|{YUSUF}", page)[0]


def test_what_the_party_does_not_take_may_have_arrived(
    app: Starlette, edi: Sandbox, frouke: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    client = wallet_of(app, frouke)._http
    monkeypatch.setattr(type(client), "post_form", lambda *_, **__: (_ for _ in ()).throw(_unreachable()))
    frouke.press("/requests", decision="approve", pin=Sandbox.PIN)
    assert "Het is niet zeker of ze zijn aangekomen." in frouke.page
    assert "Er is niets gedeeld" not in frouke.page
    assert "Misschien gedeeld met" in frouke.go("/history").page


def _unreachable() -> Exception:
    from nlwallet.errors import TransportError

    return TransportError("nobody answers", spec="test")


# Only from here -----------------------------------------------------------------------------------


def test_another_page_cannot_press_a_button(edi: Sandbox, frouke: Person) -> None:
    party, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    ((to, fields),) = [form for form in frouke.forms() if form[0].startswith("/requests")]
    answer = {**fields, "decision": "approve", "pin": Sandbox.PIN}
    for origin, site in (
        ("http://localhost:8401", "same-site"),
        ("https://evil.example", "cross-site"),
        ("null", "cross-site"),
        (SITE, "same-site"),
        ("http://localhost:8401", "none"),
        ("http://localhost:8401", "same-origin"),
    ):
        frouke.send(to, answer, **{"Origin": origin, "Sec-Fetch-Site": site})
        assert frouke.status == 403, (origin, site)
    assert str(party.result(request).status) == "pending"
    assert frouke.send(to, answer).status == 200


def test_a_form_needs_the_token_of_this_phone(
    edi: Sandbox, frouke: Person, app: Starlette, open_browser: OpenBrowser
) -> None:
    party, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    ((to, fields),) = [form for form in frouke.forms() if form[0].startswith("/requests")]
    other = Person(open_browser(app, SITE))
    other.browser.follow_redirects = True
    other.go("/").press("/start", person="eline").go("/scan")
    of_another = other.forms()[0][1]["form_token"]
    answer = {"decision": "approve", "pin": Sandbox.PIN}
    for token in ([], [""], [of_another], ["é"], [fields["form_token"]] * 2):
        frouke.send(to, {**answer, "form_token": token})
        assert frouke.status == 403, token
    assert str(party.result(request).status) == "pending"
    assert frouke.send(to, {**answer, **fields}).status == 200


def test_pages_are_for_people_not_for_other_pages(anybody: Person, edi: Sandbox) -> None:
    _, request = asked(edi)
    for mode, destination, site, expected in (
        ("no-cors", "image", "cross-site", 403),
        ("cors", "empty", "same-site", 403),
        ("navigate", "iframe", "same-site", 403),
        ("navigate", "document", "cross-site", 200),
        ("navigate", "document", "none", 200),
    ):
        for path in ("/", "/history", "/settings", f"/open?link={quote(request.uri)}"):
            anybody.go(path, Sec_Fetch_Mode=mode, Sec_Fetch_Dest=destination, Sec_Fetch_Site=site)
            assert anybody.status == expected, (path, mode, destination, site)


def test_every_form_of_every_page_has_a_token(edi: Sandbox, frouke: Person) -> None:
    _, request = asked(edi)
    seen = 0
    for page in ("/", "/settings", "/scan", f"/open?link={quote(request.uri)}"):
        for _, fields in frouke.go(page).forms():
            assert len(fields["form_token"]) == 64
            seen += 1
    assert seen >= 4


def test_without_a_phone_nothing_is_done(stranger: Person) -> None:
    assert stranger.send("/open", {"link": "x"}).status == 403
    assert stranger.go("/history").title == "Van wie is deze telefoon?"


def test_errors_are_pages(anybody: Person) -> None:
    assert anybody.go("/nowhere").title == "Dit lukt niet"
    assert anybody.status == 404
    assert anybody.go("/start").status == 405
    reply = anybody.browser.post("/scan", content=b"{}", headers={"Content-Type": "application/json"})
    assert (reply.status_code, "Dit kan uw wallet niet lezen." in reply.text) == (415, True)
    big = anybody.browser.post("/scan", data={"text": "x" * 70_000})
    assert (big.status_code, "Dit is te groot." in big.text) == (413, True)
    many = anybody.browser.post("/scan", data={f"f{number}": "x" for number in range(200)})
    assert many.status_code == 400


def test_a_mistake_of_ours_is_a_page_without_a_traceback(
    app: Starlette, frouke: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wallet, "describe", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):  # for the server's log; the answer was sent before
        frouke.go("/")
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    monkeypatch.setattr(frouke.browser._transport, "_app", transport)
    frouke.go("/")
    assert (frouke.status, "Er ging iets mis in de wallet." in frouke.page) == (500, True)
    assert "Zero" not in frouke.page


# What waits ---------------------------------------------------------------------------------------


def test_what_waits_is_bounded_and_who_is_pushed_out_hears_no(
    app: Starlette, edi: Sandbox, frouke: Person
) -> None:
    party = edi.relying_party("cafe-de-vrije-val")
    requests = [party.request() for _ in range(MAX_WAITING + 1)]
    for request in requests:
        frouke.open(request.uri).press("/open", decision="look")
    assert code_of(party, requests[0]) == "access_denied"
    assert str(party.result(requests[1]).status) == "pending"
    assert wallet_of(app, frouke).log[-1].outcome is LogOutcome.DENIED


def test_what_nobody_answers_in_time_is_written_down(
    app: Starlette, edi: Sandbox, clock: TravellingClock, frouke: Person
) -> None:
    _, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    path = frouke.here
    clock.travel(PATIENCE)
    try:
        assert "het duurde te lang" in frouke.go("/history").page
        assert frouke.go(path).status == 404
    finally:
        clock.travel(-PATIENCE)
    assert wallet_of(app, frouke).log[-1].outcome is LogOutcome.EXPIRED


# Cards --------------------------------------------------------------------------------------------


def test_a_card_says_what_is_on_it_and_can_be_thrown_away(app: Starlette, frouke: Person) -> None:
    (held,) = wallet_of(app, frouke).cards
    frouke.go(f"/cards/{held.id}")
    assert frouke.title == "Persoonsgegevens"
    for told in ("24 maart 2000", "Hofstra", "Testuitgever", "geldig"):
        assert told in frouke.page
    frouke.press(f"/cards/{held.id}/look-up")
    assert "Uw wallet heeft gekeken" in frouke.page
    frouke.go(f"/cards/{held.id}/remove").press("/cards", decision="keep")
    assert frouke.title == "Persoonsgegevens"
    frouke.go(f"/cards/{held.id}/remove").press("/cards", decision="remove")
    assert "De kaart is weggegooid." in frouke.page
    assert wallet_of(app, frouke).in_every_format == ()
    assert frouke.go(f"/cards/{held.id}").status == 404
    assert "Kaart weggegooid" in frouke.go("/history").page


def test_a_card_that_was_taken_back_says_so(
    app: Starlette, edi: Sandbox, clock: TravellingClock, frouke: Person
) -> None:
    (held,) = wallet_of(app, frouke).cards
    lists = edi.pid_issuer.status_lists
    for one in edi.pid_issuer.issued[-2:]:
        lists.revoke(one.credential_id)
    assert "ingetrokken" not in frouke.go("/").page  # nobody looked yet
    clock.travel(lists.ttl)
    try:
        frouke.go(f"/cards/{held.id}").press(f"/cards/{held.id}/look-up")
    finally:
        clock.travel(-lists.ttl)
    assert "ingetrokken" in frouke.page
    assert "ingetrokken" in frouke.go("/").page


def test_a_card_is_offered_fetched_and_kept(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    issuer = edi.issuer("driving-licence")
    offer = issuer.offer_to("frouke", tx_code=True)
    frouke.open(offer.uri)
    assert "Die website merkt dan dat u een wallet hebt." in frouke.page
    assert str(issuer.offer_status(offer)) == "waiting"
    frouke.press("/open", decision="look")
    assert "Rijbewijs" in frouke.title
    wrong = "000000" if offer.tx_code != "000000" else "111111"
    frouke.press("/offers", decision="fetch", tx_code=wrong)
    assert (frouke.status, "Deze code is niet goed." in frouke.page) == (422, True)
    frouke.press("/offers", decision="fetch", tx_code=offer.tx_code)
    assert "Dit staat er op de kaart Rijbewijs" in frouke.page
    assert len(wallet_of(app, frouke).cards) == 1
    frouke.press("/received", decision="keep", pin="000000")
    assert (frouke.status, "nog 3 keer" in frouke.page) == (422, True)
    frouke.press("/received", decision="keep", pin=Sandbox.PIN)
    assert "De kaart zit in uw wallet." in frouke.page
    assert [one.name("nl") for one in wallet_of(app, frouke).cards] == ["Persoonsgegevens", "Rijbewijs"]


@pytest.mark.parametrize("when", ["at the link", "at the offer", "at the card"])
def test_a_card_that_nobody_wants_does_not_come(
    app: Starlette, edi: Sandbox, frouke: Person, when: str
) -> None:
    offer = edi.issuer("diploma").offer_to("frouke")
    frouke.open(offer.uri)
    if when == "at the link":
        frouke.press("/open", decision="stop")
    else:
        frouke.press("/open", decision="look")
        if when == "at the offer":
            frouke.press("/offers", decision="decline")
        else:
            frouke.press("/offers", decision="fetch").press("/received", decision="discard")
    assert frouke.title == "U bent gestopt"
    assert len(wallet_of(app, frouke).cards) == 1
    assert wallet_of(app, frouke).log[-1].outcome is LogOutcome.DENIED


def test_a_card_that_its_issuer_gives_at_its_own_page(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    frouke.open(edi.pid_issuer.invite("nl-pid").uri).press("/open", decision="look")
    assert "Uw wallet doet alsof u daar inlogt als Frouke Hofstra" in frouke.page
    frouke.press("/offers", decision="fetch").press("/received", decision="keep", pin=Sandbox.PIN)
    assert len(wallet_of(app, frouke).cards) == 2


def test_a_card_runs_low_and_is_renewed(
    app: Starlette, edi: Sandbox, clock: TravellingClock, stranger: Person
) -> None:
    stranger.go("/").press("/start", person="eline")
    wallet = wallet_of(app, stranger)
    wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("frouke"))
    (held,) = wallet.cards
    assert held.expires_at is not None
    ahead = held.expires_at - NOW - 3600
    clock.travel(ahead)
    try:
        assert "Haal op tijd een nieuwe op." in stranger.go("/").page
        stranger.go(f"/cards/{held.id}").press(f"/cards/{held.id}/renew")
        assert "Deze kaart komt in de plaats van de kaart die u had." in stranger.page
        stranger.press("/received", decision="keep", pin=Sandbox.PIN)
        assert [one.id for one in wallet.cards] != [held.id]
        assert "Kaart vernieuwd bij" in stranger.go("/history").page
    finally:
        clock.travel(-ahead)


def test_a_card_that_comes_later(
    app: Starlette, edi: Sandbox, clock: TravellingClock, frouke: Person
) -> None:
    later = replace(card("diploma").configuration, deferred=True)
    issuer = edi.issuer(
        "later.example",
        configurations=[later],
        attributes=lambda person: card("diploma").attributes(person, NOW),
    )
    frouke.open(issuer.offer_to("frouke", later.id).uri).press("/open", decision="look")
    frouke.press("/offers", decision="fetch").press("/received", decision="close")
    assert "De kaart komt later." in frouke.page
    frouke.press("/promised", number="0")
    assert (frouke.status, "De kaart is nog niet klaar." in frouke.page) == (409, True)
    (promise,) = wallet_of(app, frouke).promised
    issuer.waiting[0].approve()
    wait = promise.ask_at - clock.now()
    clock.travel(wait)
    try:
        frouke.go("/").press("/promised", number="0").press("/received", decision="keep", pin=Sandbox.PIN)
    finally:
        clock.travel(-wait)
    assert "De kaart zit in uw wallet." in frouke.page
    assert len(wallet_of(app, frouke).cards) == 2
    assert frouke.send("/promised", {**frouke.go("/scan").forms()[0][1], "number": "7"}).status == 404


# Afterwards ---------------------------------------------------------------------------------------


def shared(edi: Sandbox, person: Person) -> str:
    """Log in; the page of the line about it."""
    _, request = asked(edi)
    person.open(request.uri).press("/open", decision="look").press(
        "/requests", decision="approve", pin=Sandbox.PIN
    )
    (path,) = re.findall(r'href="(/history/[0-9a-f]+)"', person.page)
    return path


@pytest.mark.req("DASH_02b")
def test_the_history_says_what_went_where_and_no_value(edi: Sandbox, frouke: Person) -> None:
    path = shared(edi, frouke)
    frouke.go("/history")
    assert frouke.page.count("<li>") == 2
    frouke.go(path)
    assert frouke.title == "Gedeeld met Gemeente Amsterdam"
    for told in (
        "NTRNL-90000001",
        "Burgerservicenummer (BSN)",
        "Inloggen bij Mijn Amsterdam",
        "Testautoriteit",
    ):
        assert told in frouke.page
    frouke.go(f"{path}/party")
    assert frouke.title == "Wat kreeg Gemeente Amsterdam van u?"
    assert "Uw wallet deelde 1 keer gegevens" in frouke.page
    assert not [value for value in PERSONAL if value in frouke.page]


@pytest.mark.req("DATA_DLT_05")
def test_a_request_to_erase_is_ready_to_be_sent(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    path = shared(edi, frouke)
    frouke.go(path).press(f"{path}/erase", everything="yes")
    assert frouke.title == "Uw verzoek om te wissen staat klaar"
    assert 'href="http://localhost:8401/gegevens-verwijderen"' in frouke.page
    assert "artikel 17" in frouke.page
    assert wallet_of(app, frouke).log[-1].kind == "erasure_request"
    assert "Verzoek om te wissen aan Gemeente Amsterdam" in frouke.go("/history").page
    assert "begon u een verzoek" in frouke.go(f"{path}/party").page


@pytest.mark.req("RPT_DPA_04")
def test_a_complaint_is_ready_to_be_sent_with_its_file(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    path = shared(edi, frouke)
    frouke.go(path).press(f"{path}/report", remark="Ik wilde <dit> niet.")
    assert frouke.title == "Uw klacht staat klaar"
    assert "Ik wilde &lt;dit&gt; niet." in frouke.page
    (file,) = re.findall(r'href="(/drafts/[^"]+/file)"', frouke.page)
    reply = frouke.browser.get(file)
    assert reply.headers["content-disposition"].startswith("attachment")
    assert reply.json()["transactions"] if "transactions" in reply.json() else reply.json()
    assert not [value for value in PERSONAL if value in reply.text]
    assert wallet_of(app, frouke).log[-1].kind == "authority_report"


@pytest.mark.req("DATA_DLT_08", "RPT_DPA_02a")
def test_a_draft_goes_by_mail_or_telephone_where_that_is_what_there_is(
    app: Starlette, edi: Sandbox, frouke: Person
) -> None:
    """As with parties of other registers: those of our own have pages."""
    wallet, reached = wallet_of(app, frouke), ("avg@rp.example", "+31 20 123 4567")
    id_ = shared(edi, frouke).rpartition("/")[2]
    known = next(one for one in wallet.log if one.id == id_)
    there = replace(known.party, contacts=(), deletion_contacts=reached, supervisory_contacts=reached)
    wallet._log.add(replace(known, party=there, id="0" * 16))
    path = f"/history/{'0' * 16}"
    for kind, subject in (("erase", "artikel 17"), ("report", "Melding")):
        frouke.go(path).press(f"{path}/{kind}")
        mail = httpx.URL(unescape(re.findall(r'href="(mailto:[^"]+)"', frouke.page)[0]))
        assert mail.path == "avg@rp.example"
        assert subject in mail.params["subject"]
        assert mail.params["body"].replace("\r\n", "\n") in unescape(frouke.page)
        assert "Open de e-mail" in frouke.page
        frouke.press(f"{path}/{kind}", channel="telephone")
        assert 'href="tel:+31201234567"' in frouke.page
        assert "Bel +31201234567" in frouke.page
        assert wallet.log[-1].contact == "+31201234567"
        assert "Met een e-mail" in frouke.page


def test_a_refused_request_can_be_complained_about_but_not_erased(edi: Sandbox, frouke: Person) -> None:
    _, request = greedy(edi)
    frouke.open(request.uri).press("/open", decision="look").press("/requests", decision="deny")
    (path,) = re.findall(r'href="(/history/[0-9a-f]+)"', frouke.page)
    frouke.go(path)
    assert "Er is niets gedeeld." in frouke.page
    assert "vraagt meer dan is aangemeld" in frouke.page
    assert [to for to, _ in frouke.forms()] == [f"{path}/report"]
    assert frouke.send(f"{path}/erase", frouke.forms()[0][1]).status == 404


@pytest.mark.req("DASH_06b")
def test_a_line_is_deleted_only_with_the_pin(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    path = shared(edi, frouke)
    before = len(wallet_of(app, frouke).log)
    frouke.go(f"{path}/delete")
    assert "U kunt dit niet terugdraaien." in frouke.page
    frouke.press(f"{path}/delete", decision="delete", pin="000000")
    assert (frouke.status, len(wallet_of(app, frouke).log)) == (422, before)
    frouke.press(f"{path}/delete", decision="stop")
    assert frouke.here == path
    frouke.go(f"{path}/delete").press(f"{path}/delete", decision="delete", pin=Sandbox.PIN)
    assert "De regel is gewist." in frouke.page
    assert len(wallet_of(app, frouke).log) == before - 1
    assert frouke.go(path).status == 404


# Settings -----------------------------------------------------------------------------------------


def test_the_language_stays(app: Starlette, edi: Sandbox, frouke: Person) -> None:
    frouke.go("/?lang=en")
    assert frouke.title == "Your cards"
    _, request = asked(edi)
    frouke.open(request.uri).press("/open", decision="look")
    assert frouke.title == "Do you want to log in to Gemeente Amsterdam?"
    frouke.go("/settings").press("/settings", language="nl", over_asking="allow_all")
    assert (frouke.title, "Bewaard." in frouke.page) == ("Instellingen", True)
    assert wallet_of(app, frouke).language == "nl"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_stranger_chooses_in_the_language_that_she_reads(stranger: Person, language: str) -> None:
    stranger.go(f"/?lang={language}").press("/start", person="frouke")
    assert stranger.title == {"nl": "Uw kaarten", "en": "Your cards"}[language]


@pytest.mark.req("RPRC_21")
def test_who_wants_no_over_asking_is_not_asked(edi: Sandbox, frouke: Person) -> None:
    frouke.go("/settings").press("/settings", language="nl", over_asking="reject")
    _, request = greedy(edi)
    frouke.open(request.uri).press("/open", decision="look")
    assert frouke.title == "Uw wallet staat dit verzoek van De Gretige Webwinkel niet toe"
    assert "approve" not in frouke.page
