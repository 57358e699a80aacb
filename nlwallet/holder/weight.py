"""What is unusual about a request, by weight: what comes first, what must be confirmed, and what to do about it.

``docs/consent.md`` says why each stands where it stands. The words are in :mod:`nlwallet.holder.texts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nlwallet.holder.consent import Action
from nlwallet.holder.facts import Finding


@dataclass(frozen=True, slots=True)
class Weight:
    """One kind of warning. ``explicit``: approval must confirm it by name (RPA_07b, RPA_07c).

    ``action`` is the one thing to do: share nothing, first ask the requester, try again later, or look and decide.
    """

    code: str
    action: Action
    explicit: bool = True


WEIGHTS: Final[tuple[Weight, ...]] = (
    # What nobody honest asks
    Weight("recovery_code", "stop"),
    # Somebody else than it seems
    Weight("registration_mismatch", "stop"),
    Weight("registration_revoked", "stop"),
    Weight("unknown_party", "stop"),
    Weight("other_website", "stop"),
    Weight("registration_invalid", "stop"),
    # More than it may or needs
    Weight("over_asking", "stop"),
    # To somebody whom the issuer does not name (EDP_06)
    Weight("issuer_objects", "ask"),
    Weight("bsn_outside_government", "ask"),
    Weight("identity_copy", "stop"),
    Weight("portrait", "check"),
    Weight("more_than_age", "ask"),
    # Not known whether it may
    Weight("not_registered", "ask"),
    Weight("registration_expired", "ask"),
    Weight("registration_status_unknown", "later"),
    # In order, but much
    Weight("first_time_many", "check"),
    Weight("whole_card", "check", explicit=False),
    # Nobody can be asked (only nearby)
    Weight("offline", "check", explicit=False),
)
"""Heaviest first."""

_PLACES: Final = {one.code: place for place, one in enumerate(WEIGHTS)}


def weight_of(code: str) -> Weight:
    """The weight of a warning; one that is not in the list must be confirmed, and means asking first."""
    return WEIGHTS[_PLACES[code]] if code in _PLACES else Weight(code, "ask")


def by_weight(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """``findings``, heaviest first; those of one kind stay in their order, unknown ones come last."""
    return tuple(sorted(findings, key=lambda finding: _PLACES.get(finding.code, len(WEIGHTS))))
