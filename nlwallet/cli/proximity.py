"""``nlwallet proximity``: two people, two terminals, no network: one shows a code, the other reads it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.asking import Person
from nlwallet.cli.meeting_place import MeetingPlace, meeting_place
from nlwallet.cli.open_wallet import OpenWallet, WalletOptions, opened
from nlwallet.cli.reader_file import read_reader
from nlwallet.cli.source import read_source
from nlwallet.cli.tree import print_tree
from nlwallet.cli.wallet import person_of
from nlwallet.cli.wallet_exchange import answered, told
from nlwallet.clock import SystemClock
from nlwallet.encoding import parse_json_object
from nlwallet.errors import LocalError
from nlwallet.holder import Outcome, ProximityPresentation
from nlwallet.http import HttpClient
from nlwallet.link import AwaitedLink, connect, listen, port_extension, port_of
from nlwallet.profiles import PROFILES, profile
from nlwallet.proximity import ENGAGEMENT_LIFETIME, MAX_REQUESTS, DeviceEngagement
from nlwallet.qr import QrCode
from nlwallet.sandbox import Sandbox
from nlwallet.verifier import ProximityReading

CONNECT_SECONDS = 5.0

Seconds = Annotated[
    int,
    typer.Option("--timeout", min=1, max=3600, help="Seconds for all of it."),
]
At = Annotated[
    Path | None,
    typer.Option(
        "--socket", help="Meet at this Unix socket instead of a port of 127.0.0.1; for both commands."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs; the rest goes to stderr.")]
Online = Annotated[
    bool, typer.Option("--online", help="Look up on the internet what may have been withdrawn.")
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Make the wallet and the reader of the demonstration anew.")
]
Rules = Annotated[str, typer.Option("--profile", help=f"The rules: {', '.join(PROFILES)}.")]


def show(
    *,
    file: Annotated[
        Path | None,
        typer.Option("--wallet", "-w", help="File of the wallet; else that of the demonstration."),
    ] = None,
    pin_stdin: Annotated[
        bool, typer.Option("--pin-stdin", help="The first line of standard input is the PIN.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Answer every question with yes.")] = False,
    despite_warnings: Annotated[
        bool, typer.Option("--despite-warnings", help="With --yes: also when there are warnings.")
    ] = False,
    mac: Annotated[
        bool, typer.Option("--mac", help="Prove the documents with a MAC instead of a signature.")
    ] = False,
    requests: Annotated[
        int,
        typer.Option(
            "--requests",
            min=1,
            max=MAX_REQUESTS,
            help="Let the reader ask so many times, each with its question.",
        ),
    ] = 1,
    timeout: Seconds = ENGAGEMENT_LIFETIME,
    socket: At = None,
    online: Online = False,
    fresh: Fresh = False,
    as_json: AsJson = False,
    language: Annotated[
        str, typer.Option("--language", "-l", help="Language of the holder: nl or en.")
    ] = "nl",
    rules: Rules = "haip-1.0",
) -> None:
    """Show a code, wait for a reader, and decide what it gets. Exit code 1: nothing was shared.

    Without --wallet it is the wallet of Frouke, who has a PID; its PIN is 112233.
    """
    person = person_of(language, pin_stdin=pin_stdin, yes=yes, as_json=as_json)
    place = _place(file, fresh=fresh, person=person)
    options = WalletOptions(file or place.wallet if place else file, profile=rules)
    if place is not None and not pin_stdin:
        person.say("meet.pin", pin=Sandbox.PIN)
    with opened(options, person) as one, listen(socket) as waiting:
        link = AwaitedLink(waiting)
        shown = one.wallet.proximity(
            link,
            offline=not online,
            extensions=port_extension(waiting.address) if isinstance(waiting.address, int) else None,
            proof="mac" if mac else "signature",
            lifetime=timeout,
            requests=requests,
        )
        with shown:
            shared = False
            for outcome in _shown(one, shown, as_json=as_json, despite_warnings=despite_warnings):
                shared |= outcome is not None
                if as_json:
                    transaction = one.wallet.log[-1].as_dict()
                    print(_line({"shared": outcome is not None, "transaction": transaction}), flush=True)
        if not shared:
            raise typer.Exit(1)


def read(
    engagement: Annotated[
        str | None,
        typer.Argument(
            help="What the code says: mdoc:…, a file with it, or - for standard input; else asked."
        ),
    ] = None,
    *,
    reader: Annotated[
        Path | None,
        typer.Option("--reader", "-r", help="File of the reader; else the beach bar of the demonstration."),
    ] = None,
    query: Annotated[
        list[str] | None,
        typer.Option(
            "--query",
            "-q",
            help="What to ask: a DCQL query for mdocs, a file or the text itself. Again: ask that after it.",
        ),
    ] = None,
    use: Annotated[
        str | None,
        typer.Option("--use", help="The registered use to ask for; else the only one: 18 or older."),
    ] = None,
    timeout: Seconds = ENGAGEMENT_LIFETIME,
    socket: At = None,
    online: Online = False,
    as_json: AsJson = False,
    rules: Rules = "haip-1.0",
) -> None:
    """Read a code, ask, and print what was verified. Exit code 1: nothing was."""
    screen = Console(stderr=as_json, highlight=False)
    rules_ = profile(rules)
    asked = [parse_json_object(read_source(one), what="the query") for one in query or ()]
    scanned = DeviceEngagement.from_uri(_code(engagement, screen))
    where = reader or meeting_place().reader
    with ExitStack() as stack:
        http = stack.enter_context(HttpClient()) if online else None
        bar = read_reader(where, clock=SystemClock(), profile=rules_, online=http)
        link = connect(socket or port_of(scanned), timeout=CONNECT_SECONDS)
        stack.callback(link.close)
        first = asked[0] if asked else None
        several = len(asked) > 1
        reading = stack.enter_context(
            bar.proximity(scanned, link, first, intended_use=use, lifetime=timeout, further=several)
        )
        name = bar.certificates.record.trade_name
        _print_answer(reading, name, screen, as_json=as_json)
        for further in asked[1:]:
            reading = stack.enter_context(reading.ask(further, intended_use=use))
            _print_answer(reading, name, screen, as_json=as_json)


# --------------------------------------------------------------------------------------------------


def _place(file: Path | None, *, fresh: bool, person: Person) -> MeetingPlace | None:
    if file is not None:
        return None
    place = meeting_place(fresh=fresh)
    if place.made_now:
        person.say("meet.made", path=str(place.wallet.parent))
    return place


def _shown(
    one: OpenWallet, shown: ProximityPresentation, *, as_json: bool, despite_warnings: bool
) -> Iterator[Outcome | None]:
    """What came of each request, in turn."""
    person = one.person
    if as_json:
        print(_line({"engagement": shown.engagement, "expires_at": shown.expires_at}), flush=True)
    else:
        person.screen.print(Text(QrCode(shown.engagement).terminal()), end="", soft_wrap=True)
        person.screen.print(Text(shown.engagement, "cyan"), soft_wrap=True)
    person.say("meet.waiting")
    person.screen.file.flush()
    prompts = shown.prompts()
    while (prompt := told(one, partial(next, prompts, None))) is not None:
        yield told(one, partial(answered, one, prompt, despite_warnings=despite_warnings))


def _code(given: str | None, screen: Console) -> str:
    if given is not None:
        return given if given.lower().startswith("mdoc:") else read_source(given)
    if not sys.stdin.isatty():
        return read_source("-")
    screen.print(Text("Paste what the code says (mdoc:…): ", "bold"), end="")
    screen.file.flush()
    text = sys.stdin.readline(8192)
    if not text.strip():
        raise LocalError(
            "there is no code to read", code="no_answer", hint="nlwallet proximity show makes one"
        )
    return text


def _print_answer(reading: ProximityReading, name: str, screen: Console, *, as_json: bool) -> None:
    """Wait for the answer, and print it; its error ends the command."""
    screen.print(Text(f"Asked, as {name}: waiting for the holder …", "dim"))
    result = reading.result()
    claims = {one.query_id: dict(one.claims) for one in result.presentations}
    if as_json:
        _print_json(result.as_dict() | {"claims": claims, "warnings": [str(one) for one in reading.warnings]})
    else:
        parts: dict[str, Any] = {
            "checks": [
                f"{check.outcome}: {check.what} ({check.spec})"
                + (f": {check.reason}" if check.reason else "")
                for check in result.report
            ]
        }
        if claims:
            parts["claims"] = claims
        print_tree(screen, f"proximity — {result.status}", parts, [str(one) for one in reading.warnings])
    if result.error is not None:
        raise result.error


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _line(value: Any) -> str:
    """One event for a program, on one line."""
    return json.dumps(value, ensure_ascii=False)
