"""A query by its name: ``scope`` as an alias for a DCQL query (OpenID4VP 1.0 §5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.dcql import CredentialSetQuery, DcqlQuery
from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.codes import ErrorCode


def query_of_scope(scope: Any, scopes: Mapping[str, DcqlQuery]) -> DcqlQuery:
    """The query that the space-separated names in ``scope`` stand for together.

    Raises :class:`~nlwallet.errors.InvalidRequest` with the code ``invalid_scope`` for a name that is not
    in ``scopes``, and for names whose queries use the same id.
    """
    names = scope.split(" ") if isinstance(scope, str) else []
    if not names or not all(name in scopes for name in names):
        raise _refused(
            "scope names no query that is known here",
            hint=f"known are: {', '.join(sorted(scopes)) or 'none'}; or send a dcql_query",
        )
    queries = [scopes[name] for name in dict.fromkeys(names)]
    if len(queries) == 1:
        return queries[0]
    credentials = tuple(entry for query in queries for entry in query.credentials)
    if len({entry.id for entry in credentials}) != len(credentials):
        raise _refused("two scopes use the same credential query id")
    if not any(query.credential_sets for query in queries):
        return DcqlQuery(credentials)
    # Where one query has sets, only what sets name is required: the others say "all of mine" as a set.
    sets = tuple(
        entry
        for query in queries
        for entry in query.credential_sets
        or (CredentialSetQuery((tuple(one.id for one in query.credentials),)),)
    )
    return DcqlQuery(credentials, sets)


def _refused(message: str, *, hint: str = "") -> InvalidRequest:
    return InvalidRequest(
        message, code=ErrorCode.INVALID_SCOPE, spec="OpenID4VP 1.0 §5.5", pointer="/scope", hint=hint
    )
