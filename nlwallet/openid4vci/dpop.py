"""DPoP: a token that only the holder of a key can use (RFC 9449, HAIP 1.0 §4)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from nlwallet.crypto import PublicKey, SigningKey, parse_jws, sign_jws
from nlwallet.encoding import b64url_encode
from nlwallet.errors import IssuanceRefused, RemoteError
from nlwallet.openid4vci.codes import ErrorCode

DPOP_TYP = "dpop+jwt"
DPOP_MAX_AGE = 300
DPOP_MAX_AHEAD = 60
"""How old a proof may be, and how far the wallet's clock may run ahead, in seconds."""

MAX_PROOF_LENGTH = 8192
MAX_JTI_LENGTH = 256


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A proof that verified. The caller sees to it that ``jti`` comes once, and that ``nonce`` is its own."""

    key: PublicKey
    jti: str = field(repr=False)
    nonce: str | None = field(repr=False)

    @property
    def thumbprint(self) -> str:
        """``jkt``: the base64url SHA-256 thumbprint of the key (§6.1)."""
        return b64url_encode(self.key.thumbprint())


def sign_dpop(
    key: SigningKey,
    *,
    method: str,
    url: str,
    now: int,
    nonce: str | None = None,
    access_token: str | None = None,
) -> str:
    """A proof for one request. ``access_token`` goes along with it to a resource, not to a token endpoint."""
    claims: dict[str, Any] = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": _without_query(url),
        "iat": now,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if access_token is not None:
        claims["ath"] = _hash(access_token)
    return sign_jws(claims, key, typ=DPOP_TYP, header={"jwk": key.public.jwk()})


def verify_dpop(
    proof: str,
    *,
    method: str,
    url: str,
    now: int,
    algorithms: Collection[str],
    access_token: str | None = None,
) -> DpopProof:
    """Check a proof for a request to ``url`` (§4.3). With ``access_token`` it must be made for that token.

    Raises :class:`~nlwallet.errors.IssuanceRefused` with the code ``invalid_dpop_proof``.
    """
    try:
        jws = parse_jws(
            proof, typ={DPOP_TYP}, algorithms=algorithms, what="the DPoP proof", max_bytes=MAX_PROOF_LENGTH
        )
        jwk = jws.header.get("jwk")
        if not isinstance(jwk, dict) or "d" in jwk:
            raise _refused("the header has no public jwk")
        key = PublicKey.from_jwk(jwk, pointer="/header/jwk")
        jws.verify(key)
        claims = jws.claims(what="the DPoP proof")
    except IssuanceRefused:
        raise
    except RemoteError as error:
        raise _refused(error.message) from None
    jti, issued_at, nonce = claims.get("jti"), claims.get("iat"), claims.get("nonce")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI_LENGTH:
        raise _refused("jti is missing")
    if claims.get("htm") != method:
        raise _refused("htm is not the method of this request")
    if not isinstance(claims.get("htu"), str) or _normal(claims["htu"]) != _normal(url):
        raise _refused("htu is not the URL of this request")
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise _refused("iat is missing")
    if not now - DPOP_MAX_AGE <= issued_at <= now + DPOP_MAX_AHEAD:
        raise _refused("the proof was not made just now")
    if nonce is not None and not isinstance(nonce, str):
        raise _refused("nonce is no string")
    if access_token is not None and not _is_hash(claims.get("ath"), access_token):
        raise _refused("ath is not the hash of the access token")
    return DpopProof(key, jti, nonce)


def _is_hash(value: Any, access_token: str) -> bool:
    return isinstance(value, str) and hmac.compare_digest(value.encode(), _hash(access_token).encode())


def _hash(access_token: str) -> str:
    return b64url_encode(sha256(access_token.encode("ascii", "replace")).digest())


def _without_query(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))


def _normal(url: str) -> tuple[str, str, str]:
    """Scheme and host without case, the default port left out, the path as it is (§4.3 point 9)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ("", "", url)
    default = {"https": 443, "http": 80}.get(parts.scheme.lower())
    shown = "" if port in (None, default) else f":{port}"
    return parts.scheme.lower(), f"{(parts.hostname or '').lower()}{shown}", parts.path or "/"


def _refused(reason: str) -> IssuanceRefused:
    return IssuanceRefused(f"DPoP: {reason}", code=ErrorCode.INVALID_DPOP_PROOF, spec="RFC 9449 §4.3")
