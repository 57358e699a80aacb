"""What ``nlwallet verify`` found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from nlwallet.cli.tree import print_tree
from nlwallet.errors import NlWalletError
from nlwallet.report import Report


@dataclass(slots=True)
class Verdict:
    """What came out: ``claims`` only when everything passed, else ``error``."""

    kind: str
    report: Report = field(default_factory=Report)
    claims: Mapping[str, Any] | None = None
    error: NlWalletError | None = None

    def as_dict(self) -> dict[str, Any]:
        """The verdict as JSON."""
        members: dict[str, Any] = {
            "kind": self.kind,
            "verified": self.error is None,
            "checks": self.report.as_dicts(),
        }
        if self.claims is not None:
            members["claims"] = self.claims
        if self.error is not None:
            members["error"] = self.error.diagnostics()
        return members


def print_verdict(verdict: Verdict) -> None:
    """For people: every check, and the claims when all passed."""
    parts: dict[str, Any] = {
        "checks": [
            f"{check.outcome}: {check.what} ({check.spec})" + (f": {check.reason}" if check.reason else "")
            for check in verdict.report
        ]
    }
    if verdict.claims is not None:
        parts["claims"] = verdict.claims
    title = "verified" if verdict.error is None else "NOT verified"
    print_tree(Console(), f"{verdict.kind} — {title}", parts, [])
