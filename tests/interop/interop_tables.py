"""The tables of flows in docs/interop.md, which `make interop` writes: what became of each row in that very run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import interop_openid4vci_cases
import interop_openid4vp_cases

DOCUMENT = Path(__file__).parents[2] / "docs" / "interop.md"


class Row(Protocol):
    """One flow."""

    @property
    def id(self) -> str: ...
    @property
    def cells(self) -> tuple[str, ...]: ...
    @property
    def walked(self) -> bool: ...
    @property
    def refused(self) -> str: ...
    @property
    def because(self) -> str: ...


@dataclass(frozen=True)
class FlowTable:
    """The rows of one protocol. ``name`` is also that of the test property that says which row was walked."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Row]

    @property
    def begin(self) -> str:
        return f"<!-- {self.title}: written by `make interop`; do not edit. -->"

    @property
    def end(self) -> str:
        return f"<!-- {self.title}: here the written part ends. -->"

    def text(self, passed: Mapping[str, bool] | None = None) -> str:
        """As Markdown. ``passed`` says by the id of a row how it went; without it all went as they should."""
        lines = [(*self.columns, "result"), ("---",) * (len(self.columns) + 1)]
        lines += [(*row.cells, _result(row, passed)) for row in self.rows]
        return "".join("|".join(("", *(f" {cell} " for cell in line), "\n")) for line in lines)

    def written(self) -> str:
        """The table that the document has now."""
        text = DOCUMENT.read_text(encoding="utf-8")
        return text.partition(self.begin)[2].partition(self.end)[0].strip("\n") + "\n"

    def write(self, passed: Mapping[str, bool]) -> None:
        """Put the table of this run into the document."""
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(self.begin)
        _, _, after = rest.partition(self.end)
        text = f"{before}{self.begin}\n\n{self.text(passed)}\n{self.end}{after}"
        DOCUMENT.write_text(text, encoding="utf-8")


def _result(row: Row, passed: Mapping[str, bool] | None) -> str:
    if not row.walked:
        return f"not walked: {row.because}"
    if passed is not None and row.id not in passed:
        return "**not run**"
    if passed is not None and not passed[row.id]:
        return "**fails**"
    words = "refused: " if row.refused else "agrees; " if row.because else "agrees"
    return words + row.because


TABLES = (
    FlowTable(
        "openid4vp",
        "Flows of OpenID4VP",
        ("peer", "plays", "client id", "request", "response mode", "asks"),
        interop_openid4vp_cases.CASES,
    ),
    FlowTable(
        "openid4vci",
        "Flows of OpenID4VCI",
        ("peer", "plays", "offer", "grant", "wallet is", "token", "proof", "what comes"),
        interop_openid4vci_cases.CASES,
    ),
)
