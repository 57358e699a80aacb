"""What an attack report looks like: for CI, for code scanning, and for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile import (
    AttackReport,
    CallableParty,
    HostileWallet,
    SessionOutcome,
    Verdict,
    VerifierParty,
    attacks,
    html_page,
    junit_xml,
    sarif_log,
)
from nlwallet.testing.hostile.party import Seen, outcome_of

SOME = attacks(only=["ADV-074", "ADV-100", "ADV-105", "ADV-022/state", "ADV-112"])


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def gullible(edi: Sandbox, name: str = "<b>a gullible bar</b>") -> CallableParty:
    bar = edi.relying_party("cafe-de-vrije-val")

    def start() -> tuple[str, object]:
        request = bar.request()

        def see() -> Seen:
            outcome = outcome_of(bar.result(request))
            return SessionOutcome("succeeded") if outcome.state == "failed" else outcome

        return request.uri, see

    return CallableParty(start, name=name)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def weak(edi: Sandbox) -> AttackReport:
    return HostileWallet(edi).report(gullible(edi), SOME)


@pytest.fixture(scope="module")
def sound(edi: Sandbox) -> AttackReport:
    return HostileWallet(edi).report(VerifierParty(edi.relying_party("cafe-de-vrije-val")), SOME)


def test_the_counts_say_how_it_ended(weak: AttackReport, sound: AttackReport) -> None:
    assert sound.ok
    assert not weak.ok
    assert weak.count(Verdict.HOLE) == 6
    assert sound.count(Verdict.SURVIVED) == weak.count(Verdict.HOLE) + 1
    assert sound.count(Verdict.OBSERVED) == sound.count(Verdict.NOT_APPLICABLE) == 1
    assert [one.attack.severity for one in weak.holes] == ["critical"] * 5 + ["high"]


def test_nothing_else_is_tried_where_the_honest_one_is_refused(edi: Sandbox) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    report = HostileWallet(edi).report(CallableParty(lambda: (bar.request().uri, lambda: False)), SOME)
    assert not report.ok
    assert report.results == ()
    for text in (junit_xml(report), html_page(report), json.dumps(sarif_log(report))):
        assert "honest" in text
    assert ET.fromstring(junit_xml(report)).find(".//failure") is not None


def test_what_there_was_no_time_for_is_not_judged(edi: Sandbox) -> None:
    party = VerifierParty(edi.relying_party("cafe-de-vrije-val"))
    report = HostileWallet(edi).report(party, SOME, within=0.0)
    assert report.count(Verdict.NOT_JUDGED) == len(SOME)
    assert report.ok


def test_junit_has_a_case_for_each_attack(weak: AttackReport, sound: AttackReport) -> None:
    root = ET.fromstring(junit_xml(weak))
    cases = root.findall(".//testcase")
    assert len(cases) == len(SOME) + 1
    assert len(root.findall(".//failure")) == 6
    assert len(root.findall(".//skipped")) == 1
    assert sum(int(suite.get("failures", "")) for suite in root) == 6
    failure = root.find(".//failure")
    assert failure is not None
    assert "mend it" in (failure.text or "")
    assert not ET.fromstring(junit_xml(sound)).findall(".//failure")


def test_sarif_has_a_result_for_each_hole(weak: AttackReport, sound: AttackReport) -> None:
    (run,) = sarif_log(weak)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    assert len(run["results"]) == 6
    assert {one["level"] for one in run["results"]} == {"error"}
    assert all(one["message"]["text"] for one in run["results"])
    assert sarif_log(sound)["runs"][0]["results"] == []


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)


def test_the_page_needs_nothing_else_and_escapes_everything(weak: AttackReport) -> None:
    page = html_page(weak)
    reader = Reader()
    reader.feed(page)
    assert reader.tags.count("article") == 6
    assert not {"script", "link", "img", "iframe", "b"} & set(reader.tags)
    assert not {"src", "href", "style", "onclick"} & reader.attributes.keys()
    assert "&lt;b&gt;a gullible bar" in page
    assert page.count("<tr>") == len(SOME) + len({one.attack.group for one in weak.results})


def test_as_json_it_has_every_step(weak: AttackReport) -> None:
    report = json.loads(json.dumps(weak.as_dict()))
    assert report["ok"] is False
    assert report["counts"]["hole"] == 6
    steps = next(one for one in report["results"] if one["id"] == "ADV-074")["steps"]
    assert [step["what"] for step in steps] == [
        "the request object",
        "the answer",
        "the session is succeeded",
    ]
    assert steps[1]["sent"].startswith("POST https://")
    assert steps[1]["received"].startswith("400 ")
