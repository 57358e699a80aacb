"""The key binding JWT: this holder, this verifier, this request, these Disclosures (RFC 9901 §4.3, §7.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.crypto import PublicKey, SigningKey, parse_jws, sign_jws
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidKeyBinding,
    InvalidSdJwt,
    InvalidSignature,
    LocalError,
    MalformedInput,
    OutsideValidity,
)
from nlwallet.sdjwt.digest import digest
from nlwallet.sdjwt.signed_json import parse_unambiguous_object
from nlwallet.sdjwt.validity import check_validity

KEY_BINDING_TYP = "kb+jwt"

_OURS = frozenset({"iat", "aud", "nonce", "sd_hash"})


@dataclass(frozen=True, slots=True)
class ExpectedKeyBinding:
    """What a verifier expects of the key binding, decided before anything is received (§9.5).

    ``audience`` is the verifier's full identifier, ``nonce`` that of the request. ``max_age`` and
    ``max_ahead`` are seconds around ``now`` in which ``iat`` may lie. With ``required=False`` a presentation
    without key binding is accepted; one that has it must still be right.
    """

    audience: str
    nonce: str
    max_age: int = 900
    max_ahead: int = 60
    required: bool = True

    def __post_init__(self) -> None:
        if not self.audience or not self.nonce:
            raise LocalError(
                "an audience and a nonce are expected, never an empty one", spec="RFC 9901 §7.3(5.6)"
            )


def sign_key_binding(
    presentation: str,
    *,
    holder_key: SigningKey,
    audience: str,
    nonce: str,
    now: int,
    hash_algorithm: str,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """The KB-JWT for ``presentation``, an SD-JWT up to and including its last ``~``.

    Raises :class:`~nlwallet.errors.LocalError` when ``claims`` holds a claim that is written here.
    """
    if claims and not _OURS.isdisjoint(claims):
        raise LocalError(f"{', '.join(sorted(_OURS & claims.keys()))} are parameters", spec="RFC 9901 §4.3")
    return sign_jws(
        {
            "iat": now,
            "aud": audience,
            "nonce": nonce,
            "sd_hash": digest(presentation, hash_algorithm),
            **(claims or {}),
        },
        holder_key,
        typ=KEY_BINDING_TYP,
    )


def verify_key_binding(
    key_binding_jwt: str,
    presentation: str,
    *,
    holder_key: PublicKey,
    expected: ExpectedKeyBinding,
    now: int,
    hash_algorithm: str,
    algorithms: Collection[str],
) -> dict[str, Any]:
    """The claims of the KB-JWT, all checked (§7.3). Raises :class:`~nlwallet.errors.InvalidKeyBinding`."""
    try:
        jws = parse_jws(
            key_binding_jwt, typ={KEY_BINDING_TYP}, algorithms=algorithms, what="the key binding JWT"
        )
        claims = parse_unambiguous_object(jws.payload, what="the key binding JWT", pointer="/payload")
        jws.verify(holder_key)
        check_validity(claims, now=now)  # "a valid JWT in all other respects" (§7.3(5.8))
    except (MalformedInput, AlgorithmNotAllowed, InvalidSignature, InvalidSdJwt, OutsideValidity) as error:
        raise InvalidKeyBinding(
            f"the key binding JWT is refused: {error.message}",
            spec=error.spec,
            pointer=f"/key_binding{error.pointer}",
            hint=error.hint or "sign with the key that the credential names in cnf",
        ) from None
    issued_at = claims.get("iat")
    if issued_at is None:
        raise _refused("iat is missing", "iat", "when it was signed, in seconds since the epoch")
    if not now - expected.max_age <= issued_at <= now + expected.max_ahead:
        raise _refused(
            "it was not made just now",
            "iat",
            f"between {expected.max_age} s before and {expected.max_ahead} s after this clock",
        )
    if claims.get("aud") != expected.audience:
        raise _refused(
            "it is meant for another verifier", "aud", "one string: the full client_id, prefix included"
        )
    if claims.get("nonce") != expected.nonce:
        raise _refused("it does not answer this request", "nonce", "the nonce of this very request")
    if claims.get("sd_hash") != digest(presentation, hash_algorithm):
        raise _refused(
            "it was made for another set of Disclosures",
            "sd_hash",
            "hash everything before the KB-JWT, the last '~' included",
        )
    return claims


def _refused(reason: str, claim: str, hint: str = "") -> InvalidKeyBinding:
    return InvalidKeyBinding(
        f"the key binding JWT is refused: {reason}",
        spec="RFC 9901 §7.3(5)",
        pointer=f"/key_binding/payload/{claim}",
        hint=hint,
    )
