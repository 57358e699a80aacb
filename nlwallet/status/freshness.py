"""How long a status list may be relied upon: ``exp`` and ``ttl``, within bounds (Token Status List §11.5, §13.7).

HTTP caching headers have no say (§8.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from nlwallet.errors import OutsideValidity
from nlwallet.status.token import StatusListToken


@dataclass(frozen=True, slots=True)
class Freshness:
    """The bounds of a relying party, in seconds.

    A token is fetched again ``ttl`` after it came, but neither sooner than ``min_ttl`` (a token that asks for a
    request each second would turn its readers into an attack on the server) nor later than ``max_ttl``. A token
    without ``ttl`` is fetched again after ``default_ttl``. None is used beyond its ``exp``. With ``max_age``, none
    is accepted that was signed longer ago, however late its ``exp``: that is how long a revocation can be hidden
    from somebody who sees the list for the first time.
    """

    min_ttl: int = 10
    max_ttl: int = 86_400
    default_ttl: int = 300
    max_age: int | None = None

    def fresh_until(self, token: StatusListToken, *, fetched_at: int) -> int:
        """When the token is to be fetched again, in seconds since the epoch."""
        ttl = self.default_ttl if token.ttl is None else token.ttl
        until = fetched_at + min(max(ttl, self.min_ttl), self.max_ttl)
        return until if token.expires_at is None else min(until, token.expires_at)

    def check_age(self, token: StatusListToken, *, now: int) -> None:
        """Raises :class:`~nlwallet.errors.OutsideValidity` for a token that is older than ``max_age``."""
        if self.max_age is not None and token.issued_at + self.max_age < now:
            raise OutsideValidity(
                "the status list token is older than is accepted here",
                spec="TSL §8.3(4b)",
                pointer="/payload/iat",
            )
