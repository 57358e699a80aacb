"""Wallets from before OpenID4VP 1.0: requests and answers of ISO/IEC TS 18013-7:2024 Annex B.

Annex B profiles draft 18 of OpenID4VP for mdocs: a presentation definition instead of a DCQL query, a client identifier
without prefix beside ``client_id_scheme``, and a session transcript with a nonce of the wallet's own, which comes as
``apu`` of the encrypted answer. What is here is for relying parties: this library's wallet answers 1.0 only.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from nlwallet.dcql import CredentialQuery, DcqlQuery
from nlwallet.errors import InvalidResponse, LocalError
from nlwallet.openid4vp.request import AuthorizationRequest
from nlwallet.openid4vp.response import AuthorizationResponse

ISO_18013_7_ENDPOINT: Final = "mdoc-openid4vp://"
"""The start of a link."""
MIN_GENERATED_NONCE: Final = 16
"""How many bytes of chance the wallet's nonce has at least."""

_SPEC = "ISO/IEC TS 18013-7:2024 Annex B"
_MSO_MDOC = "mso_mdoc"
_CHARACTERS = frozenset("'\\")


def iso_18013_7_claims(request: AuthorizationRequest, *, algorithms: Collection[str]) -> dict[str, Any]:
    """The claims of the request object for ``request``, whose ``client_id`` is a host name of the certificate.

    ``algorithms`` are JOSE names. Raises :class:`~nlwallet.errors.LocalError` for a query that a presentation
    definition of Annex B cannot express.
    """
    claims = request.as_json()
    metadata = claims["client_metadata"]
    names = sorted(algorithms)
    for name in ("dcql_query", "verifier_info", "wallet_nonce", "iss"):
        claims.pop(name, None)
    return {
        **claims,
        "client_id_scheme": "x509_san_dns",
        "presentation_definition": presentation_definition(request.dcql_query, algorithms=names),
        "client_metadata": {
            "jwks": metadata["jwks"],
            "authorization_encrypted_response_alg": "ECDH-ES",
            "authorization_encrypted_response_enc": metadata["encrypted_response_enc_values_supported"][-1],
            "vp_formats": {_MSO_MDOC: {"alg": names}},
            "require_signed_request_object": True,
        },
    }


def presentation_definition(query: DcqlQuery, *, algorithms: Collection[str]) -> dict[str, Any]:
    """The presentation definition for a query of one mdoc. Raises :class:`~nlwallet.errors.LocalError`."""
    asked = only_mdoc(query)
    fields = [
        {"path": [_json_path(claim.path)], "intent_to_retain": bool(claim.intent_to_retain)}
        for claim in asked.claims
    ]
    return {
        "id": asked.id,
        "input_descriptors": [
            {
                "id": asked.types[0],
                "format": {_MSO_MDOC: {"alg": list(algorithms)}},
                "constraints": {"limit_disclosure": "required", "fields": fields},
            }
        ],
    }


def only_mdoc(query: DcqlQuery) -> CredentialQuery:
    """The one credential query for an mdoc, with its elements and no conditions.

    Raises :class:`~nlwallet.errors.LocalError` for a query that has anything else.
    """
    asked = query.credentials[0]
    conditions = (
        asked.claim_sets
        or asked.trusted_authorities
        or asked.multiple
        or any(claim.values for claim in asked.claims)
        or query.credential_sets
    )
    if len(query.credentials) != 1 or asked.format != _MSO_MDOC or not asked.claims or conditions:
        raise LocalError(
            "a request for older wallets asks for elements of one mdoc, without conditions",
            spec=_SPEC,
            hint="no second credential, values, claim_sets, credential_sets, trusted_authorities or multiple",
        )
    return asked


def iso_18013_7_vp_token(answer: AuthorizationResponse, query: DcqlQuery) -> dict[str, list[str]]:
    """The ``vp_token`` of an answer as OpenID4VP 1.0 would have it: by the id of the query.

    Raises :class:`~nlwallet.errors.InvalidResponse`.
    """
    asked = only_mdoc(query)
    if not isinstance(answer.vp_token, str):
        raise InvalidResponse("vp_token is not one DeviceResponse", spec=_SPEC, pointer="/vp_token")
    if len(answer.apu) < MIN_GENERATED_NONCE:
        raise InvalidResponse(
            "the wallet's own nonce is not in the header of its answer, or too short",
            spec=_SPEC,
            pointer="/header/apu",
            hint="apu is base64url of mdocGeneratedNonce",
        )
    submission = answer.presentation_submission
    expected = [{"id": asked.types[0], "format": _MSO_MDOC, "path": "$"}]
    if not isinstance(submission, dict) or submission.get("definition_id") != asked.id:
        raise InvalidResponse(
            "presentation_submission does not name the definition of the request",
            spec=_SPEC,
            pointer="/presentation_submission/definition_id",
        )
    if submission.get("descriptor_map") != expected:
        raise InvalidResponse(
            "presentation_submission does not say that vp_token is the mdoc that was asked for",
            spec=_SPEC,
            pointer="/presentation_submission/descriptor_map",
            hint="one entry: the docType, mso_mdoc, and the path $",
        )
    return {asked.id: [answer.vp_token]}


def _json_path(path: tuple[Any, ...]) -> str:
    namespace, element = path[0], path[1]
    if len(path) != 2 or not _CHARACTERS.isdisjoint(f"{namespace}{element}"):
        raise LocalError("a path names a namespace and an element, without quotes", spec=_SPEC)
    return f"$['{namespace}']['{element}']"
