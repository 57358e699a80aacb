"""What a credential issuer and its authorization server say of themselves (OpenID4VCI 1.0 §12.2, RFC 8414)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from nlwallet.errors import InvalidOffer

MAX_BATCH_SIZE = 100


def well_known(identifier: str, suffix: str) -> str:
    """Where the metadata of ``identifier`` is: ``suffix`` goes between host and path (§12.2.2, RFC 8414 §3)."""
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{suffix}{parts.path.removesuffix('/')}"


def issuer_metadata_url(credential_issuer: str) -> str:
    """The URL of the credential issuer metadata."""
    return well_known(credential_issuer, "openid-credential-issuer")


def authorization_server_metadata_url(issuer: str) -> str:
    """The URL of the authorization server metadata."""
    return well_known(issuer, "oauth-authorization-server")


@dataclass(frozen=True, slots=True)
class OfferedConfiguration:
    """What a wallet needs of one entry of ``credential_configurations_supported``."""

    id: str
    vct: str
    type_metadata_uri: str | None
    proof_algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CredentialIssuerMetadata:
    """Issuer metadata as a wallet reads it: checked, and reduced to what is used."""

    credential_issuer: str
    credential_endpoint: str
    nonce_endpoint: str
    authorization_server: str
    batch_size: int
    configurations: dict[str, OfferedConfiguration]

    @classmethod
    def parse(cls, value: dict[str, Any], *, expected_issuer: str) -> CredentialIssuerMetadata:
        """Read the metadata. Raises :class:`~nlwallet.errors.InvalidOffer` (§12.2.4)."""
        if value.get("credential_issuer") != expected_issuer:
            raise _invalid("the metadata is of another issuer", "/credential_issuer")
        servers = value.get("authorization_servers", [expected_issuer])
        if not isinstance(servers, list) or len(servers) != 1 or not isinstance(servers[0], str):
            raise _invalid("several authorization servers are not supported yet", "/authorization_servers")
        batch = value.get("batch_credential_issuance")
        size = batch.get("batch_size") if isinstance(batch, dict) else 1
        if type(size) is not int or not (1 if batch is None else 2) <= size:
            raise _invalid("batch_size is at least 2", "/batch_credential_issuance/batch_size")
        supported = value.get("credential_configurations_supported")
        if not isinstance(supported, dict):
            raise _invalid("no credential configurations", "/credential_configurations_supported")
        return cls(
            credential_issuer=expected_issuer,
            credential_endpoint=endpoint(value, "credential_endpoint"),
            nonce_endpoint=endpoint(value, "nonce_endpoint"),
            authorization_server=servers[0],
            batch_size=min(size, MAX_BATCH_SIZE),
            configurations={
                id_: _configuration(id_, entry)
                for id_, entry in supported.items()
                if isinstance(entry, dict) and entry.get("format") == "dc+sd-jwt"
            },
        )

    def configuration(self, id_: str) -> OfferedConfiguration:
        """The configuration of that id. Raises InvalidOffer when this wallet cannot receive it."""
        if id_ not in self.configurations:
            raise _invalid(
                "the offered credential is not among those that this wallet can receive",
                "/credential_configurations_supported",
                "dc+sd-jwt is supported",
            )
        return self.configurations[id_]


def endpoint(metadata: dict[str, Any], name: str) -> str:
    """An https endpoint of metadata. Raises :class:`~nlwallet.errors.InvalidOffer`."""
    url = metadata.get(name)
    if not isinstance(url, str) or not url.startswith("https://"):
        raise _invalid(f"{name} is no https URL", f"/{name}")
    return url


def _configuration(id_: str, entry: dict[str, Any]) -> OfferedConfiguration:
    pointer = f"/credential_configurations_supported/{id_}"
    vct, uri = entry.get("vct"), entry.get("type_metadata_uri")
    if not isinstance(vct, str) or not vct:
        raise _invalid("vct is missing", f"{pointer}/vct")
    if uri is not None and not (isinstance(uri, str) and uri.startswith("https://")):
        raise _invalid("type_metadata_uri is no https URL", f"{pointer}/type_metadata_uri")
    proofs = entry.get("proof_types_supported")
    jwt = proofs.get("jwt") if isinstance(proofs, dict) else None
    algorithms = jwt.get("proof_signing_alg_values_supported") if isinstance(jwt, dict) else None
    if (
        not isinstance(algorithms, list)
        or not algorithms
        or not all(isinstance(name, str) for name in algorithms)
    ):
        raise _invalid("the jwt proof type is not offered", f"{pointer}/proof_types_supported")
    return OfferedConfiguration(id_, vct, uri, tuple(algorithms))


def _invalid(reason: str, pointer: str, hint: str = "") -> InvalidOffer:
    return InvalidOffer(
        f"issuer metadata: {reason}", spec="OpenID4VCI 1.0 §12.2.4", pointer=pointer, hint=hint
    )
