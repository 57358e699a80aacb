"""The report as JSON and as SARIF, the places in a text, the patches, and the list of checks."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lint_requests import NOW, Party, query, record, sd_jwt

import nlwallet.lint
from nlwallet.encoding import json_pointer
from nlwallet.lint import CHECKS, Severity, lint
from nlwallet.lint.patch import CannotPatch, patched, value_at
from nlwallet.lint.positions import JsonPlaces

ROOT = Path(__file__).parents[3]
BAD = query(sd_jwt(["birthdate"], id="a b", multiple=1, zzz=1))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_the_report_as_json() -> None:
    report = lint(json.dumps(BAD))
    value = json.loads(json.dumps(report.as_dict()))
    assert value["ok"] is False
    assert value["profile"] == "haip-1.0"
    assert value["counts"] == {"error": 2, "warning": 1, "note": 1}
    assert [one["severity"] for one in value["findings"]] == ["error", "error", "warning", "note"]
    first = value["findings"][0]
    assert first["check"] == "D-02"
    assert first["pointer"] == "/credentials/0/id"
    assert first["spec"] == "OpenID4VP 1.0 §6.1"
    assert first["fix"]["text"]
    patch = value["findings"][2]["fix"]["patch"]
    assert patch == [{"op": "replace", "path": "/credentials/0/claims/0/path", "value": ["age_over_18"]}]


def test_findings_stand_in_the_order_of_the_document(party: Party) -> None:
    claims = party.claims(nonce="a b", aud=None, response_mode="pigeon")
    found = [
        one.pointer for one in lint(json.dumps(claims), now=NOW).by_severity() if one.severity == "error"
    ]
    assert found == ["", "/response_mode", "/nonce"]


# SARIF -----------------------------------------------------------------------------------------


def check_sarif(log: Any) -> None:
    """The members that SARIF 2.1.0 requires, with their types and values (§3.13 to §3.57)."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    assert isinstance(log["runs"], list)
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert isinstance(driver["name"], str)
        assert driver["name"]
        assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
        for rule in driver["rules"]:
            assert rule["shortDescription"]["text"]
        assert run["columnKind"] in {"unicodeCodePoints", "utf16CodeUnits"}
        for result in run["results"]:
            check_result(result, driver["rules"], run.get("artifacts", []))


def check_result(result: Any, rules: list[Any], artifacts: list[Any]) -> None:
    assert result["message"]["text"]
    assert result["level"] in {"none", "note", "warning", "error"}
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for location in result["locations"]:
        for logical in location["logicalLocations"]:
            assert isinstance(logical["fullyQualifiedName"], str)
        if "physicalLocation" in location:
            physical = location["physicalLocation"]
            assert artifacts[physical["artifactLocation"]["index"]]["location"]["uri"]
            if "region" in physical:
                check_region(physical["region"])
    for fix in result.get("fixes", []):
        for change in fix["artifactChanges"]:
            assert change["artifactLocation"]["uri"]
            assert change["replacements"]
            for replacement in change["replacements"]:
                check_region(replacement["deletedRegion"])


def check_region(region: Any) -> None:
    assert region["startLine"] >= 1
    assert region.get("startColumn", 1) >= 1
    assert region.get("endLine", region["startLine"]) >= region["startLine"]
    if region.get("endLine") == region["startLine"]:
        assert region["endColumn"] >= region["startColumn"]


def test_sarif_has_what_the_standard_requires(party: Party) -> None:
    for text in (json.dumps(BAD), json.dumps(BAD, indent=2), json.dumps(query()), party.sign(), "a.b.c.d.e"):
        for artifact in ("", "requests/a query.json"):
            check_sarif(json.loads(json.dumps(lint(text, now=NOW).as_sarif(artifact=artifact))))


def test_sarif_of_a_file_has_lines_and_replacements() -> None:
    text = json.dumps(BAD, indent=2)
    log = lint(text).as_sarif(artifact="query.json")
    results = {one["ruleId"]: one for one in log["runs"][0]["results"]}
    region = results["D-02"]["locations"][0]["physicalLocation"]["region"]
    assert text.splitlines()[region["startLine"] - 1].strip() == '"id": "a b",'
    assert text[region["charOffset"] : region["charOffset"] + region["charLength"]] == '"a b"'
    [replacement] = results["MIN-01"]["fixes"][0]["artifactChanges"][0]["replacements"]
    start = replacement["deletedRegion"]["charOffset"]
    end = start + replacement["deletedRegion"]["charLength"]
    mended = json.loads(text[:start] + replacement["insertedContent"]["text"] + text[end:])
    assert mended["credentials"][0]["claims"] == [{"path": ["age_over_18"]}]


def test_sarif_of_a_request_object_has_pointers_only(party: Party) -> None:
    log = lint(party.sign(party.claims(nonce=None)), now=NOW).as_sarif(artifact="request.jwt")
    [result] = [one for one in log["runs"][0]["results"] if one["ruleId"] == "V-06"]
    location = result["locations"][0]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "/payload"
    assert "region" not in location["physicalLocation"]


