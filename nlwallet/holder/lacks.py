"""Why the cards in the wallet do not answer a query, as far as a holder can do something about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nlwallet.claim_path import expand
from nlwallet.dcql import (
    CandidateCredential,
    CredentialQuery,
    DcqlMatch,
    DcqlQuery,
    match,
    nearest_credential,
    nearest_path,
)
from nlwallet.holder.facts import Lack
from nlwallet.holder.log import LoggedClaim
from nlwallet.holder.vault import OF_THE_CREDENTIAL, Card

MAX_NEAREST: Final = 8
"""For so many missing claims of a query the nearest one is looked for: that takes a while, and is for who mistyped."""


def lacks(query: DcqlQuery, result: DcqlMatch, unusable: Sequence[Card]) -> tuple[Lack, ...]:
    """One reason per credential query that is needed and cannot be answered; empty if all can.

    ``unusable`` are the cards that expired, or that their issuers took back.

    A query of which everything is optional and nothing is there cannot be answered either: a
    ``vp_token`` is never empty.
    """
    if result.chosen:
        return ()
    needed = [entry for name in _needed(query, result) if (entry := query.credential(name))]
    return tuple(_why(entry, result.candidates, unusable) for entry in needed)


def _needed(query: DcqlQuery, result: DcqlMatch) -> list[str]:
    def unanswered(names: Sequence[str]) -> list[str]:
        return [name for name in names if not result.matches.get(name)]

    if not query.credential_sets:
        return unanswered([entry.id for entry in query.credentials])
    names: dict[str, None] = {}
    for entry in query.credential_sets:
        missing: list[list[str]] = [unanswered(option) for option in entry.options]
        # All sets optional and none possible: each of them would have helped.
        if all(missing) and (entry.required or result.satisfied):
            names.update(dict.fromkeys(sorted(missing, key=len)[0]))
    return list(names)


def _why(query: CredentialQuery, candidates: Sequence[CandidateCredential], unusable: Sequence[Card]) -> Lack:
    def fits(other: CredentialQuery) -> bool:
        return match(DcqlQuery((other,)), candidates).satisfied

    of_type = [one for one in candidates if one.format == query.format and {*one.types} & {*query.types}]
    if not of_type:
        gone = [card for card in unusable if card.format == query.format and {*card.types} & {*query.types}]
        if gone and gone[0].status != "valid":
            return Lack(gone[0].status, (gone[0].type,))
        if gone:
            return Lack("expired", (gone[0].type,), expired_at=gone[0].expires_at)
        other = nearest_credential(query, candidates)
        return Lack("card", query.types, nearest_type=other.types[0] if other else "")
    if fits(replace(query, trusted_authorities=())):
        return Lack("issuer", of_type[0].types[:1])
    kind = of_type[0].types[0]
    absent = [claim for claim in query.combinations()[0] if not expand(of_type[0].claims, claim.path)]
    if absent:
        held = {name: value for name, value in of_type[0].claims.items() if name not in OF_THE_CREDENTIAL}
        near = [path for claim in absent[:MAX_NEAREST] if (path := nearest_path(held, claim.path))]
        return Lack(
            "claims",
            (kind,),
            tuple(LoggedClaim(kind, claim.path) for claim in absent),
            nearest=tuple(LoggedClaim(kind, path) for path in dict.fromkeys(near)),
        )
    return Lack("values", (kind,))
