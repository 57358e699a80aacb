"""A presentation after verification. Before that there is no object that claims could be read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.dcql import MSO_MDOC, CredentialQuery, reach_presented
from nlwallet.mdoc import answering_path
from nlwallet.status import StatusOutcome

# What the format itself needs. Salts and digests are gone after processing (RFC 9901 §7.1); the holder's
# key, status index and time stamps single a person out, and are not for the relying party (OIA_16).
_OF_THE_FORMAT = frozenset(
    {"iss", "iat", "nbf", "exp", "sub", "jti", "cnf", "status", "vct", "vct#integrity", "_sd_alg"}
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a credential comes from, and how long it counts; for whoever has to account for what was relied upon.

    Times are seconds since the epoch. They single a person out, also for relying parties that compare notes:
    do not keep what you do not need (OIA_16).
    """

    issuer_uri: str | None = None
    """``iss`` (of an mdoc ``issuerUri``): a name in the issuer's certificate. Without ``iss`` its first https URI."""
    ca: str = ""
    """The common name of who issued the issuer's certificate."""
    authority_key_ids: tuple[bytes, ...] = ()
    qualification: str | None = None
    """The claim ``attestation_qualification`` of NL Wallet cards: ``QEAA``, ``PuB-EAA`` or ``EAA``."""
    issued_at: int | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    status: StatusOutcome | None = None
    """What was found of its status; ``None`` where nobody looked. A credential that is revoked is not verified."""


@dataclass(frozen=True, slots=True)
class VerifiedPresentation:
    """What a relying party may know: the claims that it asked for, and who vouches for them.

    ``issuer`` is the ``iss`` claim if there is one, else the name in the issuer's certificate. A claim
    that identifies a person does so within that issuer only: log in with both (OpenID4VP 1.0 §14.4).

    Two presentations in one answer need not be of one person; whoever combines them compares their claims.
    """

    query_id: str
    format: str
    type: str
    """The ``vct``."""
    issuer: str
    claims: Mapping[str, Any] = field(repr=False)
    provenance: Provenance = field(default=Provenance(), repr=False)


def requested_claims(
    query: CredentialQuery, claims: Mapping[str, Any], disclosed: frozenset[ClaimPath]
) -> dict[str, Any]:
    """The part of ``claims`` that ``query`` asked for; what came unasked is left behind (ADV-055).

    ``disclosed`` are the paths that were selectively disclosed. A query without ``claims`` asked for
    none of those (§6.4.1), and gets what stands in the credential for everybody to see.
    """
    if query.claims:
        paths = [asked.path for asked in query.claims]
        if (
            query.format == MSO_MDOC
        ):  # another age limit may answer the one that was asked (ISO/IEC 18013-5 §7.2.5)
            paths = [answering_path(claims, path) for path in paths]
        kept = _Kept()
        for asked in paths:
            for path in reach_presented(claims, asked):
                kept.add(path)
        return dict(kept.part_of(claims))
    open_to_all = _without(claims, disclosed, ())
    return {name: value for name, value in open_to_all.items() if name not in _OF_THE_FORMAT}


class _Kept:
    """Concrete paths as a tree, so that each step of a claim is looked up once, however many paths there are."""

    __slots__ = ("steps", "whole")

    def __init__(self) -> None:
        self.steps: dict[str | int | None, _Kept] = {}
        self.whole = False

    def add(self, path: ClaimPath) -> None:
        at = self
        for step in path:
            at = at.steps.setdefault(step, _Kept())
        at.whole = True

    def part_of(self, value: Any) -> Any:
        """``value`` without what is neither kept, nor above or below something kept."""
        if self.whole:
            return value
        if isinstance(value, list):
            return [self.steps[n].part_of(item) for n, item in enumerate(value) if n in self.steps]
        return {
            name: self.steps[name].part_of(member) for name, member in value.items() if name in self.steps
        }


def _without(value: Any, removed: frozenset[ClaimPath], at: ClaimPath) -> Any:
    if isinstance(value, list):
        return [_without(item, removed, (*at, n)) for n, item in enumerate(value) if (*at, n) not in removed]
    if isinstance(value, dict):
        return {
            name: _without(member, removed, (*at, name))
            for name, member in value.items()
            if (*at, name) not in removed
        }
    return value
