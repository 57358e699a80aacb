"""The command ``attack``: the hostile wallet against a relying party, with reports for people and for CI."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from nlwallet.cli.tree import clean
from nlwallet.encoding import dump_json
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox import Sandbox, read_hierarchy
from nlwallet.testing.hostile import (
    PATIENCE,
    Attack,
    AttackReport,
    AttackResult,
    CommandParty,
    EuVerifierParty,
    HostileWallet,
    NlVerifierParty,
    RelyingPartyUnderTest,
    Verdict,
    VerifierParty,
    WebParty,
    attacks,
    html_page,
    junit_xml,
    sarif_log,
)

DEMO: Final = "demo"
_LOOKS: Final[Mapping[Verdict, str]] = {
    Verdict.SURVIVED: "green",
    Verdict.HOLE: "bold red",
    Verdict.OBSERVED: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.NOT_JUDGED: "yellow",
}
_INTERFACES: Final = ("page", "nl-wallet", "eu", "command")


def attack(
    party: Annotated[
        str,
        typer.Argument(
            help="Where a session begins: the URL of a page or API that gives a link, the base URL of a verifier, "
            "a command that prints a link, or the word demo for a relying party of our own.",
            metavar="URL",
        ),
    ] = "",
    *,
    interface: Annotated[
        str, typer.Option("--interface", "-i", help=f"How it is spoken to: {', '.join(_INTERFACES)}.")
    ] = "page",
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            "-o",
            help="Where its outcome is seen: a URL, or a command; {name} is a member of the answer.",
        ),
    ] = "",
    success: Annotated[
        str, typer.Option(help="The text at --outcome that says that the session succeeded.")
    ] = "",
    failure: Annotated[str, typer.Option(help="The text at --outcome that says that it failed.")] = "",
    method: Annotated[str, typer.Option(help="The method with which a session begins.")] = "GET",
    body: Annotated[Path | None, typer.Option(help="A JSON file to send with it.")] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", help="A header to send with it; repeatable.")
    ] = None,
    public: Annotated[str, typer.Option(help="nl-wallet: where wallets come, if elsewhere than URL.")] = "",
    usecase: Annotated[str, typer.Option(help="nl-wallet: the use case.")] = "",
    return_url: Annotated[str, typer.Option(help="nl-wallet: the return URL template.")] = "",
    query: Annotated[
        Path | None, typer.Option(help="eu, nl-wallet: a JSON file with the DCQL query.")
    ] = None,
    pki: Annotated[
        Path | None,
        typer.Option(
            help="A directory of nlwallet pki new, whose anchors the party trusts; without: made up."
        ),
    ] = None,
    tls_anchor: Annotated[
        Path | None, typer.Option(help="A PEM file with the TLS anchor of the party, beside the system's.")
    ] = None,
    insecure_local: Annotated[
        bool, typer.Option("--insecure-local", help="Allow plain http and addresses of this machine.")
    ] = False,
    person: Annotated[str, typer.Option(help="Whose cards it has.")] = "frouke",
    only: Annotated[
        list[str] | None, typer.Option(help="Run this case alone, ADV-100 or one variant; repeatable.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="Leave this case out; repeatable.")] = None,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="How many cases run at once.")] = 1,
    within: Annotated[float, typer.Option(min=1, help="For how many seconds cases are begun.")] = 600.0,
    patience: Annotated[
        float,
        typer.Option(
            min=1, help="After how many seconds a party that waits for a slow sender is too patient."
        ),
    ] = PATIENCE,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML there.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="Write SARIF there.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one HTML page there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the cases, and attack nobody.")] = False,
) -> None:
    """Attack a relying party: an honest presentation first, then every hostile case. Exit code 1 if a hole is found.

    The party has to trust the issuers of --pki: make them with `nlwallet pki new`, and give it their anchors.
    """
    chosen = attacks("rp", only=only or (), without=without or ())
    if list_:
        _print_cases(chosen)
        return
    if not party:
        raise typer.BadParameter("which relying party? a URL, or demo", param_hint="URL")
    if interface not in _INTERFACES:
        raise typer.BadParameter(", ".join(_INTERFACES), param_hint="--interface")
    hierarchy = read_hierarchy(pki) if pki else None
    with Sandbox(hierarchy=hierarchy) as edi:
        target = _party(
            edi,
            party,
            interface,
            outcome=outcome,
            success=success,
            failure=failure,
            method=method,
            body=_json(body) if body else None,
            headers=dict(_header(one) for one in header or ()),
            public=public or party,
            usecase=usecase,
            return_url_template=return_url,
            query=_json(query) if query else None,
            tls_anchor=str(tls_anchor or ""),
        )
        http = edi.client() if party == DEMO else _client(tls_anchor, insecure_local)
        wallet = HostileWallet(edi, person=person, http=http, patience=patience)
        report = _run(wallet, target, chosen, parallel=parallel, within=within, quiet=as_json)
    for path, text in (
        (junit, lambda: junit_xml(report)),
        (sarif, lambda: json.dumps(sarif_log(report), ensure_ascii=False, indent=2) + "\n"),
        (html, lambda: html_page(report)),
    ):
        if path is not None:
            _write(path, text)
    if as_json:
        print(dump_json(report.as_dict()).decode("utf-8"))
    else:
        _print_report(report)
    if not report.ok:
        raise typer.Exit(1)


def _party(edi: Sandbox, party: str, interface: str, **given: Any) -> RelyingPartyUnderTest:
    if party == DEMO:
        return VerifierParty(edi.relying_party("cafe-de-vrije-val"))
    if interface == "nl-wallet":
        if not given["usecase"]:
            raise typer.BadParameter("nl-wallet needs a use case", param_hint="--usecase")
        return NlVerifierParty(
            internal=party.rstrip("/"),
            public=given["public"].rstrip("/"),
            usecase=given["usecase"],
            query=given["query"],
            return_url_template=given["return_url_template"],
            api_key=os.environ.get("NLWALLET_API_KEY", ""),
            tls_anchor=given["tls_anchor"],
        )
    if interface == "eu":
        if given["query"] is None:
            raise typer.BadParameter("eu needs a query", param_hint="--query")
        return EuVerifierParty(
            party.rstrip("/"), given["query"], options=given["body"] or {}, tls_anchor=given["tls_anchor"]
        )
    if not given["outcome"]:
        raise typer.BadParameter("where is the outcome seen?", param_hint="--outcome")
    if interface == "command":
        return CommandParty(party, given["outcome"])
    names = ("outcome", "success", "failure", "method", "body", "headers", "tls_anchor")
    return WebParty(party, **{name: given[name] for name in names})


def _client(tls_anchor: Path | None, insecure_local: bool) -> HttpClient:  # noqa: FBT001 - as on the command line
    pem = ""
    if tls_anchor is not None:
        pem = _read(tls_anchor)
    return HttpClient(
        HttpPolicy(
            insecure_allow_http=insecure_local,
            insecure_allow_private_addresses=insecure_local,
            tls_anchors_pem=pem,
        )
    )


def _run(
    wallet: HostileWallet,
    target: RelyingPartyUnderTest,
    chosen: tuple[Attack, ...],
    *,
    parallel: int,
    within: float,
    quiet: bool,
) -> AttackReport:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("an honest presentation", total=len(chosen) + 1)

        def tell(result: AttackResult) -> None:
            progress.update(task, advance=1, description=result.attack.id)

        return wallet.report(target, chosen, parallel=parallel, within=within, tell=tell)


def _print_report(report: AttackReport) -> None:
    console = Console()
    if report.honest.verdict is not Verdict.SURVIVED:
        console.print(
            Text("✗ the honest presentation is not accepted; nothing else was tried", style="bold red")
        )
        console.print(Text(clean(report.honest.story()), style="default"))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("case", "verdict", "what was done", "what was seen"):
        table.add_column(name, overflow="fold")
    for one in report.results:
        if one.verdict in (Verdict.HOLE, Verdict.OBSERVED, Verdict.NOT_JUDGED):
            style = _LOOKS[one.verdict]
            table.add_row(one.attack.id, Text(str(one.verdict), style), one.attack.does, clean(one.seen))
    if table.row_count:
        console.print(table)
    for one in report.holes:
        console.print()
        console.print(Text(f"✗ {one.attack.id} ({one.severity}): {clean(one.seen)}", style="bold red"))
        console.print(Text(f"  A sound party {one.attack.sound} ({one.attack.spec})."))
        console.print(Text(f"  Mend it: {one.attack.mend}."))
    console.print()
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts().items() if number)
    style = "bold green" if report.ok else "bold red"
    console.print(Text(f"{'✓' if report.ok else '✗'} {len(report.results)} attacks: {counts}", style=style))


def _print_cases(chosen: tuple[Attack, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("case", "severity", "what is done", "a sound party", "section"):
        table.add_column(name, overflow="fold")
    for one in chosen:
        table.add_row(one.id, str(one.severity), one.does, one.sound, one.spec)
    Console().print(table)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise typer.BadParameter("Name: value", param_hint="--header")
    return name.strip(), value.strip()


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_read(path))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise LocalError(f"{path} holds no JSON object")
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else "no UTF-8"
        raise LocalError(f"{path} cannot be read: {reason}", code="file") from None


def _write(path: Path, text: Callable[[], str]) -> None:
    try:
        path.write_text(text(), "utf-8")
    except OSError as error:
        raise LocalError(f"{path} cannot be written: {os.strerror(error.errno or 0)}", code="file") from None
