"""The page of a prompt: nothing that was asked can write in it, nothing is ticked, and its form is the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.errors import (
    IssuanceRefused,
    LocalError,
    MalformedInput,
    PromptClosed,
    WarningsNotAcknowledged,
    WrongPin,
)
from nlwallet.holder import LogOutcome
from nlwallet.holder.html_page import CONTENT_SECURITY_POLICY, STYLE_HASH, Html, joined, link, tag
from nlwallet.holder.texts import LANGUAGES
from nlwallet.issuer import card
from nlwallet.testing.situations import SITUATIONS, sandbox, situation

Register = Callable[..., Any]
HOSTILE = "<script>alert(1)</script>\"'&<input name=confirm value=x checked>"


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with sandbox() as made:
        yield made


class Elements(HTMLParser):
    """Every element of a page with its attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in names]


def pages(prompt: Any) -> Elements:
    return Elements(prompt.html())


# What it is made of ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.id)
def test_a_page_says_all_that_the_prompt_says(edi: Sandbox, one: Any, language: Any) -> None:
    prompt = one.prompt(edi, language)
    consent, page = prompt.consent(), pages(prompt)
    told = [consent.title, consent.purpose, consent.requester.trade_name, *consent.missing]
    told += [claim.value for card in consent.cards for claim in card.claims]
    told += [claim.value for card in consent.cards for o in card.alternatives for claim in o.claims]
    told += [text for one in consent.warnings for text in (one.title, one.text, one.advice)]
    told += [
        text for one in consent.warnings if one.explicit and not consent.missing for text in (one.confirm,)
    ]
    assert [text for text in told if text not in page.text] == []
    assert page.named("html") == [{"lang": language}]
    levels = [int(name[1]) for name, _ in page.found if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.req("RPA_10")
def test_the_purpose_and_a_link_to_the_privacy_policy_are_in_sight(edi: Sandbox) -> None:
    html = situation("first-time").prompt(edi).html()
    assert "https://woonstad.example/privacy" in [each.get("href") for each in Elements(html).named("a")]
    in_sight = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    assert "https://woonstad.example/privacy" in in_sight
    assert "U inschrijven voor een woning" in in_sight


@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.id)
def test_no_script_no_handler_nothing_from_elsewhere(edi: Sandbox, one: Any) -> None:
    page = pages(one.prompt(edi))
    for name, attributes in page.found:
        assert name not in {"script", "link", "iframe", "object", "base"}
        assert not [each for each in attributes if each.startswith("on") or each == "style"]
        assert (attributes.get("src") or "data:").startswith("data:")
    assert "@import" not in page.text
    assert "url(" not in page.text


@pytest.mark.req("RPA_07b", "RPA_07c")
@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.id)
def test_each_explicit_warning_has_a_box_that_is_not_ticked(edi: Sandbox, one: Any) -> None:
    prompt = one.prompt(edi)
    boxes = [box for box in pages(prompt).named("input") if box["type"] == "checkbox"]
    explicit = [warning.code for warning in prompt.warnings if warning.explicit]
    assert [box["value"] for box in boxes] == (explicit if one.id != "missing-card" else [])
    for box in boxes:
        assert "required" in box
        assert "checked" not in box
        assert "disabled" not in box


def test_no_box_hides_in_something_that_is_closed(edi: Sandbox) -> None:
    """A browser cannot point at a required box that it does not show."""
    html = situation("grabby").prompt(edi).html()
    inside = "".join(re.findall(r"<details.*?</details>", html, flags=re.DOTALL))
    assert "Nog 2 punten" in inside
    assert "checkbox" not in inside


def test_yes_and_no_weigh_the_same(edi: Sandbox) -> None:
    """The same look; only what goes before a yes differs."""
    yes, no = pages(situation("login").prompt(edi)).named("button")
    assert [yes["value"], no["value"]] == ["approve", "deny"]
    assert yes.keys() - no.keys() == set()
    assert no.keys() - yes.keys() == {"formnovalidate"}


def test_a_picture_is_shown_as_one(edi: Sandbox) -> None:
    (picture,) = pages(situation("portrait").prompt(edi)).named("img")
    assert (picture["src"] or "").startswith("data:image/jpeg;base64,")
    assert picture["alt"] == ""  # the words "a photo" stand beside it


# Escaping ---------------------------------------------------------------------------------------------


