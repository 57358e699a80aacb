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

    @property
    def is_combined(self) -> bool:
        """Whether one DPoP proof is to serve for the attestation too (draft -10 §5.2)."""
        return bool(self.attestation) and not self.attestation_pop and bool(self.dpop)
