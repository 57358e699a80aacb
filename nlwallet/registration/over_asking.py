"""Does a query ask more than was registered? By claim path, by type, by format (RPRC_21).

The decisions behind these rules: docs/decisions/0003-over-asking.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from nlwallet.claim_path import ClaimPath, covers, show_path
from nlwallet.dcql import CredentialQuery, DcqlQuery
from nlwallet.registration.intended_use import RegisteredCredential

Ancestors = Callable[[str], Sequence[str]]
"""A type → itself and the types that it extends, nearest first."""


@dataclass(frozen=True, slots=True)
class OverAsked:
    """One thing that was asked and not registered. ``path`` is empty when it is the whole credential."""

    query_id: str
    path: ClaimPath
    reason: str
    kind: Literal["type", "claim"]


def over_asked(
    query: DcqlQuery, registered: Sequence[RegisteredCredential], *, ancestors: Ancestors
) -> tuple[OverAsked, ...]:
    """What ``query`` asks beyond ``registered``; empty when all of it was registered.

    Everything that the query names counts as asked, also in ``claim_sets`` and in optional credential sets.
    """
    found: list[OverAsked] = []
    for credential in query.credentials:
        for asked_type in credential.types or ("",):
            may = [
                entry for entry in registered if _speaks_of(entry, credential.format, asked_type, ancestors)
            ]
            if not may:
                reason = f"{asked_type or 'any credential'} ({credential.format}) was not registered"
                found.append(OverAsked(credential.id, (), reason, "type"))
                continue
            found.extend(_claims(credential, may))
    return tuple(dict.fromkeys(found))


def _claims(credential: CredentialQuery, may: Sequence[RegisteredCredential]) -> list[OverAsked]:
    return [
        OverAsked(credential.id, claim.path, f"{show_path(claim.path)} was not registered", "claim")
        for claim in credential.claims or ()
        if not any(covers(path, claim.path) for entry in may for path in entry.claims)
    ]


def _speaks_of(entry: RegisteredCredential, format_: str, asked_type: str, ancestors: Ancestors) -> bool:
    """A registered type speaks of itself and of the types that extend it, never of what it extends itself."""
    if entry.format != format_:
        return False
    lineage = (asked_type, *ancestors(asked_type)) if format_ == "dc+sd-jwt" else (asked_type,)
    return not set(entry.types).isdisjoint(lineage)
