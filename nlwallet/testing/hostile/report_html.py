"""An attack report as one HTML page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from nlwallet.http.html import Html, joined, tag
from nlwallet.testing.hostile.attack_report import AttackReport
from nlwallet.testing.hostile.verdict import AttackResult, Verdict

_STYLE: Final = Html("""
:root { color-scheme: light dark; --hole: #b3001b; --ok: #0b6b2e; --quiet: #5b5b5b; --line: #bbb; }
@media (prefers-color-scheme: dark) { :root { --hole: #ff8a94; --ok: #7bdc9b; --quiet: #b5b5b5; --line: #555; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
.hole { color: var(--hole); font-weight: 700; }
.survived { color: var(--ok); }
.observed, .not-applicable, .not-judged { color: var(--quiet); }
.wide { overflow-x: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--line); padding-left: .8rem; }
article { border: 2px solid var(--hole); border-radius: .4rem; padding: 0 1rem 1rem; margin: 0 0 1.5rem; }
summary { cursor: pointer; }
""")


def html_page(report: AttackReport) -> str:
    """The page: what was found, worst first, with every step; then all attacks in one table for each group."""
    moment = datetime.fromtimestamp(report.began, UTC).strftime("%Y-%m-%d %H:%M UTC")
    found = report.holes if report.honest.verdict is Verdict.SURVIVED else (report.honest,)
    title = f"Attack report for {report.party}"
    content = joined(
        tag("h1", title),
        tag("p", f"{moment}, {report.seconds:.1f} seconds. {_sentence(report)}"),
        tag("h2", "What was found") if found else Html(),
        *(_finding(one, report.whom) for one in found),
        tag("h2", "All attacks") if report.results else Html(),
        *(
            _group(group, list(members))
            for group, members in groupby(report.results, key=lambda one: one.attack.group)
        ),
    )
    head = joined(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", _STYLE),
    )
    page = tag("html", tag("head", head), tag("body", tag("main", content)), lang="en")
    return f"<!doctype html>\n{page}\n"


def _sentence(report: AttackReport) -> str:
    if report.honest.verdict is not Verdict.SURVIVED:
        return f"Nothing else was tried: {report.no_honest}."
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts().items() if number)
    holes = len(report.holes)
    return f"{holes or 'No'} hole{'' if holes == 1 else 's'} in {len(report.results)} attacks: {counts}."


def _finding(result: AttackResult, whom: str) -> Html:
    attack = result.attack
    steps = [
        tag(
            "li",
            tag("p", step.what),
            tag("pre", step.sent) if step.sent else Html(),
            tag("pre", step.received) if step.received else Html(),
        )
        for step in result.steps
    ]
    return tag(
        "article",
        tag("h3", f"{attack.id}: {attack.does}"),
        tag("p", tag("strong", f"{result.severity}: {result.seen}.", class_="hole")),
        tag("p", f"A sound {whom} {attack.sound} ({attack.spec})."),
        tag("p", tag("strong", "Mend it: "), f"{attack.mend}."),
        tag("details", tag("summary", "What was sent, and what came back"), tag("ol", *steps)),
    )


def _group(title: str, results: list[AttackResult]) -> Html:
    lines = [
        tag(
            "tr",
            tag("td", one.attack.id),
            tag("td", one.attack.does),
            tag("td", str(one.verdict), class_=str(one.verdict).replace(" ", "-")),
            tag("td", one.seen),
            tag("td", one.attack.spec),
        )
        for one in results
    ]
    names = ("Case", "What is done", "Verdict", "What was seen", "Section")
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in names)))
    table = tag(
        "div",
        tag("table", tag("caption", title), head, tag("tbody", *lines)),
        class_="wide",
        tabindex="0",
        role="region",
        aria_label=title,
    )
    return joined(tag("h3", title), table)
