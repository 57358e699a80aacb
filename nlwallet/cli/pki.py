"""The commands ``pki new`` and ``pki check``: certificates for a test of your own, and what a wallet objects to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.check_rp import LOOKS
from nlwallet.cli.pki_check import CheckedFile, CheckOptions, check_pki
from nlwallet.cli.tree import clean
from nlwallet.clock import SystemClock
from nlwallet.errors import LocalError
from nlwallet.profiles import PROFILES
from nlwallet.profiles import profile as profile_named
from nlwallet.registration import CERTIFICATE_PROFILES
from nlwallet.report import Outcome
from nlwallet.sandbox.hierarchy import Hierarchy, HierarchyNames
from nlwallet.sandbox.hierarchy_files import write_hierarchy

_DEFAULT: Final = HierarchyNames()
MAX_SHORT_DAYS: Final = 7


def new(
    folder: Annotated[
        Path, typer.Argument(help="A folder that is not there yet, or is empty.", metavar="DIR")
    ],
    *,
    organization: Annotated[
        str, typer.Option("--organization", help="The name in every certificate.")
    ] = _DEFAULT.organization,
    identifier: Annotated[
        str, typer.Option("--identifier", help="Its identifier, such as NTRNL- and eight digits.")
    ] = _DEFAULT.identifier,
    country: Annotated[str, typer.Option("--country", help="Two capitals.")] = _DEFAULT.country,
    host: Annotated[
        str, typer.Option("--host", help="The host of issuer and relying party in their certificates.")
    ] = _DEFAULT.host,
    url: Annotated[
        str, typer.Option("--url", help="Where you will serve the folder published/.")
    ] = _DEFAULT.url,
    days: Annotated[
        int | None, typer.Option("--days", help="How long signers live: 365, or 1 with --short-lived.")
    ] = None,
    authority_days: Annotated[
        int, typer.Option("--authority-days", help="How long authorities live.")
    ] = 3650,
    short_lived: Annotated[
        bool,
        typer.Option("--short-lived", help="Signers say that they are never revoked; for a week at most."),
    ] = False,
    jwk: Annotated[bool, typer.Option("--jwk/--no-jwk", help="Also write keys as JWK.")] = True,
) -> None:
    """Make authorities of every category and signers of every kind, with their keys. Nothing is overwritten."""
    lives = days or (1 if short_lived else 365)
    if short_lived and lives > MAX_SHORT_DAYS:
        raise typer.BadParameter(f"at most {MAX_SHORT_DAYS} with --short-lived", param_hint="--days")
    if not 0 < lives <= authority_days <= 7300:
        raise typer.BadParameter("1 at least, and no more than --authority-days (7300)", param_hint="--days")
    names = HierarchyNames(organization, identifier, country, host, url.rstrip("/"))
    now = SystemClock().now()
    try:
        hierarchy = Hierarchy.create(
            names, now=now, days=lives, authority_days=authority_days, short_lived=short_lived
        )
    except ValueError as error:
        raise LocalError(f"a certificate cannot be made of these names: {error}") from None
    written = write_hierarchy(hierarchy, folder, now=now, jwk=jwk)
    print(f"{len(written)} files in {folder}; begin with {folder / 'README.txt'}")


def check(
    path: Annotated[
        Path,
        typer.Argument(
            help="A certificate or chain (PEM, DER), or a folder with them.", metavar="FILE_OR_DIR"
        ),
    ],
    *,
    kind: Annotated[
        str | None, typer.Option("--as", help=f"Judge it as: {', '.join(CERTIFICATE_PROFILES)}.")
    ] = None,
    anchor: Annotated[
        list[Path] | None,
        typer.Option("--anchor", "-a", help="PEM file or folder with trust anchors; repeatable."),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", "-p", help=f"The wallet's rules: {', '.join(PROFILES)}.")
    ] = "haip-1.0",
    at: Annotated[
        int | None, typer.Option("--at", help="The moment to judge at, in seconds since 1970.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also show what is in order.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say what a wallet objects to in certificates, and how to mend it.

    Exit code 0: nothing. 1: something, or nothing that can be read. 2: wrong usage.
    """
    try:
        rules = profile_named(profile)
        options = CheckOptions(rules, SystemClock().now() if at is None else at, kind, tuple(anchor or ()))
        found = check_pki(path, options)
    except LocalError as error:
        hint = f": {error.hint}" if error.hint else ""
        raise typer.BadParameter(clean(f"{error.message}{hint}")) from None
    ok = all(one.report.ok for one in found)
    if as_json:
        checked = [one.as_dict() for one in found]
        print(json.dumps({"ok": ok, "profile": profile, "checked": checked}, ensure_ascii=False, indent=2))
    else:
        _print(Console(), found, verbose=verbose)
    if not ok:
        raise typer.Exit(1)


def _print(console: Console, found: Sequence[CheckedFile], *, verbose: bool) -> None:
    for one in found:
        failed = sum(check.outcome is Outcome.FAILED for check in one.report)
        mark, colour = LOOKS[Outcome.FAILED if failed else Outcome.PASSED]
        title = one.title or "not a certificate that a wallet can read"
        head = Text.assemble((f"{mark} ", colour), (clean(one.file), "bold"), f"   {title}")
        console.print(head, soft_wrap=True)
        for check in one.report:
            if check.outcome is Outcome.PASSED and not verbose:
                continue
            if check.outcome is Outcome.SKIPPED and not verbose and check.id not in ("CHAIN", "PURPOSE"):
                continue
            mark, colour = LOOKS[check.outcome]
            told = clean(check.reason or check.what)
            line = Text.assemble(
                (f"  {mark} {check.id:<22}", colour), told, (f"  {clean(check.spec)}", "dim")
            )
            console.print(line, soft_wrap=True)
            if remedy := one.remedies.get(check.id):
                console.print(Text(f"      → {clean(remedy)}"), soft_wrap=True)
    bad = sum(not one.report.ok for one in found)
    verdict = f"✗ a wallet objects to {bad} of {len(found)}" if bad else "✓ a wallet objects to nothing"
    console.print(Text(verdict, style="bold red" if bad else "bold green"))
