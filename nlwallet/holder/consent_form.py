"""The answer that comes back from the page of a consent prompt: a decision, or another card or way first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nlwallet.errors import MalformedInput
from nlwallet.holder.form_fields import FORM, FormFields
from nlwallet.holder.session import Outcome

if TYPE_CHECKING:
    from nlwallet.holder.prompt import ConsentPrompt


def answer(prompt: ConsentPrompt, fields: Iterable[tuple[str, str]]) -> Outcome | None:
    """Do what the form says; ``None`` when another card or way was chosen and the page is to be shown again.

    ``fields``: names and values in the order in which they came. Only what was ticked counts as confirmed; there
    is no value that stands for everything. Raises :class:`~nlwallet.errors.MalformedInput` for a form that is none
    of ours, and whatever :meth:`ConsentPrompt.approve` and :meth:`ConsentPrompt.deny` raise.
    """
    given = FormFields(fields)
    if "card" in given:
        query_id, _, card_id = given.only("card").partition("=")
        prompt.choose(query_id, card_id)
        return None
    if "way" in given:
        number_text, _, way = given.only("way").partition("=")
        prompt.choose_way(_number(number_text), _number(way) if way else None)
        return None
    if given.decision("approve", "deny") == "deny":
        return prompt.deny()
    return prompt.approve(pin=given.optional("pin"), despite_warnings=given.all("confirm"))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise MalformedInput("a way is called by its number", spec=FORM, pointer="/way")
    return int(text)
