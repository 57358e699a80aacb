"""The options of ``nlwallet sandbox``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlwallet.profiles import PROFILES
from nlwallet.sandbox.port_range import FIRST_PORT, MAX_PORTS


def sandbox(
    *,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            min=0,
            max=65_535,
            help=f"The first port; up to {MAX_PORTS} after it are used too. 0 takes free ones, and keeps nothing.",
        ),
    ] = FIRST_PORT,
    profile: Annotated[
        str, typer.Option("--profile", help=f"The rules: {', '.join(PROFILES)}.")
    ] = "haip-1.0",
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            help="sqlite:///FILE or postgresql://…: what another start goes on with; else a file of this user.",
        ),
    ] = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Keep everything in memory; nothing is left at the end.")
    ] = False,
    pilot: Annotated[
        list[str] | None,
        typer.Option(
            "--pilot", help="Serve this pilot too: a file of yours (nlwallet pilot new). Repeatable."
        ),
    ] = None,
    wallet_anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--wallet-anchor",
            help="PEM file with the CA of the provider of another wallet, which gets cards then too. Repeatable.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every address and anchor as one JSON object, then serve.")
    ] = False,
) -> None:
    """Start the whole ecosystem: registrar, lists, issuers, relying parties and a wallet for the browser.

    Open the address that it prints. Ctrl-C stops it.
    """
    if ephemeral and database is not None:
        raise typer.BadParameter("--ephemeral and --database exclude each other")
    from nlwallet.cli.sandbox import serve
    from nlwallet.cli.wallet_place import default_database

    kept = None if ephemeral or port == 0 else database or f"sqlite:///{default_database()}"
    serve(
        port=port,
        profile=profile,
        database=kept,
        pilots=pilot or (),
        wallet_anchors=wallet_anchor or (),
        as_json=as_json,
    )
