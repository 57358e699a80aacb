"""The answer that comes back from the page of a consent prompt: a decision, or another card or way first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from nlwallet.errors import MalformedInput
from nlwallet.holder.session import Outcome

if TYPE_CHECKING:
    from nlwallet.holder.prompt import ConsentPrompt

MAX_FIELDS: Final = 100
_SPEC: Final = "docs/consent.md, the form"


def answer(prompt: ConsentPrompt, fields: Iterable[tuple[str, str]]) -> Outcome | None:
    """Do what the form says; ``None`` when another card or way was chosen and the page is to be shown again.

    ``fields``: names and values in the order in which they came. Only what was ticked counts as confirmed; there
    is no value that stands for everything. Raises :class:`~nlwallet.errors.MalformedInput` for a form that is none
    of ours, and whatever :meth:`ConsentPrompt.approve` and :meth:`ConsentPrompt.deny` raise.
    """
    given: dict[str, list[str]] = {}
    for number, (name, value) in enumerate(fields):
        if number >= MAX_FIELDS:
            raise MalformedInput(f"more than {MAX_FIELDS} fields", spec=_SPEC)
        given.setdefault(name, []).append(value)
    if "card" in given:
        query_id, _, card_id = _only(given, "card").partition("=")
        prompt.choose(query_id, card_id)
        return None
    if "way" in given:
        number_text, _, way = _only(given, "way").partition("=")
        prompt.choose_way(_number(number_text), _number(way) if way else None)
        return None
    decision = _only(given, "decision")
    if decision == "deny":
        return prompt.deny()
    if decision != "approve":
        raise MalformedInput("no such decision", spec=_SPEC, pointer="/decision", hint="approve or deny")
    pin = _only(given, "pin") if "pin" in given else None
    return prompt.approve(pin=pin, despite_warnings=given.get("confirm", []))


def _only(given: dict[str, list[str]], name: str) -> str:
    values = given.get(name, [])
    if len(values) != 1:
        raise MalformedInput(f"the form has {len(values)} fields {name}", spec=_SPEC, pointer=f"/{name}")
    return values[0]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise MalformedInput("a way is called by its number", spec=_SPEC, pointer="/way")
    return int(text)
