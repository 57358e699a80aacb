"""What ``nlwallet verify`` found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
