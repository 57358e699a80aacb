"""What was checked: every role lists each check that it made, also the ones that passed.

A user can see *what* was looked at; linter, consent prompt and test reports are views on this data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from nlwallet.errors import NlWalletError


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its ``id`` (a requirement id such as ``V-27``), the section, and how it ended.

    ``reason`` is for people: why it failed, warned or was skipped. ``code`` is for programs.
    """

    id: str
    spec: str
    what: str
    outcome: Outcome
    reason: str = ""
    code: str = ""
    pointer: str = ""

    def as_dict(self) -> dict[str, str]:
        """The check as JSON members; empty ones are left out."""
        members = {
            "id": self.id,
            "spec": self.spec,
            "what": self.what,
            "outcome": str(self.outcome),
            "code": self.code,
            "reason": self.reason,
            "pointer": self.pointer,
        }
        return {name: value for name, value in members.items() if value}


class Explanation(Protocol):
    """What was found out about a check that failed, for the party itself: no other party gets to see it."""

    @property
    def summary(self) -> str:
        """One line."""
        ...

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        ...


@dataclass(slots=True)
class Report:
    """The checks in the order in which they were made."""

    checks: list[Check] = field(default_factory=list)
    explanations: list[Explanation] = field(default_factory=list)
    """Of checks that failed, where more is known than that; ``str()`` of one is for people."""

    def passed(self, id: str, spec: str, what: str) -> None:  # noqa: A002 - the requirement's id
        """Note a check that passed."""
        self.checks.append(Check(id, spec, what, Outcome.PASSED))

    def warned(self, id: str, spec: str, what: str, reason: str, *, code: str = "") -> None:  # noqa: A002
        """Note something that the holder should know, though it does not end the transaction."""
        self.checks.append(Check(id, spec, what, Outcome.WARNED, reason, code))

    def failed(self, id: str, what: str, error: NlWalletError) -> None:  # noqa: A002
        """Note the check that ended in ``error``."""
        self.checks.append(
            Check(id, error.spec, what, Outcome.FAILED, error.message, error.code, error.pointer)
        )

    def skipped(self, id: str, spec: str, what: str, reason: str) -> None:  # noqa: A002
        """Note a check that was not made, and why."""
        self.checks.append(Check(id, spec, what, Outcome.SKIPPED, reason))

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return not any(check.outcome is Outcome.FAILED for check in self.checks)

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def as_dicts(self) -> list[dict[str, str]]:
        """All checks as JSON."""
        return [check.as_dict() for check in self.checks]
