"""The museum card: good for all museums of an invented foundation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nlwallet.issuer.cards.person import born_of, names_of
from nlwallet.issuer.pid import age_at

MUSEUMS = "Stichting Kijkplezier"

_NUMBERS: dict[str, str] = {
    "frouke": "7300 0142",
    "yusuf": "7300 0977",
    "jip": "7300 2210",
    "cor": "7300 0003",
    "amara": "7300 1650",
    "liv": "7300 1188",
    "noor": "7300 1404",
}


def museum_card_claims(person: str, *, now: int) -> dict[str, Any] | None:
    """The claims of a persona's museum card, good until the end of next year; ``None`` for one who has none."""
    about = names_of(person)
    if person not in _NUMBERS:
        return None
    return about | {
        "card_number": _NUMBERS[person],
        "category": "Jeugd" if age_at(born_of(person), now) < 18 else "Volwassenen",
        "valid_until": f"{datetime.fromtimestamp(now, UTC).year + 1}-12-31",
    }
