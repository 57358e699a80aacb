"""Claims are held against the metadata of their type before they are issued (SD-JWT VC §5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.claim_path import expand
from nlwallet.errors import InvalidTypeMetadata, LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.mdoc import typed_claims
from nlwallet.sdjwt import TypeMetadataRegistry, check_against_type_metadata

_ADDED = ("vct", "iss", "iat", "exp", "cnf")
"""Claims that the issuer adds itself; a type may describe them, too."""


def check_claims(
    configuration: CredentialConfiguration, claims: Mapping[str, Any], types: TypeMetadataRegistry
) -> None:
    """Raises :class:`~nlwallet.errors.LocalError` for claims that no credential of this type can have."""
    own = configuration.own_claims(claims)
    added = (*_ADDED, "status") if configuration.revocable else _ADDED
    whole = {**dict.fromkeys(added), **own}
    disclosed = [at for path in configuration.disclosable for at in expand(whole, path)]
    try:
        check_against_type_metadata(whole, disclosed, types.effective(configuration.vct), complete=True)
    except InvalidTypeMetadata as error:
        raise LocalError(
            error.message, code="invalid_claims", spec=error.spec, pointer=error.pointer
        ) from None
    if configuration.format == "mso_mdoc":
        configuration.namespaces(claims)
    else:
        typed_claims(claims, configuration.elements)
