"""The options of ``nlwallet qr``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def qr(
    source: Annotated[
        str | None,
        typer.Argument(
            help="A link, an offer as JSON, a request object; a file with one of these, or - for standard input.",
            metavar="INPUT",
        ),
    ] = None,
    *,
    pilot: Annotated[
        str | None,
        typer.Option(
            "--pilot", help="Let the party of a pilot (its id, or a file) ask, and wait for the answer."
        ),
    ] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write an SVG file.")] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Write a PNG file.")] = None,
    data_url: Annotated[
        bool, typer.Option("--data-url", help="Print the PNG image as an address for a page.")
    ] = False,
) -> None:
    """Draw a QR code that a wallet can scan: in the terminal, as an SVG or PNG file, or as a data URL."""
    if (source is None) == (pilot is None):
        raise typer.BadParameter("give INPUT, or --pilot")
    if pilot is not None:
        from nlwallet.cli.qr_pilot import ask

        ask(pilot, svg, png, data_url=data_url)
    else:
        from nlwallet.cli.qr import draw, link_of
        from nlwallet.cli.source import read_source

        draw(link_of(read_source(source or "")), svg, png, data_url=data_url)
