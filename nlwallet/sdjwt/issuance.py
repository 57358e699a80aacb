"""Issue an SD-JWT: choose what the holder may withhold, by claim path (RFC 9901 §4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.crypto import PrivateKey, PublicKey, sign_jws
from nlwallet.encoding import MAX_MESSAGE_BYTES
from nlwallet.errors import InvalidSdJwt, LocalError
from nlwallet.sdjwt.digest import DEFAULT_HASH_ALGORITHM, hash_function
from nlwallet.sdjwt.disclosure import MAX_DISCLOSURES, RESERVED_NAMES
from nlwallet.sdjwt.token import FurtherSignature, UnverifiedSdJwt
from nlwallet.sdjwt.writing import DisclosureWriter, Frame

_NEVER_DISCLOSABLE = frozenset({"iss", "aud", "exp", "nbf", "cnf"})


def decides_on_validity(path: ClaimPath) -> bool:
    """Whether the claim at ``path`` is always in the clear (RFC 9901 §9.7).

    Single entries of ``aud`` may be withheld, the section says.
    """
    return path[0] in _NEVER_DISCLOSABLE and (path[0] != "aud" or len(path) == 1)


def issue_sd_jwt(
    claims: Mapping[str, Any],
    *,
    disclosable: Collection[ClaimPath],
    key: PrivateKey,
    typ: str,
    header: Mapping[str, Any] | None = None,
    holder_key: PublicKey | None = None,
    hash_algorithm: str = DEFAULT_HASH_ALGORITHM,
    decoys: int | Mapping[ClaimPath, int] = 0,
    salts: Iterable[str] | None = None,
) -> str:
    """Sign ``claims`` as a compact SD-JWT, all Disclosures attached.

    ``disclosable``    paths of what becomes selectively disclosable; ``None`` in a path stands for every
                       array element. A parent and its child both listed make a recursive disclosure (§4.2.6).
                       A path that the claims do not have is passed over.
    ``typ``            the explicit type, such as ``example+sd-jwt`` (§9.11).
    ``holder_key``     goes into ``cnf.jwk``: only who has its private key can present (§4.1.2).
    ``decoys``         how many decoy digests to add (§4.2.5): to the top level, or per path of an object or
                       array, where ``()`` is the top level.
    ``salts``          for reproducing published examples only; fresh 144-bit salts otherwise.

    Raises :class:`~nlwallet.errors.LocalError` for reserved names, for validity claims made disclosable, and
    for more than a verifier would read: 1024 Disclosures, 32 levels, 1 MiB.
    """
    if "_sd_alg" in claims or ("cnf" in claims and holder_key is not None):
        raise LocalError("_sd_alg and cnf are written by the issuance itself", spec="RFC 9901 §4.1")
    hidden = (((), decoys),) if isinstance(decoys, int) else tuple(decoys.items())
    frame = _compiled(tuple(disclosable), hidden if decoys else ())
    try:
        writer = DisclosureWriter(hash_function(hash_algorithm), salts)
    except InvalidSdJwt as error:
        raise LocalError(error.message, spec="RFC 9901 §4.1.1", hint=error.hint) from None
    payload = writer.conceal_object(claims, frame)
    if writer.wrote_digests:
        payload["_sd_alg"] = hash_algorithm
    if holder_key is not None:
        payload["cnf"] = {"jwk": holder_key.jwk()}
    if len(writer.disclosures) > MAX_DISCLOSURES:
        raise LocalError(f"more than {MAX_DISCLOSURES} Disclosures", spec="RFC 9901 §4")
    try:
        issuer_jwt = sign_jws(payload, key, typ=typ, header=header)
    except TypeError:
        raise LocalError("a claim is no JSON value") from None
    issued = "~".join((issuer_jwt, *writer.disclosures, ""))
    if len(issued) > MAX_MESSAGE_BYTES:
        raise LocalError(f"the SD-JWT has {len(issued)} characters, the limit is {MAX_MESSAGE_BYTES}")
    return issued


def add_signature(
    token: UnverifiedSdJwt,
    key: PrivateKey,
    *,
    typ: str,
    header: Mapping[str, Any] | None = None,
    unprotected: Mapping[str, Any] | None = None,
) -> UnverifiedSdJwt:
    """The SD-JWT with another signature over the same payload, for ``json_general()`` (§8.1).

    ``header`` are further protected members, ``unprotected`` what stands beside them unsigned, such as ``kid``.
    Raises :class:`~nlwallet.errors.LocalError`.
    """
    if unprotected and not {"disclosures", "kb_jwt"}.isdisjoint(unprotected):
        raise LocalError("only the first signature carries disclosures and kb_jwt", spec="RFC 9901 §8.1")
    protected, _, signature = sign_jws(token.payload_octets(), key, typ=typ, header=header).split(".")
    return UnverifiedSdJwt(
        token.issuer_jwt,
        token.disclosures,
        token.key_binding_jwt,
        (*token.further_signatures, FurtherSignature(protected, signature, unprotected)),
        token.unprotected,
    )


@lru_cache(maxsize=128)
def _compiled(paths: tuple[ClaimPath, ...], decoys: tuple[tuple[ClaimPath, int], ...]) -> Frame:
    root = Frame()
    for path in paths:
        if not path:
            raise LocalError("a claim path has at least one element")
        if decides_on_validity(path):
            raise LocalError(f"{path[0]} decides on validity and is never disclosable", spec="RFC 9901 §9.7")
        if any(isinstance(element, str) and element in RESERVED_NAMES for element in path):
            raise LocalError(f"{show_path(path)} names a reserved claim", spec="RFC 9901 §4.1")
        root.below(path).disclosable = True
    for path, count in decoys:
        root.below(path).decoys = count
    return root.spread()
