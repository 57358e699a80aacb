"""The published schemas say what the prompts are as JSON: no member more, none less."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.holder.texts import LANGUAGES
from nlwallet.testing.situations import SITUATIONS, sandbox

KNOWN = {
    "$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "additionalProperties",
    "items", "minItems", "enum", "const", "minLength", "minimum", "pattern",
}  # fmt: skip
TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
}


def schema(name: str) -> dict[str, Any]:
    loaded = json.loads((files("nlwallet.holder") / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def problems(value: Any, rule: dict[str, Any], root: dict[str, Any], at: str = "") -> Iterator[str]:
    """What is wrong with ``value``: the part of JSON Schema 2020-12 that these schemas use, and no other."""
    assert rule.keys() <= KNOWN, rule.keys() - KNOWN
    if "$ref" in rule:
        yield from problems(value, root["$defs"][rule["$ref"].removeprefix("#/$defs/")], root, at)
    kinds = rule.get("type", [])
    if kinds and not any(TYPES[kind](value) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        yield f"{at}: not a {kinds}"
        return
    if "enum" in rule and value not in rule["enum"]:
        yield f"{at}: none of {rule['enum']}"
    if "const" in rule and value != rule["const"]:
        yield f"{at}: not {rule['const']}"
    if isinstance(value, str):
        if len(value) < rule.get("minLength", 0) or not re.search(rule.get("pattern", ""), value):
            yield f"{at}: too short, or of another form"
    elif isinstance(value, int) and value < rule.get("minimum", value):
        yield f"{at}: too small"
    elif isinstance(value, list):
        if len(value) < rule.get("minItems", 0):
            yield f"{at}: too few"
        for number, item in enumerate(value):
            yield from problems(item, rule.get("items", {}), root, f"{at}/{number}")
    elif isinstance(value, dict) and "properties" in rule:
        yield from (f"{at}: no {name}" for name in rule["required"] if name not in value)
        for name, item in value.items():
            known = rule["properties"].get(name)
            if known is None and rule.get("additionalProperties", True):
                continue
            if known is None:
                yield f"{at}: {name} is not in the schema"
            else:
                yield from problems(item, known, root, f"{at}/{name}")


def check(name: str, value: Any) -> list[str]:
    whole = schema(name)
    return list(problems(json.loads(json.dumps(value)), whole, whole))


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with sandbox() as made:
        yield made


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.id)
def test_every_prompt_is_what_the_schema_says(edi: Sandbox, situation: Any, language: Any) -> None:
    prompt = situation.prompt(edi, language)
    assert check("consent", prompt.as_dict()) == []
    assert check("consent", prompt.consent().as_dict()) == []


def test_a_prompt_with_a_transaction_too(edi: Sandbox) -> None:
    payment = {
        "type": "urn:eudi:sca:payment:1",
        "credential_ids": ["c0"],
        "payload": {
            "payee": {"name": "Winkel", "id": "NL1"},
            "currency": "EUR",
            "amount": 12.5,
            "transaction_id": "T",
        },
    }
    party = edi.relying_party("cafe-de-vrije-val")
    query = {
        "credentials": [
            {
                "id": "c0",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                "claims": [{"path": ["age_over_18"]}],
            }
        ]
    }
    prompt = edi.wallet("frouke").open(party.request(query, transaction_data=[payment]).uri)
    assert prompt.as_dict()["transactions"][0]["lines"]
    assert check("consent", prompt.as_dict()) == []


def test_an_offer_and_what_was_received(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    offer = wallet.open_offer(edi.issuer("diploma").offer_to("frouke").uri)
    assert check("offer", offer.as_dict()) == []
    received = offer.fetch()
    assert received.as_dict()["cards"][0]["lines"]
    assert check("received", received.as_dict("en")) == []


def everything(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every member of every object, but not inside the values of claims, which may be anything."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        if isinstance(value, dict):
            yield (*at, name)
        if name != "raw":
            yield from everything(item, (*at, name))


def test_no_member_can_be_left_out_renamed_or_of_another_kind(edi: Sandbox) -> None:
    """The schema is not empty words: whatever is changed in a prompt, it objects."""
    content = next(one for one in SITUATIONS if one.id == "two-cards").prompt(edi).consent().as_dict()
    content["warnings"] = (
        next(one for one in SITUATIONS if one.id == "grabby").prompt(edi).consent().as_dict()["warnings"]
    )
    text = json.dumps(content)
    assert check("consent", content) == []
    places = list(everything(json.loads(text)))
    assert len(places) > 150
    for place in places:
        for change in ("leave out", "rename", "another kind"):
            changed = json.loads(text)
            inside = changed
            for name in place[:-1]:
                inside = inside[name]
            value = inside[place[-1]]
            if change == "another kind":
                if place[-1] == "raw":
                    continue
                inside[place[-1]] = 1.5
            else:
                del inside[place[-1]]
                if change == "rename":
                    inside[f"{place[-1]}x"] = value
            assert check("consent", changed), (place, change)
