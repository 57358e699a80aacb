"""The income statement: what somebody earned last year. The amounts are invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nlwallet.issuer.cards.person import born_of, names_of

_INCOMES: dict[str, str] = {
    "frouke": "38450",
    "yusuf": "41200",
    "cor": "27980",
    "amara": "52310",
    "liv": "46875",
    "noor": "35640",
}
"""Jip is at school, Suryani has no given name in the register, and Eline earns abroad."""


def income_statement_claims(person: str, *, now: int) -> dict[str, Any] | None:
    """The claims of a persona's statement over last year; ``None`` for one who has none."""
    if person not in _INCOMES:
        names_of(person)
        return None
    year = datetime.fromtimestamp(now, UTC).year - 1
    return names_of(person) | {
        "birthdate": born_of(person).isoformat(),
        "year": year,
        "income": _INCOMES[person],
        "currency": "EUR",
        "issue_date": f"{year + 1}-01-02",
        "document_number": f"I-{year}-{born_of(person):%m%d}",
    }
