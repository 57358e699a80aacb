"""The health insurance: by whom and how somebody is insured this year. The insurer is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nlwallet.issuer.cards.person import born_of, names_of

INSURER = "Zorgverzekeraar Zorgeloos"

_POLICIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "frouke": ("10000017", ("Tandarts", "Buitenland")),
    "yusuf": ("10000025", ("Fysiotherapie",)),
    "jip": ("10000033", ("Beugel",)),
    "cor": ("10000041", ("Brillen", "Gehoorapparaten", "Fysiotherapie")),
    "amara": ("10000058", ()),
    "liv": ("10000066", ("Tandarts",)),
    "noor": ("10000074", ()),
    "suryani": ("10000082", ("Brillen",)),
}
"""Customer number and supplementary insurances. Eline is insured in Belgium."""


def health_insurance_claims(person: str, *, now: int) -> dict[str, Any] | None:
    """The claims of a persona's health insurance in the year of ``now``; ``None`` for one who has none here."""
    about = names_of(person) | {"birthdate": born_of(person).isoformat()}
    if person not in _POLICIES:
        return None
    number, supplementary = _POLICIES[person]
    year = datetime.fromtimestamp(now, UTC).year
    policy = {
        "insurer": {"name": INSURER, "uzovi": "0000"},
        "customer_number": number,
        "card_number": f"9999{number}00000000",
        "basic_insurance": "Zorgeloos Basis",
        "valid_from": f"{year}-01-01",
        "valid_until": f"{year}-12-31",
    }
    return about | policy | ({"supplementary_insurances": list(supplementary)} if supplementary else {})
