"""NFC handover as data: the messages that bring an engagement, static or negotiated (ISO/IEC 18013-5 §8.2.2.1).

No radio is here. What was exchanged goes into the session transcript as it was: :class:`~nlwallet.mdoc.NfcHandover`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from nlwallet.errors import InvalidEngagement, LocalError
from nlwallet.mdoc import NfcHandover
from nlwallet.proximity.device_engagement import DeviceEngagement
from nlwallet.proximity.ndef import EXTERNAL, MIME, WELL_KNOWN, NdefRecord, encode_ndef, parse_ndef
from nlwallet.proximity.retrieval_method import UUID_BYTES

CONNECTION_HANDOVER: Final = 0x15
"""Version 1.5."""
ENGAGEMENT_TYPE: Final = b"iso.org:18013:deviceengagement"
ENGAGEMENT_ID: Final = b"mdoc"
BLE_TYPE: Final = b"application/vnd.bluetooth.le.oob"
NFC_TYPE: Final = b"iso.org:18013:nfc"
WIFI_AWARE_TYPE: Final = b"application/vnd.wfa.nan"

_SPEC: Final = "ISO/IEC 18013-5 §8.2.2.1"
_ACTIVE: Final = 0x01
_LE_ROLE, _LE_SERVICE = 0x1C, 0x07


@dataclass(frozen=True, slots=True)
class Carrier:
    """One way to go on, as its carrier configuration record says it."""

    reference: bytes
    """The id of the record."""
    type: bytes
    kind: int = MIME
    data: bytes = field(default=b"", repr=False)

    @classmethod
    def ble(cls, role: int, *, service: bytes | None = None, reference: bytes = b"0") -> Carrier:
        """Bluetooth Low Energy. ``role`` is the sender's LE role (0 peripheral, 1 central, 2 and 3 both)."""
        if role not in range(4) or (service is not None and len(service) != UUID_BYTES):
            raise LocalError("a role is 0 to 3, a service has 16 bytes", spec=_SPEC)
        octets = bytes((2, _LE_ROLE, role))
        if service is not None:  # the least significant octet comes first there
            octets += bytes((UUID_BYTES + 1, _LE_SERVICE)) + service[::-1]
        return cls(reference, BLE_TYPE, data=octets)


@dataclass(frozen=True, slots=True)
class HandoverSelect:
    """The device's message: its engagement, and the carriers that it takes."""

    engagement: DeviceEngagement
    carriers: tuple[Carrier, ...]
    message: bytes = field(repr=False)
    """The octets as sent."""

    @classmethod
    def create(cls, engagement: DeviceEngagement, carriers: Sequence[Carrier]) -> HandoverSelect:
        """A new message. Raises :class:`~nlwallet.errors.LocalError` without a carrier."""
        if not carriers:
            raise LocalError("a handover selects a carrier", spec=_SPEC)
        chosen = encode_ndef([_alternative(one, ENGAGEMENT_ID) for one in carriers])
        message = encode_ndef(
            [
                NdefRecord(WELL_KNOWN, b"Hs", bytes((CONNECTION_HANDOVER,)) + chosen),
                *(NdefRecord(one.kind, one.type, one.data, one.reference) for one in carriers),
                NdefRecord(EXTERNAL, ENGAGEMENT_TYPE, engagement.encoded, ENGAGEMENT_ID),
            ]
        )
        return cls(engagement, tuple(carriers), message)

    @classmethod
    def parse(cls, message: bytes) -> HandoverSelect:
        """Read the message. Raises a :class:`~nlwallet.errors.RemoteError`."""
        carriers, records = _carriers(message, b"Hs")
        found = [
            one
            for one in records
            if (one.kind, one.type, one.id) == (EXTERNAL, ENGAGEMENT_TYPE, ENGAGEMENT_ID)
        ]
        if len(found) != 1:
            raise _refused("the handover brings one engagement")
        return cls(DeviceEngagement.parse(found[0].payload), carriers, message)

    def handover(self, request: HandoverRequest | None = None) -> NfcHandover:
        """What goes into the session transcript; without ``request`` the handover was static.

        Raises :class:`~nlwallet.errors.InvalidEngagement` for a selection that ``request`` did not offer.
        """
        if request is None:
            return NfcHandover(self.message)
        offered = {one.type for one in request.carriers}
        if len(self.carriers) != 1 or self.carriers[0].type not in offered:
            raise _refused("in a negotiated handover the device selects one carrier that the reader offered")
        return NfcHandover(self.message, request.message)


@dataclass(frozen=True, slots=True)
class HandoverRequest:
    """The reader's message of a negotiated handover: the carriers that it offers."""

    carriers: tuple[Carrier, ...]
    message: bytes = field(repr=False)

    @classmethod
    def create(cls, carriers: Sequence[Carrier], *, collision_resolution: bytes) -> HandoverRequest:
        """A new message; ``collision_resolution`` are two random bytes. Raises :class:`~nlwallet.errors.LocalError`."""
        if not carriers or len(collision_resolution) != 2:
            raise LocalError("a request has a carrier, and two random bytes", spec=_SPEC)
        offered = encode_ndef(
            [NdefRecord(WELL_KNOWN, b"cr", collision_resolution), *(_alternative(one) for one in carriers)]
        )
        message = encode_ndef(
            [
                NdefRecord(WELL_KNOWN, b"Hr", bytes((CONNECTION_HANDOVER,)) + offered),
                *(NdefRecord(one.kind, one.type, one.data, one.reference) for one in carriers),
            ]
        )
        return cls(tuple(carriers), message)

    @classmethod
    def parse(cls, message: bytes) -> HandoverRequest:
        """Read the message. Raises a :class:`~nlwallet.errors.RemoteError`."""
        carriers, _ = _carriers(message, b"Hr")
        return cls(carriers, message)


def _alternative(carrier: Carrier, *auxiliary: bytes) -> NdefRecord:
    payload = bytes((_ACTIVE, len(carrier.reference))) + carrier.reference + bytes((len(auxiliary),))
    return NdefRecord(WELL_KNOWN, b"ac", payload + b"".join(bytes((len(one),)) + one for one in auxiliary))


def _carriers(message: bytes, kind: bytes) -> tuple[tuple[Carrier, ...], tuple[NdefRecord, ...]]:
    """The carriers that the first record refers to, in its order, and all records."""
    records = parse_ndef(message)
    first = records[0]
    if (first.kind, first.type) != (WELL_KNOWN, kind) or not first.payload:
        raise _refused(f"the first record of the handover is not {kind.decode()}")
    if first.payload[0] >> 4 != CONNECTION_HANDOVER >> 4:
        raise _refused("the handover is of another major version than 1")
    if len(first.payload) == 1:
        raise _refused("the handover names no carrier")
    by_id = {one.id: one for one in records[1:] if one.id}
    if len(by_id) != sum(bool(one.id) for one in records[1:]):
        raise _refused("two records have one id")
    carriers = []
    for one in parse_ndef(first.payload[1:]):
        if (one.kind, one.type) == (WELL_KNOWN, b"ac"):
            reference = one.payload[2 : 2 + one.payload[1]] if len(one.payload) > 1 else b""
            found = by_id.get(reference)
            if found is None:
                raise _refused("the handover names a carrier that is not there")
            carriers.append(Carrier(reference, found.type, found.kind, found.payload))
    if not carriers:
        raise _refused("the handover names no carrier")
    return tuple(carriers), records


def _refused(message: str) -> InvalidEngagement:
    return InvalidEngagement(message, spec=_SPEC)