# Places in a text ------------------------------------------------------------------------------


@settings(deadline=None)
@given(JSON, st.sampled_from([None, 2]))
def test_every_value_is_found_in_the_text(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    places = JsonPlaces(text)

    def walk(inner: Any, path: tuple[str | int, ...]) -> None:
        start, end = places.spans[json_pointer(path)]
        assert json.loads(text[start:end]) == inner
        if isinstance(inner, dict):
            for name, member in inner.items():
                walk(member, (*path, name))
        elif isinstance(inner, list):
            for index, member in enumerate(inner):
                walk(member, (*path, index))

    walk(value, ())


def test_lines_and_columns_count_from_one() -> None:
    place = JsonPlaces('{\n  "a": [1,\n  {"b": 2}]}').of("/a/1/b")
    assert place is not None
    assert (place.line, place.column, place.end_line, place.end_column) == (3, 9, 3, 10)


def test_what_is_not_there_is_where_its_parent_is() -> None:
    report = lint(json.dumps(query(sd_jwt(["age_over_18"], meta=None)), indent=2))
    line = report.lines()
    assert line("/credentials/0/meta") == line("/credentials/0") == 3
    assert lint(json.dumps(query())).lines()("/credentials") == 0


# Patches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/b", "value": 1}, {"a": [1, 2], "b": 1}),
        ({"op": "add", "path": "/a/0", "value": 0}, {"a": [0, 1, 2]}),
        ({"op": "add", "path": "/a/-", "value": 3}, {"a": [1, 2, 3]}),
        ({"op": "remove", "path": "/a/0"}, {"a": [2]}),
        ({"op": "remove", "path": "/a"}, {}),
        ({"op": "replace", "path": "/a/1", "value": 9}, {"a": [1, 9]}),
        ({"op": "replace", "path": "", "value": 9}, 9),
        ({"op": "move", "from": "/a", "path": "/b~1c"}, {"b/c": [1, 2]}),
    ],
)
def test_json_patches(operation: dict[str, Any], expected: Any) -> None:
    document = {"a": [1, 2]}
    assert patched(document, [operation]) == expected
    assert document == {"a": [1, 2]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": ""},
        {"op": "remove", "path": "/x"},
        {"op": "remove", "path": "/a/5"},
        {"op": "remove", "path": "/a/²"},
        {"op": "replace", "path": "/x", "value": 1},
        {"op": "add", "path": "/a/9", "value": 1},
        {"op": "add", "path": "/a/0/b", "value": 1},
        {"op": "move", "from": "/x", "path": "/y"},
    ],
)
def test_patches_of_places_that_are_not_there(operation: dict[str, Any]) -> None:
    with pytest.raises(CannotPatch):
        patched({"a": [1, 2]}, [operation])


def test_each_patch_fits_its_document(party: Party) -> None:
    """Whoever applies a patch to what was linted gets what the fix says."""
    claims = party.claims(aud=None, response_type=None, client_id_scheme="x", response_mode="w3c_dc_api")
    claims["dcql_query"] = BAD
    for text in (json.dumps(claims), party.sign(claims)):
        report = lint(text, now=NOW, registration=record(["age_over_18"], purpose="Leeftijd"))
        patches = [one.fix.patch for one in report.findings if one.fix and one.fix.patch]
        assert len(patches) >= 4
        for patch in patches:
            changed = patched(report.document, patch)
            assert changed != report.document
            for step in patch:
                if step["op"] in {"add", "replace"}:
                    tokens = [t.replace("~1", "/").replace("~0", "~") for t in step["path"].split("/")[1:]]
                    assert value_at(changed, tokens) == step["value"]


# The list of checks ----------------------------------------------------------------------------


def test_every_check_is_one_of_the_checklist_or_of_our_own() -> None:
    with (ROOT / "docs" / "conformance" / "requirements.csv").open(encoding="utf-8", newline="") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    own = re.compile(r"(REQ|OLD|MIN|NL|MDOC)-\d\d")
    assert [check for check in CHECKS if check not in known and not own.fullmatch(check)] == []
    assert all(about.spec and about.title for about in CHECKS.values())


def test_every_check_in_the_code_is_in_the_list_and_the_other_way_round() -> None:
    folder = Path(str(nlwallet.lint.__file__)).parent
    used: set[str] = set()
    for file in folder.glob("*.py"):
        if file.name not in {"catalogue.py", "rules.py"}:
            used |= set(
                re.findall(r'"((?:[VWAEXD]|HV|REQ|OLD|MIN|NL|MDOC)-\d\d|RPRC_\d\d[a-z]?)"', file.read_text())
            )
    assert used == set(CHECKS)


def test_the_documentation_lists_every_check() -> None:
    page = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    assert [check for check in CHECKS if f"| {check} |" not in page] == []


def test_severities_are_those_of_sarif() -> None:
    assert [str(one) for one in Severity] == ["error", "warning", "note"]
