"""Nested data as an indented text that a person can read; nothing in it can steer the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

MAX_SHOWN = 400
"""How much of one text is shown; a portrait or an unknown blob would fill the screen."""


def print_tree(console: Console, title: str, parts: Mapping[str, Any], notes: Sequence[str]) -> None:
    """Print ``parts`` below ``title``, and ``notes`` at the end."""
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    for name, value in parts.items():
        _add(tree, name.replace("_", " "), value)
    for note in notes:
        tree.add(Text(f"note: {clean(note)}", style="yellow"))
    console.print(tree)


def clean(value: Any) -> str:
    """``value`` as text without control characters, cut to a readable length."""
    text = (
        value
        if isinstance(value, str)
        else {True: "true", False: "false", None: "null"}.get(value, str(value))
        if isinstance(value, bool | type(None))
        else str(value)
    )
    shown = "".join(c if c.isprintable() else "�" for c in text[:MAX_SHOWN])
    return shown + (f"… ({len(text)} characters)" if len(text) > MAX_SHOWN else "")


def _add(tree: Tree, name: str, value: Any) -> None:
    label = Text(clean(name), style="cyan")
    if isinstance(value, Mapping) and value:
        branch = tree.add(label)
        for key, member in value.items():
            _add(branch, str(key), member)
    elif (
        isinstance(value, list | tuple)
        and value
        and any(isinstance(item, Mapping | list | tuple) for item in value)
    ):
        branch = tree.add(label)
        for index, item in enumerate(value):
            _add(branch, str(index), item)
    elif isinstance(value, list | tuple) and value:
        branch = tree.add(label)
        for item in value:
            branch.add(Text(clean(item)))
    else:
        empty = {"dict": "{}", "list": "[]", "tuple": "[]"}.get(type(value).__name__)
        tree.add(label + Text(": ", style="dim") + Text(empty or clean(value), style="default"))
