"""What ``attack`` and ``attack-wallet`` have in common: which cases, how far they are, and what came of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from nlwallet.cli.tree import clean
from nlwallet.encoding import dump_json
from nlwallet.errors import LocalError
from nlwallet.testing.hostile import (
    Attack,
    AttackReport,
    AttackResult,
    Verdict,
    html_page,
    junit_xml,
    sarif_log,
)

Tell: TypeAlias = Callable[[AttackResult], None]

Only = Annotated[
    list[str] | None, typer.Option("--only", help="Run this case alone, ADV-100 or one variant; repeatable.")
]
Without = Annotated[list[str] | None, typer.Option("--without", help="Leave this case out; repeatable.")]
Parallel = Annotated[int, typer.Option(min=1, max=32, help="How many cases run at once.")]
Within = Annotated[float, typer.Option(min=1, help="For how many seconds cases are begun.")]
Junit = Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML there.")]
Sarif = Annotated[Path | None, typer.Option("--sarif", help="Write SARIF there.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write one HTML page there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")]
ListCases = Annotated[bool, typer.Option("--list", help="Show the cases, and attack nobody.")]

_LOOKS: Final[Mapping[Verdict, str]] = {
    Verdict.SURVIVED: "green",
    Verdict.HOLE: "bold red",
    Verdict.OBSERVED: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.NOT_JUDGED: "yellow",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the report goes: files, and the screen or JSON."""

    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    as_json: bool = False

    def end(self, report: AttackReport) -> None:
        """Write and print it; exit code 1 if a hole was found, or the honest exchange did not work."""
        for path, text in (
            (self.junit, lambda: junit_xml(report)),
            (self.sarif, lambda: json.dumps(sarif_log(report), ensure_ascii=False, indent=2) + "\n"),
            (self.html, lambda: html_page(report)),
        ):
            if path is not None:
                _write(path, text)
        if self.as_json:
            print(dump_json(report.as_dict()).decode("utf-8"))
        else:
            _print_report(report)
        if not report.ok:
            raise typer.Exit(1)


def with_progress(total: int, run: Callable[[Tell], AttackReport], *, quiet: bool) -> AttackReport:
    """``run``, which tells of each result, with a bar on the screen."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("an honest exchange", total=total)

        def tell(result: AttackResult) -> None:
            progress.update(task, advance=1, description=result.attack.id)

        return run(tell)


def print_cases(chosen: tuple[Attack, ...], *, whom: str) -> None:
    """All cases in a table."""
    table = Table(box=None, pad_edge=False)
    for name in ("case", "severity", "what is done", f"a sound {whom}", "section"):
        table.add_column(name, overflow="fold")
    for one in chosen:
        table.add_row(one.id, str(one.severity), one.does, one.sound, one.spec)
    Console().print(table)


def read_text(path: Path) -> str:
    """The text of a file. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else "no UTF-8"
        raise LocalError(f"{path} cannot be read: {reason}", code="file") from None


def _print_report(report: AttackReport) -> None:
    console = Console()
    if report.honest.verdict is not Verdict.SURVIVED:
        console.print(Text(f"✗ {report.no_honest}; nothing else was tried", style="bold red"))
        for line in report.honest.story().splitlines():
            console.print(Text(clean(line)))
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
        console.print(Text(f"  A sound {report.whom} {one.attack.sound} ({one.attack.spec})."))
        console.print(Text(f"  Mend it: {one.attack.mend}."))
    console.print()
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts().items() if number)
    style = "bold green" if report.ok else "bold red"
    console.print(Text(f"{'✓' if report.ok else '✗'} {len(report.results)} attacks: {counts}", style=style))


def _write(path: Path, text: Callable[[], str]) -> None:
    try:
        path.write_text(text(), "utf-8")
    except OSError as error:
        raise LocalError(f"{path} cannot be written: {os.strerror(error.errno or 0)}", code="file") from None
