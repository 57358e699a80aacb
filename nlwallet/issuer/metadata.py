"""The metadata documents of an issuer: its own, and its authorization server's (OpenID4VCI 1.0 §12.2, §12.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.errors import LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.nl_wallet_drafts import draft_metadata
from nlwallet.openid4vci import (
    AUTHORIZATION_CODE,
    PRE_AUTHORIZED_CODE,
    REFRESH_TOKEN,
    AuthorizationServerMetadata,
    RequestEncryption,
    is_image_uri,
    issuer_info,
    response_encryption_metadata,
    sign_issuer_metadata,
)
from nlwallet.registration import RelyingPartyCertificates
from nlwallet.sdjwt import TypeMetadataRegistry

SIGNED_METADATA_LIFETIME = 86_400


@dataclass(frozen=True, slots=True)
class IssuerDisplay:
    """What an issuer calls itself in one language (§12.2.4), and its logo: a ``data:`` or https URI."""

    name: str
    locale: str = ""
    logo_uri: str | None = None
    logo_alt_text: str = ""

    def __post_init__(self) -> None:
        if not self.name or not is_image_uri(self.logo_uri):
            raise LocalError(
                "an issuer's display has a name, and its logo a data: or https URI",
                spec="OpenID4VCI 1.0 §12.2.4",
            )

    def as_json(self) -> dict[str, Any]:
        """The entry of ``display``."""
        logo = {"uri": self.logo_uri, **({"alt_text": self.logo_alt_text} if self.logo_alt_text else {})}
        return {
            "name": self.name,
            **({"locale": self.locale} if self.locale else {}),
            **({"logo": logo} if self.logo_uri else {}),
        }


def checked_display(display: Sequence[IssuerDisplay], chain: CertificateChain) -> tuple[IssuerDisplay, ...]:
    """One entry for each language; without any, the name in the certificate.

    Raises :class:`~nlwallet.errors.LocalError`.
    """
    if len({one.locale.lower() for one in display}) < len(display):
        raise LocalError("two displays have one language", spec="OpenID4VCI 1.0 §12.2.4")
    subject = chain.leaf.subject
    return tuple(display) or (IssuerDisplay(subject.organization or subject.common_name or "?"),)


@dataclass(frozen=True, slots=True)
class MetadataSigner:
    """Who vouches for the metadata: a key, and its chain without the anchor (HAIP 1.0 §4.1).

    In the European framework this is the access certificate of the issuer (ARF ISSU_22, ISSU_32), and the metadata
    holds its ``registration_certificate``, which says what it may issue (RPRC_22).
    """

    key: PrivateKey
    chain: CertificateChain
    registration_certificate: str | None = field(default=None, repr=False)

    @classmethod
    def of_provider(cls, key: PrivateKey, certificates: RelyingPartyCertificates) -> MetadataSigner:
        """Both certificates of one service, as the registrar gave them (RPRC_14).

        Raises :class:`~nlwallet.errors.LocalError` for a service that is not registered to issue anything.
        """
        if certificates.provider_certificate is None:
            raise LocalError(
                f"the service {certificates.service.id!r} issues nothing",
                spec="ARF RPRC_15",
                hint="provides_attestations=(…)",
            )
        return cls(key, certificates.access_chain, certificates.provider_certificate)

    def __post_init__(self) -> None:
        leaf = self.chain.leaf
        if self.key.public != leaf.public_key or any(one.is_self_issued for one in self.chain):
            raise LocalError(
                "the chain is not that of the signing key, or has a self-signed certificate in it",
                spec="HAIP 1.0 §4.1",
                hint="leave the anchor out",
            )

    def sign(self, metadata: Mapping[str, Any], *, now: int) -> str:
        """The metadata as a JWT that holds for a day."""
        return sign_issuer_metadata(
            metadata, key=self.key, chain=self.chain, now=now, lifetime=SIGNED_METADATA_LIFETIME
        )


def issuer_metadata(
    credential_issuer: str,
    base: str,
    *,
    display: Sequence[IssuerDisplay],
    authorization_server: str | None,
    configurations: Mapping[str, CredentialConfiguration],
    types: TypeMetadataRegistry,
    request_encryption: RequestEncryption | None,
    response_encryption_required: bool,
    registration_certificate: str | None = None,
    nl_wallet_drafts: bool = False,
) -> dict[str, Any]:
    """The credential issuer metadata (§12.2.4); ``base`` is where the endpoints are.

    ``authorization_server`` is the identifier of a server that is not the issuer's own.
    """
    # One number for all configurations, so it is the smallest; "2 or greater", else it is left out.
    batch = min(configuration.batch_size for configuration in configurations.values())
    encryption: dict[str, Any] = {}
    if request_encryption is not None:
        encryption = {
            "credential_request_encryption": request_encryption.as_json(),
            "credential_response_encryption": response_encryption_metadata(
                required=response_encryption_required
            ),
        }
    return {
        "credential_issuer": credential_issuer,
        **({} if authorization_server is None else {"authorization_servers": [authorization_server]}),
        "credential_endpoint": f"{base}/credential",
        "nonce_endpoint": f"{base}/nonce",
        "deferred_credential_endpoint": f"{base}/deferred",
        "notification_endpoint": f"{base}/notification",
        # That wallet reads jwks as an array, and takes no metadata with the object that it is.
        **(draft_metadata(base) if nl_wallet_drafts else encryption),
        **({"batch_credential_issuance": {"batch_size": batch}} if batch > 1 else {}),
        "display": [one.as_json() for one in display],
        **(
            {} if registration_certificate is None else {"issuer_info": issuer_info(registration_certificate)}
        ),
        "credential_configurations_supported": {
            id_: configuration.metadata(
                types, type_metadata_uri=f"{base}/type-metadata/{quote(id_, safe='')}"
            )
            for id_, configuration in configurations.items()
        },
    }


def authorization_server_metadata(
    issuer: str,
    base: str,
    *,
    by_code: bool,
    client_attestation: bool,
    anonymous_access: bool,
    status_list_aggregation_endpoint: str | None,
) -> dict[str, Any]:
    """The authorization server metadata (RFC 8414)."""
    return AuthorizationServerMetadata(
        issuer,
        f"{base}/token",
        anonymous_access=anonymous_access,
        pushed_authorization_request_endpoint=f"{base}/par" if by_code else None,
        authorization_endpoint=f"{base}/authorize" if by_code else None,
        challenge_endpoint=f"{base}/challenge" if client_attestation else None,
        grant_types=(AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE, REFRESH_TOKEN)
        if by_code
        else (PRE_AUTHORIZED_CODE,),
        client_attestation=client_attestation,
        combined_attestation=client_attestation,
        authorization_details=True,
        dpop=True,
        iss_in_response=by_code,
        status_list_aggregation_endpoint=status_list_aggregation_endpoint,
    ).as_json()
