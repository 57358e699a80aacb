"""Asymmetric keys: P-256, P-384, P-521 and Ed25519, as JWK and PEM, signing the JOSE way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self, cast

from cryptography.exceptions import InvalidSignature as PycaInvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from nlwallet.encoding import b64url_decode, b64url_encode, dump_json
from nlwallet.errors import AlgorithmNotAllowed, InvalidSignature, LocalError, MalformedInput


class _Curve:
    """What JOSE says about one elliptic curve (RFC 7518 §3.4): algorithm, hash, octets of a coordinate."""

    __slots__ = ("alg", "curve", "ecdsa", "size")

    def __init__(self, curve: ec.EllipticCurve, alg: str, digest: hashes.HashAlgorithm) -> None:
        self.curve = curve
        self.alg = alg
        self.ecdsa = ec.ECDSA(digest)
        self.size = (curve.key_size + 7) // 8


_CURVES: dict[str, _Curve] = {
    "P-256": _Curve(ec.SECP256R1(), "ES256", hashes.SHA256()),
    "P-384": _Curve(ec.SECP384R1(), "ES384", hashes.SHA384()),
    "P-521": _Curve(ec.SECP521R1(), "ES512", hashes.SHA512()),
}
_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_ED25519 = "Ed25519"
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

EcOrEdPublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
EcOrEdPrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class PublicKey:
    """A public key that verifies. Two are equal when their RFC 7638 thumbprints are."""

    def __init__(self, pyca: EcOrEdPublicKey, *, pointer: str = "") -> None:
        self.pyca = pyca
        """The key as pyca/cryptography has it; only the crypto room touches it."""
        self.curve = _name_of(pyca, pointer)
        self._jose = _CURVES.get(self.curve)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any], *, pointer: str = "") -> Self:
        """Read a public JWK (RFC 7517, RFC 8037).

        Raises :class:`~nlwallet.errors.MalformedInput` for a private or damaged key, and
        :class:`~nlwallet.errors.AlgorithmNotAllowed` for a type or curve that is not accepted.
        """
        if not isinstance(jwk, Mapping):
            raise MalformedInput("a JWK is a JSON object", spec="RFC 7517 §4", pointer=pointer)
        if not _PRIVATE_MEMBERS.isdisjoint(jwk):
            raise MalformedInput(
                "the JWK holds secret members",
                spec="RFC 7517 §9.2",
                pointer=pointer,
                hint="send the public key only",
            )
        curve = _curve_of_jwk(jwk, pointer)
        x = _octets(jwk, "x", curve, pointer)
        try:
            if curve == _ED25519:
                return cls(ed25519.Ed25519PublicKey.from_public_bytes(x))
            y = _octets(jwk, "y", curve, pointer)
            key = cls(ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve].curve, b"\x04" + x + y))
            key.coordinates = x, y
            return key
        except ValueError:
            raise MalformedInput(
                f"the point is not on {curve}", spec="RFC 7518 §6.2.1", pointer=pointer
            ) from None

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read a SubjectPublicKeyInfo in PEM. Raises as :meth:`from_jwk` does."""
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            raise MalformedInput("not a public key in PEM", spec="RFC 7468 §13") from None
        if not isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
            raise _not_accepted("the key", "")
        return cls(key)

    @property
    def alg(self) -> str:
        """The JOSE algorithm of the key: ``ES256``, ``ES384``, ``ES512`` or ``EdDSA``."""
        return self._jose.alg if self._jose else "EdDSA"

    @cached_property
    def coordinates(self) -> tuple[bytes, ...]:
        """The octets of ``x`` and ``y``; of ``x`` alone for Ed25519."""
        if isinstance(self.pyca, ed25519.Ed25519PublicKey):
            return (self.pyca.public_bytes_raw(),)
        point = self.pyca.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        size = _CURVES[self.curve].size
        return point[1 : 1 + size], point[1 + size :]

    @cached_property
    def _members(self) -> dict[str, str]:
        kty = "OKP" if self.curve == _ED25519 else "EC"
        return {
            "crv": self.curve,
            "kty": kty,
            **dict(zip("xy", map(b64url_encode, self.coordinates), strict=False)),
        }

    def jwk(self) -> dict[str, str]:
        """The public JWK with its required members only, in the order of RFC 7638 §3.2."""
        return dict(self._members)

    @cached_property
    def _thumbprint(self) -> bytes:
        return hashlib.sha256(dump_json(self._members)).digest()

    def thumbprint(self) -> bytes:
        """The SHA-256 JWK thumbprint (RFC 7638 §3), 32 bytes."""
        return self._thumbprint

    def pem(self) -> bytes:
        """The SubjectPublicKeyInfo in PEM."""
        return self.pyca.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check a JOSE signature: R and S side by side for ECDSA (RFC 7518 §3.4), 64 bytes for Ed25519.

        Raises :class:`~nlwallet.errors.InvalidSignature`.
        """
        jose = self._jose
        try:
            if jose is None:
                cast("ed25519.Ed25519PublicKey", self.pyca).verify(signature, data)
                return
            if len(signature) != 2 * jose.size:
                raise InvalidSignature(
                    f"an {jose.alg} signature has {2 * jose.size} bytes, this one {len(signature)}",
                    spec="RFC 7518 §3.4",
                    hint="JOSE takes R and S side by side, not the DER form",
                )
            r, s = int.from_bytes(signature[: jose.size]), int.from_bytes(signature[jose.size :])
            cast("ec.EllipticCurvePublicKey", self.pyca).verify(encode_dss_signature(r, s), data, jose.ecdsa)
        except PycaInvalidSignature:
            raise InvalidSignature(
                "the signature does not verify with the key", spec="RFC 7515 §5.2"
            ) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self._thumbprint == other._thumbprint

    def __hash__(self) -> int:
        return hash(self._thumbprint)

    def __repr__(self) -> str:
        return f"<PublicKey {self.curve} {b64url_encode(self._thumbprint)}>"


class PrivateKey:
    """A private key that signs. It never shows itself: not in ``repr``, not in an error."""

    def __init__(self, pyca: EcOrEdPrivateKey) -> None:
        self.pyca = pyca
        """The key as pyca/cryptography has it; only the crypto room touches it."""
        self.public = PublicKey(pyca.public_key())
        self._jose = _CURVES.get(self.public.curve)

    @classmethod
    def generate(cls, curve: str = "P-256") -> Self:
        """A fresh key on ``P-256``, ``P-384``, ``P-521`` or ``Ed25519``."""
        if curve == _ED25519:
            return cls(ed25519.Ed25519PrivateKey.generate())
        if curve not in _CURVES:
            raise LocalError(f"no curve {curve!r}", hint=f"one of {', '.join((*_CURVES, _ED25519))}")
        return cls(ec.generate_private_key(_CURVES[curve].curve))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any], *, pointer: str = "") -> Self:
        """Read a private JWK; its public members must belong to ``d``. Raises as :meth:`PublicKey.from_jwk`."""
        if not isinstance(jwk, Mapping) or "d" not in jwk:
            raise MalformedInput("not a private JWK", spec="RFC 7518 §6.2.2", pointer=pointer)
        public = PublicKey.from_jwk(
            {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}, pointer=pointer
        )
        secret = _octets(jwk, "d", public.curve, pointer)
        try:
            key: EcOrEdPrivateKey = (
                ed25519.Ed25519PrivateKey.from_private_bytes(secret)
                if public.curve == _ED25519
                else ec.derive_private_key(int.from_bytes(secret), _CURVES[public.curve].curve)
            )
        except ValueError:
            raise MalformedInput(
                "d is out of range", spec="RFC 7518 §6.2.2.1", pointer=f"{pointer}/d"
            ) from None
        private = cls(key)
        if private.public != public:
            raise MalformedInput(
                "d does not belong to the public members", spec="RFC 7518 §6.2.2", pointer=pointer
            )
        return private

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read an unencrypted private key in PEM (PKCS #8 or SEC 1)."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise MalformedInput("not an unencrypted private key in PEM", spec="RFC 7468 §10") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
            raise _not_accepted("the key", "")
        return cls(key)

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read an unencrypted private key in DER (PKCS #8 or SEC 1)."""
        try:
            key = serialization.load_der_private_key(der, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise MalformedInput("not an unencrypted private key in DER", spec="RFC 5958 §2") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
            raise _not_accepted("the key", "")
        return cls(key)

    @property
    def curve(self) -> str:
        """The curve of the key."""
        return self.public.curve

    @property
    def alg(self) -> str:
        """The JOSE algorithm of the key."""
        return self.public.alg

    def sign(self, data: bytes) -> bytes:
        """A JOSE signature of ``data``: R and S side by side, or 64 bytes of Ed25519."""
        if isinstance(self.pyca, ed25519.Ed25519PrivateKey):
            return self.pyca.sign(data)
        jose = _CURVES[self.public.curve]
        return _side_by_side(self.pyca.sign(data, jose.ecdsa), jose.size)

    def private_jwk(self) -> dict[str, str]:
        """The private JWK. A secret: never log it."""
        if isinstance(self.pyca, ed25519.Ed25519PrivateKey):
            secret = self.pyca.private_bytes_raw()
        else:
            secret = self.pyca.private_numbers().private_value.to_bytes(_CURVES[self.curve].size)
        return {**self.public.jwk(), "d": b64url_encode(secret)}

    def pem(self) -> bytes:
        """The key as unencrypted PKCS #8 in PEM. A secret: never log it."""
        return self.pyca.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def der(self) -> bytes:
        """The key as unencrypted PKCS #8 in DER. A secret: never log it."""
        return self.pyca.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def __repr__(self) -> str:
        return f"<PrivateKey of {self.public!r}>"


def _side_by_side(der: bytes, size: int) -> bytes:
    """R and S, so many octets each, of a DER signature by OpenSSL (RFC 3279 §2.2.3).

    The integers are in two's complement: a zero octet more where the highest bit is set, fewer octets where it can do.
    """
    r = 4 if der[1] < 0x80 else 5
    s = r + der[r - 1] + 2
    return der[r : s - 2][-size:].rjust(size, b"\0") + der[s:][-size:].rjust(size, b"\0")


def _name_of(pyca: EcOrEdPublicKey, pointer: str) -> str:
    curve = getattr(pyca, "curve", None)
    if curve is None:
        return _ED25519
    try:
        return _NAMES[curve.name]
    except KeyError:
        raise _not_accepted(f"curve {curve.name}", pointer) from None


def _curve_of_jwk(jwk: Mapping[str, Any], pointer: str) -> str:
    kty, crv = jwk.get("kty"), jwk.get("crv")
    if kty == "EC" and isinstance(crv, str) and crv in _CURVES:
        return crv
    if kty == "OKP" and crv == _ED25519:
        return _ED25519
    raise _not_accepted("the key type or curve of the JWK", pointer)


def _not_accepted(what: str, pointer: str) -> AlgorithmNotAllowed:
    return AlgorithmNotAllowed(
        f"{what} is not accepted", pointer=pointer, hint=f"use {', '.join((*_CURVES, _ED25519))}"
    )


def _octets(jwk: Mapping[str, Any], member: str, curve: str, pointer: str) -> bytes:
    size = _CURVES[curve].size if curve in _CURVES else 32
    value = jwk.get(member)
    octets = b64url_decode(value, pointer=f"{pointer}/{member}") if isinstance(value, str) else b""
    if len(octets) != size:
        raise MalformedInput(
            f"{member} of a {curve} key has {size} octets",
            spec="RFC 7518 §6.2.1",
            pointer=f"{pointer}/{member}",
        )
    return octets