def test_names_purposes_and_values_stay_text(world: Any, register: Register) -> None:
    card = world.card({"given_name": HOSTILE}, disclosable=[("given_name",)], organization=HOSTILE[:60])
    party = register(("given_name",), trade_name=HOSTILE[:60], purpose=(HOSTILE, HOSTILE))
    prompt = party.mount(world.wallet(card)).open(party.link())
    page = Elements(prompt.html(action=HOSTILE, fields={HOSTILE: HOSTILE}, problem=HOSTILE, nonce='"><b>'))
    assert page.named("script", "b") == []
    assert [box for box in page.named("input") if box.get("name") == "confirm"] == []
    assert page.text.count(HOSTILE) >= 3
    assert [form["action"] for form in page.named("form")] == [HOSTILE]


def test_a_value_that_only_looks_like_a_picture_is_none(world: Any, register: Register) -> None:
    for raw in (
        "data:image/svg+xml;base64,AAAA",
        "data:image/png;base64,AA\" onerror='x",
        "data:text/html,x",
    ):
        card = world.card({"logo": raw}, vct="urn:example:pas", disclosable=[("logo",)])
        party = register(("logo",), types=("urn:example:pas",), purpose=("Iets", "Something"))
        assert pages(party.mount(world.wallet(card)).open(party.link())).named("img") == []


def test_elements() -> None:
    assert (
        tag("p", "<b>", class_='"x"', hidden=True, title=False)
        == '<p class="&quot;x&quot;" hidden>&lt;b&gt;</p>'
    )
    assert tag("input", aria_label="&") == '<input aria-label="&amp;">'
    assert joined(Html("<i>"), "<i>") == "<i>&lt;i&gt;"
    assert 'href="https://x.example/"' in link("https://x.example/")
    for other in ("javascript:alert(1)", "http://x.example/", "data:text/html,x", "mailto:x@x.example"):
        assert "href" not in link(other)


def test_the_style_is_the_one_that_the_policy_allows(edi: Sandbox) -> None:
    import base64
    import hashlib

    html = situation("login").prompt(edi).html()
    (style,) = re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL)
    assert "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() == STYLE_HASH
    assert STYLE_HASH in CONTENT_SECURITY_POLICY
    assert '<style nonce="abc">' in situation("login").prompt(edi).html(nonce="abc")


# The form ---------------------------------------------------------------------------------------------


def ended(prompt: Any) -> Any:
    return prompt._log.entries[-1].outcome


def test_a_form_approves_and_denies(edi: Sandbox) -> None:
    prompt = situation("login").prompt(edi)
    with pytest.raises(WrongPin):
        prompt.answer_form([("decision", "approve"), ("pin", "000000")])
    with pytest.raises(WrongPin):
        prompt.answer_form([("decision", "approve")])
    assert prompt.answer_form([("decision", "approve"), ("pin", Sandbox.PIN)]) is not None
    assert ended(prompt) is LogOutcome.SHARED
    with pytest.raises(PromptClosed):
        prompt.answer_form([("decision", "deny")])


@pytest.mark.req("RPA_07b")
def test_only_what_was_ticked_is_confirmed(edi: Sandbox) -> None:
    prompt = situation("over-asking").prompt(edi)
    yes, first, second = (
        ("decision", "approve"),
        ("confirm", "over_asking"),
        ("confirm", "bsn_outside_government"),
    )
    pin = ("pin", Sandbox.PIN)
    for fields in ([yes, pin], [yes, pin, first], [yes, pin, second], [yes, pin, ("confirm", "True")]):
        with pytest.raises(WarningsNotAcknowledged):
            prompt.answer_form(fields)
    prompt.answer_form([yes, first, second, pin])
    assert ended(prompt) is LogOutcome.SHARED


def test_another_card_is_chosen_first(edi: Sandbox) -> None:
    prompt = situation("two-cards").prompt(edi)
    (other,) = prompt.cards[0].alternatives
    (choose,) = [each for each in pages(prompt).named("button") if each["name"] == "card"]
    assert choose["form"] == "again"  # not the form that the Enter key sends
    assert prompt.answer_form([("card", str(choose["value"])), ("pin", "")]) is None
    assert prompt.cards[0].id == other.id
    assert prompt.cards[0].claims[0].value == "Vakschool De Molenwerf"
    prompt.answer_form([("decision", "deny")])


