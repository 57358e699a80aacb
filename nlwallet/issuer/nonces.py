"""The nonces that keep a key proof from being used twice (OpenID4VCI 1.0 §7, §13.8).

Anybody may ask for a nonce, so handing one out keeps nothing: a nonce carries its own end and a MAC. Only what was
used is remembered, until it would have expired anyway.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Collection

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import RemoteError

_RANDOM, _TIME, _MAC = 16, 8, 16


class Nonces:
    """Nonces for ``lifetime`` seconds, each good for one request. Thread safe.

    When more than ``limit`` were used within a lifetime, further ones are not accepted: to forget one would let
    it be used again.
    """

    def __init__(self, *, lifetime: int, limit: int = 100_000) -> None:
        self.lifetime = lifetime
        self._limit = limit
        self._key = secrets.token_bytes(32)
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def create(self, *, now: int) -> str:
        """A fresh nonce, of 128 random bits and the time of its end."""
        body = secrets.token_bytes(_RANDOM) + (now + self.lifetime).to_bytes(_TIME, "big")
        return b64url_encode(body + self._mac(body))

    def consume(self, nonces: Collection[str], *, now: int) -> bool:
        """Use all of ``nonces``, or none of them when one is not ours, expired or used."""
        ends = {nonce: self._end(nonce) for nonce in nonces}
        with self._lock:
            if any(now >= end or nonce in self._used for nonce, end in ends.items()):
                return False
            if len(self._used) + len(ends) > self._limit:
                self._used = {nonce: end for nonce, end in self._used.items() if now < end}
                if len(self._used) + len(ends) > self._limit:
                    return False
            self._used |= ends
            return True

    def is_current(self, nonce: str, *, now: int) -> bool:
        """Whether ``nonce`` is ours and not expired; it stays usable. For proofs that are unique by themselves."""
        return now < self._end(nonce)

    def _end(self, nonce: str) -> int:
        """When a nonce of ours expires, in seconds since the epoch; 0 for any other text."""
        try:
            raw = b64url_decode(nonce)
        except RemoteError:
            return 0
        body, mac = raw[: _RANDOM + _TIME], raw[_RANDOM + _TIME :]
        # The same octets in another spelling would be another entry among the used ones.
        if b64url_encode(raw) != nonce or not hmac.compare_digest(mac, self._mac(body)):
            return 0
        return int.from_bytes(body[_RANDOM:], "big")

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_MAC]
