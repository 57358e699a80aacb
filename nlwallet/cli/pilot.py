"""``nlwallet pilot``: the pilots that there are, one of your own, and a run through all of them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nlwallet.errors import LocalError
from nlwallet.holder import Language
from nlwallet.sandbox import PILOTS, Pilot, PilotRun, Sandbox, pilot, pilot_text, read_pilot, run_pilot

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_STYLE: Final = {"shared": "green", "refused": "yellow", "stopped": "yellow", "broken": "red"}
LIKE: Final = "cafe-de-vrije-val"

Spoken = Annotated[str, typer.Option("--language", "-l", help="nl or en.")]


def find_pilot(which: str) -> Pilot:
    """The pilot of an id, or of a file. Raises :class:`~nlwallet.errors.NlWalletError`."""
    path = Path(which)
    return read_pilot(path) if path.suffix == ".toml" or path.is_file() else pilot(which)


def language_of(text: str) -> Language:
    """``nl`` or ``en``; anything else is wrong usage."""
    if text == "nl":
        return "nl"
    if text == "en":
        return "en"
    raise typer.BadParameter("nl or en", param_hint="--language")


def list_(*, language: Spoken = "en") -> None:
    """The pilots that come with nlwallet."""
    spoken = language_of(language)
    table = Table("pilot", "what", "who asks", "who is asked", box=None, padding=(0, 2, 0, 0))
    for one in PILOTS:
        table.add_row(one.id, one.title[spoken], one.record.trade_name, one.citizen)
    Console().print(table)


def new(
    name: Annotated[str, typer.Argument(help="Its id: small letters, digits and -, such as swimming-pool.")],
    *,
    like: Annotated[str, typer.Option("--like", help="The pilot to begin from.")] = LIKE,
    file: Annotated[
        Path | None, typer.Option("--file", "-o", help="Where; NAME.toml here when left out.")
    ] = None,
) -> None:
    """Write the file of a new pilot, to be changed by you. Nothing is overwritten."""
    if not _NAME.fullmatch(name):
        raise typer.BadParameter("small letters, digits and -, such as swimming-pool", param_hint="NAME")
    path = file or Path(f"{name}.toml")
    text = renamed(pilot_text(like), name)
    read_pilot(text.encode())
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise LocalError(
            f"{path}: {os.strerror(error.errno or 0)}", code="file", hint="nothing is ever overwritten"
        ) from None
    print(path)
    print(f"Change it, then: nlwallet pilot run {path}, or nlwallet sandbox --pilot {path}")


def renamed(text: str, name: str) -> str:
    """The text of a pilot with another id, host and number, so that it can stand beside the first one."""
    number = 91_000_000 + sum(ord(letter) * 31**place for place, letter in enumerate(name)) % 1_000_000
    text = re.sub(r'^id = "[^"]*"', f'id = "{name}"', text, count=1, flags=re.MULTILINE)
    text = re.sub(r'^host = "[^"]*"', f'host = "{name}.example"', text, count=1, flags=re.MULTILINE)
    return re.sub(
        r'^identifier = "[^"]*"', f'identifier = "NTRNL-{number}"', text, count=1, flags=re.MULTILINE
    )


def run(
    which: Annotated[
        list[str] | None, typer.Argument(help="Ids, or files of your own.", metavar="PILOT…")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All that come with nlwallet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    language: Spoken = "nl",
) -> None:
    """Walk pilots with a careful citizen, in process, and print how each ended.

    Exit code 1: one did not end as it is meant to.
    """
    spoken = language_of(language)
    chosen = [*(PILOTS if every else ()), *(find_pilot(one) for one in which or ())]
    if not chosen:
        raise typer.BadParameter("name a pilot or its file, or say --all", param_hint="PILOT")
    with Sandbox() as edi:
        ran = [run_pilot(one, edi, language=spoken) for one in chosen]
    if as_json:
        print(json.dumps([one.as_dict() for one in ran], ensure_ascii=False, indent=2))
    else:
        _show(ran, Console())
    if not all(one.as_meant for one in ran):
        raise typer.Exit(1)


def _show(ran: list[PilotRun], console: Console) -> None:
    table = Table("pilot", "citizen", "ended", "what the party got", box=None, padding=(0, 2, 0, 0))
    for one in ran:
        got = "; ".join(f"{id_}: {', '.join(paths)}" for id_, paths in one.received.items())
        given = f" → {one.given}" if one.given else ""
        told = Text(f"{one.outcome}{'' if one.as_meant else ' (not as meant)'}", _STYLE[one.outcome])
        table.add_row(one.pilot.id, one.pilot.citizen, told, (got or one.error or "nothing") + given)
    console.print(table)
    wrong = sum(not one.as_meant for one in ran)
    many = "1 pilot" if len(ran) == 1 else f"{len(ran)} pilots"
    ended = f"{wrong} of {many} did not end as meant" if wrong else f"{many}: as meant"
    console.print(Text(ended, "red" if wrong else "green"))
