"""The command ``attack-wallet``: hostile relying parties and issuers against a wallet, with the same reports."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.anchors import read_anchors
from nlwallet.cli.attack_output import (
    AsJson,
    Html,
    Junit,
    ListCases,
    Only,
    Parallel,
    Sarif,
    Wanted,
    Within,
    Without,
    print_cases,
    with_progress,
)
from nlwallet.clock import TravellingClock
from nlwallet.sandbox import Sandbox, read_hierarchy
from nlwallet.sandbox.loopback import Loopback
from nlwallet.testing.hostile import (
    Attack,
    AttackReport,
    CommandWallet,
    HostileParties,
    OwnWallet,
    UrlWallet,
    WalletUnderTest,
    attacks,
    write_trust,
)
from nlwallet.testing.hostile.cases.wallet_offers import WALLET_OFFERS

DEMO: Final = "demo"


def attack_wallet(
    wallet: Annotated[
        str,
        typer.Argument(
            help="What opens a request: a command with {link} in it, the URL of a wallet that takes links as JSON, or "
            "the word demo for a wallet of our own.",
            metavar="COMMAND",
        ),
    ] = "",
    *,
    receive: Annotated[
        str, typer.Option("--receive", "-r", help="The command that takes an offer, with {link} in it.")
    ] = "",
    deny: Annotated[str, typer.Option(help="The command of a holder who says no, with {link} in it.")] = "",
    setup: Annotated[
        str, typer.Option(help="A command to run once, before all others, when the anchors are there.")
    ] = "",
    pid: Annotated[
        bool,
        typer.Option("--pid/--has-pid", help="Whether to offer a PID first, to the way that takes offers."),
    ] = True,
    trust: Annotated[
        Path | None,
        typer.Option(
            help="The folder to write the anchors to that the wallet has to trust; else one of the moment."
        ),
    ] = None,
    pki: Annotated[
        Path | None,
        typer.Option(
            help="A directory of nlwallet pki new, whose anchors the wallet trusts; without: made up."
        ),
    ] = None,
    wallet_anchor: Annotated[
        list[Path] | None,
        typer.Option(
            help="PEM file with the CA of the provider that attests the wallet, if it has one; repeatable."
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The first port of the hostile parties; 0 for a free one.")
    ] = 0,
    person: Annotated[str, typer.Option(help="Whose cards are offered.")] = "frouke",
    time_limit: Annotated[
        float, typer.Option(min=0.1, help="After how many seconds without an answer the wallet hangs.")
    ] = 60.0,
    only: Only = None,
    without: Without = None,
    parallel: Parallel = 1,
    within: Within = 1800.0,
    junit: Junit = None,
    sarif: Sarif = None,
    html: Html = None,
    as_json: AsJson = False,
    list_: ListCases = False,
) -> None:
    """Attack a wallet: an honest PID, request and offer first, then every hostile case. Exit code 1 if a hole is found.

    The hostile parties are on HTTPS ports of this machine. A command ends with 0 when the wallet shared or kept what it
    was asked to, and with 1 to 125 when it refused. It finds whom to trust in the folder $NLWALLET_TRUST.
    """
    chosen = attacks("wallet", only=only or (), without=without or ())
    if list_:
        print_cases(chosen, whom="wallet")
        return
    if not wallet:
        raise typer.BadParameter(
            "which wallet? a command with {link} in it, a URL, or demo", param_hint="COMMAND"
        )
    is_url = wallet.startswith(("http://", "https://"))
    for name, command in (("COMMAND", wallet), ("--receive", receive), ("--deny", deny)):
        if command and not is_url and wallet != DEMO and "{link}" not in command:
            raise typer.BadParameter("where does the link go? {link}", param_hint=name)
    if not (receive or is_url or wallet == DEMO):
        pid, chosen = False, tuple(one for one in chosen if one.group != WALLET_OFFERS.title)
        Console(stderr=True).print(Text("no offers are tried: --receive says what takes one", style="dim"))
    wanted = Wanted(junit, sarif, html, as_json)
    if wallet == DEMO:
        with Sandbox(clock=TravellingClock()) as edi:
            own = OwnWallet(edi.wallet(person), edi.browser(person))
            report = _run(edi, own, chosen, person=person, parallel=parallel, within=within, quiet=as_json)
        wanted.end(report)
        return
    hierarchy = read_hierarchy(pki) if pki else None
    place = Loopback(port=port)
    attesters = [one for path in wallet_anchor or () for one in read_anchors(path)]
    with (
        tempfile.TemporaryDirectory(prefix="nlwallet-trust-") as moment,
        Sandbox(hosting=place, hierarchy=hierarchy, wallet_anchors=attesters) as edi,
    ):
        told = write_trust(edi, trust or Path(moment), tls_anchor_pem=place.tls_anchor_pem)
        target: WalletUnderTest = UrlWallet(wallet, time_limit=time_limit)
        if not is_url:
            target = CommandWallet(
                wallet, receive_offer=receive, deny=deny, time_limit=time_limit, environment=told
            )
        if setup:
            CommandWallet(wallet, time_limit=time_limit, environment=told).prepare(setup)
        report = _run(
            edi, target, chosen, person=person, pid=pid, parallel=parallel, within=within, quiet=as_json
        )
    wanted.end(report)


def _run(
    edi: Sandbox,
    target: WalletUnderTest,
    chosen: tuple[Attack, ...],
    *,
    person: str,
    parallel: int,
    within: float,
    quiet: bool,
    pid: bool = False,
) -> AttackReport:
    parties = HostileParties(edi, person=person)
    return with_progress(
        len(chosen) + 1,
        lambda tell: parties.report(target, chosen, pid=pid, parallel=parallel, within=within, tell=tell),
        quiet=quiet,
    )
