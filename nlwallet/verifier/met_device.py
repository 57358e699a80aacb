"""What a verifier knows of a device that it met, when it verifies what that device answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlwallet.crypto import PrivateKey


@dataclass(frozen=True, slots=True)
class MetDevice:
    """The session with a device nearby: what its documents are bound to, and the key that a MAC of it needs."""

    transcript: bytes = field(repr=False)
    """The session transcript, encoded CBOR."""
    reader_key: PrivateKey | None = field(repr=False)
