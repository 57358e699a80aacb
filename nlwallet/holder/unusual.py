"""Combinations that a holder should notice, as data: which claims, asked by whom or for what.

A registration says what may be asked; it is no approval in advance (CIR 2025/848, ARF Reg_01). So
these warnings stand next to the registration check and also speak when everything is registered.

==========================  ===================================================================
``recovery_code``           the wallet's own recovery code is asked: nobody needs it
``bsn_outside_government``  the BSN goes to a party that did not register as a public body; only
                            bodies with a duty in law may process it (art. 46 UAVG, Wabb)
``identity_copy``           a unique number together with the face: what a stolen passport gives
``more_than_age``           the purpose is an age check, and more than the age is asked
``whole_card``              every claim on a card of six claims or more
==========================  ===================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nlwallet.holder.facts import Finding, Sharing
from nlwallet.holder.log import LoggedClaim

BSN: Final = frozenset({"bsn", "personal_administrative_number"})
PORTRAIT: Final = frozenset({"picture", "portrait"})

WHOLE_CARD_FROM: Final = 6
"""A card with fewer claims is often asked whole for good reasons: a membership, a ticket."""

_AGE_CLAIM: Final = re.compile(r"age_")
_AGE_PURPOSE: Final = re.compile(
    r"\b(leeftijd\w*|\d\d\s?(\+|jaar|plus|years?)|ouder dan|meerderjarig\w*|ages?|older than|over \d\d|"
    r"of age|adult)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class UnusualRule:
    """Holds when all its conditions hold; an empty condition always holds."""

    code: str
    asks: frozenset[str] = frozenset()
    """At least one of these claims is asked, by name at any level."""
    together_with: frozenset[str] = frozenset()
    """And at least one of these."""
    not_a_public_body: bool = False
    """The requester has no valid registration as a public body."""
    more_than_age: bool = False
    """The registered purpose is an age check, and another claim than an age or a portrait is asked."""


RULES: Final[tuple[UnusualRule, ...]] = (
    UnusualRule("recovery_code", asks=frozenset({"recovery_code"})),
    UnusualRule("bsn_outside_government", asks=BSN, not_a_public_body=True),
    UnusualRule("identity_copy", asks=BSN | {"document_number"}, together_with=PORTRAIT),
    UnusualRule("more_than_age", more_than_age=True),
)


def is_age(claim: LoggedClaim) -> bool:
    """Whether the claim tells an age or an age limit, and nothing else."""
    return any(_AGE_CLAIM.match(name) for name in _names(claim))


def is_age_check(purpose: Mapping[str, str]) -> bool:
    """Whether a purpose, in any language, reads as an age check."""
    return any(_AGE_PURPOSE.search(text) for text in purpose.values())


def unusual(
    asked: Iterable[LoggedClaim],
    *,
    purpose: Mapping[str, str],
    public_body: bool | None,
    sharing: Iterable[Sharing] = (),
) -> tuple[Finding, ...]:
    """The rules that hold for what would be shared, in the order of the list above."""
    claims = tuple(asked)
    found = [_apply(rule, claims, purpose, public_body=public_body) for rule in RULES]
    whole = [
        Finding("whole_card", names={"card_type": share.card.type})
        for share in sharing
        if len(share.card.claims) >= WHOLE_CARD_FROM
        and {claim.path[0] for claim in share.asked} >= share.card.claims.keys()
    ]
    return (*(finding for finding in found if finding), *whole)


def portrait(asked: Iterable[LoggedClaim]) -> tuple[Finding, ...]:
    """The warning that a face is asked for (RPA_07c)."""
    faces = tuple(claim for claim in asked if PORTRAIT & _names(claim))
    return (Finding("portrait", claims=faces),) if faces else ()


def _apply(
    rule: UnusualRule,
    asked: tuple[LoggedClaim, ...],
    purpose: Mapping[str, str],
    *,
    public_body: bool | None,
) -> Finding | None:
    if rule.not_a_public_body and public_body:
        return None
    if rule.more_than_age:
        if not is_age_check(purpose):
            return None
        other = tuple(claim for claim in asked if not is_age(claim) and not PORTRAIT & _names(claim))
        return Finding(rule.code, claims=other) if other else None
    first = tuple(claim for claim in asked if rule.asks & _names(claim))
    second = tuple(claim for claim in asked if rule.together_with & _names(claim))
    if not first or (rule.together_with and not second):
        return None
    return Finding(rule.code, claims=(*first, *second))


def _names(claim: LoggedClaim) -> set[str]:
    return {name for name in claim.path if isinstance(name, str)}
