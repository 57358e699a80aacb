"""A key that signs and says nothing else: in software, in a secure element, or at a service far away."""

from __future__ import annotations

from typing import Protocol

from nlwallet.crypto.keys import PublicKey


class SigningKey(Protocol):
    """What signing needs of a key. Where the private half is, and how it got there, is not asked."""

    @property
    def public(self) -> PublicKey:
        """The public half."""
        ...

    @property
    def alg(self) -> str:
        """The JOSE algorithm, such as ``ES256``."""
        ...

    def sign(self, data: bytes) -> bytes:
        """A JOSE signature of ``data``: R and S side by side for ECDSA (RFC 7518 §3.4), 64 bytes for Ed25519."""
        ...
