"""The key proof of type ``jwt``: the wallet has the key that the credential will be bound to (OpenID4VCI 1.0 §F.1)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nlwallet.crypto import PrivateKey, PublicKey, parse_jws, sign_jws
from nlwallet.errors import IssuanceRefused, RemoteError

PROOF_TYP = "openid4vci-proof+jwt"
PROOF_MAX_AGE = 300
PROOF_MAX_AHEAD = 60


def sign_proof(key: PrivateKey, *, audience: str, nonce: str, now: int) -> str:
    """A proof for ``key``. ``audience`` is the credential issuer, ``nonce`` its ``c_nonce``.

    There is no ``iss``: with an anonymous pre-authorized code a wallet has no client id (§F.1).
    """
    return sign_jws(
        {"aud": audience, "iat": now, "nonce": nonce}, key, typ=PROOF_TYP, header={"jwk": key.public.jwk()}
    )


def verify_proof(
    proof: Any, *, audience: str, now: int, algorithms: Collection[str], pointer: str = ""
) -> tuple[PublicKey, str]:
    """The proven key and the nonce in the proof, which the caller must consume (§F.4).

    Raises :class:`~nlwallet.errors.IssuanceRefused` with code ``invalid_proof``.
    """
    if not isinstance(proof, str):
        raise _refused("a proof is a string", pointer)
    try:
        jws = parse_jws(proof, typ={PROOF_TYP}, algorithms=algorithms, what="the key proof")
        if sum(name in jws.header for name in ("jwk", "kid", "x5c")) != 1 or "jwk" not in jws.header:
            raise _refused("the header names the key by jwk, and by nothing else", f"{pointer}/header")
        key = PublicKey.from_jwk(jws.header["jwk"], pointer=f"{pointer}/header/jwk")
        jws.verify(key)
        claims = jws.claims(what="the key proof")
    except IssuanceRefused:
        raise
    except RemoteError as error:
        raise _refused(error.message, pointer + error.pointer) from None
    if claims.get("aud") != audience:
        raise _refused("aud is not this credential issuer", f"{pointer}/payload/aud")
    issued_at = claims.get("iat")
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise _refused("iat is missing", f"{pointer}/payload/iat")
    if not now - PROOF_MAX_AGE <= issued_at <= now + PROOF_MAX_AHEAD:
        raise _refused("the proof was not made just now", f"{pointer}/payload/iat")
    if "iss" in claims:
        raise _refused("an anonymous wallet sends no iss", f"{pointer}/payload/iss")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str):
        raise _refused("nonce is missing", f"{pointer}/payload/nonce", "fetch one from the nonce endpoint")
    return key, nonce


def _refused(reason: str, pointer: str, hint: str = "") -> IssuanceRefused:
    return IssuanceRefused(
        reason, code="invalid_proof", spec="OpenID4VCI 1.0 §F.4", pointer=pointer, hint=hint
    )
