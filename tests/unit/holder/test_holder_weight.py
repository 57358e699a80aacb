"""Friction follows risk: an ordinary request is one step, and each risk has a box of its own that is not ticked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.errors import LocalError, WarningsNotAcknowledged
from nlwallet.holder.acquaintance import MANY
from nlwallet.holder.texts import LANGUAGES, TEXTS
from nlwallet.holder.weight import WEIGHTS, weight_of

Register = Callable[..., Any]
Ask = Callable[..., dict[str, Any]]
SOME = ("Een woning huren", "Rent a house")
MUCH = (("given_name",), ("family_name",), ("birthdate",), ("nationalities",), ("address",))


def test_every_warning_has_a_weight_and_every_weight_words() -> None:
    codes = {key.split(".")[1] for key in TEXTS["nl"] if key.startswith("warning.")}
    assert {one.code for one in WEIGHTS} == codes
    assert len({one.code for one in WEIGHTS}) == len(WEIGHTS)


def test_a_warning_of_unknown_weight_must_be_confirmed() -> None:
    assert weight_of("something_new").explicit


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_advice_is_one_sentence_and_begins_with_what_to_do(language: Any) -> None:
    first = {
        "nl": {"stop": "Stop", "ask": "Vraag", "later": "Probeer", "check": "Kijk"},
        "en": {"stop": "Stop", "ask": "First ask", "later": "Try again", "check": "Check"},
    }
    for one in WEIGHTS:
        advice = TEXTS[language][f"warning.{one.code}.advice"]  # type: ignore[index]
        assert advice.startswith(first[language][one.action]), one.code
        assert advice.count(".") == 1, one.code


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_box_says_something_else_and_speaks_as_the_holder(language: Any) -> None:
    boxes = [TEXTS[language][f"warning.{one.code}.confirm"] for one in WEIGHTS]  # type: ignore[index]
    assert len(set(boxes)) == len(boxes)
    assert all(text.startswith(("Ik ", "I ")) and text.endswith(".") for text in boxes)


# Known or not ----------------------------------------------------------------------------------------


def codes(prompt: Any) -> list[str]:
    return [warning.code for warning in prompt.warnings]


def test_much_for_the_first_time_is_confirmed_and_the_second_time_not(world: Any, register: Register) -> None:
    party = register(*MUCH, purpose=SOME)
    wallet = party.mount(world.wallet())
    first = wallet.open(party.link())
    assert codes(first) == ["first_time_many"]
    assert not first.requester.shared_before
    with pytest.raises(WarningsNotAcknowledged):
        first.approve()
    assert party.forms == []
    first.approve(despite_warnings=["first_time_many"])
    second = wallet.open(party.link())
    assert codes(second) == []
    assert second.requester.shared_before
    second.approve()
    assert len(party.forms) == 2


def test_four_attributes_are_not_much(world: Any, register: Register) -> None:
    party = register(*MUCH[: MANY - 1], purpose=SOME)
    assert codes(party.mount(world.wallet()).open(party.link())) == []


def test_an_address_in_parts_is_one_attribute(world: Any, register: Register, ask: Ask) -> None:
    parts = [("address", name) for name in ("street_address", "house_number", "postal_code", "locality")]
    party = register(*MUCH[:3], ("address",), purpose=SOME)
    party.query = ask(*MUCH[:3], *parts)
    assert codes(party.mount(world.wallet()).open(party.link())) == []


def test_refusing_is_no_acquaintance_nor_is_a_name(world: Any, register: Register) -> None:
    party = register(*MUCH, purpose=SOME)
    wallet = party.mount(world.wallet())
    wallet.open(party.link()).deny()
    assert codes(wallet.open(party.link())) == ["first_time_many"]
    wallet.open(party.link()).approve(despite_warnings=True)
    stranger = register(*MUCH, purpose=SOME)
    stranger.origin = "https://other.example"
    unsigned = codes(
        stranger.mount(world.wallet()).open(stranger.link())  # another wallet has another log
    )
    assert "first_time_many" in unsigned


def test_a_small_warning_needs_no_box(world: Any, register: Register) -> None:
    """The whole of a small card: worth telling, not worth stopping for."""
    names = [f"veld_{number}" for number in range(6)]
    card = world.card(
        dict.fromkeys(names, "x"), vct="urn:example:pas", disclosable=[(name,) for name in names]
    )
    party = register(*((name,) for name in names), types=("urn:example:pas",), purpose=SOME)
    wallet = party.mount(world.wallet(card))
    wallet.open(party.link()).approve(despite_warnings=["first_time_many"])
    prompt = wallet.open(party.link())
    assert [(one.code, one.explicit) for one in prompt.warnings] == [("whole_card", False)]
    assert "[ ]" not in str(prompt)
    prompt.approve()


# Ways ------------------------------------------------------------------------------------------------


def both(ask: Ask, *, required: bool, options: list[list[str]]) -> dict[str, Any]:
    first, second = ask(("given_name",))["credentials"][0], ask(("birthdate",))["credentials"][0]
    asked = [first | {"id": "name"}, second | {"id": "born"}]
    sets = [{"options": [["name"]]}, {"options": [["born"]], "required": False}]
    return {
        "credentials": asked,
        "credential_sets": [{"options": options}] if required else sets,
    }


def shared(prompt: Any) -> list[str]:
    return [claim.path[0] for card in prompt.cards for claim in card.claims]


@pytest.fixture
def asking(world: Any, register: Register) -> Callable[[dict[str, Any]], Any]:
    def do(query: dict[str, Any]) -> Any:
        party = register(("given_name",), ("birthdate",), purpose=SOME)
        party.query = query
        return party, party.mount(world.wallet()).open(party.link())

    return do


@pytest.mark.req("D-16")
def test_what_is_optional_is_left_out_until_it_is_chosen(asking: Any, ask: Ask) -> None:
    party, prompt = asking(both(ask, required=False, options=[]))
    assert shared(prompt) == ["given_name"]
    (choice,) = prompt.consent("en").choices
    assert (choice.number, choice.required) == (1, False)
    assert [(way.labels, way.chosen) for way in choice.ways] == [(("Date of birth",), False)]
    assert "Dit ook delen: Geboortedatum" in str(prompt)
    prompt.choose_way(1, 0)
    assert shared(prompt) == ["given_name", "birthdate"]
    assert "Dit niet delen: Geboortedatum" in str(prompt)
    prompt.choose_way(1, None)
    assert shared(prompt) == ["given_name"]
    prompt.choose_way(1, 0)
    prompt.approve()
    assert list(party.received().vp_token) == ["name", "born"]


def test_of_two_ways_one_is_chosen(asking: Any, ask: Ask) -> None:
    party, prompt = asking(both(ask, required=True, options=[["name"], ["born"]]))
    assert shared(prompt) == ["given_name"]
    assert "Liever dit delen: Geboortedatum" in str(prompt)
    prompt.choose_way(0, 1)
    assert shared(prompt) == ["birthdate"]
    for choice, way in ((0, None), (0, 2), (1, 0)):
        with pytest.raises(LocalError):
            prompt.choose_way(choice, way)
    assert shared(prompt) == ["birthdate"]
    prompt.approve()
    assert list(party.received().vp_token) == ["born"]


def test_nothing_to_choose_is_no_choice(asking: Any, ask: Ask) -> None:
    _, prompt = asking(both(ask, required=True, options=[["name", "born"]]))
    assert prompt.consent().choices == ()


# No ---------------------------------------------------------------------------------------------------


@pytest.mark.req("RPA_11")
def test_until_the_holder_answers_nobody_hears_whether_there_is_a_card(
    world: Any, register: Register, ask: Ask
) -> None:
    """The same requests in the same order, and the same bytes, whether she said no or had no such card."""
    heard = []
    for query in (ask(("bsn",)), ask(("no_such_claim",)), ask(("x",), types=["urn:none"])):
        party = register(("bsn",), public_body=True, purpose=("Inloggen", "Log in"))
        party.query = query
        prompt = party.mount(world.wallet()).open(party.link())
        str(prompt), prompt.html(), prompt.as_dict()
        before = list(party.requests)
        prompt.answer_form([("decision", "deny")])
        heard.append((before, party.requests, party.forms))
    assert heard[0] == heard[1] == heard[2]
    assert heard[0][0] == [("GET", "/request")]
