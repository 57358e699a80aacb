"""What may come once: the ``jti`` of proofs (RFC 9449 §11.1, attestation-based client authentication §11.1)."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict


class SeenOnce:
    """Remembers values for ``lifetime`` seconds. Thread safe and bounded.

    When more than ``limit`` came within a lifetime, further ones are refused: to forget one would let it be
    used again.
    """

    def __init__(self, *, lifetime: int, limit: int = 100_000) -> None:
        self._lifetime = lifetime
        self._limit = limit
        self._ends: OrderedDict[bytes, int] = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, value: str, *, now: int) -> bool:
        """Whether ``value`` did not come before; of two callers with the same one hears yes."""
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            while self._ends and next(iter(self._ends.values())) <= now:
                self._ends.popitem(last=False)
            if digest in self._ends or len(self._ends) >= self._limit:
                return False
            self._ends[digest] = now + self._lifetime
            return True

    def knows(self, value: str, *, now: int) -> bool:
        """Whether ``value`` came within the lifetime; it does not come by this."""
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            return self._ends.get(digest, now) > now
