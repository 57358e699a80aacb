"""What a party received over time: one question to the transaction log (ARF DASH_02b, DASH_12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.errors import LocalError
from nlwallet.holder.log import Counterparty, LogEntry, LoggedClaim, LogOutcome


@dataclass(frozen=True, slots=True)
class GivenClaim:
    """A claim that a party got, by its place: when first and last (epoch seconds), how often, and what for."""

    type: str
    path: ClaimPath
    first: int
    last: int
    times: int
    purposes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "type": self.type,
            "path": list(self.path),
            "first": self.first,
            "last": self.last,
            "times": self.times,
            "purposes": list(self.purposes),
        }


@dataclass(frozen=True, slots=True)
class SharedWith:
    """What one party got from this wallet, and what its holder did about it; entries are oldest first."""

    party: Counterparty
    """As it was known last."""
    claims: tuple[GivenClaim, ...] = ()
    presentations: tuple[LogEntry, ...] = field(default=(), repr=False)
    """Everything that it asked, also what was refused."""
    erasure_requests: tuple[LogEntry, ...] = field(default=(), repr=False)
    reports: tuple[LogEntry, ...] = field(default=(), repr=False)

    @property
    def shared(self) -> tuple[LogEntry, ...]:
        """The presentations with which something went there, or may have."""
        return tuple(one for one in self.presentations if one.shared or one.outcome is LogOutcome.SHARED)

    @property
    def uncertain(self) -> int:
        """Of how many of them it is not known whether they arrived."""
        return sum(one.outcome is LogOutcome.POSSIBLY_SHARED for one in self.shared)

    @property
    def everything(self) -> tuple[LoggedClaim, ...]:
        """The claims, for a request to erase them all."""
        return tuple(LoggedClaim(one.type, one.path) for one in self.claims)

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON; other entries by their id."""
        return {
            "party": self.party.as_dict(),
            "claims": [one.as_dict() for one in self.claims],
            "presentations": [one.id for one in self.presentations],
            "shared": [one.id for one in self.shared],
            "uncertain": self.uncertain,
            "erasure_requests": [one.id for one in self.erasure_requests],
            "reports": [one.id for one in self.reports],
        }


def shared_with(party: str, entries: Sequence[LogEntry]) -> SharedWith:
    """The answer for ``party``: its identifier, or one of its names, or its host. Empty for one that never asked.

    Raises :class:`~nlwallet.errors.LocalError` when several parties have that name.
    """
    wanted = party.strip().casefold()
    named = [one for one in entries if one.asks and wanted in _names(one.party)]
    known: list[Counterparty] = []
    for one in named:
        if not any(same_party(one.party, other) for other in known):
            known.append(one.party)
    if len(known) > 1:
        raise LocalError(
            "several parties are called so",
            code="ambiguous_party",
            hint=f"ask by identifier: {', '.join(one.identifier or one.host for one in known)}",
        )
    if not known:
        return SharedWith(Counterparty(trade_name=party.strip()))
    return history_of(known[0], entries)


def history_of(party: Counterparty, entries: Iterable[LogEntry]) -> SharedWith:
    """The answer for a party of the log."""
    about = [one for one in entries if same_party(one.party, party)]
    presentations = [one for one in about if one.asks]
    given: dict[LoggedClaim, GivenClaim] = {}
    for one in sorted(presentations, key=lambda entry: entry.time):
        for claim in dict.fromkeys(one.shared):
            before = given.get(claim)
            purposes = (*(before.purposes if before else ()), *([one.purpose] if one.purpose else []))
            given[claim] = GivenClaim(
                claim.type,
                claim.path,
                before.first if before else one.time,
                one.time,
                (before.times if before else 0) + 1,
                tuple(dict.fromkeys(purposes)),
            )
    return SharedWith(
        presentations[-1].party if presentations else party,
        tuple(given.values()),
        tuple(presentations),
        tuple(one for one in about if one.kind == "erasure_request"),
        tuple(one for one in about if one.kind == "authority_report"),
    )


def same_party(one: Counterparty, other: Counterparty) -> bool:
    """Whether two entries are about one party: by its identifier, which somebody vouches for or not, else by all."""
    if one.identifier or other.identifier:
        return (one.identifier, one.verified) == (other.identifier, other.verified)
    return (one.trade_name, one.legal_name, one.host) == (other.trade_name, other.legal_name, other.host)


def _names(party: Counterparty) -> set[str]:
    names = (party.identifier, party.trade_name, party.legal_name, party.service_name, party.host)
    return {name.casefold() for name in names if name}
