"""What a wallet will hold against a request, told to the relying party beforehand. Never a refusal."""

from __future__ import annotations

from nlwallet.dcql import DcqlQuery
from nlwallet.registration import RelyingPartyCertificates, over_asked
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.verifier.request import RequestWarning


def choose_intended_use(
    certificates: RelyingPartyCertificates, query: DcqlQuery, types: TypeMetadataRegistry
) -> str | None:
    """The registered intended use that covers ``query`` best; ``None`` if nothing is registered."""
    uses = [
        use for use in certificates.record.intended_uses if use.id in certificates.registration_certificates
    ]
    if not uses:
        return None
    return min(uses, key=lambda use: len(over_asked(query, use.credentials, ancestors=types.ancestors))).id


def lint_request(
    certificates: RelyingPartyCertificates,
    intended_use: str | None,
    query: DcqlQuery,
    types: TypeMetadataRegistry,
) -> tuple[RequestWarning, ...]:
    """Compare the query with the registration that goes with it (RPRC_21)."""
    use = next((use for use in certificates.record.intended_uses if use.id == intended_use), None)
    if use is None:
        text = "no registration certificate goes with this request"
        return (RequestWarning("not_registered", text),)
    return tuple(
        RequestWarning("over_asking", found.reason, found.query_id, found.path)
        for found in over_asked(query, use.credentials, ancestors=types.ancestors)
    )
