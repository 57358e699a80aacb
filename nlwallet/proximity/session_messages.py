"""SessionEstablishment and SessionData: what goes over the link (ISO/IEC 18013-5 §9.1.1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import cbor2
from cbor2 import CBORTag

from nlwallet.crypto import PublicKey
from nlwallet.crypto.cbor import parse_cbor
from nlwallet.crypto.cose_key import encode_cose_key
from nlwallet.crypto.encoded_cbor import ENCODED_CBOR_TAG
from nlwallet.errors import InvalidSessionMessage
from nlwallet.mdoc.reading import MAX_MDOC_BYTES, member, typed, unwrap
from nlwallet.proximity.device_engagement import session_key
from nlwallet.proximity.reading import refused_as

MAX_MESSAGE_BYTES: Final = MAX_MDOC_BYTES + 4096
"""How long a message of a session may be, in bytes."""
MAX_STATUS: Final = 255

_SPEC: Final = "ISO/IEC 18013-5 §9.1.1.4"


class SessionStatus(IntEnum):
    """Why a session ends (Table 20)."""

    SESSION_ENCRYPTION_ERROR = 10
    CBOR_DECODING_ERROR = 11
    SESSION_TERMINATION = 20


@dataclass(frozen=True, slots=True)
class SessionEstablishment:
    """The reader's first message: its ephemeral key, and the encrypted request."""

    reader_key: PublicKey
    reader_key_bytes: bytes = field(repr=False)
    """The COSE_Key as sent, without tag 24: both sides put it into the session transcript."""
    data: bytes = field(repr=False)

    def encode(self) -> bytes:
        """The message."""
        return cbor2.dumps(
            {"eReaderKey": CBORTag(ENCODED_CBOR_TAG, self.reader_key_bytes), "data": self.data}
        )

    @classmethod
    def parse(cls, message: bytes) -> SessionEstablishment:
        """Read the message. Raises a :class:`~nlwallet.errors.RemoteError`."""
        with refused_as(InvalidSessionMessage, _SPEC):
            members = _members(message, "SessionEstablishment")
            encoded = unwrap(members.get("eReaderKey"), "eReaderKey", "/eReaderKey")
            key = session_key(encoded, what="eReaderKey", pointer="/eReaderKey")
            return cls(key, encoded, member(members, "data", bytes, ""))


@dataclass(frozen=True, slots=True)
class SessionData:
    """Every other message: encrypted data, a status that ends the session, or both."""

    data: bytes | None = field(default=None, repr=False)
    status: int | None = None

    def encode(self) -> bytes:
        """The message."""
        given = {"data": self.data, "status": None if self.status is None else int(self.status)}
        return cbor2.dumps({name: value for name, value in given.items() if value is not None})

    @classmethod
    def parse(cls, message: bytes) -> SessionData:
        """Read the message. Raises a :class:`~nlwallet.errors.RemoteError`."""
        with refused_as(InvalidSessionMessage, _SPEC):
            members = _members(message, "SessionData")
            data = member(members, "data", bytes, "") if "data" in members else None
            status = member(members, "status", int, "") if "status" in members else None
        if data is None and status is None:
            raise InvalidSessionMessage("SessionData has neither data nor a status", spec=_SPEC)
        if "eReaderKey" in members:
            raise InvalidSessionMessage("a session is established once", spec=_SPEC, pointer="/eReaderKey")
        if status is not None and not 0 <= status <= MAX_STATUS:
            raise InvalidSessionMessage("the status is out of range", spec=_SPEC, pointer="/status")
        return cls(data, status)


def reader_key_bytes(key: PublicKey) -> bytes:
    """The encoded COSE_Key of a reader's ephemeral key."""
    return encode_cose_key(key)


def _members(message: bytes, what: str) -> dict[object, object]:
    decoded = parse_cbor(message, what=what, max_bytes=MAX_MESSAGE_BYTES, indefinite_lengths=False)
    return typed(decoded, dict, what, "", _SPEC)
