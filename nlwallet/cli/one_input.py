"""What the commands that read one input have in common: how it is given, and what they print."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

Input = Annotated[
    str, typer.Argument(help="A file, the text itself, or - for standard input.", metavar="INPUT")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def print_json(value: Any) -> None:
    """For programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def one_line(text: str) -> str:
    """``text`` without what could steer a terminal, on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
