"""What the wallet found out about one request, without a word of any language.

:mod:`nlwallet.holder.describe` turns these facts into a :class:`~nlwallet.holder.consent.Consent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nlwallet.claim_path import ClaimPath
from nlwallet.holder.consent import Kind
from nlwallet.holder.log import LoggedClaim, LoggedIntermediary
from nlwallet.holder.vault import OF_THE_CREDENTIAL, Card
from nlwallet.openid4vp import ErrorCode, TransactionData, TransactionDataType


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to warn about: a code, the claims that it concerns, and names to fill in."""

    code: str
    claims: tuple[LoggedClaim, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    """What a valid registration certificate promises."""

    purpose: Mapping[str, str]
    """Language to text."""
    public_body: bool = False
    intended_use: str = ""
    privacy_policy: str = ""
    retention_days: int | None = None
    shared_with_third_parties: bool | None = None
    deletable: bool | None = None
    deletion_contacts: tuple[str, ...] = ()
    supervisory_authority: str = ""
    supervisory_country: str = ""
    supervisory_contacts: tuple[str, ...] = ()
    registrar: str = ""
    registry: str = ""
    """Address of the registrar's service."""

    @property
    def deletion_contact(self) -> str:
        """The first, or empty."""
        return next(iter(self.deletion_contacts), "")

    @property
    def supervisory_contact(self) -> str:
        """The first, or empty."""
        return next(iter(self.supervisory_contacts), "")


@dataclass(frozen=True, slots=True)
class Party:
    """The requester, as far as it is known; ``verified`` says whether somebody vouches for its name."""

    trade_name: str
    legal_name: str
    identifier: str
    country: str
    verified_by: str
    host: str
    verified: bool
    contacts: tuple[str, ...] = ()
    """Where its access certificate says that it can be reached."""
    own_name: str = ""
    """The trade name of the party itself, where ``trade_name`` is that of its service (Reg_31, Reg_34)."""
    service_id: str = ""
    service_name: str = ""
    intermediary: LoggedIntermediary | None = None
    """Who asks in its place: logged, never shown (RPI_07)."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What approval would share from one card for one query."""

    query_id: str
    card: Card
    paths: tuple[ClaimPath, ...]
    """Concrete paths of the claims to disclose."""
    alternatives: tuple[Sharing, ...] = ()
    """The same from other cards that fit."""

    @property
    def along(self) -> tuple[ClaimPath, ...]:
        """What goes along though it was not asked, because the issuer did not make it separable."""
        revealed, asked = self.card.candidate.revealed_by(self.paths), frozenset(self.paths)
        return tuple(
            path
            for path in revealed
            if path[0] not in OF_THE_CREDENTIAL
            and not any(path[:length] in asked for length in range(1, len(path) + 1))
        )

    @property
    def asked(self) -> tuple[LoggedClaim, ...]:
        """What was asked and would be shared, by place; indexes as ``None``."""
        return self._logged(self.paths)

    @property
    def logged(self) -> tuple[LoggedClaim, ...]:
        """Everything that would be shared, by place; indexes as ``None``."""
        return self._logged((*self.paths, *self.along))

    def _logged(self, paths: tuple[ClaimPath, ...]) -> tuple[LoggedClaim, ...]:
        return tuple(LoggedClaim(self.card.type, path) for path in dict.fromkeys(map(generic, paths)))


@dataclass(frozen=True, slots=True)
class Way:
    """One option of a credential set that the cards here can deliver: what it would share of which types."""

    number: int
    types: tuple[str, ...]
    claims: tuple[LoggedClaim, ...]
    chosen: bool
    cards: tuple[str, ...] = ()
    """Ids of the cards that it would share from."""


@dataclass(frozen=True, slots=True)
class SetChoice:
    """A credential set that leaves something to the holder; ``number`` is its place in the query."""

    number: int
    required: bool
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """One reason why the wallet cannot answer."""

    code: Literal[
        "card",
        "expired",
        "revoked",
        "suspended",
        "status_not_valid",
        "claims",
        "issuer",
        "values",
        "transaction",
    ]
    types: tuple[str, ...]
    """What was asked for: any of these types."""
    claims: tuple[LoggedClaim, ...] = ()
    expired_at: int | None = None
    nearest_type: str = ""
    """Of a card that comes nearest to what was asked for, if one does."""
    nearest: tuple[LoggedClaim, ...] = ()
    """What the card does have that comes nearest to the missing claims."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One entry of transaction data, its type, and the query whose card authorises it (empty: none can)."""

    data: TransactionData
    type: TransactionDataType
    query_id: str = ""


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """All of it."""

    party: Party
    registered: Registered | None
    kind: Kind
    asked: tuple[LoggedClaim, ...]
    types: tuple[str, ...] = ()
    """Every type of card that the request accepts."""
    findings: tuple[Finding, ...] = ()
    sharing: tuple[Sharing, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    narrowed: tuple[LoggedClaim, ...] = ()
    choices: tuple[SetChoice, ...] = ()
    lacks: tuple[Lack, ...] = ()
    shared_before: bool = False
    blocked: str = ""
    """Key of the text that says why a policy forbids approval; empty when none does."""

    @property
    def refusal(self) -> ErrorCode:
        """What the requester hears when nothing is shared.

        ``access_denied``, whatever the reason (RPA_11); only a transaction that no card here may authorise has
        its own code in OpenID4VP §8.5, and it is sent after the holder answered, as the other is.
        """
        lacks_authority = any(lack.code == "transaction" for lack in self.lacks)
        return ErrorCode.INVALID_TRANSACTION_DATA if lacks_authority else ErrorCode.ACCESS_DENIED


def generic(path: ClaimPath) -> ClaimPath:
    """A path with ``None`` for each index: how the claim is labelled and logged."""
    return tuple(None if isinstance(element, int) else element for element in path)
