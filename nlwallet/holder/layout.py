"""Text for a terminal of 70 columns: wrapped lines, and rows of a label and a text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

WIDTH: Final = 70
RULE: Final = "─" * WIDTH
_LABEL: Final = 16


def row(label: str, text: str, *, indent: int = 2, width: int = _LABEL) -> Iterable[str]:
    """``label`` with ``text`` in a column behind it, or below it if it is long; nothing without a text."""
    if not text:
        return ()
    lead = " " * indent + label
    if len(lead) > indent + width - 1:
        return [*wrap(label, " " * indent), *wrap(text, " " * (indent + 2))]
    return wrap(text, lead.ljust(indent + width))


def wrap(text: str, lead: str) -> list[str]:
    """``text`` in lines, the first after ``lead``; no line is too long unless one word is."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
