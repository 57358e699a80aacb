"""Which query a request asks, and for which registered use (RPRC_21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRequest, LocalError
from nlwallet.openid4vp import MSO_MDOC, SD_JWT_VC, query_of_scope
from nlwallet.registration import RelyingPartyCertificates
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.verifier.lint import choose_intended_use


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the intended use that it goes with and its purpose, and the scope that stands for it, if any."""

    query: DcqlQuery
    intended_use: str | None
    purpose: Mapping[str, str]
    scope: str | None


def registration_for(
    certificates: RelyingPartyCertificates, intended_use: str | None, *, proven: bool
) -> str | None:
    """The registration certificate that goes along; it says nothing about who does not prove to be its party.

    Raises :class:`~nlwallet.errors.LocalError` for an intermediary that would ask without one.
    """
    found = certificates.registration_certificates.get(intended_use or "") if proven else None
    if found is None and certificates.intermediary is not None:
        raise LocalError(
            "an intermediary shows its access certificate, and the registration of whom it asks for",
            spec="ARF RPI_06",
        )
    return found


def what_to_ask(
    certificates: RelyingPartyCertificates,
    types: TypeMetadataRegistry,
    *,
    query: DcqlQuery | Mapping[str, Any] | None,
    intended_use: str | None,
    scope: str | None,
    scopes: Mapping[str, DcqlQuery],
) -> Asked:
    """The query as given, as its ``scope`` names it, or as registered for ``intended_use`` (or the only one).

    Raises :class:`~nlwallet.errors.LocalError` or, for a malformed query,
    :class:`~nlwallet.errors.InvalidQuery`.
    """
    uses = [use.id for use in certificates.record.intended_uses]
    if certificates.intermediary is not None:
        uses = [use for use in uses if use in certificates.registration_certificates]
    registered = f"registered are: {', '.join(uses)}"
    if intended_use is not None and intended_use not in uses:
        raise LocalError(f"no intended use {intended_use!r}", hint=registered)
    if scope is not None:
        if query is not None:
            raise LocalError("a request has either a query or a scope", spec="OpenID4VP 1.0 §5.1")
        try:
            query = query_of_scope(scope, scopes)
        except InvalidRequest as error:
            raise LocalError(error.message, spec=error.spec, hint=error.hint) from None
    if query is None:
        if intended_use is None and len(uses) != 1:
            raise LocalError("say which intended use, or what to ask", hint=registered)
        intended_use = intended_use or uses[0]
        query = certificates.record.dcql_for(intended_use)
    if certificates.intermediary is not None and intended_use is None and len(uses) != 1:
        raise LocalError(
            "the party for which is asked says for which intended use", spec="ARF RPI_05", hint=registered
        )
    asked = query if isinstance(query, DcqlQuery) else DcqlQuery.parse(query, pointer="/dcql_query")
    if any(credential.format not in (SD_JWT_VC, MSO_MDOC) for credential in asked.credentials):
        raise LocalError(f"this verifier reads {SD_JWT_VC} and {MSO_MDOC} only")
    use_id = intended_use or choose_intended_use(certificates, asked, types)
    use = next((use for use in certificates.record.intended_uses if use.id == use_id), None)
    purpose = {"nl": use.purpose.nl, "en": use.purpose.en} if use else {}
    return Asked(asked, use_id, purpose, scope)
