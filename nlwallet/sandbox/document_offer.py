"""From documents that an organisation wants issued to one offer of them."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.dcql import MSO_MDOC
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidIssuableDocument, InvalidResponse, LocalError, NlWalletError
from nlwallet.issuer import CredentialConfiguration, IssuableCredential, IssuedOffer, Issuer
from nlwallet.sandbox.issuable_document import IssuableDocument, undescribed
from nlwallet.verifier.face import NO_ISSUABLE_ATTESTATIONS


def offer_documents(issuer: Issuer, documents: Sequence[IssuableDocument]) -> IssuedOffer:
    """An offer of all of them.

    Raises :class:`~nlwallet.errors.InvalidIssuableDocument`, with the code ``no_issuable_attestations`` for none.
    """
    if not documents:
        raise InvalidIssuableDocument(
            "there is nothing to issue for this presentation", code=NO_ISSUABLE_ATTESTATIONS
        )
    credentials = [_credential(issuer, document, f"/{n}") for n, document in enumerate(documents)]
    try:
        return issuer.offer_several(*credentials)
    except LocalError as error:
        raise InvalidIssuableDocument(
            f"what is to be issued cannot be: {error.message}", pointer=error.pointer, hint=error.hint
        ) from error


def told_to_wallet(error: NlWalletError) -> InvalidResponse:
    """What went wrong behind the issuer's door is not for the wallet."""
    if error.code == NO_ISSUABLE_ATTESTATIONS:
        return InvalidResponse("there is nothing to issue for this presentation", code=error.code)
    return InvalidResponse("the issuer cannot say what to issue now", code="server_error")


def _credential(issuer: Issuer, document: IssuableDocument, pointer: str) -> IssuableCredential:
    for configuration in issuer.configurations:
        if (configuration.vct, configuration.format) == (document.attestation_type, document.format):
            _check_described(issuer, configuration, document, f"{pointer}/attributes")
            return IssuableCredential(configuration.id, document.attributes, document.id)
    raise InvalidIssuableDocument(
        "the issuer has no credential configuration of this type and format",
        pointer=f"{pointer}/attestation_type",
        hint=", ".join(f"{one.vct} as {one.format}" for one in issuer.configurations),
    )


def _check_described(
    issuer: Issuer, configuration: CredentialConfiguration, document: IssuableDocument, pointer: str
) -> None:
    configurations = issuer.issuer_metadata()["credential_configurations_supported"]
    claims = configurations[configuration.id]["credential_metadata"]["claims"]
    attributes, is_mdoc = document.attributes, configuration.format == MSO_MDOC
    if is_mdoc:  # of which the metadata name the elements
        try:
            attributes = configuration.namespaces(attributes)
        except LocalError as error:
            raise InvalidIssuableDocument(error.message, pointer=pointer, hint=error.hint) from error
    unknown = undescribed(attributes, {tuple(claim["path"]) for claim in claims})
    if unknown is not None:
        raise InvalidIssuableDocument(
            "the type has no such attribute",
            pointer=pointer + json_pointer(unknown[1:] if is_mdoc else unknown),
        )
