"""Who calls an endpoint, and with what proof: the parts of an HTTP request that authentication looks at."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Caller:
    """One request. ``url`` is that of the endpoint as wallets know it; each header may have come several times."""

    method: str
    url: str
    authorization: str = field(default="", repr=False)
    dpop: tuple[str, ...] = field(default=(), repr=False)
    attestation: tuple[str, ...] = field(default=(), repr=False)
    attestation_pop: tuple[str, ...] = field(default=(), repr=False)
