"""NDEF messages: the records that two NFC devices exchange (NFC Forum NDEF 1.0 §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from nlwallet.errors import InvalidEngagement, LimitExceeded, LocalError

WELL_KNOWN: Final = 0x01
MIME: Final = 0x02
EXTERNAL: Final = 0x04
MAX_NDEF_BYTES: Final = 16_384
MAX_RECORDS: Final = 32

_BEGIN, _END, _CHUNK, _SHORT, _WITH_ID, _KIND = 0x80, 0x40, 0x20, 0x10, 0x08, 0x07
_SPEC: Final = "NFC Forum NDEF 1.0 §3.2"


@dataclass(frozen=True, slots=True)
class NdefRecord:
    """One record. ``kind`` is its type name format."""

    kind: int
    type: bytes
    payload: bytes = field(repr=False)
    id: bytes = b""


def encode_ndef(records: Sequence[NdefRecord]) -> bytes:
    """The message of these records. Raises :class:`~nlwallet.errors.LocalError` for one that is too long."""
    if not records or any(len(one.type) > 255 or len(one.id) > 255 for one in records):
        raise LocalError("an NDEF message has a record, and names of at most 255 bytes", spec=_SPEC)
    out = bytearray()
    for place, one in enumerate(records):
        short = len(one.payload) < 256
        flags = one.kind | (_SHORT if short else 0) | (_WITH_ID if one.id else 0)
        flags |= (_BEGIN if place == 0 else 0) | (_END if place == len(records) - 1 else 0)
        out += bytes((flags, len(one.type))) + len(one.payload).to_bytes(1 if short else 4)
        out += (bytes((len(one.id),)) if one.id else b"") + one.type + one.id + one.payload
    return bytes(out)


def parse_ndef(message: bytes, *, pointer: str = "") -> tuple[NdefRecord, ...]:
    """The records of a message; none in chunks. Raises InvalidEngagement or LimitExceeded."""
    if len(message) > MAX_NDEF_BYTES:
        raise LimitExceeded(f"the NDEF message has more than {MAX_NDEF_BYTES} bytes", pointer=pointer)
    records: list[NdefRecord] = []
    source = _Octets(message, pointer)
    while not source.at_end:
        if len(records) == MAX_RECORDS:
            raise LimitExceeded(f"the NDEF message has more than {MAX_RECORDS} records", pointer=pointer)
        flags = source.number(1)
        if flags & _CHUNK or bool(flags & _BEGIN) != (not records):
            raise _refused("a record is in chunks or out of its place", pointer)
        type_length, length = source.number(1), source.number(1 if flags & _SHORT else 4)
        id_length = source.number(1) if flags & _WITH_ID else 0
        kind, id_ = source.take(type_length), source.take(id_length)
        records.append(NdefRecord(flags & _KIND, kind, source.take(length), id_))
        if bool(flags & _END) != source.at_end:
            raise _refused("the last record is not the one that says so", pointer)
    if not records:
        raise _refused("there is no record", pointer)
    return tuple(records)


class _Octets:
    def __init__(self, data: bytes, pointer: str) -> None:
        self._data, self._at, self._pointer = data, 0, pointer

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise _refused("a record is cut off", self._pointer)
        self._at += count
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count))


def _refused(message: str, pointer: str) -> InvalidEngagement:
    return InvalidEngagement(message, spec=_SPEC, pointer=pointer)
