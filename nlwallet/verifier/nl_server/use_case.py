"""A use case: who asks, what, and where its user goes afterwards (``[usecases.<name>]``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.dcql import MSO_MDOC, SD_JWT_VC, CredentialQuery, DcqlQuery
from nlwallet.errors import InvalidQuery
from nlwallet.verifier.nl_server.ephemeral_id import Version
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


def supported_query(value: Any, *, version: Version = "0.6") -> DcqlQuery:
    """The query, if the NL Wallet's servers read all that is in it. In 0.6 they leave out ``values`` of claims.

    Raises :class:`~nlwallet.errors.InvalidQuery` for one that is none, and :class:`Refusal` with ``invalid_request``.
    """
    query = DcqlQuery.parse(value, pointer="/dcql_query")
    for n, one in enumerate(query.credentials):
        _check_known(one, f"/dcql_query/credentials/{n}")
    for problem in _unsupported(query, value, version):
        raise Refusal(f"request contains unsupported DCQL features: {problem}")
    return replace(query, credentials=tuple(map(_without_values, query.credentials)))


def _check_known(credential: CredentialQuery, pointer: str) -> None:
    """Formats and kinds of authorities are enumerations there: others cannot be read at all."""
    if credential.format not in _FORMATS:
        raise InvalidQuery(
            f"only the formats {' and '.join(_FORMATS)} are supported", pointer=f"{pointer}/format"
        )
    if any(authority.type != "aki" for authority in credential.trusted_authorities):
        raise InvalidQuery(
            "of 'trusted_authorities' only aki is supported", pointer=f"{pointer}/trusted_authorities"
        )


def _without_values(credential: CredentialQuery) -> CredentialQuery:
    return replace(credential, claims=tuple(replace(claim, values=()) for claim in credential.claims))


def _unsupported(query: DcqlQuery, value: Any, version: Version) -> Iterator[str]:
    if query.credential_sets:
        yield "'credential_sets' are not supported"
    for one, members in zip(query.credentials, value["credentials"], strict=True):
        yield from _unsupported_of(one)
        if version == "0.5" and any(claim.values for claim in one.claims):
            yield "claim query with 'values' is not supported"
        if version == "0.5" and one.trusted_authorities:
            yield "'trusted_authorities' are not supported"
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
    if not all(isinstance(step, str) for claim in credential.claims for step in claim.path):
        yield "unsupported ClaimPath variant, only names are supported"
