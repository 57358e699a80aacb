"""What the linter says: a finding, its fix, and the list that collects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nlwallet.lint.catalogue import CHECKS
from nlwallet.lint.rules import Rules
from nlwallet.lint.severity import Severity

Operation: TypeAlias = Mapping[str, Any]
"""One operation of a JSON patch (RFC 6902 §4): ``add``, ``remove``, ``replace`` or ``move``."""

MAX_FINDINGS = 500


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do. ``patch`` does it: operations on the document that was linted, safe to apply as they are."""

    text: str
    patch: tuple[Operation, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The fix as JSON members; an empty patch is left out."""
        return {"text": self.text} | ({"patch": [dict(one) for one in self.patch]} if self.patch else {})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that could be less. No text ever holds a nonce, a key or a claim value."""

    severity: Severity
    check: str
    """An id of docs/conformance/requirements.csv, or of the linter itself: REQ-, OLD-, MIN-, NL-."""
    spec: str
    pointer: str
    """A JSON pointer into the document that was linted (RFC 6901)."""
    text: str
    fix: Fix | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON members."""
        members: dict[str, Any] = {
            "severity": str(self.severity),
            "check": self.check,
            "spec": self.spec,
            "pointer": self.pointer,
            "text": self.text,
        }
        if self.fix is not None:
            members["fix"] = self.fix.as_dict()
        return members


@dataclass(slots=True)
class Findings:
    """Collects findings in the order in which they are made, by the rules of a profile."""

    rules: Rules
    all: list[Finding] = field(default_factory=list)
    left_out: int = 0
    """How many came after :data:`MAX_FINDINGS` of their kind."""
    errors: int = 0
    """How many of :attr:`all` are errors."""

    def error(self, check: str, pointer: str, text: str, fix: Fix | str = "", *, spec: str = "") -> None:
        """A broken rule."""
        self._add(Severity.ERROR, check, pointer, text, fix, spec)

    def warning(self, check: str, pointer: str, text: str, fix: Fix | str = "", *, spec: str = "") -> None:
        """Something that will be held against the request."""
        self._add(Severity.WARNING, check, pointer, text, fix, spec)

    def note(self, check: str, pointer: str, text: str, fix: Fix | str = "", *, spec: str = "") -> None:
        """Something good to know."""
        self._add(Severity.NOTE, check, pointer, text, fix, spec)

    def has_error(self, pointer: str = "") -> bool:
        """Whether an error was found at ``pointer`` or below it."""
        return any(one.severity is Severity.ERROR and _is_below(one.pointer, pointer) for one in self.all)

    def _add(
        self, severity: Severity, check: str, pointer: str, text: str, fix: Fix | str, spec: str
    ) -> None:
        decided = self.rules.severity(check, severity)
        if decided is None:
            return
        # Errors have room of their own, so that a flood of notes never hides that the request is refused.
        is_error = decided is Severity.ERROR
        if (self.errors if is_error else len(self.all) - self.errors) >= MAX_FINDINGS:
            self.left_out += 1
            return
        self.errors += is_error
        given = Fix(fix) if isinstance(fix, str) else fix
        self.all.append(
            Finding(
                decided,
                check,
                spec or CHECKS[check].spec,
                pointer,
                text,
                given if given.text or given.patch else None,
            )
        )


def _is_below(pointer: str, parent: str) -> bool:
    return pointer == parent or pointer.startswith(f"{parent}/")
