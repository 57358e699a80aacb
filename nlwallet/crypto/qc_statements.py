"""The extension qcStatements: of which kind a certificate says it is (RFC 3739 §3.2.6, ETSI EN 319 412-5 §4.2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

QC_STATEMENTS: Final = "1.3.6.1.5.5.7.1.3"
QC_TYPE: Final = "0.4.0.1862.1.6"
"""``id-etsi-qcs-QcType``: what the certificate is for."""

_SEQUENCE: Final = 0x30
_OID: Final = 0x06
_MAX_VALUES: Final = 64
_MAX_ARC_OCTETS: Final = 9


def qc_types_extension(types: Sequence[str]) -> bytes:
    """The DER of an extension with one statement, QcType, that names ``types`` (dotted)."""
    named = _value(_SEQUENCE, b"".join(_oid(one) for one in types))
    return _value(_SEQUENCE, _value(_SEQUENCE, _oid(QC_TYPE) + named))


def read_qc_types(der: bytes) -> frozenset[str]:
    """The types that the DER of the extension names, dotted; of what cannot be read, none."""
    try:
        statements = [list(_values(one)) for _, one in _values(_only(der, _SEQUENCE))]
        return frozenset(
            _dotted(type_)
            for members in statements
            if len(members) == 2 and members[0][0] == _OID and _dotted(members[0][1]) == QC_TYPE
            for kind, type_ in _values(members[1][1])
            if members[1][0] == _SEQUENCE and kind == _OID
        )
    except ValueError:
        return frozenset()


def _only(der: bytes, kind: int) -> bytes:
    values = list(_values(der))
    if len(values) != 1 or values[0][0] != kind:
        raise ValueError("not one value of that kind")
    return values[0][1]


def _values(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each value (X.690 §8.1); raises ``ValueError`` for what is no DER."""
    at = count = 0
    while at < len(der):
        if len(der) < at + 2 or (count := count + 1) > _MAX_VALUES:
            raise ValueError("cut off, or too many values")
        kind, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 2 or len(der) < at + octets:
                raise ValueError("a length that a certificate cannot have")
            length, at = int.from_bytes(der[at : at + octets]), at + octets
        if len(der) < at + length:
            raise ValueError("cut off")
        yield kind, der[at : at + length]
        at += length


def _value(kind: int, content: bytes) -> bytes:
    """A value of less than 128 octets: all that is written here is that short."""
    return bytes((kind, len(content))) + content


def _oid(dotted: str) -> bytes:
    first, second, *arcs = map(int, dotted.split("."))
    return _value(_OID, b"".join(map(_arc, (40 * first + second, *arcs))))


def _arc(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | (number & 0x7F))
    return bytes(reversed(octets))


def _dotted(content: bytes) -> str:
    """An object identifier (X.690 §8.19); the first octets hold two arcs."""
    arcs: list[int] = []
    number = octets = 0
    for octet in content:
        number, octets = number << 7 | octet & 0x7F, octets + 1
        if octets > _MAX_ARC_OCTETS:
            raise ValueError("an arc that is too long")
        if not octet & 0x80:
            arcs.append(number)
            number = octets = 0
    if octets or not arcs:
        raise ValueError("an arc is cut off")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
