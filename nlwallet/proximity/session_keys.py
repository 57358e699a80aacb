"""The keys of a session: what each side may use to say something to the other (ISO/IEC 18013-5 §9.1.1.5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from nlwallet.crypto import PrivateKey, PublicKey, SessionCipher
from nlwallet.crypto.encoded_cbor import wrapped
from nlwallet.crypto.key_agreement import agree, hkdf_sha256

FROM_READER = bytes(8)
"""The fixed part of the IV of what the reader sends."""
FROM_DEVICE = bytes(7) + b"\x01"
"""The fixed part of the IV of what the device sends."""


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """SKReader and SKDevice, 32 bytes each, secrets."""

    reader: bytes = field(repr=False)
    device: bytes = field(repr=False)

    @classmethod
    def derive(cls, private_key: PrivateKey, public_key: PublicKey, session_transcript: bytes) -> SessionKeys:
        """From one's own ephemeral key and that of the other side; both sides get the same.

        ``session_transcript`` is encoded CBOR without tag 24. Raises
        :class:`~nlwallet.errors.AlgorithmNotAllowed` for keys on different curves.
        """
        secret = agree(private_key, public_key)
        salt = hashlib.sha256(wrapped(session_transcript)).digest()
        return cls(
            hkdf_sha256(secret, salt=salt, info=b"SKReader"), hkdf_sha256(secret, salt=salt, info=b"SKDevice")
        )

    def from_reader(self) -> SessionCipher:
        """For what the reader sends."""
        return SessionCipher(self.reader, identifier=FROM_READER)

    def from_device(self) -> SessionCipher:
        """For what the device sends."""
        return SessionCipher(self.device, identifier=FROM_DEVICE)
