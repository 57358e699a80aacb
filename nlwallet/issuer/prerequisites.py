"""What an issuer needs to begin with: a key, a certificate that names it, and types that it can issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.errors import LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.openid4vci import is_issuer_identifier
from nlwallet.sdjwt import TypeMetadataRegistry, known_types


@dataclass(frozen=True, slots=True)
class SignsAs:
    """Who signs the credentials of a configuration: ``issuer`` is what they say as ``iss``; ``chain`` names it."""

    issuer: str
    key: PrivateKey = field(repr=False)
    chain: CertificateChain = field(repr=False)


def check_identity(key: PrivateKey, chain: CertificateChain, credential_issuer: str) -> None:
    """Raises :class:`~nlwallet.errors.LocalError` unless ``chain`` is of ``key`` and names the issuer."""
    if key.public != chain.leaf.public_key:
        raise LocalError("the certificate is not that of the signing key")
    if not is_issuer_identifier(credential_issuer):
        raise LocalError(
            "credential_issuer is no https URL without query and fragment", spec="OpenID4VCI 1.0 §12.2.1"
        )
    if credential_issuer not in names_of(chain):
        raise LocalError(
            "the certificate does not name the issuer",
            hint="put credential_issuer as URI into its subjectAltName",
        )


def check_attested(configurations: Sequence[CredentialConfiguration], *, providers_known: bool) -> None:
    """Raises :class:`~nlwallet.errors.LocalError` for a card that needs attested keys where nobody may attest any."""
    wanting = [one.id for one in configurations if one.key_attestations_required is not None]
    if wanting and not providers_known:
        raise LocalError(
            f"{wanting[0]} needs keys that a wallet provider attests, and no provider is known",
            spec="OpenID4VCI 1.0 §D",
            hint="wallet_anchors=…",
        )


def names_of(chain: CertificateChain) -> tuple[str, ...]:
    """What an issuer may call itself with this certificate: the URIs in its subjectAltName, and its hosts as https."""
    return (*chain.leaf.san_uris, *(f"https://{name}" for name in chain.leaf.san_dns))


def types_with_documents(
    configurations: Sequence[CredentialConfiguration], types: TypeMetadataRegistry | None
) -> TypeMetadataRegistry:
    """``types``, or those of this library, and what the configurations bring along.

    Raises :class:`~nlwallet.errors.InvalidTypeMetadata` when two documents describe one type.
    """
    known = known_types() if types is None else types
    return known.adding(document for one in configurations for document in one.type_documents)


def configurations_by_id(
    configurations: Sequence[CredentialConfiguration], types: TypeMetadataRegistry
) -> dict[str, CredentialConfiguration]:
    """The configurations by id. Raises :class:`~nlwallet.errors.LocalError`, also where a type is not known."""
    by_id = {configuration.id: configuration for configuration in configurations}
    if not by_id or len(by_id) != len(configurations):
        raise LocalError("an issuer has credential configurations, each with an id of its own")
    for configuration in configurations:
        if configuration.vct not in types:
            raise LocalError(
                f"there is no type metadata of {configuration.vct!r}",
                hint="add its document to the TypeMetadataRegistry",
            )
    return by_id


def checked_server(identifier: str | None) -> str | None:
    """The identifier of an authorization server. Raises :class:`~nlwallet.errors.LocalError`."""
    if identifier is not None and not is_issuer_identifier(identifier):
        raise LocalError(
            "authorization_server is no https URL without query and fragment", spec="RFC 8414 §2"
        )
    return identifier
