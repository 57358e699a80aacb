"""A use case: who asks, what, and where its user goes afterwards (``[usecases.<name>]``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.dcql import MSO_MDOC, SD_JWT_VC, CredentialQuery, DcqlQuery
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.return_url import ReturnUrlUse, SessionType

_FORMATS: Final = (SD_JWT_VC, MSO_MDOC)


@dataclass(frozen=True, slots=True)
class UseCase:
    """One of a server. ``query`` and ``return_url_template`` count where the requester brings none of its own."""

    name: str
    chain: CertificateChain = field(repr=False)
    key: PrivateKey = field(repr=False)
    query: DcqlQuery | None = None
    return_url_use: ReturnUrlUse = ReturnUrlUse.SAME_DEVICE
    return_url_template: str | None = None
    deep_link: str | None = None
    """The start of its links, in the place of that of the server."""
    accept_undetermined_status: bool = False
    accept_missing_status: bool = False
    """The NL Wallet's servers never do; for tests with cards that name no status list."""
    registration_certificate: str | None = field(default=None, repr=False)
    """Goes along with its requests. The NL Wallet's servers send none yet."""

    def returns(self, session_type: SessionType) -> bool:
        """Whether the wallet of such a session gets a return URL."""
        return self.return_url_use.holds_for(session_type)


def supported_query(value: Any) -> DcqlQuery:
    """The query, if the NL Wallet's servers read all that is in it.

    Raises :class:`~nlwallet.errors.InvalidQuery` for one that is none, and :class:`Refusal` with ``invalid_request``.
    """
    query = DcqlQuery.parse(value, pointer="/dcql_query")
    for problem in _unsupported(query, value):
        raise Refusal(f"request contains unsupported DCQL features: {problem}")
    return query


def _unsupported(query: DcqlQuery, value: Any) -> Iterator[str]:
    if query.credential_sets:
        yield "'credential_sets' are not supported"
    for one, members in zip(query.credentials, value["credentials"], strict=True):
        if one.format not in _FORMATS:
            yield f"only the formats {' and '.join(_FORMATS)} are supported"
        yield from _unsupported_of(one)
        if one.format == SD_JWT_VC and any("intent_to_retain" in claim for claim in members["claims"]):
            yield "'intent_to_retain' is not allowed for dc+sd-jwt format"


def _unsupported_of(credential: CredentialQuery) -> Iterator[str]:
    if credential.multiple:
        yield "multiple credential queries are not supported"
    if not credential.claims:
        yield "disclosing only non-selectively disclosable claims is not supported"
    if credential.claim_sets:
        yield "'claim_sets' are not supported"
    if not credential.require_cryptographic_holder_binding:
        yield "requests that do not require a cryptographic holder binding proof are not supported"
    if any(authority.type != "aki" for authority in credential.trusted_authorities):
        yield "of 'trusted_authorities' only aki is supported"
    if any(claim.values for claim in credential.claims):
        yield "claim query with 'values' is not supported"
    if not all(isinstance(step, str) for claim in credential.claims for step in claim.path):
        yield "unsupported ClaimPath variant, only names are supported"
