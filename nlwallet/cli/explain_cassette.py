"""``nlwallet explain``: the story of a recorded exchange, and where it went wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from nlwallet.cli.source import read_source
from nlwallet.errors import LocalError
from nlwallet.testing.cassette import MAX_CASSETTE_BYTES, read_cassette
from nlwallet.testing.cassette_story import explain_cassette


def explain(
    source: Annotated[str, typer.Argument(help="The file, or - for standard input.", metavar="CASSETTE")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Tell the story of a cassette. Exit code 0: nothing went wrong. 1: something did, or it cannot be read."""
    story = explain_cassette(read_cassette(_text(source)))
    print(json.dumps(story.as_dict(), ensure_ascii=False, indent=2) if as_json else story)
    raise typer.Exit(0 if story.fault is None else 1)


def _text(source: str) -> str | bytes:
    path = Path(source)
    if source == "-" or source.lstrip().startswith("{"):
        return read_source(source)
    try:
        with path.open("rb") as file:  # may be longer than any message
            return file.read(MAX_CASSETTE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise LocalError(f"the cassette cannot be read: {getattr(error, 'strerror', '')}") from None
