"""JSON Web Encryption for whoever knows a password: PBES2-HS256+A128KW with A128GCM (RFC 7518 §4.8), through joserfc.

How many rounds of PBKDF2 a token asks for is bounded before any is made: else a small file from elsewhere could keep
this machine busy for hours.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from nlwallet.crypto.jws import parse_jose_header
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import AlgorithmNotAllowed, DecryptionFailed, LimitExceeded, LocalError, MalformedInput

PBES2: Final = "PBES2-HS256+A128KW"
A128GCM: Final = "A128GCM"
ITERATIONS: Final = 300_000
MIN_ITERATIONS: Final = 1_000
"""Below that a token is refused (RFC 7518 §4.8.1.2)."""
MAX_ITERATIONS: Final = 300_000
MIN_PASSWORD: Final = 8
"""Characters."""

_MAX_PASSWORD: Final = 1024
_SALT: Final = 16
_MAX_SALT: Final = 64
_IV, _TAG, _WRAPPED_KEY = 12, 16, 24


def encrypt_with_password(
    plaintext: bytes, password: str, *, iterations: int = ITERATIONS, header: Mapping[str, Any] | None = None
) -> str:
    """A compact JWE. ``header`` are further members of the protected header, such as ``cty``.

    Raises :class:`~nlwallet.errors.LocalError` for a password under :data:`MIN_PASSWORD` characters.
    """
    if not MIN_PASSWORD <= len(password) <= _MAX_PASSWORD:
        raise LocalError(
            f"a password has {MIN_PASSWORD} characters at least", code="weak_password", hint="a few words"
        )
    if not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
        raise LocalError(f"between {MIN_ITERATIONS} and {MAX_ITERATIONS} iterations")
    protected = {
        **(header or {}),
        "alg": PBES2,
        "enc": A128GCM,
        "p2s": b64url_encode(secrets.token_bytes(_SALT)),
        "p2c": iterations,
    }
    return jwe.encrypt_compact(protected, plaintext, _key(password), registry=_registry(len(plaintext)))


def decrypt_with_password(token: str, password: str, *, max_bytes: int, what: str = "JWE") -> bytes:
    """The plaintext of a compact JWE of at most ``max_bytes`` characters.

    Raises :class:`~nlwallet.errors.DecryptionFailed` for another password, or for what is not as it was encrypted;
    :class:`~nlwallet.errors.MalformedInput`, :class:`~nlwallet.errors.AlgorithmNotAllowed` or
    :class:`~nlwallet.errors.LimitExceeded` for what no password is tried on.
    """
    if len(token) > max_bytes:
        raise LimitExceeded(f"{what} has {len(token)} characters, the limit is {max_bytes}")
    parts = token.split(".")
    if len(parts) != 5:
        raise MalformedInput(f"{what} has {len(parts)} parts, a compact JWE has 5", spec="RFC 7516 §7.1")
    _check_header(parse_jose_header(parts[0], what), what)
    key, iv, tag = (
        b64url_decode(parts[at], pointer=f"/{name}") for at, name in ((1, "key"), (2, "iv"), (4, "tag"))
    )
    if (len(key), len(iv), len(tag)) != (_WRAPPED_KEY, _IV, _TAG):
        raise DecryptionFailed("the wrapped key has 192 bits, iv 96 and tag 128", spec="RFC 7518 §5.3")
    b64url_decode(parts[3], pointer="/ciphertext")
    if not password or len(password) > _MAX_PASSWORD:
        raise _wrong(what)
    try:
        opened = jwe.decrypt_compact(token, _key(password), registry=_registry(len(token)))
    except (JoseError, ValueError):
        raise _wrong(what) from None
    return bytes(opened.plaintext or b"")


def _check_header(header: Mapping[str, Any], what: str) -> None:
    if header.get("alg") != PBES2:
        raise AlgorithmNotAllowed(f"alg of {what} is not {PBES2}", pointer="/header/alg", spec="TS10 §5")
    if header.get("enc") != A128GCM:
        raise AlgorithmNotAllowed(f"enc of {what} is not {A128GCM}", pointer="/header/enc", spec="TS10 §5")
    for member in ("zip", "crit"):
        if member in header:
            raise DecryptionFailed(
                f"{what} has a header {member}", spec="RFC 8725 §3.6", pointer=f"/header/{member}"
            )
    count, salt = header.get("p2c"), header.get("p2s")
    if type(count) is not int or not isinstance(salt, str):
        raise MalformedInput(f"{what} has no p2c and p2s", spec="RFC 7518 §4.8.1", pointer="/header/p2c")
    if not MIN_ITERATIONS <= count <= MAX_ITERATIONS:
        raise LimitExceeded(
            f"{what} asks for a number of iterations that is not taken",
            spec="RFC 7518 §4.8.1.2, RFC 8725 §3.9",
            pointer="/header/p2c",
            hint=f"between {MIN_ITERATIONS} and {MAX_ITERATIONS}",
        )
    if not 8 <= len(b64url_decode(salt, pointer="/header/p2s")) <= _MAX_SALT:
        raise LimitExceeded(
            f"the salt of {what} has 8 to {_MAX_SALT} bytes",
            spec="RFC 7518 §4.8.1.1",
            pointer="/header/p2s",
        )


def _key(password: str) -> OctKey:
    octets = password.encode("utf-8")
    return OctKey(octets, octets)  # import_key() warns of short keys, and this is no key but a password


def _wrong(what: str) -> DecryptionFailed:
    return DecryptionFailed(
        f"{what} does not open with this password",
        spec="RFC 7516 §5.2",
        hint="another password, or the file was changed",
    )


def _registry(size: int) -> jwe.JWERegistry:
    registry = jwe.JWERegistry(algorithms=[PBES2, A128GCM], strict_check_header=False)
    registry.max_ciphertext_length = 2 * size + 1024
    return registry
