"""The key proof of type ``jwt``: the wallet has the key that the credential will be bound to (OpenID4VCI 1.0 §F.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nlwallet.crypto import PrivateKey, PublicKey, parse_jws, sign_jws
from nlwallet.errors import IssuanceRefused, RemoteError
from nlwallet.openid4vci.codes import ErrorCode, refusal

PROOF_TYP = "openid4vci-proof+jwt"
PROOF_MAX_AGE = 300
PROOF_MAX_AHEAD = 60


def sign_proof(key: PrivateKey, *, audience: str, nonce: str, now: int, client_id: str | None = None) -> str:
    """A proof for ``key``. ``audience`` is the credential issuer, ``nonce`` its ``c_nonce``.

    ``client_id`` is that of the token request; without one the wallet is anonymous, and there is no ``iss`` (§F.1).
    """
    claims: dict[str, Any] = {"aud": audience, "iat": now, "nonce": nonce}
    if client_id is not None:
        claims["iss"] = client_id
    return sign_jws(claims, key, typ=PROOF_TYP, header={"jwk": key.public.jwk()})


def verify_proof(
    proof: Any,
    *,
    audience: str,
    now: int,
    algorithms: Collection[str],
    client_id: str | None = None,
    pointer: str = "",
) -> tuple[PublicKey, str]:
    """The proven key and the nonce in the proof, which the caller must consume (§F.4).

    ``client_id`` is that of the token request, ``None`` for an anonymous wallet.
    Raises :class:`~nlwallet.errors.IssuanceRefused` with code ``invalid_proof``.
    """
    if not isinstance(proof, str):
        raise _refused("a proof is a string", pointer)
    try:
        jws = parse_jws(proof, typ={PROOF_TYP}, algorithms=algorithms, what="the key proof")
        _check_header(jws.header, pointer)
        key = PublicKey.from_jwk(jws.header["jwk"], pointer="/header/jwk")
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
    if "iss" in claims and (client_id is None or claims["iss"] != client_id):
        reason = "an anonymous wallet sends no iss" if client_id is None else "iss is not the client_id"
        raise _refused(reason, f"{pointer}/payload/iss")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str):
        raise _refused("nonce is missing", f"{pointer}/payload/nonce", "fetch one from the nonce endpoint")
    return key, nonce


def _check_header(header: Mapping[str, Any], pointer: str) -> None:
    if sum(name in header for name in ("jwk", "kid", "x5c")) != 1 or "jwk" not in header:
        raise _refused("the header names the key by jwk, and by nothing else", f"{pointer}/header")
    if "key_attestation" in header:
        # To pass over it would look as if somebody had vouched for the key.
        raise _refused(
            "key attestations are not supported yet",
            f"{pointer}/header/key_attestation",
            "leave it out: the metadata does not require one",
        )


def _refused(reason: str, pointer: str, hint: str = "") -> IssuanceRefused:
    return refusal(ErrorCode.INVALID_PROOF, reason, section="§F.4", pointer=pointer, hint=hint)
