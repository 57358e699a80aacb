"""``nlwallet issue``: offer a card to a wallet in another terminal, on another machine, or on a phone."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.issue_desk import IssueOptions, Serving, issuable_names, serving
from nlwallet.cli.signals import stopped_by_signals
from nlwallet.issuer import IssuedOffer
from nlwallet.trust import Category

_TOLD: Final = {
    "fetched": "The wallet has fetched the card; its holder decides whether to keep it.",
    "credential_accepted": "The holder kept the card.",
    "credential_deleted": "The holder did not keep the card.",
    "credential_failure": "The wallet did not take the card: something was wrong with it.",
    "waiting": "A wallet asks for the card.",
    "approved": "Approved: the wallet gets it when it asks again (nlwallet wallet collect).",
    "denied": "Denied.",
    "untold": "The wallet has the card, and did not tell whether it was kept.",
    "expired": "The offer has expired: nobody took the card.",
}
_NOT_TAKEN: Final = frozenset({"credential_deleted", "credential_failure", "denied", "expired"})


def issue(
    card: Annotated[
        str,
        typer.Argument(
            help=f"A ready-made card ({', '.join(issuable_names())}), or a file with the type metadata of your own.",
            metavar="CARD",
        ),
    ],
    *,
    persona: Annotated[
        str, typer.Option("--persona", "-p", help="Whose data stand on a ready-made card.")
    ] = "frouke",
    claims: Annotated[
        str | None, typer.Option("--claims", help="JSON file with what stands on a card of your own.")
    ] = None,
    tx_code: Annotated[
        bool, typer.Option("--tx-code", help="Also ask for a code, which you bring to the holder.")
    ] = False,
    authorization_code: Annotated[
        bool, typer.Option("--authorization-code", help="The holder logs in at the issuer's page first.")
    ] = False,
    deferred: Annotated[
        bool, typer.Option("--deferred", help="Promise the card; you decide here whether it comes.")
    ] = False,
    batch: Annotated[
        int | None, typer.Option("--batch", min=1, max=100, help="Copies that a wallet may get at once.")
    ] = None,
    mdoc: Annotated[
        bool, typer.Option("--mdoc", help="As an mdoc (ISO/IEC 18013-5) instead of an SD-JWT VC.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = 0,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            help="Name or address of this machine. With another than localhost, others can reach the issuer.",
        ),
    ] = "localhost",
    once: Annotated[
        bool,
        typer.Option("--once/--keep-serving", help="Stop when the card was taken, or make a new offer then."),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each event.")] = False,
    out_anchors: Annotated[
        Path | None,
        typer.Option("--out-anchors", help="Folder for the anchors; else one that is removed at the end."),
    ] = None,
    wallet_anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--wallet-anchor",
            help="PEM file with the CA of a wallet provider: only wallets that it vouches for. Repeatable.",
        ),
    ] = None,
    attested_keys: Annotated[
        bool,
        typer.Option(
            "--attested-keys",
            help="Only for keys that such a provider attests, as the EU reference wallet wants it.",
        ),
    ] = False,
    store: Annotated[
        Path | None,
        typer.Option(
            "--store", help="SQLite file of the issuer: what it issued can be renewed and taken back later."
        ),
    ] = None,
    category: Annotated[
        Category | None, typer.Option("--category", help="What kind of provider issues a card of your own.")
    ] = None,
) -> None:
    """Issue a card over HTTPS on this machine: prints the link, and the command that receives it.

    Serves until the card was taken or Ctrl-C. Exit code 1: it was not taken.
    """
    if tx_code and authorization_code:
        raise typer.BadParameter("--tx-code and --authorization-code exclude each other")
    options = IssueOptions(
        card=card,
        person=persona,
        claims=claims,
        tx_code=tx_code,
        by_page=authorization_code,
        deferred=deferred,
        batch=batch,
        port=port,
        reached_at=host,
        once=once,
        anchors_folder=out_anchors,
        store=store,
        category=category,
        wallet_anchors=tuple(wallet_anchor or ()),
        mdoc=mdoc,
        attested_keys=attested_keys,
    )
    screen = _Screen(Console(soft_wrap=True), as_json=as_json)
    with stopped_by_signals() as stop, serving(options) as desk:
        while True:
            last = screen.follow(desk, stop)
            if stop.is_set() or once:
                break
    if stop.is_set():
        raise typer.Exit(128 + signal.SIGTERM)
    if last in _NOT_TAKEN:
        raise typer.Exit(1)


class _Screen:
    """What the person at the issuer sees."""

    def __init__(self, console: Console, *, as_json: bool) -> None:
        self._console = console
        self._as_json = as_json

    def follow(self, desk: Serving, stop: Event) -> str:
        """Show an offer, and what becomes of it; the last word about it."""
        offer = desk.offer()
        if self._as_json:
            self._print_json(desk.as_dict(offer))
        else:
            self._show(desk, offer)
        last = ""
        for last in desk.watch(offer, stop=stop, decide=self._decide):
            if self._as_json:
                self._print_json({"event": last})
            else:
                self._console.print(Text(_TOLD[last], "yellow" if last in _NOT_TAKEN else "green"))
        return last

    def _show(self, desk: Serving, offer: IssuedOffer) -> None:
        say = self._console.print
        say(Text(f"{desk.ware.organization} offers: {desk.ware.configuration.id}", "bold"))
        say(Text(f"at {desk.issuer.credential_issuer}", "dim"))
        say(Text(f"\n{offer.qr()}"), end="")
        say(Text(f"\n{offer.link()}\n"))
        if offer.tx_code is not None:
            say(Text.assemble("Code for the holder: ", (offer.tx_code, "bold yellow"), "\n"))
        say(Text("Trust anchors", "bold"))
        say(Text(f"  of the issuer ({desk.ware.category})  {desk.issuer_anchor}"))
        say(Text(f"  of its TLS certificate  {desk.tls_anchor}"))
        say(Text(f"  of all that a wallet looks at, by category  {desk.anchors}"))
        say(Text("\nIn another terminal:\n", "bold"))
        say(Text(desk.command(offer), "cyan"))
        say(Text("\nWaiting for a wallet; Ctrl-C stops.", "dim"))

    def _decide(self) -> bool:
        """Ask the person here, if there is one; a script gets a yes."""
        if self._as_json or not sys.stdin.isatty():
            return True
        self._console.print(Text("Give the card? [y/n] ", "bold"), end="")
        while True:
            answer = sys.stdin.readline().strip().lower()
            if answer in ("y", "yes", "j", "ja"):
                return True
            if answer in ("n", "no", "nee", ""):
                return False

    @staticmethod
    def _print_json(value: dict[str, Any]) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)
