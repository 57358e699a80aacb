"""What a status list token says, whatever form it has, and the rules for its claims (Token Status List §5, §8.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from nlwallet.errors import InvalidStatus, OutsideValidity

MAX_TOKEN_BYTES = 25_165_824
"""24 MiB: a list of 16 MiB that cannot be compressed at all, in base64url."""

CLOCK_LEEWAY = 60
"""Seconds by which the clock of whoever signs may be ahead."""


class Statuses(Protocol):
    """What a list says of each that has an entry in it."""

    @property
    def size_in_bytes(self) -> int:
        """What it takes in memory."""
        ...

    def __len__(self) -> int:
        """How many entries it has."""
        ...

    def __getitem__(self, entry: Any, /) -> int:
        """The status value. Raises :class:`~nlwallet.errors.InvalidStatus` for an entry that is not in it."""
        ...


@dataclass(frozen=True, slots=True)
class StatusListToken:
    """A verified status list token; times are seconds since the epoch, ``ttl`` is seconds."""

    uri: str
    issued_at: int
    statuses: Statuses
    expires_at: int | None = None
    ttl: int | None = None
    aggregation_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims as they stand in a token, unchecked."""

    sub: Any
    iat: Any
    exp: Any
    nbf: Any
    ttl: Any
    status_list: Any

    def times(self, *, uri: str, now: int) -> tuple[int, int | None, int | None]:
        """``iat``, ``exp`` and ``ttl`` once they, ``nbf`` and ``sub`` are right (§8.3(4)). Raises a RemoteError."""
        if not isinstance(self.sub, str) or self.sub != uri:
            raise InvalidStatus("the token is for another list", spec="TSL §8.3(4a)", pointer="/payload/sub")
        issued_at = self._number("iat", self.iat)
        if issued_at is None:
            raise InvalidStatus("iat is missing", spec="TSL §5.1", pointer="/payload/iat")
        not_before, expires_at = self._number("nbf", self.nbf), self._number("exp", self.exp)
        for name, begins in (("iat", issued_at), ("nbf", not_before)):
            if begins is not None and begins > now + CLOCK_LEEWAY:
                raise OutsideValidity(
                    "the status list token is not valid yet",
                    spec="TSL §8.3(4b)",
                    pointer=f"/payload/{name}",
                )
        if expires_at is not None and now >= expires_at:
            raise OutsideValidity(
                "the status list token has expired", spec="TSL §8.3(4c)", pointer="/payload/exp"
            )
        return issued_at, expires_at, self._number("ttl", self.ttl)

    def members(self) -> dict[str, Any]:
        """The members of ``status_list``; its ``aggregation_uri`` is a text. Raises InvalidStatus."""
        pointer = "/payload/status_list"
        if not isinstance(self.status_list, dict):
            raise InvalidStatus("status_list is missing", spec="TSL §5.1", pointer=pointer)
        if not isinstance(self.status_list.get("aggregation_uri", ""), str):
            raise InvalidStatus(
                "aggregation_uri is no text", spec="TSL §4.2", pointer=f"{pointer}/aggregation_uri"
            )
        return self.status_list

    def _number(self, name: str, value: Any) -> int | None:
        """Whole seconds of a positive number, which need not be whole (RFC 7519 §2)."""
        if value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or value <= 0
        ):
            raise InvalidStatus(f"{name} is no positive number", spec="TSL §5.1", pointer=f"/payload/{name}")
        return math.ceil(value) if name == "ttl" else int(value)
