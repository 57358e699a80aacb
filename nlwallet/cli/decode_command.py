"""The options of ``nlwallet decode``."""

from __future__ import annotations

from nlwallet.cli.one_input import AsJson, Input, print_json


def decode(source: Input, *, as_json: AsJson = False) -> None:
    """Show what a token, mdoc, link, query or certificate holds. Nothing is verified."""
    from rich.console import Console

    from nlwallet.cli.decode import decode as decode_text
    from nlwallet.cli.source import read_source
    from nlwallet.cli.tree import print_tree

    decoded = decode_text(read_source(source))
    if as_json:
        print_json(decoded.as_dict())
    else:
        print_tree(Console(), f"{decoded.kind} — not verified", decoded.parts, decoded.notes)
