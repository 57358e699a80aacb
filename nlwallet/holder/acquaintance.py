"""Whether the holder knows the requester: what the log says of earlier times, and when a first time is much."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nlwallet.holder.facts import Finding, Party, Sharing
from nlwallet.holder.log import LogEntry, LogOutcome

MANY: Final = 5
"""Attributes that together are enough to be somebody: first name, last name, date of birth, address and one more."""

_SHARED: Final = frozenset({LogOutcome.SHARED, LogOutcome.POSSIBLY_SHARED})


def shared_before(party: Party, entries: Iterable[LogEntry]) -> bool:
    """Whether something went to ``party`` before; to one whose name nobody vouches for, never.

    The same party is the same identifier in a certificate that was checked then and now. A name is not enough.
    """
    return (
        party.verified
        and bool(party.identifier)
        and any(
            entry.asks
            and entry.outcome in _SHARED
            and entry.party.verified
            and entry.party.identifier == party.identifier
            for entry in entries
        )
    )


def first_time_many(sharing: Iterable[Sharing], *, known: bool) -> tuple[Finding, ...]:
    """A finding if :data:`MANY` attributes or more would go to a requester that never got any.

    An attribute is what stands on the card by itself: an address is one, whole or in parts.
    """
    if known:
        return ()
    asked = {(share.card.id, _attribute(share, path)) for share in sharing for path in share.paths}
    return (Finding("first_time_many", names={"count": str(len(asked))}),) if len(asked) >= MANY else ()


def _attribute(share: Sharing, path: tuple[object, ...]) -> tuple[object, ...]:
    # In an mdoc the first element is the namespace (OpenID4VP 1.0 §B.2).
    return path[:2] if share.card.candidate.format == "mso_mdoc" else path[:1]
