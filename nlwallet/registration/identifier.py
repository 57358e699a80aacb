"""Semantic identifiers of the parties in the register (ETSI EN 319 412-1 §5.1.3, §5.1.4)."""

from __future__ import annotations

import re
from typing import Final

LEGAL_PERSON: Final = re.compile(
    r"NTR[A-Z]{2}-[A-Za-z0-9.]{2,32}|VAT[A-Z]{2}-[A-Za-z0-9]{2,20}|LEI[A-Z]{2}-[A-Z0-9]{20}"
    r"|EOR[A-Z]{2}-[A-Z0-9]{2,17}|EXC[A-Za-z]{2}-[A-Za-z0-9]{2,20}"
)
"""Trade register, VAT, LEI, EORI, excise."""

NATURAL_PERSON: Final = re.compile(r"(?:TIN|PAS|IDC|PNO)[A-Z]{2}-[A-Za-z0-9]{2,32}")
"""Tax number, passport, identity card, national personal number."""

_DUTCH_TRADE_REGISTER = re.compile(r"NTRNL-[0-9]{8}")
_DUTCH_BSN = ("PNONL-", "TINNL-")


def is_natural_person(identifier: str) -> bool:
    """Whether the identifier is one of a person instead of an organisation."""
    return NATURAL_PERSON.fullmatch(identifier) is not None


def check_identifier(value: str) -> str:
    """The identifier itself. Raises ``ValueError`` for what is none, and for a BSN: certificates are public."""
    if value.startswith(_DUTCH_BSN):
        raise ValueError("a BSN never goes into a register or certificate; use IDCNL- or PASNL-, or VATNL-")
    if not (LEGAL_PERSON.fullmatch(value) or NATURAL_PERSON.fullmatch(value)):
        raise ValueError("an identifier looks like NTRNL-12345678 (ETSI EN 319 412-1 §5.1.4)")
    if value.startswith("NTRNL-") and not _DUTCH_TRADE_REGISTER.fullmatch(value):
        raise ValueError("NTRNL- is followed by the eight digits of the trade register")
    return value
