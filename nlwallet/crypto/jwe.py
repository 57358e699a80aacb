"""JSON Web Encryption, compact, ECDH-ES in direct key agreement (RFC 7516, RFC 7518 §4.6), through joserfc.

What a header may ask for is decided before any key is used: no other ``alg``, no ``zip``, no ``crit``, no
``p2c``, and an ephemeral key that lies on the recipient's curve.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from nlwallet.crypto.jws import parse_jose_header
from nlwallet.crypto.keys import PrivateKey, PublicKey
from nlwallet.encoding import MAX_MESSAGE_BYTES, b64url_decode, b64url_encode
from nlwallet.errors import AlgorithmNotAllowed, DecryptionFailed, LimitExceeded, LocalError, MalformedInput

ECDH_ES = "ECDH-ES"
ENCS = ("A128GCM", "A256GCM")
_TAG_BYTES, _IV_BYTES = 16, 12
_EC_CURVES = frozenset({"P-256", "P-384", "P-521"})


@dataclass(frozen=True, slots=True)
class Jwe:
    """A JWE whose header was accepted and which was **not** decrypted yet."""

    header: Mapping[str, Any]
    token: str

    @property
    def kid(self) -> str | None:
        """The ``kid`` of the recipient's key, if the header names one."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    def decrypt(self, key: PrivateKey) -> bytes:
        """The plaintext. Raises :class:`~nlwallet.errors.DecryptionFailed`."""
        if self.header["epk"]["crv"] != key.curve:
            raise DecryptionFailed(
                "the ephemeral key is not on the curve of the recipient's key",
                spec="RFC 7518 §4.6.1.1",
                pointer="/header/epk",
            )
        try:
            opened = jwe.decrypt_compact(
                self.token, ECKey.import_key(dict(key.private_jwk())), registry=_registry(self.header["enc"])
            )
        except (JoseError, ValueError):
            raise DecryptionFailed(
                "the JWE does not decrypt with the key",
                spec="RFC 7516 §5.2",
                hint="encrypt to the public key of this very request; kid, apu and apv are part of what is protected",
            ) from None
        return bytes(opened.plaintext or b"")


def encrypt_jwe(
    plaintext: bytes,
    key: PublicKey,
    *,
    enc: str,
    kid: str | None = None,
    apu: bytes = b"",
    apv: bytes = b"",
    header: Mapping[str, Any] | None = None,
) -> str:
    """Encrypt to an EC ``key``. ``enc`` is ``A128GCM`` or ``A256GCM``; ``apu``/``apv`` are raw bytes.

    ``header`` are further members of the protected header, such as ``typ`` and ``cty``.
    """
    if key.curve not in _EC_CURVES or enc not in ENCS:
        raise LocalError(
            f"cannot encrypt with {enc} to a {key.curve} key", hint="ECDH-ES on P-256 with A256GCM"
        )
    protected: dict[str, Any] = {**(header or {}), "alg": ECDH_ES, "enc": enc}
    if kid is not None:
        protected["kid"] = kid
    if apu:
        protected["apu"] = b64url_encode(apu)
    if apv:
        protected["apv"] = b64url_encode(apv)
    return jwe.encrypt_compact(
        protected, plaintext, ECKey.import_key(dict(key.jwk())), registry=_registry(enc)
    )


def parse_jwe(
    token: str, *, encs: Collection[str], what: str = "JWE", max_bytes: int = MAX_MESSAGE_BYTES
) -> Jwe:
    """Read a compact JWE and decide on its header, without a key.

    Raises :class:`~nlwallet.errors.MalformedInput`, :class:`~nlwallet.errors.LimitExceeded`,
    :class:`~nlwallet.errors.AlgorithmNotAllowed` or :class:`~nlwallet.errors.DecryptionFailed`.
    """
    if len(token) > max_bytes:
        raise LimitExceeded(f"{what} has {len(token)} characters, the limit is {max_bytes}")
    parts = token.split(".")
    if len(parts) != 5:
        raise MalformedInput(
            f"{what} has {len(parts)} parts, a compact JWE has 5",
            spec="RFC 7516 §7.1",
            hint="a response must be encrypted; a JWS has 3 parts",
        )
    header = parse_jose_header(parts[0], what)
    if header.get("alg") != ECDH_ES:
        raise AlgorithmNotAllowed(
            f"alg of {what} is not {ECDH_ES}", pointer="/header/alg", hint="HAIP 1.0 §5"
        )
    enc = header.get("enc")
    if not isinstance(enc, str) or enc not in encs or enc not in ENCS:
        raise AlgorithmNotAllowed(
            f"enc of {what} was not offered", pointer="/header/enc", hint=" or ".join(encs)
        )
    for member in ("zip", "crit", "p2c", "p2s"):
        if member in header:
            raise DecryptionFailed(
                f"{what} has a header {member}", spec="RFC 8725 §3.6", pointer=f"/header/{member}"
            )
    _check_ephemeral_key(header, what)
    for member in ("apu", "apv"):
        if member in header and not isinstance(header[member], str):
            raise MalformedInput(
                f"{member} is no string", spec="RFC 7518 §4.6.1", pointer=f"/header/{member}"
            )
    if parts[1]:
        raise DecryptionFailed(
            f"{what} carries an encrypted key", spec="RFC 7518 §4.6", hint="ECDH-ES is direct"
        )
    iv, tag = b64url_decode(parts[2], pointer="/iv"), b64url_decode(parts[4], pointer="/tag")
    if len(iv) != _IV_BYTES or len(tag) != _TAG_BYTES:
        raise DecryptionFailed("iv has 96 bits and tag 128", spec="RFC 7518 §5.3")
    return Jwe(header, token)


def _check_ephemeral_key(header: Mapping[str, Any], what: str) -> None:
    epk = header.get("epk")
    if not isinstance(epk, dict):
        raise MalformedInput(f"{what} has no ephemeral key", spec="RFC 7518 §4.6.1.1", pointer="/header/epk")
    # The members decide; Credo adds a kid to epk, which is nobody's business here.
    PublicKey.from_jwk(epk, pointer="/header/epk")


class _Registry(jwe.JWERegistry):
    """joserfc's rules with the limits of this library, which :func:`parse_jwe` has enforced already."""

    max_protected_header_length = MAX_MESSAGE_BYTES
    max_ciphertext_length = MAX_MESSAGE_BYTES


def _registry(enc: str) -> jwe.JWERegistry:
    # Header members that nobody knows are ignored (RFC 7516 §4), hence not strict.
    return _Registry(algorithms=[ECDH_ES, enc], strict_check_header=False)
