"""The table of flows in docs/interop.md, which `make interop` writes: what became of each row in that very run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from interop_openid4vp_cases import CASES, Case

DOCUMENT = Path(__file__).parents[2] / "docs" / "interop.md"
BEGIN = "<!-- Written by `make interop`; do not edit. -->"
END = "<!-- Here the written part ends. -->"
COLUMNS = ("peer", "plays", "client id", "request", "response mode", "asks", "result")


def table(passed: Mapping[str, bool] | None = None) -> str:
    """The table, as Markdown. ``passed`` says by the id of a case how it went; without it all went as they should."""
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    rows += [
        (each.peer, each.role, each.client, each.request, each.mode, each.asks, _result(each, passed))
        for each in CASES
    ]
    return "".join("|".join(("", *(f" {cell} " for cell in row), "\n")) for row in rows)


def _result(case: Case, passed: Mapping[str, bool] | None) -> str:
    if not case.walked:
        return f"not walked: {case.because}"
    if passed is not None and case.id not in passed:
        return "**not run**"
    if passed is not None and not passed[case.id]:
        return "**fails**"
    words = "refused: " if case.refused else "agrees; " if case.because else "agrees"
    return words + case.because


def written() -> str:
    """The table that the document has now."""
    return DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip("\n") + "\n"


def write(passed: Mapping[str, bool]) -> None:
    """Put the table of this run into the document."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{table(passed)}\n{END}{after}", encoding="utf-8")
