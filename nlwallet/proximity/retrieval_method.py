"""How a reader can reach the device: BLE, NFC or Wi-Fi Aware, as data (ISO/IEC 18013-5 §8.2.1.1, §8.2.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from nlwallet.errors import InvalidEngagement, LocalError
from nlwallet.mdoc.reading import typed

NFC: Final = 1
BLE: Final = 2
WIFI_AWARE: Final = 3
METHOD_VERSION: Final = 1
UUID_BYTES: Final = 16
ADDRESS_BYTES: Final = 6
MAX_OPTIONS: Final = 32
MAX_PASSPHRASE: Final = 63

_SPEC: Final = "ISO/IEC 18013-5 §8.2.1.1"


@dataclass(frozen=True, slots=True)
class BleRetrieval:
    """Bluetooth Low Energy: which GATT role the device can take, and the services to look for."""

    peripheral_uuid: bytes | None = None
    """Service of the device as peripheral server, 16 bytes; ``None`` where it cannot be one."""
    central_uuid: bytes | None = None
    """Service of the reader that the device looks for as central client, 16 bytes; ``None`` where it cannot."""
    address: bytes | None = None
    """Address of the device as peripheral server, 6 bytes, if it is told."""

    def __post_init__(self) -> None:
        lengths = (
            (self.peripheral_uuid, UUID_BYTES),
            (self.central_uuid, UUID_BYTES),
            (self.address, ADDRESS_BYTES),
        )
        if any(value is not None and len(value) != length for value, length in lengths):
            raise LocalError("a UUID has 16 bytes, an address 6", spec=_SPEC)
        if self.peripheral_uuid is None and self.central_uuid is None:
            raise LocalError("BLE needs one of both modes", spec=_SPEC)

    def as_cbor(self) -> list[Any]:
        """The DeviceRetrievalMethod to encode."""
        options: dict[int, Any] = {0: self.peripheral_uuid is not None, 1: self.central_uuid is not None}
        given = {10: self.peripheral_uuid, 11: self.central_uuid, 20: self.address}
        return [
            BLE,
            METHOD_VERSION,
            options | {key: value for key, value in given.items() if value is not None},
        ]


@dataclass(frozen=True, slots=True)
class NfcRetrieval:
    """Data transfer over NFC, with the longest command and response data fields that the device takes, in bytes."""

    max_command: int
    max_response: int

    def as_cbor(self) -> list[Any]:
        """The DeviceRetrievalMethod to encode."""
        return [NFC, METHOD_VERSION, {0: self.max_command, 1: self.max_response}]


@dataclass(frozen=True, slots=True)
class WifiAwareRetrieval:
    """Wi-Fi Aware; what is ``None`` is not told."""

    passphrase: str | None = field(default=None, repr=False)
    operating_class: int | None = None
    channel: int | None = None
    bands: bytes | None = None
    """Bit map of the supported bands."""

    def as_cbor(self) -> list[Any]:
        """The DeviceRetrievalMethod to encode."""
        given = {0: self.passphrase, 1: self.operating_class, 2: self.channel, 3: self.bands}
        return [WIFI_AWARE, METHOD_VERSION, {key: value for key, value in given.items() if value is not None}]


@dataclass(frozen=True, slots=True)
class OtherRetrieval:
    """A method, or a version of one, that is not known here: kept as it came, and not used."""

    type: int
    version: int
    options: Mapping[Any, Any] = field(default_factory=dict, repr=False)

    def as_cbor(self) -> list[Any]:
        """The DeviceRetrievalMethod to encode."""
        return [self.type, self.version, dict(self.options)]


RetrievalMethod: TypeAlias = BleRetrieval | NfcRetrieval | WifiAwareRetrieval | OtherRetrieval


def method_of(value: Any, pointer: str) -> RetrievalMethod:
    """A decoded DeviceRetrievalMethod. Raises a :class:`~nlwallet.errors.RemoteError`."""
    parts = typed(value, list, "a retrieval method", pointer, _SPEC)
    if len(parts) != 3 or type(parts[0]) is not int or type(parts[1]) is not int:
        raise _refused("a retrieval method is its type, its version and its options", pointer)
    options = typed(parts[2], dict, "the options of a retrieval method", f"{pointer}/2", _SPEC)
    if len(options) > MAX_OPTIONS:
        raise _refused(f"a retrieval method has at most {MAX_OPTIONS} options", f"{pointer}/2")
    kind, version = parts[0], parts[1]
    if version == METHOD_VERSION and kind in _READERS:
        return _READERS[kind](options, f"{pointer}/2")
    return OtherRetrieval(kind, version, options)


def _ble(options: dict[Any, Any], at: str) -> RetrievalMethod:
    peripheral, central = (_option(options, key, bool, at, required=True) for key in (0, 1))
    uuids = (_octets(options, 10, UUID_BYTES, at), _octets(options, 11, UUID_BYTES, at))
    if not (peripheral or central):
        raise _refused("BLE is offered in no mode", at)
    if any(mode and uuid is None for mode, uuid in zip((peripheral, central), uuids, strict=True)):
        raise _refused("a mode of BLE is offered without its UUID", at)
    return BleRetrieval(
        uuids[0] if peripheral else None,
        uuids[1] if central else None,
        _octets(options, 20, ADDRESS_BYTES, at),
    )


def _nfc(options: dict[Any, Any], at: str) -> RetrievalMethod:
    lengths = [_option(options, key, int, at, required=True) for key in (0, 1)]
    if any(not 0 < length < 1 << 32 for length in lengths):
        raise _refused("a length of NFC data fields is out of range", at)
    return NfcRetrieval(*lengths)


def _wifi_aware(options: dict[Any, Any], at: str) -> RetrievalMethod:
    passphrase = _option(options, 0, str, at)
    if passphrase is not None and len(passphrase) > MAX_PASSPHRASE:
        raise _refused("the passphrase is too long", at)
    return WifiAwareRetrieval(
        passphrase, _option(options, 1, int, at), _option(options, 2, int, at), _option(options, 3, bytes, at)
    )


_READERS: Final = {BLE: _ble, NFC: _nfc, WIFI_AWARE: _wifi_aware}


def _option(options: dict[Any, Any], key: int, kind: type, at: str, *, required: bool = False) -> Any:
    if key not in options and not required:
        return None
    return typed(options.get(key), kind, f"option {key}", f"{at}/{key}", _SPEC)


def _octets(options: dict[Any, Any], key: int, length: int, at: str) -> bytes | None:
    value: bytes | None = _option(options, key, bytes, at)
    if value is not None and len(value) != length:
        raise _refused(f"option {key} has {length} bytes", f"{at}/{key}")
    return value


def _refused(message: str, pointer: str) -> InvalidEngagement:
    return InvalidEngagement(message, spec=_SPEC, pointer=pointer)
