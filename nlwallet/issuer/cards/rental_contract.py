"""The rental contract: which home, from whom, for how much. The landlord is invented."""

from __future__ import annotations

from typing import Any

from nlwallet.issuer.cards.person import names_of
from nlwallet.issuer.personas import persona
from nlwallet.issuer.pid import address_of

LANDLORD = "Woningcorporatie De Goede Huizen"

_CONTRACTS: dict[str, dict[str, str]] = {
    "frouke": {"start_date": "2023-10-01", "monthly_rent": "812.40", "service_costs": "45.00"},
    "yusuf": {"start_date": "2016-03-15", "monthly_rent": "698.75", "service_costs": "62.50"},
    "cor": {"start_date": "1998-05-01", "monthly_rent": "541.20"},
    "amara": {
        "start_date": "2025-02-01",
        "end_date": "2035-01-31",
        "monthly_rent": "1120.00",
        "service_costs": "80.00",
    },
    "suryani": {"start_date": "2004-09-01", "monthly_rent": "655.10", "service_costs": "38.90"},
}
"""Jip is too young to rent, Liv owns her house, Noor her boat, and Eline lives abroad."""


def rental_contract_claims(person: str, *, now: int) -> dict[str, Any] | None:
    """The claims of a persona's rental contract; ``None`` for one who does not rent. The home is that of the PID."""
    about = names_of(person)
    if person not in _CONTRACTS:
        return None
    home = {name: part for name, part in address_of(persona(person)).items() if name != "country"}
    landlord = {"name": LANDLORD, "trade_register_number": "90000011"}
    return about | {"rental_object": home, "landlord": landlord} | _CONTRACTS[person]
