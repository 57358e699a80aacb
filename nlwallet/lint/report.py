"""What the linter hands out: all findings, and the query that has none of those that can be mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.encoding import json_pointer
from nlwallet.lint.finding import Finding
from nlwallet.lint.positions import JsonPlaces
from nlwallet.lint.sarif import sarif_log
from nlwallet.lint.severity import Severity

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class LintReport:
    """The findings about one request.

    ``kind`` says in words what was recognised, ``document`` is what the pointers point into: the JSON as it came,
    or for a request object ``{"header": …, "payload": …}``, which stands below ``/request`` of a link.
    """

    kind: str
    profile: str
    findings: tuple[Finding, ...]
    document: Any = field(repr=False)
    party: str = ""
    """Who asks, by its access certificate."""
    summary: str = ""
    """What is asked, in one line; empty when it could not be read."""
    left_out: int = 0
    """How many more findings there are than are listed."""
    text: str = field(default="", repr=False)
    """The input, when it is the JSON that the pointers point into."""
    smallest: Callable[[], dict[str, Any] | None] = field(default=lambda: None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not self.count(Severity.ERROR)

    def count(self, severity: Severity) -> int:
        """How many findings are of that severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def by_severity(self) -> list[Finding]:
        """The findings, errors first, and of each severity in the order of the document."""
        places = _places(self.document)
        return sorted(
            self.findings,
            key=lambda finding: (_ORDER.index(finding.severity), _place(finding.pointer, places)),
        )

    def lines(self) -> Callable[[str], int]:
        """From a pointer to the line of the text, counted from 1; 0 where there is no such text."""
        if "\n" not in self.text:
            return lambda _: 0
        places = JsonPlaces(self.text)

        def line(pointer: str) -> int:
            place = places.of(pointer)
            return place.line if place else 0

        return line

    def fix(self) -> dict[str, Any] | None:
        """The smallest DCQL query that serves the registered purpose, as JSON.

        Without a registration: the query with every safe replacement made. ``None`` when no query is there, or
        when what is wrong with it takes a person to decide.
        """
        return self.smallest()

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON members."""
        return {
            "kind": self.kind,
            "profile": self.profile,
            "ok": self.ok,
            "party": self.party,
            "summary": self.summary,
            "counts": {str(severity): self.count(severity) for severity in _ORDER},
            "left_out": self.left_out,
            "findings": [finding.as_dict() for finding in self.by_severity()],
        }

    def as_sarif(self, *, artifact: str = "") -> Mapping[str, Any]:
        """The report as a SARIF 2.1.0 log; ``artifact`` is the URI of the file that was linted, if it was one."""
        about = {"profile": self.profile, "kind": self.kind, "leftOut": self.left_out}
        return sarif_log(self.by_severity(), about=about, artifact=artifact, text=self.text)


def _places(document: Any) -> dict[str, int]:
    """Each pointer to its place in reading order."""
    places: dict[str, int] = {}
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        places[json_pointer(path)] = len(places)
        if isinstance(value, Mapping):
            waiting += [((*path, name), value[name]) for name in reversed(value)]
        elif isinstance(value, list):
            waiting += [((*path, index), value[index]) for index in reversed(range(len(value)))]
    return places


def _place(pointer: str, places: Mapping[str, int]) -> int:
    while pointer not in places and pointer:
        pointer = pointer.rpartition("/")[0]
    return places.get(pointer, 0)
