"""Every check of one query, and what it asks in a line."""

from __future__ import annotations

from typing import Any

from nlwallet.claim_path import show_path
from nlwallet.lint.asked import AskedQuery
from nlwallet.lint.disclosure_order import check_order
from nlwallet.lint.finding import Findings
from nlwallet.lint.known_claims import check_known_claims
from nlwallet.lint.mdoc_claims import check_mdoc_claims
from nlwallet.lint.minimisation import Minimisation
from nlwallet.lint.nl_wallet_query import check_nl_query
from nlwallet.lint.over_asking import best_use, check_over_asking
from nlwallet.lint.purpose import Purpose
from nlwallet.lint.query import read_query
from nlwallet.lint.registered import Registration
from nlwallet.sdjwt import TypeMetadataRegistry


def check_query(
    value: Any,
    at: str,
    *,
    registration: Registration | None,
    types: TypeMetadataRegistry,
    log: Findings,
) -> AskedQuery:
    """Every check of the query at ``at``."""
    asked = read_query(value, at, log)
    check_known_claims(asked, types, log)
    check_mdoc_claims(asked, log)
    if log.rules.nl_wallet:
        check_nl_query(value, asked, log)
    use = best_use(asked, registration, ancestors=types.ancestors) if registration else None
    if use is not None:
        check_over_asking(asked, use, ancestors=types.ancestors, log=log)
    purpose = (
        Purpose.of((*use.purposes, use.id), registered=True)
        if use
        else Purpose.of(asked.hints, registered=False)
    )
    Minimisation(asked, purpose, registration, use, types).check(log)
    for credential in asked.credentials:
        check_order(credential, log)
    return asked


def summary_of(asked: AskedQuery) -> str:
    """What is asked, for people: ``pid: family_name, age_over_18``."""
    return "; ".join(
        f"{credential.id or '?'}: {', '.join(show_path(claim.path) for claim in credential.claims) or 'no claims'}"
        for credential in asked.credentials
    )
