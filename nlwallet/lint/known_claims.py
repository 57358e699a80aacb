"""Whether the card has what is asked of it, where the type of the card is known."""

from __future__ import annotations

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.lint.asked import AskedQuery
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import alike, below
from nlwallet.lint.vocabulary import known_claims
from nlwallet.sdjwt import TypeMetadataRegistry

_OTHER_NAMES: dict[str, str] = {
    "birth_date": "birthdate",
    "date_of_birth": "birthdate",
    "last_name": "family_name",
    "first_name": "given_name",
    "nationality": "nationalities",
    "postcode": "postal_code",
    "age_equal_or_over": "age_over_18",
}


def check_known_claims(asked: AskedQuery, types: TypeMetadataRegistry, log: Findings) -> None:
    """Note each claim that no card of the asked types can have: the answer would be "I do not have this"."""
    for credential in asked.credentials:
        known = known_claims(credential, types)
        if known is None:
            continue
        for claim in credential.claims:
            if any(_is_within(claim.path, one) for one in known):
                continue
            meant = None if log.left_out else _meant(claim.path, known)
            place = below(claim.pointer, "path")
            log.warning(
                "REQ-10",
                place,
                f"{show_path(claim.path)[:200]} is no claim of {credential.types[0]}: no wallet will have it.",
                Fix(
                    f"Did you mean {show_path(meant)}?" if meant else f"It has {_listed(known)}.",
                ),
            )


def _is_within(path: ClaimPath, known: ClaimPath) -> bool:
    """Whether ``known`` names the claim, something inside it, or something around it that says no more."""
    length = min(len(path), len(known))
    return all(
        one == other or (not isinstance(one, str) and not isinstance(other, str))
        for one, other in zip(path[:length], known[:length], strict=True)
    ) and (len(path) <= len(known) or not any(isinstance(one, str) for one in path[len(known) :]))


def _meant(path: ClaimPath, known: frozenset[ClaimPath]) -> ClaimPath | None:
    last = path[-1]
    if not isinstance(last, str):
        return None
    by_name = {one[-1]: one for one in sorted(known, key=str) if isinstance(one[-1], str)}
    if last in by_name:
        return by_name[last]
    if _OTHER_NAMES.get(last) in by_name:
        return by_name[_OTHER_NAMES[last]]
    close = alike(last, [name for name in by_name if isinstance(name, str)])
    return by_name[close] if close else None


def _listed(known: frozenset[ClaimPath]) -> str:
    return ", ".join(sorted(show_path(path) for path in known)[:20])
