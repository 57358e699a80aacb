"""The part of a query that was registered, for the policy ``registered_only`` (RPRC_21 b).

A verifier that gets less than it required rejects the answer (OpenID4VP 1.0 §6.4). So a claim is left
out only where the query itself offers a way without it: another claim set, another option, or an
optional credential set.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from nlwallet.claim_path import ClaimPath
from nlwallet.dcql import CredentialQuery, CredentialSetQuery, DcqlQuery

Unregistered = Mapping[str, AbstractSet[ClaimPath]]
"""Per credential query id the paths that were not registered; an empty path is the whole card."""


def narrow(query: DcqlQuery, unregistered: Unregistered) -> DcqlQuery | None:
    """``query`` without the claims in ``unregistered``; ``None`` when it cannot be answered so."""
    kept = {
        entry.id: _narrow_credential(entry, unregistered.get(entry.id, set())) for entry in query.credentials
    }
    credentials = tuple(entry for entry in kept.values() if entry is not None)
    if not query.credential_sets:
        return replace(query, credentials=credentials) if len(credentials) == len(kept) else None
    ids = {entry.id for entry in credentials}
    sets: list[CredentialSetQuery] = []
    for entry in query.credential_sets:
        options = tuple(option for option in entry.options if ids.issuperset(option))
        if options:
            sets.append(replace(entry, options=options))
        elif entry.required:
            return None
    # Without any set left, all credentials would be required (§6.4.2): nothing remains to be asked.
    return DcqlQuery(credentials, tuple(sets)) if sets else None


def _narrow_credential(query: CredentialQuery, paths: AbstractSet[ClaimPath]) -> CredentialQuery | None:
    if not paths:
        return query
    unregistered = {claim.id for claim in query.claims if claim.path in paths}
    sets = tuple(names for names in query.claim_sets if not unregistered.intersection(names))
    if () in paths or not sets:
        return None
    used = {name for names in sets for name in names}
    claims = tuple(claim for claim in query.claims if claim.id in used)
    return replace(query, claims=claims, claim_sets=sets)
