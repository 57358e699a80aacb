"""A report as a SARIF 2.1.0 log (OASIS), for code scanning and editors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nlwallet.lint.catalogue import CHECKS
from nlwallet.lint.finding import Finding, Fix
from nlwallet.lint.positions import JsonPlaces

SARIF_VERSION = "2.1.0"
SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(
    findings: Sequence[Finding], *, about: Mapping[str, Any], artifact: str = "", text: str = ""
) -> dict[str, Any]:
    """The log of one run, ``about`` which these properties are told.

    ``artifact`` is the URI of the file; its lines and columns can be told only when its ``text`` is the JSON that
    the pointers point into.
    """
    ids = sorted({finding.check for finding in findings})
    places = JsonPlaces(text) if text and artifact else None
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "nlwallet lint", "rules": [_rule(check) for check in ids]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, ids.index(finding.check), artifact, places) for finding in findings],
        "properties": dict(about),
    }
    if artifact:
        run["artifacts"] = [{"location": {"uri": artifact}}]
    return {"$schema": SARIF_SCHEMA, "version": SARIF_VERSION, "runs": [run]}


def _rule(check: str) -> dict[str, Any]:
    about = CHECKS[check]
    return {
        "id": check,
        "shortDescription": {"text": about.title},
        "fullDescription": {"text": f"{about.title} ({about.spec})"},
        "properties": {"spec": about.spec},
    }


def _result(finding: Finding, rule: int, artifact: str, places: JsonPlaces | None) -> dict[str, Any]:
    advice = f" {finding.fix.text}" if finding.fix and finding.fix.text else ""
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": finding.pointer or "/", "kind": "member"}]
    }
    if artifact:
        physical: dict[str, Any] = {"artifactLocation": {"uri": artifact, "index": 0}}
        if places is not None:
            physical["region"] = _region(finding.pointer, places)
        location["physicalLocation"] = physical
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": rule,
        "level": str(finding.severity),
        "message": {"text": f"{finding.text}{advice}"},
        "locations": [location],
        "properties": {"spec": finding.spec, "pointer": finding.pointer},
    }
    if finding.fix and finding.fix.patch:
        result["properties"]["patch"] = [dict(operation) for operation in finding.fix.patch]
        if places is not None and (replacements := _replacements(finding.fix, places)):
            change = {"artifactLocation": {"uri": artifact, "index": 0}, "replacements": replacements}
            result["fixes"] = [{"description": {"text": finding.fix.text}, "artifactChanges": [change]}]
    return result


def _region(pointer: str, places: JsonPlaces) -> Mapping[str, int]:
    place = places.of(pointer)
    if place is None:
        return {"startLine": 1}
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "charOffset": place.start,
        "charLength": place.end - place.start,
    }


def _replacements(fix: Fix, places: JsonPlaces) -> Sequence[Mapping[str, Any]]:
    """The patch as replaced text, when all of it is the replacing of values; a removal has to mind commas."""
    if not all(step["op"] == "replace" and step["path"] in places.spans for step in fix.patch):
        return []
    return [
        {
            "deletedRegion": _region(step["path"], places),
            "insertedContent": {"text": json.dumps(step["value"], ensure_ascii=False)},
        }
        for step in fix.patch
    ]
