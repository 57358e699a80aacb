"""Credentials, one for each key: the claims of a data set as SD-JWT VCs or as mdocs (OpenID4VCI 1.0 §A.2, §A.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.grant import Dataset
from nlwallet.mdoc import DOCUMENT_SIGNER, check_ages, issue_mdoc_batch
from nlwallet.sdjwt import TypeMetadataRegistry, issue_sd_jwt_vc_batch
from nlwallet.status import StatusReference

_HOUR = 3600
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class DocumentSigner:
    """A key for mdocs, with a certificate that says so (ISO/IEC 18013-5 §B.1.4)."""

    key: PrivateKey
    chain: CertificateChain


@dataclass(frozen=True, slots=True)
class CredentialSigner:
    """Who signs the credentials of an issuer. Times are rounded down to the hour, so that they do not tell credentials
    of a batch apart (RFC 9901 §10.1).
    """

    credential_issuer: str
    key: PrivateKey
    chain: CertificateChain
    types: TypeMetadataRegistry
    document_signer: DocumentSigner | None = None
    """Who signs mdocs, if that is somebody else."""
    by_configuration: Mapping[str, CredentialSigner] = field(default_factory=dict)
    """Who signs the credentials of a configuration, by its id, if that is somebody else."""

    @property
    def of_documents(self) -> DocumentSigner:
        """Who signs mdocs."""
        return self.document_signer or DocumentSigner(self.key, self.chain)

    def check(self, configuration: CredentialConfiguration) -> None:
        """Raises :class:`~nlwallet.errors.LocalError` when the certificate is not for this format."""
        if configuration.id in self.by_configuration:
            self.by_configuration[configuration.id].check(configuration)
        elif (
            configuration.format == "mso_mdoc"
            and DOCUMENT_SIGNER not in self.of_documents.chain.leaf.extended_key_usages
        ):
            raise LocalError(
                "the certificate is not that of a document signer",
                spec="ISO/IEC 18013-5 §B.1.4",
                hint="authority.issue(…, extended_key_usages=[nlwallet.mdoc.DOCUMENT_SIGNER])",
            )

    def sign(
        self,
        dataset: Dataset,
        holder_keys: Sequence[PublicKey],
        statuses: Sequence[StatusReference | None],
        *,
        now: int,
    ) -> tuple[str, ...]:
        """For each key a compact SD-JWT VC, or base64url of an ``IssuerSigned`` (§A.2.4).

        ``statuses`` has one for each of them, or ``None`` for each.
        """
        other = self.of(dataset)
        if other is not self:
            return other.sign(dataset, holder_keys, statuses, now=now)
        make = self._mdocs if dataset.configuration.format == "mso_mdoc" else self._sd_jwt_vcs
        claims = [status.as_json() for status in statuses if status is not None]
        return make(dataset, holder_keys, claims or None, now // _HOUR * _HOUR)

    def of(self, dataset: Dataset) -> CredentialSigner:
        """Who signs the credentials of this data set."""
        return self.by_configuration.get(dataset.configuration.id, self)

    def preview(self, dataset: Dataset, *, now: int) -> dict[str, Any]:
        """What a credential of it says that is signed in this hour, but for what each copy has of its own.

        In either format as an SD-JWT VC has it; of an mdoc also from when on it is valid, which each of them says.
        """
        issued_at = now // _HOUR * _HOUR
        begins = max(issued_at, self.leaf(dataset).not_before)
        return {
            **self._claims(dataset),
            "vct": dataset.configuration.vct,
            "iss": self.of(dataset).credential_issuer,
            "exp": issued_at + dataset.configuration.lifetime_days * _DAY,
            **({"nbf": begins} if dataset.configuration.format == "mso_mdoc" else {}),
        }

    def leaf(self, dataset: Dataset) -> Certificate:
        """The certificate of who signs the credentials of this data set."""
        signer = self.of(dataset)
        return (signer.of_documents if dataset.configuration.format == "mso_mdoc" else signer).chain.leaf

    def _claims(self, dataset: Dataset) -> dict[str, Any]:
        qualification = dataset.configuration.attestation_qualification
        return {**dataset.claims, **({"attestation_qualification": qualification} if qualification else {})}

    def _sd_jwt_vcs(
        self,
        dataset: Dataset,
        holder_keys: Sequence[PublicKey],
        statuses: Sequence[Mapping[str, Any]] | None,
        issued_at: int,
    ) -> tuple[str, ...]:
        configuration = dataset.configuration
        return issue_sd_jwt_vc_batch(
            holder_keys,
            vct=configuration.vct,
            vct_integrity=self.types.integrity(configuration.vct),
            claims=self._claims(dataset),
            disclosable=configuration.disclosable,
            key=self.key,
            chain=self.chain,
            issued_at=issued_at,
            expires_at=issued_at + configuration.lifetime_days * _DAY,
            issuer=self.credential_issuer,
            statuses=statuses,
            rounded_to=_HOUR,
        )

    def _mdocs(
        self,
        dataset: Dataset,
        holder_keys: Sequence[PublicKey],
        statuses: Sequence[Mapping[str, Any]] | None,
        issued_at: int,
    ) -> tuple[str, ...]:
        configuration = dataset.configuration
        qualification = configuration.attestation_qualification
        signer = self.of_documents
        namespaces = configuration.namespaces(dataset.claims)
        for elements in namespaces.values():
            check_ages(elements, at=max(issued_at, signer.chain.leaf.not_before))
        documents = issue_mdoc_batch(
            holder_keys,
            doctype=configuration.vct,
            namespaces=namespaces,
            key=signer.key,
            chain=signer.chain,
            signed_at=issued_at,
            valid_until=issued_at + configuration.lifetime_days * _DAY,
            statuses=statuses,
            rounded_to=_HOUR,
            # Not in ISO/IEC 18013-5: what the NL Wallet wants of an mdoc.
            further={
                "issuerUri": self.credential_issuer,
                "typeMetadataIntegrity": self.types.integrity(configuration.vct),
                **({"attestationQualification": qualification} if qualification else {}),
            },
        )
        return tuple(map(b64url_encode, documents))
