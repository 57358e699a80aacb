"""The registration inside an issuer's certificate, as the NL Wallet wants it: JSON in a UTF8String.

The wallet shows it before it takes a card, and takes none of an issuer without it (0.5 and 0.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nlwallet.crypto import Subject
from nlwallet.encoding import dump_json

ISSUER_REGISTRATION: Final = "2.1.123.2"


def issuer_registration(
    subject: Subject, *, description: Mapping[str, str], category: Mapping[str, str]
) -> str:
    """The text of that extension, for an organisation as its certificate names it. Texts are by language."""
    organization = {
        "displayName": subject.common_name,
        "legalName": subject.organization,
        "description": dict(description),
        "category": dict(category),
        "kvk": subject.identifier,
        "countryCode": subject.country,
    }
    return dump_json({"organization": organization}).decode()
