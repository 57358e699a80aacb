"""Copies of one card: the same claims, each with a key and salts of its own, so that two uses cannot be linked.

ARF topic 10, ISSU_37 to ISSU_57; the names of the methods are those of ETSI TS 119 472-3 §4.2.4.2.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import TypeAlias

from nlwallet.crypto import SigningKey
from nlwallet.errors import InvalidCredential
from nlwallet.mdoc import Mdoc
from nlwallet.openid4vci import OfferedConfiguration, ReusePolicy
from nlwallet.sdjwt import SdJwtVc

Credential: TypeAlias = SdJwtVc | Mdoc

_TIMES = ("nbf", "exp")
_OF_ONE_COPY = frozenset({"cnf", "status", "iat", "jti", *_TIMES})
"""Claims that may differ between copies; the times by :data:`SIGNING_SECONDS` alone."""

SIGNING_SECONDS = 10
"""How far the ends of copies may lie apart: issuers are met that count from the moment that each copy is signed."""


class ReuseMethod(StrEnum):
    """How often, and for whom, a copy is used."""

    ONCE_ONLY = "once_only"
    """Method A: never twice. Out of copies, the last is used on as with method B (ISSU_47)."""
    LIMITED_TIME = "limited_time"
    """Method B: one copy until it expires."""
    ROTATING_BATCH = "rotating-batch"
    """Method C: all copies in random order, then all again."""
    PER_RELYING_PARTY = "per-relying-party"
    """Method D: one copy for each relying party, and always that one."""


@dataclass(frozen=True, slots=True, eq=False)
class CardCopy:
    """One credential, and the key that it is bound to."""

    credential: Credential = field(repr=False)
    key: SigningKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """How copies were used, by their position: those that nobody saw, and which one each relying party saw."""

    unused: tuple[int, ...]
    by_party: Mapping[str, int] = field(default_factory=dict, repr=False)


class Copies:
    """The copies of a card, and how they were used. Thread safe.

    ``usage``: how they were used before; fresh ones were shown to nobody.
    """

    def __init__(
        self,
        copies: Sequence[CardCopy],
        method: ReuseMethod = ReuseMethod.ONCE_ONLY,
        policy: ReusePolicy | None = None,
        *,
        usage: Usage | None = None,
    ) -> None:
        self.method = method
        self.policy = policy or ReusePolicy()
        """What else the issuer said: when it wants the wallet to ask for new ones."""
        self._copies = tuple(copies)
        before = usage or Usage(tuple(range(len(self._copies))))
        self._unused = list(before.unused)
        self._by_party = dict(before.by_party)
        self._lock = Lock()
        self.on_use: Callable[[], None] | None = None
        """Called when a copy was chosen, before anybody sees it; what it raises, :meth:`for_party` raises."""

    def __len__(self) -> int:
        return len(self._copies)

    @property
    def first(self) -> CardCopy:
        """The one that the card's own claims are read from."""
        return self._copies[0]

    @property
    def all(self) -> tuple[CardCopy, ...]:
        """Every copy, whether it was shown or not."""
        return self._copies

    @property
    def unused(self) -> int:
        """How many were shown to nobody yet."""
        with self._lock:
            return len(self._unused)

    @property
    def usage(self) -> Usage:
        """How they were used until now."""
        with self._lock:
            return Usage(tuple(self._unused), dict(self._by_party))

    def for_party(self, audience: str) -> CardCopy:
        """The copy to show to ``audience`` (the full client identifier, or the origin of a page), now used.

        Where the wallet is kept on disk that is written down first: else a copy that may be shown once would be
        shown again after a crash. Raises :class:`~nlwallet.errors.LocalError` if it cannot be written.
        """
        with self._lock:
            before = len(self._unused), len(self._by_party)
            chosen = self._copies[self._choose(audience)]
            used = (len(self._unused), len(self._by_party)) != before
        # Not under the lock: whoever writes it down reads the usage of all cards.
        if used and self.on_use is not None:
            self.on_use()
        return chosen

    def _choose(self, audience: str) -> int:
        if self.method is ReuseMethod.LIMITED_TIME:
            return 0
        if self.method is ReuseMethod.PER_RELYING_PARTY and audience in self._by_party:
            return self._by_party[audience]
        if not self._unused and self.method is ReuseMethod.ROTATING_BATCH:
            self._unused = list(range(len(self._copies)))
        if not self._unused:
            return len(self._copies) - 1
        chosen = self._unused.pop(secrets.randbelow(len(self._unused)))
        self._by_party[audience] = chosen
        return chosen


def reuse_of(configuration: OfferedConfiguration) -> tuple[ReuseMethod, ReusePolicy]:
    """The method that the issuer likes best and this wallet has, with its numbers (ISSU_40).

    Once only where the issuer says nothing.
    """
    known = set(ReuseMethod)
    for policy in configuration.reuse_policies:
        for name in policy.methods:
            if name in known:
                return ReuseMethod(name), policy
    return ReuseMethod.ONCE_ONLY, ReusePolicy()


def check_equal(copies: Sequence[CardCopy]) -> None:
    """All copies say the same about their holder, as long, and hide the same (ISSU_11a).

    If one would show what another hides, the wallet could not tell its holder what a requester sees. Raises
    :class:`~nlwallet.errors.InvalidCredential`.
    """
    told = [_told(one.credential) for one in copies]
    times = zip(*(_times(one.credential) for one in copies), strict=True)
    if any(each != told[0] for each in told[1:]) or not all(map(_as_one, times)):
        raise InvalidCredential(
            "the credentials of one batch do not say the same", spec="ARF ISSU_11a", pointer="/credentials"
        )
    keys = {one.key.public for one in copies}
    if len(keys) != len(copies):
        raise InvalidCredential(
            "two credentials of one batch are bound to one key",
            spec="OpenID4VCI 1.0 §8.3",
            pointer="/credentials",
        )


def _told(credential: Credential) -> tuple[object, ...]:
    claims = {name: value for name, value in credential.claims.items() if name not in _OF_ONE_COPY}
    chain = credential.chain
    issuer = None if chain is None else (chain.leaf.subject, chain.authority_key_ids)
    return claims, frozenset(credential.disclosable_paths()), issuer


def _times(credential: Credential) -> tuple[object, ...]:
    """When it begins and ends, in seconds. Of an mdoc the end alone: it may begin when it was signed."""
    if isinstance(credential, Mdoc):
        return (credential.expires_at,)
    return tuple(credential.claims.get(name) for name in _TIMES)


def _as_one(moments: tuple[object, ...]) -> bool:
    """Whether what is one moment for all copies is that, but for the time that signing them takes."""
    known = [one for one in moments if isinstance(one, int)]
    return not known or (len(known) == len(moments) and max(known) - min(known) <= SIGNING_SECONDS)
