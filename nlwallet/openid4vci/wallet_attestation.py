"""The wallet attestation and its proof of possession: how a wallet authenticates as a client.

OpenID4VCI 1.0 Appendix E on attestation-based client authentication. What is sent follows draft -07, which
OpenID4VCI 1.0 names (``iss`` in both), or -10 and TS3, which dropped it; what is read may follow either.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeGuard

from nlwallet.crypto import (
    Certificate,
    CertificateChain,
    PrivateKey,
    PublicKey,
    SigningKey,
    parse_jws,
    sign_jws,
    verify_chain,
)
from nlwallet.errors import IssuanceRefused, MalformedInput, RemoteError
from nlwallet.openid4vci.codes import ErrorCode

ATTESTATION_TYP = "oauth-client-attestation+jwt"
POP_TYP = "oauth-client-attestation-pop+jwt"
ATTESTATION_HEADER = "OAuth-Client-Attestation"
POP_HEADER = "OAuth-Client-Attestation-PoP"
CHALLENGE_HEADER = "OAuth-Client-Attestation-Challenge"
CLIENT_AUTH_METHOD = "attest_jwt_client_auth"
COMBINED_AUTH_METHOD = "attest_jwt_client_auth_dpop"
"""One DPoP proof, by the key of the instance, serves for both proofs (draft -10 §5.2)."""

POP_MAX_AGE = 300
POP_MAX_AHEAD = 60
ATTESTATION_MAX_AGE = 86_400
"""How long ago a wallet provider may have attested the wallet, in seconds (TS3: for less than a day)."""
MAX_LENGTH = 32_768
_SPEC = "OpenID4VCI 1.0 §E"


@dataclass(frozen=True, slots=True)
class WalletAttestation:
    """An attestation that verified: which wallet, and the key of this instance of it."""

    client_id: str
    key: PublicKey
    claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AttestationPop:
    """A proof of possession that verified. The caller sees to it that ``jti`` comes once."""

    jti: str = field(repr=False)
    challenge: str | None = field(repr=False)


def issue_wallet_attestation(
    client_id: str,
    instance_key: PublicKey,
    *,
    issuer: str | None,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    lifetime: int,
    wallet_name: str = "",
    wallet_link: str = "",
    further: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Attest that ``instance_key`` is of a wallet of the solution ``client_id``; ``lifetime`` in seconds.

    ``sub`` is the same for all instances, so nothing in it tells one holder from another (§E, HAIP 1.0 §4.4.1).
    ``issuer`` is the wallet provider; ``None`` makes the form of draft -10, without ``iss`` and ``nbf``. ``further``
    are claims of TS3, such as ``wallet_version`` and ``client_status``.
    """
    claims: dict[str, Any] = {
        **further,
        **({} if issuer is None else {"iss": issuer, "nbf": now}),
        "sub": client_id,
        "iat": now,
        "exp": now + lifetime,
        "cnf": {"jwk": instance_key.jwk()},
    }
    claims |= {n: v for n, v in (("wallet_name", wallet_name), ("wallet_link", wallet_link)) if v}
    return sign_jws(claims, key, typ=ATTESTATION_TYP, header={"x5c": chain.x5c()})


def sign_attestation_pop(
    client_id: str | None,
    instance_key: SigningKey,
    *,
    audience: str,
    now: int,
    challenge: str | None = None,
) -> str:
    """The proof for one request to the authorization server ``audience`` (its issuer identifier).

    ``client_id`` goes into ``iss``; ``None`` makes the form of draft -10, without it and without ``exp``, which was
    required up to draft -05: servers made since then still ask for it, and others pass over it.
    """
    claims: dict[str, Any] = {
        **({} if client_id is None else {"iss": client_id, "exp": now + POP_MAX_AGE}),
        "aud": audience,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
    }
    if challenge is not None:
        claims["challenge"] = challenge
    return sign_jws(claims, instance_key, typ=POP_TYP)


