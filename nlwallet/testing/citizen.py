"""Who holds the wallet in a test: a function that is shown the consent prompt and answers it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import Enum
from typing import Final, Literal, TypeAlias

from nlwallet.holder import ConsentPrompt, Outcome
from nlwallet.sandbox import Sandbox


class _Undecided(Enum):
    UNDECIDED = "undecided"


UNDECIDED: Final = _Undecided.UNDECIDED
"""The citizen is still reading."""

Citizen: TypeAlias = Callable[[ConsentPrompt], Outcome | Literal[_Undecided.UNDECIDED] | None]
"""Shown the prompt, returns what ``prompt.approve()`` or ``prompt.deny()`` gave; ``None`` closes the prompt."""


def approves(*, pin: str | None = Sandbox.PIN, despite_warnings: bool | Collection[str] = False) -> Citizen:
    """A citizen who shares what is asked. ``despite_warnings`` as in :meth:`ConsentPrompt.approve`."""

    def approve(prompt: ConsentPrompt) -> Outcome:
        return prompt.approve(pin=pin, despite_warnings=despite_warnings)

    return approve


def denies(prompt: ConsentPrompt) -> Outcome:
    """A citizen who says no; the page gets ``{"error": "access_denied"}``."""
    return prompt.deny()


def closes(_: ConsentPrompt) -> None:
    """A citizen who closes the prompt without an answer; the page gets a ``NotAllowedError``."""


def undecided(_: ConsentPrompt) -> Literal[_Undecided.UNDECIDED]:
    """A citizen who leaves the prompt open; :meth:`DigitalCredentials.decide` goes on later."""
    return UNDECIDED
