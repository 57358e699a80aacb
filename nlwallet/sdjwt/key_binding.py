"""The key binding JWT: this holder, this verifier, this request, these Disclosures (RFC 9901 §4.3, §7.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.crypto import PrivateKey, PublicKey, parse_jws, sign_jws
from nlwallet.errors import AlgorithmNotAllowed, InvalidKeyBinding, InvalidSignature, MalformedInput
from nlwallet.sdjwt.digest import digest

KEY_BINDING_TYP = "kb+jwt"


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


def sign_key_binding(
    presentation: str,
    *,
    holder_key: PrivateKey,
    audience: str,
    nonce: str,
    now: int,
    hash_algorithm: str,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """The KB-JWT for ``presentation``, an SD-JWT up to and including its last ``~``."""
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
        claims = jws.claims(what="the key binding JWT")
        jws.verify(holder_key)
    except (MalformedInput, AlgorithmNotAllowed, InvalidSignature) as error:
        raise InvalidKeyBinding(
            error.message,
            spec=error.spec,
            pointer=f"/key_binding{error.pointer}",
            hint=error.hint or "sign with the key that the credential names in cnf",
        ) from None
    issued_at = claims.get("iat")
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise _refused("iat is missing or no number", "iat")
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
