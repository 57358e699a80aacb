"""The commands and their options. Bad input ends in one line and exit code 1, wrong usage in exit code 2."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.main import get_command

from nlwallet.cli.attack import attack
from nlwallet.cli.attack_wallet import attack_wallet
from nlwallet.cli.check_rp import check_rp
from nlwallet.cli.decode import decode as decode_text
from nlwallet.cli.demo import DEFAULT_SCENARIOS, DemoOptions, show_demo
from nlwallet.cli.eu_verifier import eu_verifier
from nlwallet.cli.explain_cassette import explain
from nlwallet.cli.explain_transcript import explain_transcript
from nlwallet.cli.issuance_server import issuance_server
from nlwallet.cli.issue import issue
from nlwallet.cli.lint import (
    FORMATS,
    LintOptions,
    fixed_query,
    lint_source,
    print_report,
)
from nlwallet.cli.lint import (
    as_json as lint_as_json,
)
from nlwallet.cli.lint import (
    as_sarif as lint_as_sarif,
)
from nlwallet.cli.match import explain_match, print_explanation
from nlwallet.cli.pilot import pilot_app
from nlwallet.cli.pki import pki_app
from nlwallet.cli.proximity import proximity_app
from nlwallet.cli.qr import qr
from nlwallet.cli.sandbox import sandbox
from nlwallet.cli.source import read_source
from nlwallet.cli.tree import print_tree
from nlwallet.cli.verdict import Verdict
from nlwallet.cli.verification_server import verification_server
from nlwallet.cli.verify import VerifyOptions
from nlwallet.cli.verify import verify as verify_text
from nlwallet.cli.wallet import wallet_app
from nlwallet.cli.wallet_history import erase, log_app, report, shared_with
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.profiles import PROFILES

app = typer.Typer(
    name="nlwallet",
    help="The Dutch EDI ecosystem on one laptop: issuer, wallet, relying party and registrar.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

_INTERRUPTED = 130

Input = Annotated[
    str, typer.Argument(help="A file, the text itself, or - for standard input.", metavar="INPUT")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


app.command()(attack)
app.command("attack-wallet")(attack_wallet)
app.command("eu-verifier")(eu_verifier)
app.command()(issue)
app.command()(qr)
app.command()(sandbox)
app.command("issuance-server")(issuance_server)
app.command("verification-server")(verification_server)
app.add_typer(wallet_app, name="wallet")
app.add_typer(pki_app, name="pki")
app.add_typer(pilot_app, name="pilot")
app.add_typer(proximity_app, name="proximity")
wallet_app.add_typer(log_app, name="log")
wallet_app.command()(erase)
wallet_app.command()(report)
wallet_app.command(name="shared-with")(shared_with)


_command = cache(partial(get_command, app))
"""All commands with their options: not built again for each of many runs."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    try:
        _command()(args=list(arguments) if arguments is not None else None)
    except SystemExit as done:
        if done.code == _INTERRUPTED and sys.stderr.isatty():
            print(file=sys.stderr)  # the shell goes on below what was asked
        return done.code if isinstance(done.code, int) else 0
    except BrokenPipeError:  # the reader of our output went away: say nothing more, also at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except NlWalletError as error:
        print(f"nlwallet: {_one_line(str(error))}", file=sys.stderr)
        return 1
    return 0


@app.command()
def demo(
    *,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario", "-s", help="gemeente-amsterdam, cafe-de-vrije-val or over-asking; repeatable."
        ),
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Decide at the prompt yourself.")
    ] = False,
    http: Annotated[
        bool, typer.Option("--http", help="Real HTTPS on ports of 127.0.0.1 instead of in process.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every check and what goes over the wire.")
    ] = False,
    as_json: AsJson = False,
    language: Annotated[
        str, typer.Option("--language", "-l", help="Language of the citizen: nl or en.")
    ] = "nl",
) -> None:
    """Walk the pilots: register, issue, ask, consent, present, verify."""
    if language not in ("nl", "en"):
        raise typer.BadParameter("nl or en", param_hint="--language")
    if interactive and as_json:
        raise typer.BadParameter("--interactive and --json exclude each other")
    options = DemoOptions(
        scenarios=tuple(scenario or DEFAULT_SCENARIOS),
        interactive=interactive,
        http=http,
        verbose=verbose,
        as_json=as_json,
        language="nl" if language == "nl" else "en",
    )
    show_demo(options, Console())


@app.command()
def decode(source: Input, *, as_json: AsJson = False) -> None:
    """Show what a token, mdoc, link, query or certificate holds. Nothing is verified."""
    decoded = decode_text(read_source(source))
    if as_json:
        _print_json(decoded.as_dict())
    else:
        print_tree(Console(), f"{decoded.kind} — not verified", decoded.parts, decoded.notes)


