"""That a wallet has a card of some type, and no more than that (ARF OIA_08e)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class PresentType:
    """That there is a card of this type in this format. What it says is not in it, nor how many there are."""

    format: str
    type: str
