"""The command ``check-rp``: what a wallet will object to in a relying party, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.party_check import PartyOptions, PartyPapers, check_party, read_anchors
from nlwallet.cli.tree import clean
from nlwallet.errors import LocalError
from nlwallet.profiles import PROFILES
from nlwallet.registration import RequestCheck, reason_code, told
from nlwallet.report import Check, Outcome

LOOKS: Final[Mapping[Outcome, tuple[str, str]]] = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.WARNED: ("!", "yellow"),
    Outcome.FAILED: ("✗", "red"),
    Outcome.SKIPPED: ("·", "dim"),
}
"""Mark and colour of each outcome."""
_VERDICTS: Final = {
    "accept": ("✓ a wallet asks the citizen as usual", "bold green"),
    "warn": ("! a wallet warns the citizen", "bold yellow"),
    "refuse": ("✗ a wallet refuses this", "bold red"),
}
REMEDIES: Final[Mapping[str, str]] = {
    "NOT_REGISTERED": "Put your registration certificate into verifier_info of the signed request, by value and once.",
    "MALFORMED": "Get the registration certificate anew from your registrar, and send it unchanged.",
    "EXPIRED": "Renew the registration certificate; it lasts twelve months at most.",
    "NOT_BOUND_TO_REQUESTER": "Get both certificates from one record: the same identifier, service and trade name.",
    "REVOKED": "Your registrar withdrew the registration. Ask why, and register again.",
    "STATUS_MISSING": "Get a registration certificate that names a status list.",
    "REVOCATION_STATUS_UNKNOWN": "The registrar's status list must be within reach, and signed by a known anchor.",
    "WRONG_ENTITLEMENT": "Register as a service provider: who only issues may not ask.",
    "UNTRUSTED_PROVIDER": "Get it from a registrar on the list, and leave the anchor itself out of x5c.",
    "ATTESTATION_TYPE_NOT_REGISTERED": "Register the type of card, or do not ask for it.",
    "OVERASKING_DETECTED": "Ask less, or register these claims with your intended use first.",
    "REQUESTER_NOT_VERIFIED": "Sign with the key of an access certificate from an access CA on the list.",
    "ACCESS_CERTIFICATE_PROFILE": "Have the access certificate issued anew, after ETSI TS 119 411-8.",
    "REQUEST_INVALID": "Mend the request; nlwallet lint tells more about it.",
}
"""What a relying party does about a reason code."""


def check_rp(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="What there is of the party, one or several: a link, a request object, the address of one, a "
            "request or query as JSON, its access certificate (PEM chain), its registration certificate, its record.",
            metavar="FILE_OR_URL...",
        ),
    ],
    *,
    anchor: Annotated[
        list[Path] | None,
        typer.Option("--anchor", "-a", help="PEM file or folder with trust anchors; repeatable."),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(
            "--category",
            help="What the anchor at the same place may vouch for, such as access_ca; without: all that is needed.",
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", "-p", help=f"The rules: {', '.join(PROFILES)}.")
    ] = "haip-1.0",
    at: Annotated[
        int | None, typer.Option("--at", help="The moment to judge at, in seconds since 1970.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    language: Annotated[
        str, typer.Option("--language", "-l", help="Language of what the citizen reads: nl or en.")
    ] = "nl",
    local: Annotated[
        bool, typer.Option("--local", help="Also fetch over http and from this machine or its network.")
    ] = False,
    tls_anchor: Annotated[
        Path | None, typer.Option("--tls-anchor", help="PEM file with a TLS anchor of your own.")
    ] = None,
) -> None:
    """Check a relying party as a wallet does: its registration, its certificates and its request.

    Exit code 0: a wallet asks the citizen. 1: it refuses, or warns (under transitional only when it refuses), or
    nothing can be read. 2: wrong usage.
    """
    if language not in ("nl", "en"):
        raise typer.BadParameter("nl or en", param_hint="--language")
    try:
        options = PartyOptions(profile, read_anchors(anchor or (), category or ()), at, local, tls_anchor)
        papers, checked = check_party(sources, options)
    except LocalError as error:
        hint = f": {error.hint}" if error.hint else ""
        raise typer.BadParameter(f"{error.message}{hint}") from None
    if as_json:
        report = {"inputs": list(papers.kinds), "profile": profile, **checked.as_dict()}
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print_check(Console(), papers, checked, profile=profile, language=language)
    if checked.verdict == "refuse" or (checked.verdict == "warn" and profile != "transitional"):
        raise typer.Exit(1)


def print_check(
    console: Console, papers: PartyPapers, checked: RequestCheck, *, profile: str, language: str
) -> None:
    """Every check; below one that did not pass why, what to do, and what the citizen reads."""
    console.print(Text.assemble((", ".join(papers.kinds), "bold"), ("   profile ", "dim"), profile))
    for check in checked.report:
        _print(console, check, language)
    line, style = _VERDICTS[checked.verdict]
    console.print(Text(line, style=style))


def _print(console: Console, check: Check, language: str) -> None:
    mark, colour = LOOKS[check.outcome]
    console.print(
        Text.assemble(
            (f"{mark} {check.id:<9}", colour), clean(check.what), (f"  {clean(check.spec)}", "dim")
        ),
        soft_wrap=True,
    )
    if check.outcome is Outcome.PASSED:
        return
    lines = [clean(f"{check.reason}  {check.pointer}".strip())]
    if code := reason_code(check):
        lines += [f"→ {REMEDIES[code]}", f"{code}; the citizen reads: {told(check, language)}"]
    for line in lines:
        console.print(Text(f"            {line}"), soft_wrap=True)
