"""The metadata documents of an issuer: its own, and its authorization server's (OpenID4VCI 1.0 §12.2, §12.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.openid4vci import (
    AUTHORIZATION_CODE,
    PRE_AUTHORIZED_CODE,
    REFRESH_TOKEN,
    AuthorizationServerMetadata,
    RequestEncryption,
    response_encryption_metadata,
)
from nlwallet.sdjwt import TypeMetadataRegistry


def issuer_metadata(
    credential_issuer: str,
    base: str,
    *,
    name: str,
    configurations: Mapping[str, CredentialConfiguration],
    types: TypeMetadataRegistry,
    request_encryption: RequestEncryption | None,
    response_encryption_required: bool,
) -> dict[str, Any]:
    """The credential issuer metadata (§12.2.4); ``base`` is where the endpoints are."""
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
        "credential_endpoint": f"{base}/credential",
        "nonce_endpoint": f"{base}/nonce",
        "deferred_credential_endpoint": f"{base}/deferred",
        "notification_endpoint": f"{base}/notification",
        **encryption,
        **({"batch_credential_issuance": {"batch_size": batch}} if batch > 1 else {}),
        "display": [{"name": name}],
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
        dpop=True,
        iss_in_response=by_code,
        status_list_aggregation_endpoint=status_list_aggregation_endpoint,
    ).as_json()
