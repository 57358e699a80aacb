"""``claim_sets`` stand from least to most disclosing: a wallet takes the first that it can (§6.4.1, §15.4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from nlwallet.claim_path import covers
from nlwallet.lint.asked import AskedClaim, AskedCredential
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below
from nlwallet.lint.vocabulary import tells_age_limit, tells_birthdate

_MAX_CLAIMS = 4096
"""Beyond so many names in all sets together the order is not looked at."""


def check_order(credential: AskedCredential, log: Findings) -> None:
    """Note a claim set that discloses more than a later one does, and the order that is right."""
    sets = credential.claim_sets
    by_id = {claim.id: claim for claim in credential.claims}
    if (
        len(sets) < 2
        or sum(map(len, sets)) > _MAX_CLAIMS
        or any(name not in by_id for one in sets for name in one)
    ):
        return
    claims = [tuple(by_id[name] for name in one) for one in sets]
    order = _from_least_to_most(claims)
    place = below(credential.pointer, "claim_sets")
    if order != list(range(len(sets))):
        patch = {"op": "replace", "path": place, "value": [list(sets[n]) for n in order]}
        log.warning(
            "V-54",
            place,
            "A claim set that discloses more stands before one that discloses less, so a wallet takes the larger one.",
            Fix("Put the smaller set first.", (patch,)),
        )
    elif any(len(later) < len(earlier) for earlier, later in pairwise(sets)):
        log.note(
            "V-54",
            place,
            "A claim set stands before one with fewer claims; a wallet takes the first that it can.",
            "Put the set that discloses least first.",
        )


def _from_least_to_most(sets: Sequence[Sequence[AskedClaim]]) -> list[int]:
    """The indexes of the sets, each after all that disclose strictly less; otherwise in the order as it is."""
    waiting, order = list(range(len(sets))), []
    while waiting:
        chosen = next(
            n for n in waiting if not any(_less(sets[other], sets[n]) for other in waiting if other != n)
        )
        waiting.remove(chosen)
        order.append(chosen)
    return order


def _less(one: Sequence[AskedClaim], other: Sequence[AskedClaim]) -> bool:
    """Whether ``one`` discloses strictly less: all of it follows from ``other``, and not the other way round."""
    return _follows(one, other) and not _follows(other, one)


def _follows(one: Sequence[AskedClaim], other: Sequence[AskedClaim]) -> bool:
    return all(any(_tells(more, claim) for more in other) for claim in one)


def _tells(more: AskedClaim, claim: AskedClaim) -> bool:
    return covers(more.path, claim.path) or (tells_birthdate(more) and tells_age_limit(claim))
