"""Issue SD-JWT VCs: one, or a batch that cannot be linked by what it shares (SD-JWT VC §2, RFC 9901 §10.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import CertificateChain, PrivateKey, PublicKey
from nlwallet.errors import InvalidCredential, LocalError
from nlwallet.sdjwt.issuance import issue_sd_jwt
from nlwallet.sdjwt.registered_claims import ALWAYS_IN_THE_CLEAR, check_registered_claims

SD_JWT_VC_TYP = "dc+sd-jwt"

_PARAMETERS = frozenset({"vct", "iss", "iat", "exp", "cnf", "vct#integrity", "status"})


def issue_sd_jwt_vc(
    *,
    vct: str,
    claims: Mapping[str, Any],
    disclosable: Collection[ClaimPath],
    key: PrivateKey,
    issued_at: int,
    chain: CertificateChain | None = None,
    kid: str | None = None,
    holder_key: PublicKey | None = None,
    expires_at: int | None = None,
    issuer: str | None = None,
    vct_integrity: str | None = None,
    status: Mapping[str, Any] | None = None,
    hash_algorithm: str = "sha-256",
    decoys: int | Mapping[ClaimPath, int] = 0,
) -> str:
    """Issue a credential of type ``vct``; times are seconds since the epoch.

    ``chain`` goes into ``x5c`` as it is (HAIP 1.0 §6.1.1: without its anchor) and its leaf must hold the
    public key of ``key``; ``kid`` names the key for issuer metadata instead. ``claims`` may hold ``nbf`` and
    ``aka_vcts``; the other registered claims are parameters. ``decoys`` is that of
    :func:`~nlwallet.sdjwt.issue_sd_jwt`. Raises :class:`~nlwallet.errors.LocalError`.
    """
    if not _PARAMETERS.isdisjoint(claims):
        raise LocalError(
            f"{', '.join(sorted(_PARAMETERS & claims.keys()))} cannot stand among the claims",
            hint="use the parameters",
        )
    paths = tuple(disclosable)
    _check_disclosable(paths)
    if chain is not None and chain.leaf.public_key != key.public:
        raise LocalError("the certificate is not that of the signing key", spec="HAIP 1.0 §6.1.1")
    registered = {
        "vct": vct,
        "vct#integrity": vct_integrity,
        "iss": issuer,
        "iat": issued_at,
        "exp": expires_at,
        "status": status,
    }
    payload = {name: value for name, value in registered.items() if value is not None}
    payload.update(claims)
    try:
        check_registered_claims(payload)
    except InvalidCredential as error:
        raise LocalError(error.message, spec=error.spec, pointer=error.pointer, hint=error.hint) from None
    header: dict[str, Any] = {}
    if chain is not None:
        header["x5c"] = _x5c(chain)
    if kid is not None:
        header["kid"] = kid
    return issue_sd_jwt(
        payload,
        disclosable=paths,
        key=key,
        typ=SD_JWT_VC_TYP,
        header=header,
        holder_key=holder_key,
        hash_algorithm=hash_algorithm,
        decoys=decoys,
    )


def issue_sd_jwt_vc_batch(
    holder_keys: Sequence[PublicKey],
    *,
    issued_at: int,
    expires_at: int | None = None,
    statuses: Sequence[Mapping[str, Any]] | None = None,
    rounded_to: int = 86_400,
    **credential: Any,
) -> tuple[str, ...]:
    """One credential per holder key, alike in everything else (RFC 9901 §10.1).

    Verifiers who put their presentations side by side must not find what they share, so each has its own key,
    salts and status entry, and times are rounded down to whole ``rounded_to`` seconds: ``iat``, ``exp`` and an
    ``nbf`` among the claims; the first and the last to no moment before the signer's certificate, which is the same for
    all. ``statuses`` holds one ``status`` claim per key. The remaining arguments are those of
    :func:`issue_sd_jwt_vc`. Raises :class:`~nlwallet.errors.LocalError`.
    """
    if len(set(holder_keys)) != len(holder_keys):
        raise LocalError("each credential of a batch has its own key", spec="RFC 9901 §10.1")
    if "status" in credential or (statuses is not None and len(statuses) != len(holder_keys)):
        raise LocalError(
            "each credential of a batch has its own status entry", spec="HAIP 1.0 §6.1", hint="use statuses"
        )
    if statuses and any(status in statuses[:index] for index, status in enumerate(statuses)):
        raise LocalError("two credentials of a batch share a status entry", spec="HAIP 1.0 §6.1")
    claims, chain = dict(credential.pop("claims")), credential.get("chain")

    def begins(at: int) -> int:
        rounded = at - at % rounded_to
        return rounded if chain is None else max(rounded, chain.leaf.not_before)

    if "nbf" in claims:
        claims["nbf"] = begins(claims["nbf"])
    return tuple(
        issue_sd_jwt_vc(
            holder_key=holder_key,
            claims=claims,
            issued_at=begins(issued_at),
            expires_at=None if expires_at is None else expires_at - expires_at % rounded_to,
            status=statuses[index] if statuses else None,
            **credential,
        )
        for index, holder_key in enumerate(holder_keys)
    )


@lru_cache(maxsize=128)
def _check_disclosable(paths: tuple[ClaimPath, ...]) -> None:
    for path in paths:
        if path and path[0] in ALWAYS_IN_THE_CLEAR:
            raise LocalError(f"{path[0]} is never disclosable", spec="SD-JWT VC §2.2.2.3")


@lru_cache(maxsize=64)
def _x5c(chain: CertificateChain) -> tuple[str, ...]:
    return tuple(chain.x5c())
