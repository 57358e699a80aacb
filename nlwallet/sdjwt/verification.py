"""Verify an SD-JWT: the steps of RFC 9901 §7.1 and §7.3, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from nlwallet.crypto import Jws, PublicKey, parse_jws
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidKeyBinding, InvalidSdJwt
from nlwallet.sdjwt.digest import DEFAULT_HASH_ALGORITHM, hash_function
from nlwallet.sdjwt.issuance import decides_on_validity
from nlwallet.sdjwt.key_binding import ExpectedKeyBinding, verify_key_binding
from nlwallet.sdjwt.reading import DisclosureReader
from nlwallet.sdjwt.sd_jwt import SdJwt
from nlwallet.sdjwt.signed_json import parse_unambiguous_object
from nlwallet.sdjwt.token import UnverifiedSdJwt
from nlwallet.sdjwt.validity import check_audience, check_validity

_ISSUER_JWT = "the issuer-signed JWT"


def verify_sd_jwt(
    token: UnverifiedSdJwt | str,
    *,
    issuer_key: PublicKey,
    now: int,
    algorithms: Collection[str],
    typ: Collection[str] | None = None,
    key_binding: ExpectedKeyBinding | None = None,
    audience: str | None = None,
    required_claims: Collection[str] = (),
    leeway: int = 0,
) -> SdJwt:
    """Verify an SD-JWT with the issuer's key; with ``key_binding``, an SD-JWT+KB.

    Whether key binding is expected is the caller's decision, made before anything arrives (§7.3(1)): without
    ``key_binding`` a KB-JWT must not be there (§7.2).

    ``typ``              the accepted explicit types (§9.11); ``None`` looks at none.
    ``audience``         who verifies, for an SD-JWT that has ``aud`` itself; that of ``key_binding`` by default.
    ``required_claims``  claims without which validity cannot be judged, such as ``exp`` (§9.7).
    ``leeway``           seconds on ``exp`` and ``nbf``.

    Raises a :class:`~nlwallet.errors.RemoteError`: ``InvalidSdJwt``, ``InvalidKeyBinding``,
    ``InvalidSignature``, ``AlgorithmNotAllowed``, ``OutsideValidity``, ``MalformedInput`` or ``LimitExceeded``.
    """
    unverified = UnverifiedSdJwt.parse(token) if isinstance(token, str) else token
    jws, payload = parse_issuer_jwt(unverified, algorithms=algorithms, typ=typ)
    jws.verify(issuer_key)
    verified = process(
        unverified,
        jws,
        payload,
        now=now,
        algorithms=algorithms,
        key_binding=key_binding,
        required_claims=required_claims,
        leeway=leeway,
    )
    check_audience(verified.claims, audience or (key_binding.audience if key_binding else None))
    return verified


def parse_issuer_jwt(
    token: UnverifiedSdJwt, *, algorithms: Collection[str], typ: Collection[str] | None = None
) -> tuple[Jws, dict[str, Any]]:
    """The issuer-signed JWT and its payload, **not verified**: enough to find the issuer's key."""
    jws = parse_jws(token.issuer_jwt, typ=typ, algorithms=algorithms, what=_ISSUER_JWT)
    return jws, parse_unambiguous_object(jws.payload, what=_ISSUER_JWT, pointer="/payload")


def unverified_claims(token: UnverifiedSdJwt | str, *, algorithms: Collection[str]) -> dict[str, Any]:
    """The processed payload, **not verified**: what it says, whoever wrote it.

    Raises a :class:`~nlwallet.errors.RemoteError` for Disclosures that do not belong there.
    """
    unverified = UnverifiedSdJwt.parse(token) if isinstance(token, str) else token
    _, payload = parse_issuer_jwt(unverified, algorithms=algorithms)
    hash_algorithm = payload.get("_sd_alg", DEFAULT_HASH_ALGORITHM)
    return DisclosureReader(hash_function(hash_algorithm), unverified.disclosures).read(payload)


def process(
    token: UnverifiedSdJwt,
    jws: Jws,
    payload: dict[str, Any],
    *,
    now: int,
    algorithms: Collection[str],
    key_binding: ExpectedKeyBinding | None,
    required_claims: Collection[str] = (),
    leeway: int = 0,
) -> SdJwt:
    """What :func:`verify_sd_jwt` checks after the issuer's signature, which the caller has verified, up to ``aud``."""
    hash_algorithm = payload.get("_sd_alg", DEFAULT_HASH_ALGORITHM)
    reader = DisclosureReader(hash_function(hash_algorithm), token.disclosures)
    claims = reader.read(payload)
    for path in reader.found:
        if decides_on_validity(path):
            raise InvalidSdJwt(
                f"{path[0]} decides on validity but came as a Disclosure",
                spec="RFC 9901 §9.7",
                pointer=json_pointer(path),
            )
    check_validity(claims, now=now, leeway=leeway, required=required_claims)
    holder_key = _holder_key(claims)
    binding: dict[str, Any] | None = None
    if key_binding is None:
        if token.key_binding_jwt is not None:
            raise InvalidSdJwt(
                "a key binding JWT stands where none may be",
                spec="RFC 9901 §7.2",
                hint="an SD-JWT without key binding ends in '~'",
            )
    elif token.key_binding_jwt is not None:
        if holder_key is None:
            raise InvalidKeyBinding(
                "the SD-JWT is not bound to a key",
                spec="RFC 9901 §7.3(5.1)",
                pointer="/payload/cnf",
                hint="cnf.jwk is needed",
            )
        binding = verify_key_binding(
            token.key_binding_jwt,
            token.presentation,
            holder_key=holder_key,
            expected=key_binding,
            now=now,
            hash_algorithm=hash_algorithm,
            algorithms=algorithms,
        )
    elif key_binding.required:
        raise InvalidKeyBinding(
            "there is no key binding JWT, and one is required",
            spec="RFC 9901 §7.3(2)",
            hint="was it stripped off?",
        )
    return SdJwt(token, jws.header, claims, reader.found, hash_algorithm, holder_key, binding, reader.arrays)


def _holder_key(claims: Mapping[str, Any]) -> PublicKey | None:
    confirmation = claims.get("cnf")
    if not isinstance(confirmation, dict):
        if confirmation is not None:
            raise InvalidSdJwt("cnf is no object", spec="RFC 7800 §3.1", pointer="/payload/cnf")
        return None
    jwk = confirmation.get("jwk")
    if jwk is None:
        return None
    if isinstance(jwk, dict) and set(map(type, jwk.values())) == {str}:
        return _key_of(tuple(jwk.items()))
    return PublicKey.from_jwk(jwk, pointer="/payload/cnf/jwk")


@lru_cache(maxsize=1024)
def _key_of(members: tuple[tuple[str, str], ...]) -> PublicKey:
    """To load a key costs a tenth of a signature, and the same credential is shown again and again."""
    return PublicKey.from_jwk(dict(members), pointer="/payload/cnf/jwk")
