"""What may come once: the ``jti`` of proofs (RFC 9449 §11.1, attestation-based client authentication §11.1)."""

from __future__ import annotations

from dataclasses import dataclass

from nlwallet.issuer.issuer_store import Step, name_of


@dataclass(frozen=True, slots=True)
class SeenOnce:
    """Remembers values of one ``kind`` for ``lifetime`` seconds.

    When more than ``limit`` came within a lifetime, further ones are refused: to forget one would let it be
    used again.
    """

    kind: str
    lifetime: int
    limit: int = 100_000

    def is_new(self, step: Step, value: str) -> bool:
        """Whether ``value`` did not come before; of two steps with the same one hears yes."""
        return step.use(self.kind, {name_of(value): step.now + self.lifetime}, limit=self.limit)
