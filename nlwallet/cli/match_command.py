"""The options of ``nlwallet match``."""

from __future__ import annotations

from typing import Annotated

import typer

from nlwallet.cli.one_input import AsJson, print_json


def match(
    query: Annotated[
        str,
        typer.Argument(help="A DCQL query, or a request that holds one: file, text or -.", metavar="QUERY"),
    ],
    *,
    persona: Annotated[
        list[str] | None, typer.Option("--persona", "-p", help="Whose wallet: frouke, …; repeatable.")
    ] = None,
    card: Annotated[
        list[str] | None, typer.Option("--card", "-c", help="File with an SD-JWT VC; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell per card and claim why a query matches or not, and the nearest thing that is there. 0: it matches."""
    from rich.console import Console

    from nlwallet.cli.match import explain_match, print_explanation

    if not persona and not card:
        raise typer.BadParameter("say whose cards: --persona frouke, or --card FILE")
    tree = explain_match(query, personas=persona or (), cards=card or ())
    if as_json:
        print_json(tree.as_dict())
    else:
        print_explanation(Console(), tree)
    raise typer.Exit(0 if tree.fulfilled else 1)
