"""The table in docs/attack-results.md: what the hostile wallet saw at a verifier that we did not write."""

from __future__ import annotations

from pathlib import Path

from nlwallet.testing.hostile import AttackReport

DOCUMENT = Path(__file__).parents[2] / "docs" / "attack-results.md"
BEGIN = "<!-- Credo: written by `make interop`; do not edit. -->"
END = "<!-- Credo: here the written part ends. -->"


def write(report: AttackReport) -> None:
    """Put the table of this run into the document."""
    lines = ["| case | what is done | severity | verdict | what was seen |", "|---|---|---|---|---|"]
    for one in report.results:
        cells = (one.attack.id, one.attack.does, str(one.severity), str(one.verdict), one.seen)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    counts = ", ".join(f"{number} {name}" for name, number in report.counts().items() if number)
    table = "\n".join((f"{len(report.results)} attacks: {counts}.", "", *lines))
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def verdicts() -> dict[str, str]:
    """The verdict of each case, as the document has it."""
    table = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    _, *rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return {cells[0].removeprefix("| "): cells[3] for cells in rows}