@app.command()
def verify(
    source: Input,
    *,
    anchor: Annotated[
        list[Path] | None, typer.Option("--anchor", "-a", help="PEM file with a trust anchor; repeatable.")
    ] = None,
    issuer_key: Annotated[
        Path | None,
        typer.Option(
            "--issuer-key", help="JWK or PEM file with the issuer's public key, instead of an anchor."
        ),
    ] = None,
    audience: Annotated[str | None, typer.Option("--audience", help="The verifier's full client_id.")] = None,
    nonce: Annotated[str | None, typer.Option("--nonce", help="The nonce of the request.")] = None,
    at: Annotated[
        int | None, typer.Option("--at", help="The moment to verify at, in seconds since 1970.")
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", help="haip-1.0, strict, transitional or nl-wallet-0.6.")
    ] = "haip-1.0",
    request: Annotated[
        str,
        typer.Option(
            "--request",
            "-r",
            help="The request that a device response answers: its object, or JSON; text or file.",
        ),
    ] = "",
    origin: Annotated[
        str, typer.Option("--origin", help="The page's origin, if that request went through the browser.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Verify a card (SD-JWT VC or mdoc), a presentation, or a registration certificate, and list every check."""
    if not anchor and issuer_key is None:
        raise typer.BadParameter("say whom to trust: --anchor FILE.pem, or --issuer-key FILE")
    if (audience is None) != (nonce is None):
        raise typer.BadParameter("--audience and --nonce belong together")
    asked = read_source(request) if request else ""
    options = VerifyOptions(tuple(anchor or ()), issuer_key, audience, nonce, at, profile, asked, origin)
    verdict = verify_text(read_source(source), options)
    if as_json:
        _print_json(verdict.as_dict())
    else:
        _print_verdict(verdict)
    if verdict.error is not None:
        raise verdict.error


@app.command()
def lint(
    source: Annotated[
        str,
        typer.Argument(
            help="A link, a request object, a request or DCQL query as JSON, the address of a request "
            "object, a file with one of these, or - for standard input.",
            metavar="REQUEST",
        ),
    ],
    *,
    profile: Annotated[
        str, typer.Option("--profile", "-p", help=f"The rules: {', '.join(PROFILES)}.")
    ] = "haip-1.0",
    registration: Annotated[
        Path | None,
        typer.Option(
            "--registration", "-r", help="File with the registration: its certificate, or the record as JSON."
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Print the smallest query that serves, as JSON.")
    ] = False,
    output: Annotated[
        str, typer.Option("--format", "-f", help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    ] = "text",
    offline: Annotated[bool, typer.Option("--offline", help="Do not fetch the request_uri.")] = False,
    local: Annotated[
        bool, typer.Option("--local", help="Also fetch over http and from this machine or its network.")
    ] = False,
    tls_anchor: Annotated[
        Path | None, typer.Option("--tls-anchor", help="PEM file with a TLS anchor of your own.")
    ] = None,
    at: Annotated[
        int | None, typer.Option("--at", help="The moment to judge at, in seconds since 1970.")
    ] = None,
) -> None:
    """Find what is wrong with a request before a wallet does, and what it could do without.

    Exit code 0: no error. 1: errors, or nothing that can be read. 2: wrong usage.
    """
    if output not in FORMATS:
        raise typer.BadParameter(f"one of {', '.join(FORMATS)}", param_hint="--format")
    options = LintOptions(profile, registration, at, offline, local, tls_anchor)
    try:
        report = lint_source(source, options)
    except LocalError as error:
        hint = f": {error.hint}" if error.hint else ""
        raise typer.BadParameter(_one_line(f"{error.message}{hint}")) from None
    if fix:
        _print_json(fixed_query(report))
        return
    if output == "text":
        print_report(Console(), report)
    else:
        print(lint_as_json(report) if output == "json" else lint_as_sarif(report, source))
    if not report.ok:
        raise typer.Exit(1)


@app.command()
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
    if not persona and not card:
        raise typer.BadParameter("say whose cards: --persona frouke, or --card FILE")
    tree = explain_match(query, personas=persona or (), cards=card or ())
    if as_json:
        _print_json(tree.as_dict())
    else:
        print_explanation(Console(), tree)
    raise typer.Exit(0 if tree.fulfilled else 1)


app.command("check-rp")(check_rp)
app.command()(explain)
app.command("explain-transcript")(explain_transcript)


def _print_verdict(verdict: Verdict) -> None:
    parts: dict[str, Any] = {
        "checks": [
            f"{check.outcome}: {check.what} ({check.spec})" + (f": {check.reason}" if check.reason else "")
            for check in verdict.report
        ]
    }
    if verdict.claims is not None:
        parts["claims"] = verdict.claims
    title = "verified" if verdict.error is None else "NOT verified"
    print_tree(Console(), f"{verdict.kind} — {title}", parts, [])


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
