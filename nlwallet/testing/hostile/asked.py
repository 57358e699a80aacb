"""What a wallet has to show for a request: which queries, which claims, which transactions."""

from __future__ import annotations

from nlwallet.dcql import ClaimsQuery, CredentialQuery, DcqlQuery
from nlwallet.openid4vp import AuthorizationRequest, TransactionData


def to_answer(query: DcqlQuery) -> list[CredentialQuery]:
    """The credential queries that a wallet has to answer: all, or the first option of each required set (§6.4.2)."""
    if not query.credential_sets:
        return list(query.credentials)
    names = [name for one in query.credential_sets if one.required for name in one.options[0]]
    found = [query.credential(name) for name in dict.fromkeys(names)]
    return [one for one in found if one is not None] or [query.credentials[0]]


def asked_claims(query: CredentialQuery) -> tuple[ClaimsQuery, ...]:
    """The claims of the first combination that satisfies the query (§6.4.1)."""
    return query.combinations()[0]


def authorised(query: CredentialQuery, request: AuthorizationRequest) -> list[TransactionData]:
    """The transaction data that the card for ``query`` authorises: each entry by the first that can (§8.4)."""
    entries = [TransactionData.parse(one, query=request.dcql_query) for one in request.transaction_data or ()]
    shown = [one.id for one in to_answer(request.dcql_query)]
    return [
        one for one in entries if next((name for name in shown if name in one.credential_ids), "") == query.id
    ]
