"""The key attestation: a wallet provider vouches for keys and where they are kept (OpenID4VCI 1.0 Appendix D)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeGuard

from nlwallet.crypto import (
    Certificate,
    CertificateChain,
    PrivateKey,
    PublicKey,
    parse_jws,
    sign_jws,
    verify_chain,
)
from nlwallet.errors import IssuanceRefused, MalformedInput, RemoteError
from nlwallet.openid4vci.codes import ErrorCode, refusal

KEY_ATTESTATION_TYP = "key-attestation+jwt"

RESISTANCES = ("iso_18045_high", "iso_18045_moderate", "iso_18045_enhanced-basic", "iso_18045_basic")
"""Attack potential resistance, the strongest first (§D.2)."""

MAX_ATTESTED_KEYS = 100
MAX_LENGTH = 131_072


@dataclass(frozen=True, slots=True)
class KeyAttestation:
    """An attestation that verified. The caller sees to it that ``nonce`` is its own ``c_nonce``."""

    keys: tuple[PublicKey, ...]
    key_storage: tuple[str, ...]
    user_authentication: tuple[str, ...]
    nonce: str | None = field(repr=False)
    key_storage_status: Any = field(default=None, repr=False)
    """What says whether the place of the keys was revoked, as it came (TS3)."""
    key_ids: tuple[str | None, ...] = ()
    """The ``kid`` of each key, where it has one."""

    def named(self, kid: str | None) -> PublicKey | None:
        """The key that ``kid`` names: by its own ``kid``, or by its place in ``attested_keys``, as in the example of
        §F.1; without one the first key, by which TS3 has a proof signed.
        """
        if kid in self.key_ids and kid is not None:
            return self.keys[self.key_ids.index(kid)]
        place = 0 if kid is None else _place(kid)
        return self.keys[place] if place < len(self.keys) else None


@dataclass(frozen=True, slots=True)
class KeyAttestationsRequired:
    """What an issuer wants of keys; empty wants any attestation at all (§12.2.4)."""

    key_storage: tuple[str, ...] = ()
    user_authentication: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The member ``key_attestations_required``."""
        members = {"key_storage": self.key_storage, "user_authentication": self.user_authentication}
        return {name: list(values) for name, values in members.items() if values}

    def are_met_by(self, attestation: KeyAttestation) -> bool:
        """Whether one of the wanted values, or a stronger one, is attested for each member that is wanted."""
        return _meets(attestation.key_storage, self.key_storage) and _meets(
            attestation.user_authentication, self.user_authentication
        )


def issue_key_attestation(
    keys: Sequence[PublicKey],
    *,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    lifetime: int,
    nonce: str | None,
    key_storage: Sequence[str] = ("iso_18045_moderate",),
    user_authentication: Sequence[str] = ("iso_18045_moderate",),
    further: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Attest ``keys``; ``nonce`` is the issuer's ``c_nonce``, ``lifetime`` in seconds, ``further`` other claims."""
    claims: dict[str, Any] = {
        "iat": now,
        "exp": now + lifetime,
        "attested_keys": [one.jwk() for one in keys],
        "key_storage": list(key_storage),
        "user_authentication": list(user_authentication),
        **further,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return sign_jws(claims, key, typ=KEY_ATTESTATION_TYP, header={"x5c": chain.x5c()})


def verify_key_attestation(
    token: Any,
    *,
    anchors: Sequence[Certificate],
    now: int,
    algorithms: Collection[str],
    with_proof: bool,
    pointer: str = "",
) -> KeyAttestation:
    """Check an attestation by a wallet provider under ``anchors``.

    ``with_proof``: it stands in the header of a ``jwt`` proof, and must say until when it counts (§D.1).
    Raises :class:`~nlwallet.errors.IssuanceRefused` with the code ``invalid_proof``.
    """
    if not isinstance(token, str):
        raise _refused("it is no string", pointer)
    try:
        jws = parse_jws(
            token,
            typ={KEY_ATTESTATION_TYP},
            algorithms=algorithms,
            what="the key attestation",
            max_bytes=MAX_LENGTH,
        )
        if "x5c" not in jws.header:
            raise MalformedInput("it has no x5c", spec="HAIP 1.0 §4.5.1")
        chain = CertificateChain.from_x5c(jws.header["x5c"], pointer="/header/x5c")
        verify_chain(chain, anchors, now=now, anchor_in_x5c="refused", what="key attestation certificate")
        jws.verify(chain.leaf.public_key)
        claims = jws.claims(what="the key attestation")
        keys = _keys(claims.get("attested_keys"))
        key_ids = tuple(
            one["kid"] if isinstance(one.get("kid"), str) else None for one in claims["attested_keys"]
        )
    except IssuanceRefused:
        raise
    except RemoteError as error:
        raise _refused(error.message, pointer) from None
    issued_at, expires = claims.get("iat"), claims.get("exp")
    if not _is_time(issued_at):
        raise _refused("iat is missing", pointer)
    if expires is None and with_proof:
        raise _refused("exp is missing", pointer)
    if expires is not None and (not _is_time(expires) or now >= expires):
        raise _refused("it has expired", pointer)
    nonce = claims.get("nonce")
    if nonce is not None and not isinstance(nonce, str):
        raise _refused("nonce is no string", pointer)
    return KeyAttestation(
        keys,
        _names(claims, "key_storage", pointer),
        _names(claims, "user_authentication", pointer),
        nonce,
        claims.get("key_storage_status"),
        key_ids,
    )


def _place(kid: str) -> int:
    return int(kid) if re.fullmatch(r"0|[1-9][0-9]?", kid) else MAX_ATTESTED_KEYS


def _keys(value: Any) -> tuple[PublicKey, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_ATTESTED_KEYS:
        raise MalformedInput(f"attested_keys is no array of 1 to {MAX_ATTESTED_KEYS} keys")
    if not all(isinstance(one, dict) and "d" not in one for one in value):
        raise MalformedInput("an attested key is no public JWK")
    return tuple(PublicKey.from_jwk(one, pointer=f"/attested_keys/{n}") for n, one in enumerate(value))


def _names(claims: dict[str, Any], name: str, pointer: str) -> tuple[str, ...]:
    if name not in claims:
        return ()
    values = claims[name]
    if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
        raise _refused(f"{name} is no non-empty array of strings", pointer)
    return tuple(values)


def _meets(attested: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    if not wanted:
        return True
    if set(attested) & set(wanted):
        return True
    ranks = [RESISTANCES.index(one) for one in wanted if one in RESISTANCES]
    return any(one in RESISTANCES and RESISTANCES.index(one) <= max(ranks, default=-1) for one in attested)


def _is_time(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refused(reason: str, pointer: str) -> IssuanceRefused:
    return refusal(
        ErrorCode.INVALID_PROOF, f"the key attestation is refused: {reason}", section="§D.1", pointer=pointer
    )
