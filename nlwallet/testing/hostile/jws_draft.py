"""A JWS before it is signed, everything in it open to change."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_decode, b64url_encode, parse_json_object

Sign: TypeAlias = Callable[[bytes], bytes]
"""From the signing input (RFC 7515 §5.1) to the signature."""


@dataclass(slots=True)
class JwsDraft:
    """Header, payload, and who signs. ``payload`` is JSON, or the very octets."""

    header: dict[str, Any]
    payload: dict[str, Any] = field(repr=False)
    sign: Sign = field(repr=False)
    octets: bytes | None = field(default=None, repr=False)
    """Instead of ``payload``: JSON that no JSON library would write."""

    @classmethod
    def of(cls, compact: str, key: PrivateKey) -> JwsDraft:
        """A good JWS taken apart, to be signed again with ``key``."""
        header, payload, _ = compact.split(".")
        return cls(_object(header), _object(payload), key.sign)

    def compact(self) -> str:
        """Signed as it stands."""
        octets = self.octets if self.octets is not None else as_json(self.payload)
        signing_input = f"{b64url_encode(as_json(self.header))}.{b64url_encode(octets)}"
        return f"{signing_input}.{b64url_encode(self.sign(signing_input.encode('ascii')))}"


def unsigned(_: bytes) -> bytes:
    """An empty signature, as ``alg`` ``none`` has it."""
    return b""


def hmac_of_public_key(key: PrivateKey) -> Sign:
    """HS256 with the PEM of the public key as secret (RFC 8725 §2.1)."""
    return lambda octets: hmac.new(key.public.pem(), octets, hashlib.sha256).digest()


def der(key: PrivateKey) -> Sign:
    """ECDSA in ASN.1 DER, as X.509 has it and JOSE does not (RFC 7518 §3.4)."""

    def sign(octets: bytes) -> bytes:
        raw = key.sign(octets)
        half = len(raw) // 2
        numbers = b"".join(_asn1_integer(part) for part in (raw[:half], raw[half:]))
        return b"\x30" + bytes([len(numbers)]) + numbers

    return sign


def as_json(value: Any) -> bytes:
    """JSON of anything, ``NaN`` and lone surrogates too."""
    return json.dumps(value, separators=(",", ":")).encode("utf-8")


def _asn1_integer(octets: bytes) -> bytes:
    stripped = octets.lstrip(b"\0") or b"\0"
    padded = b"\0" + stripped if stripped[0] & 0x80 else stripped
    return b"\x02" + bytes([len(padded)]) + padded


def _object(part: str) -> dict[str, Any]:
    return parse_json_object(b64url_decode(part), what="a draft")
