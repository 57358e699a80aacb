"""Key proofs: the wallet has the keys that credentials will be bound to (OpenID4VCI 1.0 Appendix F)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import Certificate, PublicKey, SigningKey, parse_jws, sign_jws
from nlwallet.errors import IssuanceRefused, RemoteError
from nlwallet.openid4vci.codes import ErrorCode, refusal
from nlwallet.openid4vci.key_attestation import KeyAttestation, verify_key_attestation

PROOF_TYP = "openid4vci-proof+jwt"
PROOF_MAX_AGE = 300
PROOF_MAX_AHEAD = 60


def sign_proof(
    key: SigningKey,
    *,
    audience: str,
    nonce: str,
    now: int,
    client_id: str | None = None,
    key_attestation: str | None = None,
) -> str:
    """A proof for ``key``. ``audience`` is the credential issuer, ``nonce`` its ``c_nonce``.

    ``client_id`` is that of the token request; without one the wallet is anonymous, and there is no ``iss`` (§F.1).
    ``key_attestation`` vouches for this key, and for others that credentials are wanted for.
    """
    claims: dict[str, Any] = {"aud": audience, "iat": now, "nonce": nonce}
    if client_id is not None:
        claims["iss"] = client_id
    attested = {} if key_attestation is None else {"key_attestation": key_attestation}
    return sign_jws(claims, key, typ=PROOF_TYP, header={"jwk": key.public.jwk(), **attested})


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """The keys that credentials will be bound to, and the nonces in it, which the caller must consume."""

    keys: tuple[PublicKey, ...]
    nonces: frozenset[str] = field(repr=False)
    attestation: KeyAttestation | None = None


def verify_proof(
    proof: Any,
    *,
    audience: str,
    now: int,
    algorithms: Collection[str],
    client_id: str | None = None,
    attestation_anchors: Sequence[Certificate] = (),
    pointer: str = "",
) -> VerifiedProof:
    """Check a proof of type ``jwt`` (§F.1, §F.4).

    ``client_id`` is that of the token request, ``None`` for an anonymous wallet. With a key attestation in its
    header, by a wallet provider under ``attestation_anchors``, all attested keys are proven with the one that
    signed, which may be named by ``kid`` then, or be the first one (TS3). Raises
    :class:`~nlwallet.errors.IssuanceRefused` with code ``invalid_proof``.
    """
    if not isinstance(proof, str):
        raise _refused("a proof is a string", pointer)
    attestation = None
    at = f"{pointer}/header/key_attestation"
    try:
        jws = parse_jws(proof, typ={PROOF_TYP}, algorithms=algorithms, what="the key proof")
        if "key_attestation" in jws.header:
            attestation = verify_key_attestation(
                jws.header["key_attestation"],
                anchors=attestation_anchors,
                now=now,
                algorithms=algorithms,
                with_proof=True,
                pointer=at,
            )
        key = _key(jws.header, attestation, f"{pointer}/header")
        jws.verify(key)
        claims = jws.claims(what="the key proof")
    except IssuanceRefused:
        raise
    except RemoteError as error:
        raise _refused(error.message, pointer + error.pointer) from None
    nonce = _check_claims(claims, audience=audience, now=now, client_id=client_id, pointer=pointer)
    if attestation is None:
        return VerifiedProof((key,), frozenset({nonce}))
    if key not in attestation.keys:
        raise _refused("the key that signed is not among the attested ones", at)
    return VerifiedProof(attestation.keys, frozenset({nonce, _nonce_of(attestation, at)}), attestation)


def verify_attestation_proof(
    attestation: Any,
    *,
    now: int,
    algorithms: Collection[str],
    attestation_anchors: Sequence[Certificate],
    pointer: str = "",
) -> VerifiedProof:
    """Check a proof of type ``attestation``: nobody signed but the wallet provider (§F.3).

    Raises :class:`~nlwallet.errors.IssuanceRefused` with code ``invalid_proof``.
    """
    verified = verify_key_attestation(
        attestation,
        anchors=attestation_anchors,
        now=now,
        algorithms=algorithms,
        with_proof=False,
        pointer=pointer,
    )
    return VerifiedProof(verified.keys, frozenset({_nonce_of(verified, pointer)}), verified)


def _key(header: Mapping[str, Any], attestation: KeyAttestation | None, pointer: str) -> PublicKey:
    """The key that the header names: by ``jwk``, or as one of those that are attested."""
    named = [name for name in ("jwk", "kid", "x5c") if name in header]
    if named == ["jwk"]:
        return PublicKey.from_jwk(header["jwk"], pointer="/header/jwk")
    if attestation is None or named not in ([], ["kid"]):
        raise _refused(
            "the header names the key by jwk, or by kid as one of the attested ones, and by nothing else",
            pointer,
        )
    kid = header.get("kid")
    key = attestation.named(kid) if not named or isinstance(kid, str) else None
    if key is None:
        raise _refused("kid names none of the attested keys", f"{pointer}/kid")
    return key


def _check_claims(
    claims: Mapping[str, Any], *, audience: str, now: int, client_id: str | None, pointer: str
) -> str:
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
    return nonce


def _nonce_of(attestation: KeyAttestation, pointer: str) -> str:
    if attestation.nonce is None:
        raise _refused("the key attestation has no nonce", pointer, "fetch one from the nonce endpoint")
    return attestation.nonce


def _refused(reason: str, pointer: str, hint: str = "") -> IssuanceRefused:
    return refusal(ErrorCode.INVALID_PROOF, reason, section="§F.4", pointer=pointer, hint=hint)
