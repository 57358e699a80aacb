"""Which trust anchors may vouch for which type of credential (OIA_12 to OIA_15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import Certificate, CertificateChain
from nlwallet.crypto.cose import CoseSign1
from nlwallet.errors import InvalidCredential
from nlwallet.mdoc import DocumentSigners
from nlwallet.profiles import Profile
from nlwallet.sdjwt import IssuerKey, TypeMetadataRegistry, X5cIssuer
from nlwallet.trust import PID_TYPES, Anchors, Category, anchors_for_type, status_signers

ATTESTATION_CATEGORIES = (Category.PUB_EAA_PROVIDER, Category.QEAA_PROVIDER, Category.EAA_PROVIDER)


@dataclass(frozen=True)
class TrustPolicy:
    """A PID comes from a PID provider and from nobody else; any other type from an attestation provider.

    ``categories`` says otherwise for single types (``vct`` → categories). A type is a PID by its name
    (``urn:eudi:pid:…``) or because its metadata extends one.
    """

    categories: Mapping[str, Sequence[Category]] = field(default_factory=dict)
    default: Sequence[Category] = ATTESTATION_CATEGORIES

    def categories_for(self, vct: str, types: TypeMetadataRegistry) -> tuple[Category, ...]:
        """The categories whose anchors may have issued a credential of this type."""
        if vct in self.categories:
            return tuple(self.categories[vct])
        if any(name.startswith(PID_TYPES) for name in types.ancestors(vct)):
            return (Category.PID_PROVIDER,)
        return tuple(self.default)


class IssuerByType:
    """Resolves the issuer's key through ``x5c``, with the anchors of the credential's own type.

    The type is read before the signature is verified; it decides which anchors count, and the signature
    of a certificate below one of those then covers the type.
    """

    def __init__(
        self, anchors: Anchors, *, policy: TrustPolicy, types: TypeMetadataRegistry, profile: Profile
    ) -> None:
        self._anchors = anchors
        self._policy = policy
        self._types = types
        self._profile = profile
        self._issuers: dict[tuple[Category, ...], X5cIssuer] = {}
        """As long as the anchors are the same: those of lists come and go."""

    def categories_for(self, vct: str) -> tuple[Category, ...]:
        """The categories of those who may have issued a credential of this type."""
        return self._policy.categories_for(vct, self._types)

    def anchors_for(self, vct: str) -> tuple[Certificate, ...]:
        """The anchors that count for this type."""
        return tuple(
            certificate
            for category in self.categories_for(vct)
            for certificate in anchors_for_type(self._anchors, category, vct)
        )

    def status_anchors_for(
        self, vct: str, chain: CertificateChain | None, *, now: int
    ) -> tuple[Certificate, ...]:
        """The anchors that count for the status lists of a credential whose issuer has this ``chain``."""
        return status_signers(
            chain,
            self._anchors,
            self._policy.categories_for(vct, self._types),
            now=now,
            anchor_in_x5c=self._profile.anchor_in_x5c,
        )

    def document_signer(self, issuer_auth: CoseSign1, doctype: str, *, now: int) -> CertificateChain:
        """Who signed an mdoc of this type. Raises a :class:`~nlwallet.errors.RemoteError`."""
        signers = DocumentSigners(self.anchors_for(doctype), anchor_in_x5chain=self._profile.anchor_in_x5c)
        return signers(issuer_auth, doctype, now=now)

    def __call__(self, header: Mapping[str, Any], payload: Mapping[str, Any], *, now: int) -> IssuerKey:
        """The issuer's key. Raises a :class:`~nlwallet.errors.RemoteError`."""
        vct = payload.get("vct")
        if not isinstance(vct, str):
            raise InvalidCredential("the credential has no vct", spec="SD-JWT VC §2.2.2.1", pointer="/vct")
        categories = self._policy.categories_for(vct, self._types)
        anchors = self.anchors_for(vct)
        issuer = self._issuers.get(categories)
        if issuer is None or issuer.anchors != anchors:
            issuer = X5cIssuer(
                anchors,
                anchor_in_x5c=self._profile.anchor_in_x5c,
                extended_key_usage=self._profile.issuer_signing_usage,
            )
            self._issuers[categories] = issuer
        return issuer(header, payload, now=now)
