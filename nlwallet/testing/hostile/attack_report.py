"""All attacks on one party, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.testing.hostile.attack import Severity
from nlwallet.testing.hostile.verdict import AttackResult, Verdict

_WORST_FIRST = tuple(Severity)


@dataclass(frozen=True, slots=True)
class AttackReport:
    """``honest`` is the honest presentation that came first; ``seconds`` is how long all of it took."""

    party: str
    began: int
    """Seconds since the epoch."""
    honest: AttackResult
    results: tuple[AttackResult, ...]
    seconds: float

    @property
    def whom(self) -> str:
        """Who is under test: a ``party`` or a ``wallet``."""
        return "wallet" if self.honest.attack.role == "wallet" else "party"

    @property
    def command(self) -> str:
        """What makes such reports."""
        return "nlwallet attack-wallet" if self.whom == "wallet" else "nlwallet attack"

    @property
    def no_honest(self) -> str:
        """What is to be said where the honest exchange failed."""
        what = "request or offer is not taken" if self.whom == "wallet" else "presentation is not accepted"
        return f"the honest {what}"

    @property
    def holes(self) -> tuple[AttackResult, ...]:
        """What was found, worst first."""
        found = [one for one in self.results if one.verdict is Verdict.HOLE]
        return tuple(sorted(found, key=lambda one: _WORST_FIRST.index(one.severity)))

    @property
    def ok(self) -> bool:
        """Whether the honest presentation was accepted and no hole was found."""
        return self.honest.verdict is Verdict.SURVIVED and not self.holes

    def count(self, verdict: Verdict) -> int:
        """How many attacks ended so."""
        return sum(one.verdict is verdict for one in self.results)

    def counts(self) -> Mapping[str, int]:
        """How many attacks ended in each verdict."""
        return {str(verdict): self.count(verdict) for verdict in Verdict}

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON members, every step included."""
        return {
            "party": self.party,
            "began": self.began,
            "seconds": round(self.seconds, 3),
            "ok": self.ok,
            "counts": dict(self.counts()),
            "honest": self.honest.as_dict(),
            "results": [one.as_dict() for one in self.results],
        }
