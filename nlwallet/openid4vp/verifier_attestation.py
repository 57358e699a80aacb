"""The verifier attestation: a JWT of a trusted third party that binds a client to a key (OpenID4VP 1.0 §12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import PrivateKey, PublicKey, parse_jws, sign_jws
from nlwallet.errors import InvalidRequest, InvalidSignature, OutsideValidity, RemoteError

VERIFIER_ATTESTATION_TYPE = "verifier-attestation+jwt"

MAX_REDIRECT_URIS = 64
_SPEC = "OpenID4VP 1.0 §12"


@dataclass(frozen=True, slots=True)
class VerifierAttestation:
    """The claims of an attestation that verified, and the key that the client must sign with."""

    key: PublicKey
    claims: Mapping[str, Any] = field(repr=False)


def issue_verifier_attestation(
    client: str,
    client_key: PublicKey,
    *,
    issuer: str,
    key: PrivateKey,
    expires_at: int,
    redirect_uris: Sequence[str] = (),
) -> str:
    """Attest that ``client_key`` is of ``client``, the client identifier without its prefix."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": client,
        "exp": expires_at,
        "cnf": {"jwk": client_key.jwk()},
    }
    if redirect_uris:
        claims["redirect_uris"] = list(redirect_uris)
    return sign_jws(claims, key, typ=VERIFIER_ATTESTATION_TYPE)


def verify_verifier_attestation(
    token: Any,
    *,
    client: str,
    issuers: Mapping[str, tuple[PublicKey, ...]],
    now: int,
    algorithms: Collection[str],
    leeway: int = 0,
) -> VerifierAttestation:
    """Check the JOSE header ``jwt`` of a request object; ``issuers`` maps ``iss`` to trusted keys.

    ``client`` is the client identifier without its prefix. Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    if not isinstance(token, str):
        raise _refused("the header jwt holds no verifier attestation", "/jwt")
    jws = parse_jws(
        token, typ={VERIFIER_ATTESTATION_TYPE}, algorithms=algorithms, what="the verifier attestation"
    )
    claims = jws.claims(what="the verifier attestation")
    issuer = claims.get("iss")
    keys = issuers.get(issuer, ()) if isinstance(issuer, str) else ()
    if not keys:
        raise _refused(
            "no trusted party issued the verifier attestation",
            "/jwt/iss",
            hint=f"trusted here: {', '.join(sorted(issuers)) or 'nobody'}",
        )
    _verify_with_one_of(jws.verify, keys)
    if claims.get("sub") != client:
        raise _refused("the verifier attestation is of another client", "/jwt/sub")
    _check_validity(claims, now=now, leeway=leeway)
    uris = claims.get("redirect_uris", [])
    if not isinstance(uris, list) or len(uris) > MAX_REDIRECT_URIS:
        raise _refused(f"redirect_uris is not an array of at most {MAX_REDIRECT_URIS}", "/jwt/redirect_uris")
    confirmation = claims.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(jwk, dict):
        raise _refused("the verifier attestation names no key", "/jwt/cnf/jwk")
    return VerifierAttestation(PublicKey.from_jwk(jwk, pointer="/jwt/cnf/jwk"), claims)


def _verify_with_one_of(verify: Any, keys: Sequence[PublicKey]) -> None:
    for key in keys:
        try:
            verify(key)
        except RemoteError:
            continue
        return
    raise InvalidSignature("no key of its issuer signed the verifier attestation", spec=_SPEC, pointer="/jwt")


def _check_validity(claims: Mapping[str, Any], *, now: int, leeway: int) -> None:
    expires, not_before = claims.get("exp"), claims.get("nbf", 0)
    for name, value in (("exp", expires), ("nbf", not_before)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _refused(f"{name} of the verifier attestation is no time", f"/jwt/{name}")
    assert isinstance(expires, int | float)
    assert isinstance(not_before, int | float)
    if not not_before - leeway <= now < expires + leeway:
        raise OutsideValidity("the verifier attestation is not valid now", spec=_SPEC, pointer="/jwt/exp")


def _refused(message: str, pointer: str, *, hint: str = "") -> InvalidRequest:
    return InvalidRequest(message, spec=_SPEC, pointer=pointer, hint=hint)
