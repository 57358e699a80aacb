"""What an issuer calls its card and the claims on it: ``credential_metadata`` (OpenID4VCI 1.0 §12.2.4, §B.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nlwallet.claim_path import ClaimPath, parse_claim_path

MAX_LANGUAGES: Final = 64
MAX_NAME_LENGTH: Final = 256
"""Characters of one name that are read; what is behind them is left out."""


@dataclass(frozen=True, slots=True)
class ClaimName:
    """One claims description: where the claim is, and its names by language tag; nobody vouches for them."""

    path: ClaimPath
    names: Mapping[str, str] = field(default_factory=dict, hash=False)


def names_in(described: Any) -> dict[str, str]:
    """The names in ``display``, by language tag, the first of each; whatever cannot be read is left out."""
    display = described.get("display") if isinstance(described, dict) else None
    found: dict[str, str] = {}
    for entry in display[:MAX_LANGUAGES] if isinstance(display, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            locale = entry.get("locale", "")
            found.setdefault(
                locale[:MAX_NAME_LENGTH] if isinstance(locale, str) else "", entry["name"][:MAX_NAME_LENGTH]
            )
    return found


def claim_names_in(described: Any) -> tuple[ClaimName, ...]:
    """The descriptions in ``claims`` in their order; :func:`fault_in_claims` found nothing in them."""
    claims = described.get("claims") if isinstance(described, dict) else None
    return tuple(
        ClaimName(parse_claim_path(claim["path"]), names_in(claim))
        for claim in (claims if isinstance(claims, list) else ())
    )
