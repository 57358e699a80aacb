"""Who may sign mdocs: a document signer whose certificate leads to an issuing authority (ISO/IEC 18013-5 §9.3.3).

A resolver is chosen by whoever verifies, never by the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from nlwallet.crypto import Certificate, CertificateChain, verify_chain
from nlwallet.crypto.cose import X5CHAIN, CoseSign1
from nlwallet.errors import InvalidMdoc

DOCUMENT_SIGNER = "1.0.18013.5.1.2"
"""The extended key usage of a document signer, dotted (§B.1.4)."""

MAX_KNOWN_CHAINS = 256

READER_AUTHENTICATION = "1.0.18013.5.1.6"
"""The extended key usage of a reader, dotted (§B.1.7)."""


class DocumentSignerResolver(Protocol):
    """One way to decide whose signature under a document counts."""

    def __call__(self, issuer_auth: CoseSign1, doctype: str, *, now: int) -> CertificateChain:
        """The verified chain of who signed this IssuerAuth, itself unverified, for a document of this type."""
        ...


@dataclass(frozen=True)
class DocumentSigners:
    """The leaf of ``x5chain``, when its chain leads to one of ``anchors``: the certificates of issuing authorities.

    ``extended_key_usage`` must be on the leaf; ``None`` looks at none. A chain that was validated is remembered for as
    long as all its certificates are valid.
    """

    anchors: Sequence[Certificate]
    anchor_in_x5chain: Literal["refused", "accepted"] = "refused"
    extended_key_usage: str | None = DOCUMENT_SIGNER
    _known: dict[tuple[bytes, ...], _KnownChain] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "anchors", tuple(self.anchors))

    def __call__(self, issuer_auth: CoseSign1, doctype: str, *, now: int) -> CertificateChain:
        """See :class:`DocumentSignerResolver`. Raises UntrustedCertificate, OutsideValidity or InvalidMdoc."""
        value = issuer_auth.header(X5CHAIN)
        key = (value,) if isinstance(value, bytes) else tuple(value) if isinstance(value, list) else ()
        known = self._known.get(key) if set(map(type, key)) == {bytes} else None
        if known is None or not known.begins <= now <= known.ends:
            known = self._validate(issuer_auth, key, now)
        return known.chain

    def _validate(self, issuer_auth: CoseSign1, key: tuple[bytes, ...], now: int) -> _KnownChain:
        chain = issuer_auth.chain
        if chain is None:
            raise InvalidMdoc(
                "the issuer's signature brings no certificate",
                spec="ISO/IEC 18013-5 §9.1.2.4",
                pointer="/issuerAuth/x5chain",
                hint="x5chain (33) is an unprotected header of IssuerAuth",
            )
        path = verify_chain(
            chain,
            self.anchors,
            now=now,
            what="the document signer's certificate",
            anchor_in_x5c=self.anchor_in_x5chain,
            extended_key_usage=self.extended_key_usage,
        )
        certificates = (*path, *chain)
        known = _KnownChain(
            chain,
            begins=max(certificate.not_before for certificate in certificates),
            ends=min(certificate.not_after for certificate in certificates),
        )
        if len(self._known) >= MAX_KNOWN_CHAINS:
            self._known.clear()
        self._known[key] = known
        return known


@dataclass(frozen=True, slots=True)
class _KnownChain:
    """A chain that was validated; that stays true while each of its certificates is valid."""

    chain: CertificateChain
    begins: int
    ends: int


@dataclass(frozen=True)
class PermittedDocumentSigners:
    """Who may issue which type: the verifier's choice of a resolver per docType, and of none for any other."""

    by_type: Mapping[str, DocumentSignerResolver]

    def __call__(self, issuer_auth: CoseSign1, doctype: str, *, now: int) -> CertificateChain:
        """See :class:`DocumentSignerResolver`. Raises InvalidMdoc, and what the chosen resolver raises."""
        resolver = self.by_type.get(doctype)
        if resolver is None:
            raise InvalidMdoc(
                "nobody is known who may issue this type",
                spec="ISO/IEC 18013-5 §9.3.1",
                pointer="/docType",
                hint="give the type a resolver in PermittedDocumentSigners",
            )
        return resolver(issuer_auth, doctype, now=now)
