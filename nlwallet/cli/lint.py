"""Lint a request and show what was found: what ``nlwallet lint`` does."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from nlwallet.cli.source import read_source
from nlwallet.cli.tree import clean
from nlwallet.clock import SystemClock
from nlwallet.encoding import MAX_MESSAGE_BYTES
from nlwallet.errors import LimitExceeded, LocalError, TransportError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.lint import (
    FetchedRequest,
    Finding,
    LintReport,
    Registration,
    RequestReference,
    Severity,
    lint,
    request_reference,
)
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE
from nlwallet.profiles import profile as profile_named

_LOOKS: Mapping[Severity, tuple[str, str, str]] = {
    Severity.ERROR: ("✗", "red", "error"),
    Severity.WARNING: ("!", "yellow", "warning"),
    Severity.NOTE: ("·", "cyan", "note"),
}
_INDENT = 11


@dataclass(frozen=True, slots=True)
class LintOptions:
    """By which rules, with what registration, when, and what of the network may be used."""

    profile: str = "haip-1.0"
    registration: Path | None = None
    at: int | None = None
    offline: bool = False
    local: bool = False
    tls_anchor: Path | None = None


def lint_source(argument: str, options: LintOptions, *, http: HttpClient | None = None) -> LintReport:
    """Lint the text, file or address that ``argument`` is; ``http`` is for tests.

    Raises :class:`~nlwallet.errors.LocalError` for a wrong option and :class:`~nlwallet.errors.RemoteError`
    for what is no request, or for an address that does not answer.
    """
    profile = profile_named(options.profile)
    registration = None if options.registration is None else Registration.read(_read(options.registration))
    text = argument.strip() if "://" in argument[:64] else read_source(argument)
    fetched = None
    if not options.offline and (reference := request_reference(text)) is not None:
        if http is not None:
            fetched = fetch_request(http, reference)
        else:
            with HttpClient(_policy(options)) as client:
                fetched = fetch_request(client, reference)
    now = SystemClock().now() if options.at is None else options.at
    return lint(text, profile=profile, registration=registration, now=now, fetched=fetched)


def artifact_of(argument: str) -> str:
    """The URI of the file that ``argument`` names, for SARIF; empty when it names none."""
    try:
        path = Path(argument)
        return path.as_posix() if argument != "-" and path.is_file() else ""
    except (OSError, ValueError):
        return ""


def print_report(console: Console, report: LintReport) -> None:
    """The findings for people, errors first."""
    console.print(Text.assemble((clean(report.kind), "bold"), ("   profile ", "dim"), report.profile))
    if report.summary:
        who = f"{clean(report.party)} asks  " if report.party else "asks  "
        console.print(Text.assemble((who, "dim"), clean(report.summary)))
    ordered, line_of = report.by_severity(), report.lines()
    for severity in Severity:
        found = [finding for finding in ordered if finding.severity is severity]
        if found:
            console.print()
            mark, colour, name = _LOOKS[severity]
            console.print(Text(_counted(len(found), name), style=f"bold {colour}"))
            for finding in found:
                _print_finding(console, finding, mark, colour, line_of(finding.pointer))
    console.print()
    console.print(_verdict(report))


def fixed_query(report: LintReport) -> dict[str, Any]:
    """The smallest query. Raises :class:`~nlwallet.errors.LocalError` when it takes a person to make it."""
    query = report.fix()
    if query is None:
        raise LocalError(
            "there is no query that can be mended by itself",
            hint="see the findings, or give --registration: then its own query can be printed",
        )
    return query


def as_json(report: LintReport) -> str:
    """The report for programs."""
    return json.dumps(report.as_dict(), ensure_ascii=False, indent=2)


def as_sarif(report: LintReport, argument: str) -> str:
    """The report as SARIF 2.1.0."""
    return json.dumps(report.as_sarif(artifact=artifact_of(argument)), ensure_ascii=False, indent=2)


def _print_finding(console: Console, finding: Finding, mark: str, colour: str, line: int) -> None:
    head = Text.assemble(
        (f"{mark} {finding.check}".ljust(_INDENT), colour),
        (clean(finding.pointer or "/"), "bold"),
        (f"  line {line}" if line else "", "dim"),
    )
    console.print(head, overflow="fold")
    _print_below(console, Text.assemble(clean(finding.text), (f"  {clean(finding.spec)}", "dim")))
    if finding.fix is None:
        return
    _print_below(console, Text.assemble(("→ ", "green"), clean(finding.fix.text)))
    for step in finding.fix.patch:
        value = json.dumps(step["value"], ensure_ascii=False) if "value" in step else ""
        if value.strip('"') not in finding.fix.text:
            _print_below(console, Text(f"  {clean(value)}", style="green"))


def _print_below(console: Console, text: Text) -> None:
    """Below the head of a finding, wrapped by words, and without the blanks that rich fills lines with."""
    for line in text.wrap(console, max(20, console.width - _INDENT)):
        line.rstrip()
        console.print(Text(" " * _INDENT) + line, soft_wrap=True)


def _verdict(report: LintReport) -> Text:
    if not report.findings:
        return Text("✓ nothing found", style="bold green")
    counts = [
        _counted(report.count(severity), name)
        for severity, (_, _, name) in _LOOKS.items()
        if report.count(severity)
    ]
    style = "bold red" if not report.ok else "bold green"
    text = Text.assemble(("✗ " if not report.ok else "✓ ", style), (", ".join(counts), style))
    if report.left_out:
        text.append(f", and {report.left_out} more that are not shown")
    if any(finding.fix and finding.fix.patch for finding in report.findings) and report.summary:
        text.append("   --fix prints the query that asks least", style="dim")
    return text


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def fetch_request(client: HttpClient, reference: RequestReference) -> FetchedRequest:
    """What a wallet would get. A request that is served once is used up by this."""
    nonce = secrets.token_urlsafe(24) if reference.method == "post" else ""
    try:
        reply = (
            client.post_form(
                reference.uri,
                {"wallet_nonce": nonce},
                accept=REQUEST_OBJECT_MEDIA_TYPE,
                what="the request object",
            )
            if nonce
            else client.get(reference.uri, accept=REQUEST_OBJECT_MEDIA_TYPE, what="the request object")
        )
    except TransportError as error:
        if error.code in ("private_address", "https_required"):
            hint = "with --local this machine and plain http are reached too"
            raise TransportError(error.message, code=error.code, spec=error.spec, hint=hint) from None
        if error.code != "redirect_refused":
            raise
        return FetchedRequest(b"", status=302, wallet_nonce=nonce)
    return FetchedRequest(reply.body, reply.status, reply.content_type, nonce)


def _policy(options: LintOptions) -> HttpPolicy:
    anchors = "" if options.tls_anchor is None else _read(options.tls_anchor).decode("ascii", "replace")
    return HttpPolicy(
        insecure_allow_http=options.local,
        insecure_allow_private_addresses=options.local,
        tls_anchors_pem=anchors,
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MESSAGE_BYTES + 1)
    except OSError as error:
        raise LocalError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None
    if len(data) > MAX_MESSAGE_BYTES:
        raise LimitExceeded(f"{path} is longer than {MAX_MESSAGE_BYTES} bytes")
    return data
