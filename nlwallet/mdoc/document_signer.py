"""Who may sign mdocs: a document signer whose certificate leads to an issuing authority (ISO/IEC 18013-5 §9.3.3).

A resolver is chosen by whoever verifies, never by the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from nlwallet.crypto import Certificate, CertificateChain, verify_chain
from nlwallet.crypto.cose import CoseSign1
from nlwallet.errors import InvalidMdoc

DOCUMENT_SIGNER = "1.0.18013.5.1.2"
"""The extended key usage of a document signer, dotted (§B.1.4)."""

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

    ``extended_key_usage`` must be on the leaf; ``None`` looks at none.
    """

    anchors: Sequence[Certificate]
    anchor_in_x5chain: Literal["refused", "accepted"] = "refused"
    extended_key_usage: str | None = DOCUMENT_SIGNER

    def __post_init__(self) -> None:
        object.__setattr__(self, "anchors", tuple(self.anchors))

    def __call__(self, issuer_auth: CoseSign1, doctype: str, *, now: int) -> CertificateChain:
        """See :class:`DocumentSignerResolver`. Raises UntrustedCertificate, OutsideValidity or InvalidMdoc."""
        chain = issuer_auth.chain
        if chain is None:
            raise InvalidMdoc(
                "the issuer's signature brings no certificate",
                spec="ISO/IEC 18013-5 §9.1.2.4",
                pointer="/issuerAuth/x5chain",
                hint="x5chain (33) is an unprotected header of IssuerAuth",
            )
        verify_chain(
            chain,
            self.anchors,
            now=now,
            what="the document signer's certificate",
            anchor_in_x5c=self.anchor_in_x5chain,
            extended_key_usage=self.extended_key_usage,
        )
        return chain


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
