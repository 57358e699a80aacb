"""``nlwallet sandbox``: everything at once, on ports of this machine, until Ctrl-C."""

from __future__ import annotations

import json
import signal
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.pilot import find_pilot
from nlwallet.cli.signals import stopped_by_signals, wait_for
from nlwallet.cli.wallet_place import default_database
from nlwallet.errors import LocalError
from nlwallet.profiles import PROFILES
from nlwallet.sandbox import PILOTS
from nlwallet.sandbox.served import FIRST_PORT, MAX_PORTS, ServedSandbox


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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every address and anchor as one JSON object, then serve.")
    ] = False,
) -> None:
    """Start the whole ecosystem: registrar, lists, issuers, relying parties and a wallet for the browser.

    Open the address that it prints. Ctrl-C stops it.
    """
    if ephemeral and database is not None:
        raise typer.BadParameter("--ephemeral and --database exclude each other")
    kept = None if ephemeral or port == 0 else database or f"sqlite:///{default_database()}"
    pilots = (*PILOTS, *(find_pilot(one) for one in pilot or ()))
    with stopped_by_signals() as stop:
        try:
            served = ServedSandbox(port=port, profile=profile, pilots=pilots, database=kept)
        except LocalError as error:
            if error.code != "port_taken":
                raise
            raise LocalError(
                error.message,
                code=error.code,
                hint="is another sandbox running? Stop it, or: nlwallet sandbox --port 8600 (0: free ports)",
            ) from None
        with served:
            if as_json:
                print(json.dumps(served.addresses(), ensure_ascii=False), flush=True)
            else:
                _show(served, kept, Console(soft_wrap=True))
            wait_for(stop)
    if stop.is_set():
        raise typer.Exit(128 + signal.SIGTERM)


def _show(served: ServedSandbox, kept: str | None, console: Console) -> None:
    say = console.print
    say(Text("The EDI-stelsel on this laptop", "bold"))
    for name, address in served.pages.items():
        say(Text.assemble(f"  {_WORDS[name]:<24}", (address, "cyan")))
    say(Text(f"\nStart at {served.pages['start']} — the PIN of every phone is {served.edi.PIN}.", "green"))
    say(Text(f"For programs: {served.pages['start']}addresses.json, or nlwallet sandbox --json", "dim"))
    say(Text(f"Kept in {kept}" if kept else "Nothing is kept.", "dim"))
    say(Text("Ctrl-C stops it.", "dim"))


_WORDS: Final = {
    "start": "start page",
    "relying_parties": "relying parties",
    "wallet": "the phone",
    "issuers": "issuers' desks",
    "register": "register and lists",
}
