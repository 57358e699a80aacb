"""What a query asks, as far as it can be read at all: the looks of a query that may be full of mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlwallet.claim_path import ClaimPath

SD_JWT_VC = "dc+sd-jwt"
MSO_MDOC = "mso_mdoc"


@dataclass(frozen=True, slots=True)
class AskedClaim:
    """One claim whose path could be read. ``pointer`` is where its claims query stands."""

    pointer: str
    path: ClaimPath
    id: str = ""
    has_values: bool = False
    intent_to_retain: bool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The member names on the path."""
        return tuple(name for name in self.path if isinstance(name, str))


@dataclass(frozen=True, slots=True)
class AskedCredential:
    """One credential query. What could not be read is empty."""

    pointer: str
    id: str = ""
    format: str = ""
    """As version 1.0 names it, also when the query has a name of a draft."""
    types: tuple[str, ...] = ()
    types_pointer: str = ""
    claims: tuple[AskedClaim, ...] = ()
    claims_absent: bool = False
    claim_sets: tuple[tuple[str, ...], ...] = ()
    """Only when each of its sets could be read."""
    holder_binding: bool = True


@dataclass(frozen=True, slots=True)
class AskedQuery:
    """A whole query."""

    pointer: str
    credentials: tuple[AskedCredential, ...] = ()
    hints: tuple[str, ...] = field(default=())
    """Names that the relying party chose itself, such as ids: they may tell what it is after."""

    def claims(self) -> list[tuple[AskedCredential, AskedClaim]]:
        """Every claim with its credential."""
        return [(credential, claim) for credential in self.credentials for claim in credential.claims]
