"""Issuer metadata that somebody vouches for: the JWT form of the document (OpenID4VCI 1.0 §12.2.3, HAIP 1.0 §4.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeGuard

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, parse_jws, sign_jws, verify_chain
from nlwallet.errors import InvalidOffer

SIGNED_METADATA_TYP = "openidvci-issuer-metadata+jwt"
SIGNED_METADATA_MEDIA_TYPE = "application/jwt"
SIGNED_METADATA_MAX_AHEAD = 60
"""How far the issuer's clock may run ahead, in seconds."""

_WHAT = "the signed issuer metadata"
_SPEC = "OpenID4VCI 1.0 §12.2.3"


@dataclass(frozen=True, slots=True)
class SignedIssuerMetadata:
    """Metadata whose signature verified; read it with :meth:`CredentialIssuerMetadata.parse`.

    ``path`` is the certificate path from who signed to the anchor, ``chain`` what came of it. Times are seconds since
    the epoch.
    """

    metadata: dict[str, Any] = field(repr=False)
    path: tuple[Certificate, ...]
    chain: CertificateChain
    issued_at: int
    expires_at: int | None = None

    @property
    def signer(self) -> Certificate:
        """The certificate of who signed."""
        return self.path[0]


def sign_issuer_metadata(
    metadata: Mapping[str, Any], *, key: PrivateKey, chain: CertificateChain, now: int, lifetime: int
) -> str:
    """Sign the metadata document; ``chain`` has no anchor in it. ``lifetime`` is in seconds."""
    claims = {**metadata, "sub": metadata["credential_issuer"], "iat": now, "exp": now + lifetime}
    return sign_jws(claims, key, typ=SIGNED_METADATA_TYP, header={"x5c": chain.x5c()})


def verify_issuer_metadata(
    token: str,
    *,
    expected_issuer: str,
    anchors: Sequence[Certificate],
    now: int,
    algorithms: Collection[str],
    anchor_in_x5c: Literal["refused", "accepted"] = "refused",
) -> SignedIssuerMetadata:
    """Check who signed, under ``anchors``, and that it is about ``expected_issuer`` and holds now.

    Raises :class:`~nlwallet.errors.InvalidOffer`, or the :class:`~nlwallet.errors.RemoteError` of the signature or
    the certificates. Metadata that is refused must not be used, not even as if it were unsigned.
    """
    jws = parse_jws(token, typ={SIGNED_METADATA_TYP}, algorithms=algorithms, what=_WHAT)
    if "x5c" not in jws.header:
        raise _invalid("it has no x5c", "/header/x5c", spec="HAIP 1.0 §4.1")
    chain = CertificateChain.from_x5c(jws.header["x5c"], pointer="/header/x5c")
    path = verify_chain(
        chain, anchors, now=now, what="the signer of the metadata", anchor_in_x5c=anchor_in_x5c
    )
    jws.verify(chain.leaf.public_key)
    claims = jws.claims(what=_WHAT)
    if claims.get("sub") != expected_issuer:
        raise _invalid("sub is another issuer", "/sub")
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not _is_seconds(issued_at) or issued_at > now + SIGNED_METADATA_MAX_AHEAD:
        raise _invalid("iat is missing, or in the future", "/iat")
    if expires_at is not None and (not _is_seconds(expires_at) or now >= expires_at):
        raise _invalid("it has expired", "/exp")
    if not isinstance(claims.get("iss", ""), str):
        raise _invalid("iss is no string", "/iss")
    return SignedIssuerMetadata(claims, path, chain, issued_at, expires_at)


def _is_seconds(value: Any) -> TypeGuard[int]:
    return type(value) is int


def _invalid(reason: str, pointer: str, *, spec: str = _SPEC) -> InvalidOffer:
    return InvalidOffer(f"signed issuer metadata: {reason}", spec=spec, pointer=pointer)
