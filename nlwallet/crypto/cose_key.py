"""COSE_Key (RFC 9052 §7, RFC 9053 §7): the public key of a device or reader as CBOR holds it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.encoded_cbor import PLACE, fixed
from nlwallet.crypto.keys import PublicKey
from nlwallet.errors import AlgorithmNotAllowed, MalformedInput

KTY, CRV, X, Y, D = 1, -1, -2, -3, -4
"""Labels; the first is common to all keys, the others are those of the types here."""

_OKP, _EC2 = 1, 2
_EC2_CURVES: dict[int, tuple[str, ec.EllipticCurve, int]] = {
    1: ("P-256", ec.SECP256R1(), 32),
    2: ("P-384", ec.SECP384R1(), 48),
    3: ("P-521", ec.SECP521R1(), 66),
}
_ED25519 = 6
_NUMBERS = {name: number for number, (name, _, _) in _EC2_CURVES.items()}


def cose_key(key: PublicKey) -> dict[int, Any]:
    """The COSE_Key with its required members, in the order of deterministic encoding."""
    if key.curve == "Ed25519":
        return {KTY: _OKP, CRV: _ED25519, X: key.coordinates[0]}
    x, y = key.coordinates
    return {KTY: _EC2, CRV: _NUMBERS[key.curve], X: x, Y: y}


def encode_cose_key(key: PublicKey) -> bytes:
    """The encoded COSE_Key, deterministic too."""
    return _TEMPLATES[key.curve] % key.coordinates


def _template(members: dict[int, Any], size: int) -> bytes:
    return fixed(dump_cbor(members)).replace(bytes(size), PLACE)


_TEMPLATES = {
    "Ed25519": _template({KTY: _OKP, CRV: _ED25519, X: bytes(32)}, 32),
    **{
        name: _template({KTY: _EC2, CRV: number, X: bytes(size), Y: bytes(size)}, size)
        for number, (name, _, size) in _EC2_CURVES.items()
    },
}


def parse_cose_key(value: Any, *, what: str, pointer: str = "") -> PublicKey:
    """Read a decoded COSE_Key; ``y`` may be the sign of a compressed point (RFC 9053 §7.1.1).

    Raises :class:`~nlwallet.errors.MalformedInput`, and :class:`~nlwallet.errors.AlgorithmNotAllowed` for a type
    or curve that is not accepted.
    """
    if not isinstance(value, dict):
        raise MalformedInput(f"{what} is no COSE_Key: a map", spec="RFC 9052 §7", pointer=pointer)
    if D in value:
        raise MalformedInput(f"{what} holds a private key", spec="RFC 9053 §7.1", pointer=pointer)
    kty, crv, x, y = value.get(KTY), value.get(CRV), value.get(X), value.get(Y)
    if type(kty) is not int or type(crv) is not int or type(x) is not bytes:
        raise MalformedInput(f"{what} lacks kty, crv or x", spec="RFC 9053 §7", pointer=pointer)
    if kty == _EC2 and type(y) not in (bytes, bool):
        raise MalformedInput(f"{what} lacks y", spec="RFC 9053 §7.1.1", pointer=pointer)
    try:
        if kty == _EC2:
            tail = x if isinstance(y, bool) else x + (y or b"")
            return _ec2_key(crv, len(x), bytes((2 + y if isinstance(y, bool) else 4,)) + tail)
        return _okp_key(kty, crv, x)
    except ValueError:
        raise MalformedInput(
            f"{what} is no point on its curve", spec="RFC 9053 §7.1.1", pointer=pointer
        ) from None
    except KeyError:
        raise AlgorithmNotAllowed(
            f"{what} is of a type or curve that is not accepted",
            spec="RFC 9053 §7.1",
            pointer=pointer,
            hint="use P-256, P-384, P-521 or Ed25519",
        ) from None


@lru_cache(maxsize=1024)
def _ec2_key(crv: int, coordinate: int, point: bytes) -> PublicKey:
    """To load a key costs a tenth of a signature, and the same document is shown again and again."""
    _, curve, size = _EC2_CURVES[crv]
    if coordinate != size:
        raise ValueError("a coordinate of another size")
    return PublicKey(ec.EllipticCurvePublicKey.from_encoded_point(curve, point))


def _okp_key(kty: int, crv: int, x: bytes) -> PublicKey:
    if (kty, crv) != (_OKP, _ED25519):
        raise KeyError(crv)
    return PublicKey(ed25519.Ed25519PublicKey.from_public_bytes(x))
