"""From documents that an organisation wants issued to one offer of them."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidIssuableDocument, InvalidResponse, LocalError, NlWalletError
from nlwallet.issuer import IssuableCredential, IssuedOffer, Issuer
from nlwallet.sandbox.issuable_document import SD_JWT_VC, IssuableDocument, undescribed
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
        if configuration.vct == document.attestation_type and document.format == SD_JWT_VC:
            _check_described(issuer, configuration.id, document, pointer)
            return IssuableCredential(configuration.id, document.attributes, document.id)
    raise InvalidIssuableDocument(
        "the issuer has no credential configuration of this type and format",
        pointer=f"{pointer}/attestation_type",
        hint=f"as {SD_JWT_VC}: {', '.join(one.vct for one in issuer.configurations)}",
    )


def _check_described(issuer: Issuer, configuration_id: str, document: IssuableDocument, pointer: str) -> None:
    configurations = issuer.issuer_metadata()["credential_configurations_supported"]
    claims = configurations[configuration_id]["credential_metadata"]["claims"]
    unknown = undescribed(document.attributes, {tuple(claim["path"]) for claim in claims})
    if unknown is not None:
        raise InvalidIssuableDocument(
            "the type has no such attribute", pointer=f"{pointer}/attributes{json_pointer(unknown)}"
        )
