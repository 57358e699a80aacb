"""Whose key signed this credential: by certificate chain, or by the issuer's metadata (SD-JWT VC §2.5, §4).

A resolver is chosen by the verifier, never by the token: for one issuer an attacker cannot pick the
mechanism (§7.3 of SD-JWT VC).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from nlwallet.crypto import Certificate, CertificateChain, PublicKey, verify_chain
from nlwallet.errors import InvalidCredential, UntrustedCertificate


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The key that must have signed, and the verified chain it came from, when it came from one."""

    key: PublicKey
    chain: CertificateChain | None = None


class IssuerKeyResolver(Protocol):
    """One way to find an issuer's key."""

    def __call__(self, header: Mapping[str, Any], payload: Mapping[str, Any], *, now: int) -> IssuerKey:
        """The issuer's key for a token with this JOSE header and these claims, both unverified."""
        ...


@dataclass(frozen=True)
class X5cIssuer:
    """The leaf of ``x5c`` in the protected header, when its chain leads to one of ``anchors`` (HAIP 1.0 §6.1.1)."""

    anchors: Sequence[Certificate]
    anchor_in_x5c: Literal["refused", "accepted"] = "refused"
    extended_key_usage: str | None = None

    def __call__(self, header: Mapping[str, Any], payload: Mapping[str, Any], *, now: int) -> IssuerKey:
        """See :class:`IssuerKeyResolver`. Raises UntrustedCertificate, OutsideValidity or InvalidCredential."""
        if "x5c" not in header:
            raise InvalidCredential(
                "the credential brings no certificate chain", spec="HAIP 1.0 §6.1.1", pointer="/header/x5c"
            )
        chain = CertificateChain.from_x5c(header["x5c"], pointer="/header/x5c")
        verify_chain(
            chain,
            self.anchors,
            now=now,
            what="the issuer's certificate",
            anchor_in_x5c=self.anchor_in_x5c,
            extended_key_usage=self.extended_key_usage,
        )
        _check_issuer_name(payload.get("iss"), chain.leaf)
        return IssuerKey(chain.leaf.public_key, chain)


def _check_issuer_name(iss: Any, leaf: Certificate) -> None:
    """The issuer is the subject of the leaf: ``iss``, where present, is one of its names (SD-JWT VC §2.5)."""
    if iss is None or iss in leaf.san_uris:
        return
    try:
        host = urlsplit(iss).hostname if isinstance(iss, str) and iss.startswith("https://") else None
    except ValueError:
        host = None
    if host is None or host not in leaf.san_dns:
        raise UntrustedCertificate(
            "iss is not a name in the issuer's certificate",
            spec="SD-JWT VC §2.5",
            pointer="/payload/iss",
            hint="put the URI, or its host as DNS name, into the subjectAltName of the certificate",
        )


@dataclass(frozen=True)
class JwtVcIssuerMetadata:
    """Keys from JWT VC Issuer Metadata (SD-JWT VC §4) that the caller has fetched: ``iss`` → the JSON object."""

    documents: Mapping[str, Mapping[str, Any]]

    def __call__(self, header: Mapping[str, Any], payload: Mapping[str, Any], *, now: int) -> IssuerKey:
        """See :class:`IssuerKeyResolver`. Raises InvalidCredential, MalformedInput or AlgorithmNotAllowed."""
        iss = payload.get("iss")
        document = self.documents.get(iss) if isinstance(iss, str) else None
        if document is None:
            raise InvalidCredential(
                "there is no metadata of this issuer",
                spec="SD-JWT VC §4",
                pointer="/payload/iss",
                hint="fetch jwt_vc_issuer_url(iss) and pass the document in",
            )
        if document.get("issuer") != iss:
            raise InvalidCredential(
                "the metadata is of another issuer", spec="SD-JWT VC §4.3", pointer="/issuer"
            )
        if ("jwks" in document) == ("jwks_uri" in document):
            raise InvalidCredential(
                "the metadata has exactly one of jwks and jwks_uri", spec="SD-JWT VC §4.2"
            )
        jwks = document.get("jwks")
        keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
        if not isinstance(keys, list):
            raise InvalidCredential(
                "the metadata holds no keys",
                spec="SD-JWT VC §4.2",
                pointer="/jwks/keys",
                hint="fetch jwks_uri and put what it gives under jwks",
            )
        kid = header.get("kid")
        found = [jwk for jwk in keys if isinstance(jwk, Mapping) and (kid is None or jwk.get("kid") == kid)]
        if len(found) != 1:
            raise InvalidCredential(
                f"{len(found)} keys of the issuer fit",
                spec="SD-JWT VC §4.2",
                pointer="/header/kid",
                hint="the kid of the header names one key of the metadata",
            )
        return IssuerKey(PublicKey.from_jwk(found[0], pointer="/jwks/keys"))


def jwt_vc_issuer_url(iss: str) -> str:
    """Where the metadata of ``iss`` is: the well-known part goes between host and path (SD-JWT VC §4.1)."""
    try:
        parts = urlsplit(iss)
    except ValueError:
        parts = None
    if (
        parts is None
        or parts.scheme != "https"
        or not parts.netloc
        or parts.query
        or parts.fragment
        or "?" in iss
    ):
        raise InvalidCredential(
            "iss is no https URL without query and fragment", spec="SD-JWT VC §4", pointer="/payload/iss"
        )
    return f"https://{parts.netloc}/.well-known/jwt-vc-issuer{parts.path.removesuffix('/')}"
