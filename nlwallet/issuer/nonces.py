"""The nonces that keep a key proof from being used twice (OpenID4VCI 1.0 §7, §13.8).

Anybody may ask for a nonce, so handing one out keeps nothing: a nonce carries its own end and a MAC. Only what was
used is remembered, until it would have expired anyway. The key of the MAC lasts as long as the store: what was handed
out before a restart, or by another worker, is good here too.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import RemoteError
from nlwallet.issuer.issuer_store import IssuerStore, Step, name_of
from nlwallet.issuer.lasting import lasting_key

_RANDOM, _TIME, _MAC = 16, 8, 16


class Nonces:
    """Nonces of one ``kind`` for ``lifetime`` seconds, each good for one request. Thread safe.

    When more than ``limit`` were used within a lifetime, further ones are not accepted: to forget one would let
    it be used again.
    """

    def __init__(self, store: IssuerStore, kind: str, *, lifetime: int, limit: int = 100_000) -> None:
        self.lifetime = lifetime
        self._store = store
        self._kind = kind
        self._limit = limit
        self._key = lasting_key(store, kind)

    def create(self, *, now: int) -> str:
        """A fresh nonce, of 128 random bits and the time of its end."""
        body = secrets.token_bytes(_RANDOM) + (now + self.lifetime).to_bytes(_TIME, "big")
        return b64url_encode(body + self._mac(body))

    def consume(self, step: Step, nonces: Collection[str]) -> bool:
        """Use all of ``nonces``, or none of them when one is not ours, expired or used."""
        ends = {nonce: self._end(nonce) for nonce in nonces}
        if any(step.now >= end for end in ends.values()):
            return False
        return step.use(self._kind, {name_of(nonce): end for nonce, end in ends.items()}, limit=self._limit)

    def is_current(self, nonce: str, *, now: int) -> bool:
        """Whether ``nonce`` is ours and not expired; it stays usable. For proofs that are unique by themselves."""
        return now < self._end(nonce)

    def is_unused(self, nonce: str, *, now: int) -> bool:
        """Whether ``nonce`` is current and was not used until now; it stays usable."""
        return self.is_current(nonce, now=now) and not self._store.was_used(
            self._kind, name_of(nonce), now=now
        )

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
