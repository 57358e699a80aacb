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


def careful(prompt: ConsentPrompt) -> Outcome:
    """A citizen who does what the prompt advises.

    She shares when nothing is unusual, or when all that is asked of her is to look and she sees what she expected; and
    she confirms exactly that, point by point. Told to stop, to ask first or to try later, she stops: see
    :attr:`~nlwallet.holder.Consent.advised`.
    """
    consent = prompt.consent()
    if consent.advised == "deny":
        return prompt.deny()
    confirmed = [warning.code for warning in consent.warnings if warning.explicit]
    return prompt.approve(pin=Sandbox.PIN, despite_warnings=confirmed)


def hasty(prompt: ConsentPrompt) -> Outcome:
    """A citizen who reads nothing, ticks everything and shares whatever can be shared."""
    if "approve" not in prompt.consent().decisions:
        return prompt.deny()
    return prompt.approve(pin=Sandbox.PIN, despite_warnings=True)


def never(prompt: ConsentPrompt) -> Outcome:
    """A citizen who shares nothing, with anybody."""
    return prompt.deny()


def denies(prompt: ConsentPrompt) -> Outcome:
    """A citizen who says no; the page gets ``{"error": "access_denied"}``."""
    return prompt.deny()


def closes(_: ConsentPrompt) -> None:
    """A citizen who closes the prompt without an answer; the page gets a ``NotAllowedError``."""


def undecided(_: ConsentPrompt) -> Literal[_Undecided.UNDECIDED]:
    """A citizen who leaves the prompt open; :meth:`DigitalCredentials.decide` goes on later."""
    return UNDECIDED
