"""How messages go over Bluetooth Low Energy: services, Ident, and chunks of an MTU (ISO/IEC 18013-5 §8.3.3.1.1).

The radio is not here. A link over BLE is a :class:`~nlwallet.proximity.Link` whose ``send`` writes
:func:`ble_chunks` of a message to the one characteristic, and whose ``receive`` feeds what comes from the other into
:class:`BleMessage`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from nlwallet.crypto.cbor import parse_cbor
from nlwallet.crypto.encoded_cbor import wrapped
from nlwallet.crypto.key_agreement import hkdf_sha256
from nlwallet.errors import InvalidSessionMessage, LimitExceeded, LocalError
from nlwallet.proximity.device_engagement import DeviceEngagement
from nlwallet.proximity.session_messages import MAX_MESSAGE_BYTES

MORE: Final = b"\x01"
LAST: Final = b"\x00"
STATE_START: Final = b"\x01"
"""Written to State once the client is ready."""
STATE_END: Final = b"\x02"
"""Written to State to end the connection."""
ATT_HEADER: Final = 3
MIN_MTU: Final = 23
MAX_MTU: Final = 517
IDENT_BYTES: Final = 16

DEVICE_SERVICE: Final = {
    "state": "00000001-A123-48CE-896B-4C76973373E6",
    "client_to_server": "00000002-A123-48CE-896B-4C76973373E6",
    "server_to_client": "00000003-A123-48CE-896B-4C76973373E6",
}
"""Characteristics where the device is the peripheral server (Table 11)."""
READER_SERVICE: Final = {
    "state": "00000005-A123-48CE-896B-4C76973373E6",
    "client_to_server": "00000006-A123-48CE-896B-4C76973373E6",
    "server_to_client": "00000007-A123-48CE-896B-4C76973373E6",
    "ident": "00000008-A123-48CE-896B-4C76973373E6",
}
"""Characteristics where the device is the central client (Table 12)."""

_SPEC: Final = "ISO/IEC 18013-5 §8.3.3.1.1.6"


def ble_ident(engagement: DeviceEngagement) -> bytes:
    """What a reader as peripheral server shows in its Ident, 16 bytes: the device, which compares, knows it by that.

    It is derived from the device's key as the engagement has it (§8.3.3.1.1.3).
    """
    device_key = parse_cbor(engagement.encoded, what="the engagement")[1][1].value
    return hkdf_sha256(wrapped(device_key), salt=b"", info=b"BLEIdent", length=IDENT_BYTES)


def ble_chunks(message: bytes, *, mtu: int) -> Iterator[bytes]:
    """``message`` in pieces of ``mtu - 3`` bytes at most: the first byte says whether more follow."""
    if not MIN_MTU <= mtu <= MAX_MTU or not message:
        raise LocalError(f"a message has octets, and an MTU is {MIN_MTU} to {MAX_MTU}", spec=_SPEC)
    size = mtu - ATT_HEADER - 1
    for at in range(0, len(message), size):
        yield (MORE if at + size < len(message) else LAST) + message[at : at + size]


@dataclass(slots=True)
class BleMessage:
    """Puts the pieces of one message together after another."""

    _received: bytearray = field(default_factory=bytearray, repr=False)

    def receive(self, chunk: bytes) -> bytes | None:
        """The message, once its last piece came. Raises InvalidSessionMessage or LimitExceeded."""
        if not 1 < len(chunk) <= MAX_MTU or chunk[:1] not in (MORE, LAST):
            raise InvalidSessionMessage("a piece of a message has no beginning or no octets", spec=_SPEC)
        if len(self._received) + len(chunk) - 1 > MAX_MESSAGE_BYTES:
            raise LimitExceeded(f"a message has more than {MAX_MESSAGE_BYTES} bytes", spec=_SPEC)
        self._received += chunk[1:]
        if chunk[:1] == MORE:
            return None
        message = bytes(self._received)
        self._received.clear()
        return message
