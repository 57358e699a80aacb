"""The library card: the smallest of the cards. The library is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nlwallet.issuer.cards.person import born_of, names_of
from nlwallet.issuer.pid import age_at

LIBRARY = "Bibliotheek De Boekenboom"

_MEMBERS: dict[str, str] = {
    "frouke": "20150001",
    "yusuf": "20160230",
    "jip": "20190107",
    "cor": "19980044",
    "amara": "20250312",
    "liv": "20080076",
    "noor": "20210590",
    "suryani": "20040003",
}
"""Eline lives too far away."""


def library_card_claims(person: str, *, now: int) -> dict[str, Any] | None:
    """The claims of a persona's library card, good until the end of next year; ``None`` for one who has none."""
    about = names_of(person)
    if person not in _MEMBERS:
        return None
    return about | {
        "library": LIBRARY,
        "member_number": _MEMBERS[person],
        "subscription": "Jeugd" if age_at(born_of(person), now) < 18 else "Volwassenen",
        "valid_until": f"{datetime.fromtimestamp(now, UTC).year + 1}-12-31",
    }