def verify_wallet_attestation(
    token: str,
    *,
    anchors: Sequence[Certificate],
    now: int,
    algorithms: Collection[str],
    client_id: str | None = None,
) -> WalletAttestation:
    """Check an attestation by a wallet provider under ``anchors``; ``client_id`` is that of the request, if any.

    Raises :class:`~nlwallet.errors.IssuanceRefused` with the code ``invalid_client``, or ``use_fresh_attestation``
    for one that was good and has become too old.
    """
    try:
        jws = parse_jws(
            token,
            typ={ATTESTATION_TYP},
            algorithms=algorithms,
            what="the wallet attestation",
            max_bytes=MAX_LENGTH,
        )
        if "x5c" not in jws.header:
            raise MalformedInput("it has no x5c", spec="HAIP 1.0 §4.4.1")
        chain = CertificateChain.from_x5c(jws.header["x5c"], pointer="/x5c")
        verify_chain(chain, anchors, now=now, anchor_in_x5c="refused", what="wallet provider certificate")
        jws.verify(chain.leaf.public_key)
        claims = jws.claims(what="the wallet attestation")
        subject, expires = claims.get("sub"), claims.get("exp")
        confirmation = claims.get("cnf")
        jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
        if not isinstance(jwk, dict) or "d" in jwk:
            raise MalformedInput("cnf holds no public jwk")
        key = PublicKey.from_jwk(jwk, pointer="/cnf/jwk")
    except RemoteError as error:
        raise _refused(f"wallet attestation: {error.message}") from None
    if not isinstance(subject, str) or not subject:
        raise _refused("wallet attestation: sub, the client_id of the wallet, is missing")
    if client_id not in (None, "", subject):
        raise _refused("wallet attestation: sub is not the client_id")
    not_before, issued_at = claims.get("nbf", 0), claims.get("iat", now)
    if not _is_time(expires) or not _is_time(not_before) or not _is_time(issued_at):
        raise _refused("wallet attestation: exp is missing, or a time is no number")
    if max(not_before, issued_at) > now + POP_MAX_AHEAD:
        raise _refused("wallet attestation: it is not valid yet")
    if now >= expires or issued_at < now - ATTESTATION_MAX_AGE:
        raise IssuanceRefused(
            "wallet attestation: it is too old",
            code=ErrorCode.USE_FRESH_ATTESTATION,
            spec="attestation-based client authentication §7.4",
            hint="the wallet provider attests the wallet anew",
        )
    return WalletAttestation(subject, key, claims)


def verify_attestation_pop(
    token: str, attestation: WalletAttestation, *, audience: str, now: int, algorithms: Collection[str]
) -> AttestationPop:
    """Check that the instance itself made this request, just now, to this server.

    Raises :class:`~nlwallet.errors.IssuanceRefused` with the code ``invalid_client``.
    """
    try:
        jws = parse_jws(
            token, typ={POP_TYP}, algorithms=algorithms, what="the attestation PoP", max_bytes=MAX_LENGTH
        )
        jws.verify(attestation.key)
        claims = jws.claims(what="the attestation PoP")
    except RemoteError as error:
        raise _refused(f"attestation PoP: {error.message}") from None
    issued_at, jti, challenge = claims.get("iat"), claims.get("jti"), claims.get("challenge")
    if claims.get("aud") not in (audience, [audience]):
        raise _refused("attestation PoP: aud is not this server")
    if claims.get("iss", attestation.client_id) != attestation.client_id:
        raise _refused("attestation PoP: iss is not the client_id")
    not_before, expires = claims.get("nbf", now), claims.get("exp", now + 1)
    if not _is_time(issued_at) or not now - POP_MAX_AGE <= issued_at <= now + POP_MAX_AHEAD:
        raise _refused("attestation PoP: it was not made just now")
    if not _is_time(not_before) or not_before > now + POP_MAX_AHEAD:
        raise _refused("attestation PoP: it is not valid yet")
    if not _is_time(expires) or now >= expires:
        raise _refused("attestation PoP: it has expired")
    if not isinstance(jti, str) or not 0 < len(jti) <= 256:
        raise _refused("attestation PoP: jti is missing")
    if challenge is not None and not isinstance(challenge, str):
        raise _refused("attestation PoP: challenge is no string")
    return AttestationPop(jti, challenge)


def _is_time(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refused(reason: str) -> IssuanceRefused:
    return IssuanceRefused(reason, code=ErrorCode.INVALID_CLIENT, spec=_SPEC)
