"""The QR code of a request that the party of a pilot makes there and then, and who answers it."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Final

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.pilot import find_pilot
from nlwallet.cli.qr import draw
from nlwallet.cli.signals import stopped_by_signals
from nlwallet.encoding import dump_json
from nlwallet.sandbox.pages.layout import phone_address
from nlwallet.sandbox.served import ServedSandbox
from nlwallet.verifier import PresentationResult

_LOOK_SECONDS: Final = 0.5


def ask(which: str, svg: Path | None, png: Path | None, *, data_url: bool) -> None:
    """Serve the party of a pilot (its id, or a file), show its code, and wait for an answer.

    Raises a :class:`~nlwallet.errors.NlWalletError`.
    """
    pilot = find_pilot(which)
    console = Console(soft_wrap=True)
    with stopped_by_signals() as stop, ServedSandbox(port=0, pilots=(pilot,)) as served:
        party = served.edi.relying_party(pilot)
        request = party.request(pilot.query, intended_use=pilot.intended_use)
        draw(request.uri, svg, png, data_url=data_url)
        console.print(Text(f"{pilot.record.trade_name} asks. The link in the code:\n{request.uri}\n"))
        phone = phone_address(served.pages["wallet"], request.uri, scanned="yes")
        console.print(Text.assemble("Let the phone in your browser read it:\n", (phone, "cyan"), "\n"))
        console.print(Text("Waiting for a wallet; Ctrl-C stops.", "dim"))
        while not stop.wait(_LOOK_SECONDS):
            result = party.result(request)
            if result.status != "pending":
                _tell(console, result)
                return
    _stopped(stop)


def _tell(console: Console, result: PresentationResult) -> None:
    if result.error is not None:
        raise result.error
    for one in result.presentations:
        console.print(Text(f"{one.query_id}: {dump_json(dict(one.claims)).decode()}", "green"))


def _stopped(stop: Event) -> None:
    if stop.is_set():
        raise typer.Exit(143)
