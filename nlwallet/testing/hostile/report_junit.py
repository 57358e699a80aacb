"""An attack report as JUnit XML, as every CI reads it: one test case for each attack, one suite for each group."""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree as ET

from nlwallet.testing.hostile.attack_report import AttackReport
from nlwallet.testing.hostile.verdict import AttackResult, Verdict

_SKIPPED = (Verdict.NOT_APPLICABLE, Verdict.NOT_JUDGED)


def junit_xml(report: AttackReport) -> str:
    """The XML document. A hole is a failure; what was only observed has what was seen as its output."""
    root = ET.Element("testsuites", name=f"{report.command} {report.party}", time=f"{report.seconds:.3f}")
    everything = (report.honest, *report.results)
    for group, members in groupby(everything, key=lambda one: one.attack.group):
        results = list(members)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=group,
            tests=str(len(results)),
            failures=str(sum(one.verdict is Verdict.HOLE for one in results)),
            errors="0",
            skipped=str(sum(one.verdict in _SKIPPED for one in results)),
            time=f"{sum(one.seconds for one in results):.3f}",
        )
        for one in results:
            _case(suite, one)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, result: AttackResult) -> None:
    attack = result.attack
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_printable(attack.group),
        name=f"{attack.id} {attack.does}",
        time=f"{result.seconds:.3f}",
    )
    if result.verdict is Verdict.HOLE:
        failure = ET.SubElement(case, "failure", message=_printable(result.seen), type=str(result.severity))
        failure.text = _printable(result.story())
    elif result.verdict in _SKIPPED:
        ET.SubElement(case, "skipped", message=_printable(f"{result.verdict}: {result.seen}"))
    elif result.verdict is Verdict.OBSERVED:
        ET.SubElement(case, "system-out").text = _printable(f"observed: {result.seen}; {attack.sound}")


def _printable(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return "".join(one if one.isprintable() or one in "\n\t" else "?" for one in text)
