"""What axe-core finds on a page in a browser, and what there is too small to touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """rules => axe.run(document, {
  runOnly: rules, resultTypes: ['violations', 'incomplete'], selectors: false,
})"""
SMALLEST = """selector => Math.min(...[...document.querySelectorAll(selector)]
  .filter(one => one.getClientRects().length && one.type !== 'hidden')
  .map(one => { const box = one.getBoundingClientRect(); return Math.min(box.width, box.height); }))"""


def found_by_axe(page: Page, axe: str) -> dict[str, Any]:
    """What is wrong with the page as it stands, and what axe is not sure of: ids with the first place of each.

    That colours were looked at at all is checked here.
    """
    page.evaluate(axe)
    result = page.evaluate(RUN, RULES)
    assert "color-contrast" in {one["id"] for kind in ("passes", "violations") for one in result[kind]}
    return {
        kind: [(one["id"], one["nodes"][0]["html"]) for one in result[kind]]
        for kind in ("violations", "incomplete")
    }


def smallest(page: Page, selector: str) -> float:
    """The smallest side of what is shown of ``selector``, in CSS pixels (WCAG 2.2 §2.5.8 wants 24)."""
    return float(page.evaluate(SMALLEST, selector))
