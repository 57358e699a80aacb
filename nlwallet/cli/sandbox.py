"""``nlwallet sandbox``: everything at once, on ports of this machine, until Ctrl-C."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.anchors import read_anchors
from nlwallet.cli.pilot import find_pilot
from nlwallet.cli.signals import stopped_by_signals, wait_for
from nlwallet.errors import LocalError
from nlwallet.sandbox import PILOTS
from nlwallet.sandbox.served import ServedSandbox


def serve(
    *,
    port: int,
    profile: str,
    database: str | None,
    pilots: Sequence[str],
    wallet_anchors: Sequence[Path],
    as_json: bool,
) -> None:
    """Serve from ``port`` on until a signal comes; ``pilots`` are files of scenarios beside the ready-made ones.

    ``wallet_anchors`` are files with the CAs of wallet providers elsewhere.

    Raises :class:`~nlwallet.errors.LocalError`.
    """
    every = (*PILOTS, *(find_pilot(one) for one in pilots))
    anchors = [one for path in wallet_anchors for one in read_anchors(path)]
    with stopped_by_signals() as stop:
        try:
            served = ServedSandbox(
                port=port, profile=profile, pilots=every, database=database, wallet_anchors=anchors
            )
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
                _show(served, database, Console(soft_wrap=True))
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
