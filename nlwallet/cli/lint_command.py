"""The options of ``nlwallet lint``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlwallet.cli.one_input import one_line, print_json
from nlwallet.errors import LocalError
from nlwallet.profiles import PROFILES

FORMATS = ("text", "json", "sarif")


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
    from rich.console import Console

    from nlwallet.cli.lint import LintOptions, as_json, as_sarif, fixed_query, lint_source, print_report

    if output not in FORMATS:
        raise typer.BadParameter(f"one of {', '.join(FORMATS)}", param_hint="--format")
    options = LintOptions(profile, registration, at, offline, local, tls_anchor)
    try:
        report = lint_source(source, options)
    except LocalError as error:
        hint = f": {error.hint}" if error.hint else ""
        raise typer.BadParameter(one_line(f"{error.message}{hint}")) from None
    if fix:
        print_json(fixed_query(report))
        return
    if output == "text":
        print_report(Console(), report)
    else:
        print(as_json(report) if output == "json" else as_sarif(report, source))
    if not report.ok:
        raise typer.Exit(1)
