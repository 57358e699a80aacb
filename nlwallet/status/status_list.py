"""The list itself: many small status values, packed and compressed (Token Status List §4)."""

from __future__ import annotations

import zlib
from enum import IntEnum

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidStatus, LimitExceeded, LocalError

BITS = (1, 2, 4, 8)

MAX_LIST_BYTES = 16_777_216
"""How large a list may become when it is inflated: 16 MiB, which is 134 million entries of one bit."""

_SEARCHED_BYTES = 131_072
# Up to here (a million entries of one bit) zlib looks for the longest match, as the published examples do. A
# larger list would keep it busy for seconds: sparse bits have thousands of equally short matches. Runs alone, at
# the highest level as well, are a hundred times faster; the result is 8 % smaller to 17 % larger.


class Status(IntEnum):
    """The registered status values (§7.1, §14.5); all others are reserved."""

    VALID = 0x00
    INVALID = 0x01
    SUSPENDED = 0x02
    APPLICATION_SPECIFIC_3 = 0x03
    APPLICATION_SPECIFIC_12 = 0x0C
    APPLICATION_SPECIFIC_13 = 0x0D
    APPLICATION_SPECIFIC_14 = 0x0E
    APPLICATION_SPECIFIC_15 = 0x0F


def status_name(value: int) -> str:
    """A status value in words: ``valid``, ``revoked``, ``suspended``, or what else it is (§7.1)."""
    names = {Status.VALID: "valid", Status.INVALID: "revoked", Status.SUSPENDED: "suspended"}
    if value in names:
        return names[Status(value)]
    kind = "application specific" if value in Status.__members__.values() else "reserved"
    return f"not valid: its status 0x{value:02X} is {kind}"


class StatusList:
    """Statuses by index, ``bits`` each, least significant bits of a byte first (§4.1).

    A list that was read is kept inflated: looking an entry up takes the same short time however long it is.
    """

    __slots__ = ("_bytes", "_mask", "_per_byte", "_size", "bits")

    def __init__(self, size: int, *, bits: int = 1) -> None:
        """A list of ``size`` entries, all valid."""
        if bits not in BITS or size <= 0 or size % (8 // bits):
            raise LocalError(
                "a status list has 1, 2, 4 or 8 bits an entry and fills whole bytes", spec="TSL §4.1"
            )
        if size * bits // 8 > MAX_LIST_BYTES:
            raise LocalError(f"a status list has at most {MAX_LIST_BYTES} bytes", hint="make several lists")
        self._hold(bytearray(size * bits // 8), bits)

    def _hold(self, packed: bytearray, bits: int) -> None:
        self.bits = bits
        self._bytes = packed
        self._per_byte = 8 // bits
        self._size = len(packed) * self._per_byte
        self._mask = (1 << bits) - 1

    @classmethod
    def decode(cls, lst: str, *, bits: int) -> StatusList:
        """Read ``lst`` of a status list in JSON: base64url of what :meth:`decompress` reads (§4.2)."""
        return cls.decompress(b64url_decode(lst, pointer="/status_list/lst"), bits=bits)

    @classmethod
    def decompress(cls, data: bytes, *, bits: int) -> StatusList:
        """Read a list in the ZLIB format, inflating no more than 16 MiB (§4.1).

        Raises :class:`~nlwallet.errors.InvalidStatus` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        if type(bits) is not int or bits not in BITS:
            raise InvalidStatus("bits is not 1, 2, 4 or 8", spec="TSL §4.2", pointer="/status_list/bits")
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS)  # the ZLIB format only: no gzip, no raw DEFLATE
        try:
            inflated = inflater.decompress(data, MAX_LIST_BYTES + 1)
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
        decoded = cls.__new__(cls)
        decoded._hold(bytearray(inflated), bits)
        return decoded

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> int:
        """The status at ``index``. Raises :class:`~nlwallet.errors.InvalidStatus` outside the list (§8.3(6))."""
        if not 0 <= index < self._size:
            raise InvalidStatus(
                "the index lies outside the status list",
                spec="TSL §8.3(6)",
                pointer="/status/status_list/idx",
            )
        byte, entry = divmod(index, self._per_byte)
        return self._bytes[byte] >> entry * self.bits & self._mask

    def __setitem__(self, index: int, status: int) -> None:
        if not 0 <= index < self._size or not 0 <= status <= self._mask:
            raise LocalError("no such index or status in this list", spec="TSL §4.1")
        byte, entry = divmod(index, self._per_byte)
        shift = entry * self.bits
        self._bytes[byte] = self._bytes[byte] & ~(self._mask << shift) | status << shift

    @property
    def size_in_bytes(self) -> int:
        """What the list takes in memory."""
        return len(self._bytes)

    def encode(self) -> str:
        """``lst`` in JSON: :meth:`compress` in base64url (§4.2)."""
        return b64url_encode(self.compress())

    def compress(self) -> bytes:
        """The list in the ZLIB format, at the highest level (§4.1); ``lst`` in CBOR (§4.3)."""
        searched = len(self._bytes) <= _SEARCHED_BYTES
        strategy = zlib.Z_DEFAULT_STRATEGY if searched else zlib.Z_RLE
        deflater = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
        return deflater.compress(self._bytes) + deflater.flush()
