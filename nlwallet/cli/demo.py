"""``nlwallet demo``: the pilots, step by step, as a person can follow them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console
from rich.panel import Panel
from rich.prompt import Confirm, Prompt
from rich.table import Table
from rich.text import Text

from nlwallet.cli.decode import decode
from nlwallet.cli.tree import clean
from nlwallet.errors import RemoteError
from nlwallet.holder import ConsentPrompt
from nlwallet.sandbox import PILOTS, Citizen, Decision, Pilot, Sandbox, Step, careful_citizen, pilot, walk
from nlwallet.sandbox.loopback import Loopback

DEFAULT_SCENARIOS = ("gemeente-amsterdam", "cafe-de-vrije-val")

_OUTCOME_STYLE = {"passed": "green", "warned": "yellow", "failed": "red", "skipped": "dim"}
_MAX_WIRE = 320


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What to walk, and how to show it."""

    scenarios: tuple[str, ...] = DEFAULT_SCENARIOS
    interactive: bool = False
    http: bool = False
    verbose: bool = False
    as_json: bool = False
    language: Literal["nl", "en"] = "nl"


def show_demo(options: DemoOptions, console: Console) -> None:
    """Walk the pilots of ``options`` and show each step. Raises the error of a step that cannot be done."""
    pilots = [pilot(name) for name in options.scenarios]
    with Sandbox(hosting=Loopback() if options.http else None, record_wire=options.verbose) as edi:
        citizen = _ask(console, options.language) if options.interactive else careful_citizen
        if options.as_json:
            print(
                json.dumps(
                    [_as_dict(each, edi, citizen, options) for each in pilots], ensure_ascii=False, indent=2
                )
            )
            return
        for each in pilots:
            _show_pilot(each, edi, citizen, options, console)
    if not options.interactive and set(options.scenarios) == set(DEFAULT_SCENARIOS):
        others = [each.id for each in PILOTS if each.id not in options.scenarios]
        console.print(
            Text(
                f"\nMore: nlwallet demo --scenario {others[0]}, --interactive, --http, --verbose, --json",
                "dim",
            )
        )


def _as_dict(each: Pilot, edi: Sandbox, citizen: Citizen, options: DemoOptions) -> dict[str, Any]:
    return {
        "scenario": each.id,
        "title": each.title[options.language],
        "steps": [step.as_dict() for step in walk(each, edi, citizen, language=options.language)],
    }


def _show_pilot(each: Pilot, edi: Sandbox, citizen: Citizen, options: DemoOptions, console: Console) -> None:
    console.print()
    console.print(
        Panel(
            Text(each.story[options.language]),
            title=Text(each.title[options.language], "bold"),
            title_align="left",
        )
    )
    for number, step in enumerate(walk(each, edi, citizen, language=options.language), start=1):
        console.print()
        console.print(Text(f"{number}. {step.title}", "bold cyan"))
        console.print(_facts(step))
        if step.request is not None and step.request.flow == "cross_device":
            console.print(Text(step.request.qr()), end="")
        for warning in step.request.warnings if step.request is not None else ():
            console.print(Text(f"  the relying party could have known: {warning}", "yellow"))
        if step.prompt is not None and not options.interactive:
            console.print(Text(str(step.prompt)))
        if step.checks and (options.verbose or step.name == "verify"):
            console.print(_checks(step))
        if options.verbose:
            for exchange in step.wire:
                console.print(_exchange(exchange))


def _facts(step: Step) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in step.facts.items():
        if name == "error":
            table.add_row("error", Text(clean(f"{value['code']}: {value['message']}"), "yellow"))
        elif name == "claims":
            shown = "\n".join(
                f"{clean(query)}: {clean(json.dumps(claims, ensure_ascii=False))}"
                for query, claims in value.items()
            )
            table.add_row("claims", Text(shown, "bold green"))
        else:
            table.add_row(name.replace("_", " "), Text(_plain(value)))
    return table


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(clean(item) for item in value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else clean(value)


def _checks(step: Step) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2))
    for heading in ("check", "outcome", "what", "section"):
        table.add_column(heading, header_style="dim", no_wrap=heading in ("check", "outcome"))
    for check in step.checks:
        outcome = check["outcome"]
        what = clean(check["what"]) + (f": {clean(check['reason'])}" if "reason" in check else "")
        table.add_row(
            check["id"], Text(outcome, _OUTCOME_STYLE[outcome]), Text(what), Text(check["spec"], "dim")
        )
    return table


def _exchange(exchange: dict[str, Any]) -> Text:
    text = Text(f"  → {exchange['to']}  {clean(exchange['request'])}\n", "magenta")
    for part in ("request", "response"):
        body = exchange[f"{part}_body"]
        if body:
            text.append(
                "\n".join(f"      {line}" for line in _body(exchange[f"{part}_type"], body)) + "\n", "dim"
            )
        if part == "request":
            text.append(f"  ← {exchange['status']} {exchange['response_type']}\n", "magenta")
    return text


def _body(media_type: str, body: str) -> Iterator[str]:
    """The body, cut; of a token also what it holds."""
    yield _cut(body)
    if media_type.endswith("+jwt"):
        try:
            decoded = decode(body)
        except RemoteError:
            return
        yield f"{decoded.kind}: {_cut(json.dumps(decoded.parts.get('payload'), ensure_ascii=False))}"


def _cut(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text[:_MAX_WIRE])
    return shown + (f"… ({len(text)} characters)" if len(text) > _MAX_WIRE else "")


_QUESTIONS = {
    "nl": {"share": "Wilt u dit delen?", "confirm": "Klopt dat?", "pin": "Pincode"},
    "en": {
        "share": "Do you want to share this?",
        "confirm": "Is that right?",
        "pin": "PIN",
    },
}


def _ask(console: Console, language: str) -> Citizen:
    """The person at the keyboard."""
    words = _QUESTIONS[language]

    def decide(prompt: ConsentPrompt) -> Decision:
        console.print(Text(str(prompt)))
        if prompt.missing or prompt.blocked:
            return Decision(approve=False)
        risks = [f"{warning.confirm} {words['confirm']}" for warning in prompt.warnings if warning.explicit]
        for question in (*risks, words["share"]):
            if not Confirm.ask(Text(question), console=console, default=False):
                return Decision(approve=False)
        pin = Prompt.ask(f"{words['pin']} ({Sandbox.PIN})", console=console, password=True)
        return Decision(approve=True, pin=pin, despite_warnings=bool(prompt.warnings))

    return decide
