"""The list itself: many small status values, packed and compressed (Token Status List §4)."""

from __future__ import annotations

import zlib
from enum import IntEnum

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidStatus, LimitExceeded, LocalError

BITS = (1, 2, 4, 8)

MAX_LIST_BYTES = 16_777_216
"""How large a list may become when it is inflated: 16 MiB, which is 134 million entries of one bit."""


class Status(IntEnum):
    """The registered status values (§7.1); others are application specific."""

    VALID = 0x00
    INVALID = 0x01
    SUSPENDED = 0x02


class StatusList:
    """Statuses by index, ``bits`` each, least significant bits of a byte first (§4.1)."""

    def __init__(self, size: int, *, bits: int = 1) -> None:
        if bits not in BITS or size <= 0 or size % (8 // bits):
            raise LocalError(
                "a status list has 1, 2, 4 or 8 bits an entry and fills whole bytes", spec="TSL §4.1"
            )
        self.bits = bits
        self._bytes = bytearray(size * bits // 8)

    @classmethod
    def decode(cls, lst: str, *, bits: int) -> StatusList:
        """Read ``lst`` of a status list (base64url of ZLIB data, §4.2), inflating no more than 16 MiB.

        Raises :class:`~nlwallet.errors.InvalidStatus`, ``MalformedInput`` or ``LimitExceeded``.
        """
        if type(bits) is not int or bits not in BITS:
            raise InvalidStatus("bits is not 1, 2, 4 or 8", spec="TSL §4.2", pointer="/status_list/bits")
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS)  # the ZLIB format only: no gzip, no raw DEFLATE
        try:
            inflated = inflater.decompress(b64url_decode(lst, pointer="/status_list/lst"), MAX_LIST_BYTES + 1)
        except zlib.error:
            raise InvalidStatus(
                "lst is not in the ZLIB format", spec="TSL §4.1", pointer="/status_list/lst"
            ) from None
        if len(inflated) > MAX_LIST_BYTES:
            raise LimitExceeded(
                f"the list inflates to more than {MAX_LIST_BYTES} bytes", pointer="/status_list/lst"
            )
        if not inflater.eof or inflater.unused_data or not inflated:
            raise InvalidStatus("lst is cut off or too long", spec="TSL §4.1", pointer="/status_list/lst")
        decoded = cls(8 // bits, bits=bits)
        decoded._bytes = bytearray(inflated)
        return decoded

    def __len__(self) -> int:
        return len(self._bytes) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        """The status at ``index``. Raises :class:`~nlwallet.errors.InvalidStatus` outside the list (§8.3(6))."""
        if not 0 <= index < len(self):
            raise InvalidStatus(
                "the index lies outside the status list",
                spec="TSL §8.3(6)",
                pointer="/status/status_list/idx",
            )
        byte, shift = self._place(index)
        return self._bytes[byte] >> shift & self._mask

    def __setitem__(self, index: int, status: int) -> None:
        if not 0 <= index < len(self) or not 0 <= status <= self._mask:
            raise LocalError("no such index or status in this list", spec="TSL §4.1")
        byte, shift = self._place(index)
        self._bytes[byte] = self._bytes[byte] & ~(self._mask << shift) | status << shift

    @property
    def _mask(self) -> int:
        return (1 << self.bits) - 1

    def _place(self, index: int) -> tuple[int, int]:
        per_byte = 8 // self.bits
        return index // per_byte, index % per_byte * self.bits

    def encode(self) -> str:
        """``lst``: base64url of the list compressed at the highest level (§4.1)."""
        return b64url_encode(zlib.compress(bytes(self._bytes), level=9))
