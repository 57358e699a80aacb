"""Whose key signed this credential: by certificate chain, or by the issuer's metadata (SD-JWT VC §2.5, §4).

A resolver is chosen by the verifier, never by the token: for one issuer an attacker cannot pick the
mechanism (§7.3 of SD-JWT VC).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from nlwallet.crypto import Certificate, CertificateChain, PublicKey, verify_chain
from nlwallet.errors import InvalidCredential, UntrustedCertificate
from nlwallet.loopback import is_loopback
from nlwallet.profiles import NL_WALLET_STATUS_SIGNING

MAX_KNOWN_CHAINS = 256

_OF_OTHER_ROLES = frozenset(
    {
        NL_WALLET_STATUS_SIGNING,
        "1.3.6.1.5.5.7.3.128",  # wallet attestations, as the NL Wallet has it
        "1.0.18013.5.1.6",  # ISO/IEC 18013-5 reader authentication
        *(
            f"1.3.6.1.5.5.7.3.{use}" for use in (1, 2, 3, 4, 8, 9)
        ),  # TLS, code, mail, time stamps, OCSP (RFC 5280)
    }
)
"""Extended key usages that have nothing to do with credentials."""


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
    """The leaf of ``x5c`` in the protected header, when its chain leads to one of ``anchors`` (HAIP 1.0 §6.1.1).

    A chain that was validated is remembered for as long as all its certificates are valid. Other anchors are
    another resolver: later changes of the sequence given as ``anchors`` are not seen.
    """

    anchors: Sequence[Certificate]
    anchor_in_x5c: Literal["refused", "accepted"] = "refused"
    extended_key_usage: str | None = None
    _known: dict[tuple[str, ...], _KnownChain] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "anchors", tuple(self.anchors))

    def __call__(self, header: Mapping[str, Any], payload: Mapping[str, Any], *, now: int) -> IssuerKey:
        """See :class:`IssuerKeyResolver`. Raises UntrustedCertificate, OutsideValidity or InvalidCredential."""
        if "x5c" not in header:
            raise InvalidCredential(
                "the credential brings no certificate chain", spec="HAIP 1.0 §6.1.1", pointer="/header/x5c"
            )
        values = header["x5c"]
        readable = isinstance(values, list) and set(map(type, values)) == {str}
        known = self._known.get(tuple(values)) if readable else None
        if known is None or not known.begins <= now <= known.ends:
            known = self._validate(values, now)
        _check_issuer_name(payload.get("iss"), known)
        return known.key

    def _validate(self, values: Any, now: int) -> _KnownChain:
        chain = CertificateChain.from_x5c(values, pointer="/header/x5c")
        path = verify_chain(
            chain,
            self.anchors,
            now=now,
            what="the issuer's certificate",
            anchor_in_x5c=self.anchor_in_x5c,
            extended_key_usage=self.extended_key_usage,
        )
        _check_role(chain.leaf)
        certificates = (*path, *chain)
        known = _KnownChain(
            key=IssuerKey(chain.leaf.public_key, chain),
            uris=frozenset(chain.leaf.san_uris),
            hosts=frozenset(chain.leaf.san_dns),
            begins=max(certificate.not_before for certificate in certificates),
            ends=min(certificate.not_after for certificate in certificates),
        )
        if len(self._known) >= MAX_KNOWN_CHAINS:
            self._known.clear()
        self._known[tuple(values)] = known
        return known


@dataclass(frozen=True, slots=True)
class _KnownChain:
    """A chain that was validated; that stays true while each of its certificates is valid."""

    key: IssuerKey
    uris: frozenset[str]
    hosts: frozenset[str]
    begins: int
    ends: int


def _check_role(leaf: Certificate) -> None:
    """A certificate that says what it is for is for nothing else (RFC 5280 §4.2.1.12)."""
    usages = set(leaf.extended_key_usages)
    if usages and usages <= _OF_OTHER_ROLES:
        raise UntrustedCertificate(
            "the issuer's certificate is for another role than issuing credentials",
            spec="RFC 5280 §4.2.1.12",
            pointer="/header/x5c/0",
            hint="sign with a certificate whose extended key usage allows it, or that has none",
        )


def _host_of(iss: Any) -> str | None:
    """The host of an https URL; of http only this machine, where an issuer under test may be."""
    if not isinstance(iss, str):
        return None
    try:
        parts = urlsplit(iss)
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme == "https":
        return host
    return host if parts.scheme == "http" and host and is_loopback(host) else None


def _check_issuer_name(iss: Any, known: _KnownChain) -> None:
    """The issuer is the subject of the leaf: ``iss``, where present, is one of its names (SD-JWT VC §2.5)."""
    if iss is None or (isinstance(iss, str) and iss in known.uris):
        return
    host = _host_of(iss)
    if host is None or host not in known.hosts:
        raise UntrustedCertificate(
            "iss is not a name in the issuer's certificate",
            spec="SD-JWT VC §2.5",
            pointer="/payload/iss",
            hint="put the URI, or its host as DNS name, into the subjectAltName of the certificate",
        )


@dataclass(frozen=True)
class JwtVcIssuerMetadata:
    """Keys from JWT VC Issuer Metadata (SD-JWT VC §4) that the caller has fetched.

    ``documents``  maps ``iss`` to the JSON object found at :func:`jwt_vc_issuer_url`.
    ``key_sets``   maps a ``jwks_uri`` to the JWK Set found there, for documents that refer to one.
    """

    documents: Mapping[str, Mapping[str, Any]]
    key_sets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

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
        keys = self._keys(document, iss)
        kid = header.get("kid")
        fitting = [
            (index, jwk)
            for index, jwk in enumerate(keys)
            if isinstance(jwk, Mapping) and (kid is None or jwk.get("kid") == kid)
        ]
        if len(fitting) != 1:
            raise InvalidCredential(
                f"{len(fitting)} keys of the issuer fit",
                spec="SD-JWT VC §4.2",
                pointer="/header/kid",
                hint="the kid of the header names one key of the metadata",
            )
        index, jwk = fitting[0]
        return IssuerKey(PublicKey.from_jwk(jwk, pointer=f"/jwks/keys/{index}"))

    def _keys(self, document: Mapping[str, Any], iss: Any) -> list[Any]:
        if not isinstance(document, Mapping) or document.get("issuer") != iss:
            raise InvalidCredential(
                "the metadata is of another issuer",
                spec="SD-JWT VC §4.3",
                pointer="/issuer",
                hint="issuer is the same text as iss",
            )
        if ("jwks" in document) == ("jwks_uri" in document):
            raise InvalidCredential(
                "the metadata has exactly one of jwks and jwks_uri", spec="SD-JWT VC §4.2", pointer="/jwks"
            )
        jwks = document.get("jwks")
        if "jwks_uri" in document:
            uri = document["jwks_uri"]
            jwks = self.key_sets.get(uri) if isinstance(uri, str) else None
        keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
        if not isinstance(keys, list):
            raise InvalidCredential(
                "there is no JWK Set with the keys of this issuer",
                spec="SD-JWT VC §4.2",
                pointer="/jwks/keys",
                hint="when the metadata has jwks_uri, fetch it and pass what it gives as key_sets",
            )
        return keys


@dataclass(frozen=True)
class PermittedIssuers:
    """Who may issue which type: the verifier's choice of a resolver per ``vct``, and of none for any other.

    Only the very ``vct`` counts. That a type extends another, or calls itself one in ``aka_vcts``, lets nobody
    issue it (SD-JWT VC §7.7).
    """

    by_type: Mapping[str, IssuerKeyResolver]

    def __call__(self, header: Mapping[str, Any], payload: Mapping[str, Any], *, now: int) -> IssuerKey:
        """See :class:`IssuerKeyResolver`. Raises InvalidCredential, and what the chosen resolver raises."""
        vct = payload.get("vct")
        resolver = self.by_type.get(vct) if isinstance(vct, str) else None
        if resolver is None:
            raise InvalidCredential(
                "nobody is known who may issue this type",
                spec="SD-JWT VC §7.7",
                pointer="/payload/vct",
                hint="give the type a resolver in PermittedIssuers",
            )
        return resolver(header, payload, now=now)


_HTTPS_URL = re.compile(r"https://(?P<host>[A-Za-z0-9.\-\[\]:]+)(?P<path>/[!$&-;=@-Z_a-z~%]*)?", re.ASCII)
"""Scheme, host with an optional port, path; no user, query, fragment, white space or control character."""


def jwt_vc_issuer_url(iss: str) -> str:
    """Where the metadata of ``iss`` is: the well-known part goes between host and path (SD-JWT VC §4).

    Raises :class:`~nlwallet.errors.InvalidCredential` when ``iss`` is no https URL of host and path.
    """
    found = _HTTPS_URL.fullmatch(iss)
    if found is None:
        raise InvalidCredential(
            "iss is no https URL without query and fragment", spec="SD-JWT VC §4", pointer="/payload/iss"
        )
    path = (found["path"] or "").removesuffix("/")
    return f"https://{found['host']}/.well-known/jwt-vc-issuer{path}"
