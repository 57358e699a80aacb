"""Reports and errors as they are kept in a database, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nlwallet import errors
from nlwallet.errors import InvalidResponse, NlWalletError
from nlwallet.report import Check, Explanation, Outcome, Report


@dataclass(frozen=True, slots=True)
class KeptExplanation:
    """What was found out about a failed check, as far as it is kept: all that it said."""

    summary: str
    text: str = field(repr=False)
    members: Mapping[str, Any] = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return dict(self.members)

    def __str__(self) -> str:
        return self.text


def report_as_json(report: Report) -> dict[str, Any]:
    """A report in JSON."""
    members: dict[str, Any] = {"checks": report.as_dicts()}
    if report.explanations:
        members["explanations"] = [_explanation(one) for one in report.explanations]
    return members


def report_from_json(members: Mapping[str, Any]) -> Report:
    """A report from :func:`report_as_json`."""
    return Report(
        [Check(**{**_EMPTY, **one, "outcome": Outcome(one["outcome"])}) for one in members["checks"]],
        [
            KeptExplanation(one["summary"], one["text"], one["members"])
            for one in members.get("explanations", ())
        ],
    )


_EMPTY: Final = {"id": "", "spec": "", "what": ""}
"""What JSON leaves out; not every error is of a specification."""


def _explanation(one: Explanation) -> dict[str, Any]:
    return {"summary": one.summary, "text": str(one), "members": one.as_dict()}


def error_as_json(error: NlWalletError | None) -> dict[str, str] | None:
    """An error in JSON."""
    return None if error is None else error.diagnostics()


def error_from_json(members: Mapping[str, str] | None) -> NlWalletError | None:
    """An error of the same class, with the same members."""
    if members is None:
        return None
    found = getattr(errors, members["error"], None)
    kind = found if isinstance(found, type) and issubclass(found, NlWalletError) else InvalidResponse
    return kind(
        members.get("message", ""),
        code=members["code"],
        spec=members.get("spec", ""),
        pointer=members.get("pointer", ""),
        hint=members.get("hint", ""),
    )
