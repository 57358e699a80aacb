"""What a verified document says, in a wallet as in a response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import CertificateChain, PublicKey
from nlwallet.mdoc.issuer_signed import IssuerSigned
from nlwallet.mdoc.mobile_security_object import MobileSecurityObject


@dataclass(frozen=True, slots=True, repr=False)
class Verified:
    """What a document in a wallet and a document in a response have in common."""

    issuer_signed: IssuerSigned
    claims: dict[str, dict[str, Any]]
    """``{namespace: {element: value}}``, values as JSON has them: dates as text, octets as base64url."""

    @property
    def mso(self) -> MobileSecurityObject:
        """The mobile security object, as the issuer signed it."""
        return self.issuer_signed.mso

    @property
    def doctype(self) -> str:
        """The document type."""
        return self.mso.doctype

    @property
    def types(self) -> tuple[str, ...]:
        """The document type alone: an mdoc extends no other."""
        return (self.mso.doctype,)

    @property
    def chain(self) -> CertificateChain:
        """The chain of the document signer."""
        return self.issuer_signed.chain

    @property
    def holder_key(self) -> PublicKey:
        """The key of the device."""
        return self.mso.device_key

    @property
    def issued_at(self) -> int:
        """``signed``, seconds since the epoch."""
        return self.mso.signed

    @property
    def expires_at(self) -> int:
        """``validUntil``, seconds since the epoch; the document is still valid in that second."""
        return self.mso.valid_until

    @property
    def status(self) -> Mapping[str, Any] | None:
        """``status`` of the MSO: how to learn whether it was revoked. Nothing here has looked."""
        return self.mso.status

    def disclosable_paths(self) -> frozenset[ClaimPath]:
        """``(namespace, element)`` of each element that is here; each can be shown without the others."""
        return frozenset((namespace, name) for namespace, each in self.claims.items() for name in each)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.doctype}>"
