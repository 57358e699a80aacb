"""How an attack ended, and why: one rule for all of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from nlwallet.testing.hostile.attack import Attack, Severity
from nlwallet.testing.hostile.attempt import Step

MAX_LINE = 200
"""How much of a line a story shows; reports have more."""


class Verdict(StrEnum):
    """What is to be said of the party."""

    SURVIVED = "survived"
    """It did what a sound party does."""
    HOLE = "hole"
    """A session succeeded that should not, an attribute was released, it broke, or it hung."""
    OBSERVED = "observed"
    """It may do either; what it did is in the report."""
    NOT_APPLICABLE = "not applicable"
    """It does not do what the case aims at."""
    NOT_JUDGED = "not judged"
    """It could not be seen what it does; no finding, and no proof either."""


@dataclass(frozen=True, slots=True)
class AttackResult:
    """One attack on one party. ``seen`` says in one sentence what the verdict rests on."""

    attack: Attack
    verdict: Verdict
    seen: str
    steps: tuple[Step, ...] = ()
    seconds: float = 0.0
    broke: bool = False
    """Whether it answered 5xx, or not in time."""

    @property
    def severity(self) -> Severity:
        """That of the attack; at most medium where the party broke and nobody got in."""
        worst = (Severity.CRITICAL, Severity.HIGH)
        return Severity.MEDIUM if self.broke and self.attack.severity in worst else self.attack.severity

    def check(self) -> None:
        """Raises :class:`AssertionError` that tells the whole story, if it is a hole."""
        __tracebackhide__ = True  # pytest shows the line of the test, not this one
        if self.verdict is Verdict.HOLE:
            raise AssertionError(self.story())

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON members."""
        attack = self.attack
        return {
            "id": attack.id,
            "group": attack.group,
            "verdict": str(self.verdict),
            "severity": str(self.severity),
            "seen": self.seen,
            "does": attack.does,
            "sound": attack.sound,
            "spec": attack.spec,
            "mend": attack.mend,
            "seconds": round(self.seconds, 3),
            "steps": [asdict(step) for step in self.steps],
        }

    def story(self) -> str:
        """What was done and seen, for the output of a test."""
        lines = [
            f"{self.attack.id} ({self.severity}, {self.attack.spec}): {self.seen}",
            f"  the attack: {self.attack.does}",
            f"  a sound {'wallet' if self.attack.role == 'wallet' else 'party'} {self.attack.sound}",
            f"  mend it: {self.attack.mend}",
        ]
        for number, step in enumerate(self.steps, 1):
            lines.append(f"  {number}. {step.what}")
            lines += [f"     > {_cut(line)}" for line in step.sent.splitlines() if line]
            lines += [f"     < {_cut(line)}" for line in step.received.splitlines() if line]
        return "\n".join(lines)


def _cut(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}… ({len(line)} characters)"