def test_an_optional_card_is_added_and_taken_away(edi: Sandbox) -> None:
    prompt = situation("optional-card").prompt(edi)
    for expected in (2, 1):
        (way,) = [each for each in pages(prompt).named("button") if each["name"] == "way"]
        assert prompt.answer_form([("way", str(way["value"]))]) is None
        assert len(prompt.cards) == expected


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("decision", "maybe")],
        [("decision", "approve"), ("decision", "deny")],
        [("decision", "approve"), ("pin", "1"), ("pin", "2")],
        [("way", "x=0")],
        [("way", "1=²")],
        [("way", "1=99999")],
        [("way", "=")],
        [("card", "a=b"), ("card", "a=c")],
        [("x", "y")] * 101,
    ],
)
def test_a_form_that_is_none_of_ours_changes_nothing(edi: Sandbox, fields: list[tuple[str, str]]) -> None:
    prompt = situation("login").prompt(edi)
    with pytest.raises(MalformedInput):
        prompt.answer_form(fields)
    prompt.deny()


def test_a_card_or_way_that_is_not_offered_is_refused(edi: Sandbox) -> None:
    prompt = situation("login").prompt(edi)
    for fields in ([("card", "nothing=x")], [("card", "x")], [("way", "0=0")]):
        with pytest.raises(LocalError):
            prompt.answer_form(fields)
    prompt.deny()


# Issuance ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_offer_and_what_came_are_pages_too(edi: Sandbox, language: Any) -> None:
    wallet = edi.wallet("frouke", language=language)
    offer = wallet.open_offer(edi.issuer("diploma").offer_to("frouke").uri)
    page = pages(offer)
    content = offer.offer()
    assert [text for text in (content.title, content.website, *content.notes) if text not in page.text] == []
    assert [each["value"] for each in page.named("button")] == ["fetch", "decline"]
    received = offer.fetch()
    page, told = pages(received), received.content()
    lines = [text for card in told.cards for line in card.lines for text in (line.label, line.value)]
    assert [text for text in (told.title, *lines, *told.notes) if text not in page.text] == []
    assert [each["value"] for each in page.named("button")] == ["keep", "discard"]
    assert [each["name"] for each in page.named("input")] == ["pin"]
    assert page.named("html") == [{"lang": language}]


def test_the_form_of_an_offer_fetches_and_the_form_of_what_came_keeps(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    offer = edi.issuer("diploma").offer(
        "diploma", card("diploma").claims("frouke", now=edi.clock.now()), tx_code=True
    )
    prompt = wallet.open_offer(offer.uri)
    fields = {str(each["name"]) for each in pages(prompt).named("input") if "name" in each}
    assert "tx_code" in fields
    with pytest.raises(IssuanceRefused):
        prompt.answer_form([("decision", "fetch"), ("tx_code", "000000x")])
    received = prompt.answer_form([("decision", "fetch"), ("tx_code", f" {offer.tx_code}\n")])
    assert received is not None
    assert len(wallet.cards) == 1
    with pytest.raises(WrongPin):
        received.answer_form([("decision", "keep")])
    (kept,) = received.answer_form([("decision", "keep"), ("pin", Sandbox.PIN)]) or ()
    assert wallet.cards[-1] == kept
    for one, decision in ((prompt, "decline"), (received, "discard")):
        with pytest.raises(PromptClosed):
            one.answer_form([("decision", decision)])


def test_the_form_of_an_offer_declines_and_the_form_of_what_came_discards(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    prompt = wallet.open_offer(edi.issuer("diploma").offer_to("frouke").uri)
    assert prompt.answer_form([("decision", "decline")]) is None
    received = wallet.open_offer(edi.issuer("diploma").offer_to("frouke").uri).answer_form(
        [("decision", "fetch")]
    )
    assert received is not None
    assert received.answer_form([("decision", "discard"), ("pin", "")]) is None
    assert len(wallet.cards) == 1
    assert [entry.outcome for entry in wallet.log][-2:] == [LogOutcome.DENIED, LogOutcome.DENIED]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("decision", "approve")],
        [("decision", "fetch"), ("decision", "decline")],
        [("decision", "fetch"), ("tx_code", "1"), ("tx_code", "2")],
        [("decision", "keep")],
        [("decision", "fetch"), *[("confirm", "provider")] * 100],
    ],
)
def test_a_form_that_is_none_of_an_offer_fetches_nothing(edi: Sandbox, fields: list[tuple[str, str]]) -> None:
    issuer = edi.issuer("diploma")
    issued = len(issuer.issued)
    prompt = edi.wallet("frouke", cards=()).open_offer(issuer.offer_to("frouke").uri)
    with pytest.raises(MalformedInput):
        prompt.answer_form(fields)
    received = prompt.answer_form([("decision", "fetch")])
    assert received is not None
    assert len(issuer.issued) == issued + 1
    for wrong in (
        [("decision", "close")],
        [("decision", "fetch")],
        [("decision", "keep"), ("pin", "1"), ("pin", "2")],
    ):
        with pytest.raises(MalformedInput):
            received.answer_form(wrong)
    received.discard()
