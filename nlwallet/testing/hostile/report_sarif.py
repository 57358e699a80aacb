"""An attack report as a SARIF 2.1.0 log (OASIS), for code scanning."""

from __future__ import annotations

from typing import Any, Final

from nlwallet.lint.sarif import SARIF_SCHEMA, SARIF_VERSION
from nlwallet.testing.hostile.attack import Attack, Severity
from nlwallet.testing.hostile.attack_report import AttackReport
from nlwallet.testing.hostile.verdict import AttackResult

_LEVELS: Final = {
    Severity.CRITICAL: ("error", "9.5"),
    Severity.HIGH: ("error", "8.0"),
    Severity.MEDIUM: ("warning", "5.0"),
    Severity.LOW: ("note", "2.0"),
}
"""The level, and the number by which code scanning sorts."""


def sarif_log(report: AttackReport) -> dict[str, Any]:
    """The log: a rule for each attack that found a hole, a result for each hole."""
    holes = (() if report.honest.verdict == "survived" else (report.honest,)) + report.holes
    run = {
        "tool": {
            "driver": {"name": report.command, "rules": [_rule(one.attack, report.whom) for one in holes]}
        },
        "results": [_result(one, place, report.party) for place, one in enumerate(holes)],
        "properties": {"party": report.party, "counts": dict(report.counts())},
    }
    return {"$schema": SARIF_SCHEMA, "version": SARIF_VERSION, "runs": [run]}


def _rule(attack: Attack, whom: str) -> dict[str, Any]:
    return {
        "id": attack.id,
        "shortDescription": {"text": attack.does},
        "fullDescription": {"text": f"{attack.does} A sound {whom} {attack.sound} ({attack.spec})."},
        "help": {"text": attack.mend},
        "properties": {"spec": attack.spec, "security-severity": _LEVELS[attack.severity][1]},
    }


def _result(result: AttackResult, place: int, party: str) -> dict[str, Any]:
    return {
        "ruleId": result.attack.id,
        "ruleIndex": place,
        "level": _LEVELS[result.severity][0],
        "message": {"text": f"{result.seen}. Mend it: {result.attack.mend}."},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": party, "kind": "module"}]}],
        "properties": {"spec": result.attack.spec, "severity": str(result.severity)},
    }
