"""A compact JWE part by part, right or wrong in each of them: for tests of whoever decrypts (RFC 7516).

:func:`~nlwallet.crypto.encrypt_jwe` writes only what may be read. This one writes what the header says, so that a
recipient that accepts what it should refuse does decrypt it.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from nlwallet.crypto.key_agreement import agree
from nlwallet.crypto.keys import PrivateKey, PublicKey
from nlwallet.encoding import b64url_decode, b64url_encode

_KEY_BYTES = {"A128GCM": 16, "A192GCM": 24, "A256GCM": 32, "A128CBC-HS256": 32, "A256CBC-HS512": 64}
_WRAPPING_BYTES = {"ECDH-ES+A128KW": 16, "ECDH-ES+A192KW": 24, "ECDH-ES+A256KW": 32}
_UNKNOWN_KEY_BYTES = 32


@dataclass(slots=True)
class JweDraft:
    """The five parts (§7.1). ``header`` is the protected header; changed afterwards, it no longer fits the tag."""

    header: dict[str, Any]
    encrypted_key: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)
    tag: bytes = field(repr=False)

    def parts(self) -> list[str]:
        """The parts as base64url."""
        octets = (_octets(self.header), self.encrypted_key, self.iv, self.ciphertext, self.tag)
        return [b64url_encode(part) for part in octets]

    def compact(self) -> str:
        """The compact serialization."""
        return ".".join(self.parts())


def draft_jwe(plaintext: bytes, key: PublicKey, header: Mapping[str, Any]) -> JweDraft:
    """Encrypt as ``header`` says, to ``key``.

    ``alg`` may be ``ECDH-ES`` or ``ECDH-ES+A128KW`` and its kin, ``enc`` an AES-GCM or AES-CBC-HMAC one, and
    ``zip`` is obeyed. For any other ``alg`` the content key is random: nobody can decrypt that.
    """
    made = dict(header)
    alg, enc = made.get("alg"), made.get("enc")
    size = _KEY_BYTES.get(str(enc), _UNKNOWN_KEY_BYTES)
    content_key, wrapped = secrets.token_bytes(size), b""
    if isinstance(alg, str) and alg.startswith("ECDH-ES"):
        ephemeral = PrivateKey.generate(_curve(key))
        made["epk"] = ephemeral.public.jwk()
        secret = agree(ephemeral, key)
        if alg == "ECDH-ES":
            content_key = _derived(secret, str(enc), size, made)
        else:
            wrapping = _derived(secret, alg, _WRAPPING_BYTES.get(alg, 32), made)
            wrapped = aes_key_wrap(wrapping, content_key)
    else:
        wrapped = secrets.token_bytes(256) if alg == "RSA-OAEP" else b""
    if made.get("zip") == "DEF":
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        plaintext = deflate.compress(plaintext) + deflate.flush()
    protected = b64url_encode(_octets(made)).encode("ascii")
    encrypt = _cbc_hmac if "CBC" in str(enc) else _gcm
    iv, ciphertext, tag = encrypt(content_key, plaintext, protected)
    return JweDraft(made, wrapped, iv, ciphertext, tag)


def _curve(key: PublicKey) -> str:
    return key.jwk()["crv"]


def _octets(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, separators=(",", ":")).encode("utf-8")


def _derived(secret: bytes, algorithm: str, size: int, header: Mapping[str, Any]) -> bytes:
    """Concat KDF (RFC 7518 §4.6.2)."""

    def sized(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    parties = [b64url_decode(header[name]) if name in header else b"" for name in ("apu", "apv")]
    other = sized(algorithm.encode("ascii")) + sized(parties[0]) + sized(parties[1])
    other += (8 * size).to_bytes(4, "big")
    return ConcatKDFHash(hashes.SHA256(), size, other).derive(secret)


def _gcm(key: bytes, plaintext: bytes, protected: bytes) -> tuple[bytes, bytes, bytes]:
    iv = secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(iv, plaintext, protected)
    return iv, sealed[:-16], sealed[-16:]


def _cbc_hmac(key: bytes, plaintext: bytes, protected: bytes) -> tuple[bytes, bytes, bytes]:
    """AES-CBC with HMAC (RFC 7518 §5.2.2)."""
    half, iv = len(key) // 2, secrets.token_bytes(16)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key[half:]), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    mac = hmac.HMAC(key[:half], hashes.SHA256() if half == 16 else hashes.SHA512())
    mac.update(protected + iv + ciphertext + (8 * len(protected)).to_bytes(8, "big"))
    return iv, ciphertext, mac.finalize()[:half]
