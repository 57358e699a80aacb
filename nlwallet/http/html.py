"""Elements of HTML in which all text is escaped."""

from __future__ import annotations

from html import escape
from typing import Final

_VOID: Final = frozenset({"br", "input", "img", "link", "meta", "hr"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(element: str, /, *content: str, **attributes: str | bool) -> Html:
    """An element. Content that is not :class:`Html` is escaped, and every attribute is.

    ``_`` at the end of an attribute's name is left out, other ones become ``-``; ``True`` is a bare attribute,
    ``False`` none.
    """
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    )
    if element in _VOID:
        return Html(f"<{element}{given}>")
    return Html(f"<{element}{given}>{joined(*content)}</{element}>")


def joined(*content: str) -> Html:
    """Contents one after another, escaped where they are not HTML."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in content))
