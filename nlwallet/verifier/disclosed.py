"""Verified presentations in the JSON that the NL Wallet's servers hand to a relying party or issuer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nlwallet.encoding import b64url_encode, date_time
from nlwallet.status import StatusOutcome
from nlwallet.verifier.presentation import Provenance, VerifiedPresentation

_REVOCATION_STATUS = {StatusOutcome.VALID: "Valid", StatusOutcome.UNDETERMINED: "Undetermined"}


def disclosed_attestations(presentations: Sequence[VerifiedPresentation]) -> list[dict[str, Any]]:
    """One entry for each credential query, in the order in which they were answered.

    It is the body of ``disclosed_attributes`` of the NL Wallet's verification_server, and of the question that
    its issuance_server asks an issuer. A member that is required there and that a credential does not have
    (``attestation_qualification``, ``issuer_uri``) is ``null``: where rules are the NL Wallet's, none comes so far.
    """
    by_query: dict[str, list[dict[str, Any]]] = {}
    for one in presentations:
        by_query.setdefault(one.query_id, []).append(_attestation(one))
    return [{"id": query_id, "attestations": attestations} for query_id, attestations in by_query.items()]


def _attestation(one: VerifiedPresentation) -> dict[str, Any]:
    provenance = one.provenance
    members: dict[str, Any] = {
        "attestation_type": one.type,
        "format": one.format,
        "attributes": dict(one.claims),
        "issuer_uri": provenance.issuer_uri,
        "attestation_qualification": provenance.qualification,
        "ca": provenance.ca,
        "issuance_validity": {
            "signed": _time(provenance.issued_at),
            "validFrom": _time(provenance.valid_from),
            "validUntil": _time(provenance.valid_until),
        },
        "revocation_status": _revocation_status(provenance),
    }
    if provenance.authority_key_ids:
        members["aki"] = [b64url_encode(one) for one in provenance.authority_key_ids]
    return members


def _revocation_status(provenance: Provenance) -> str | None:
    return _REVOCATION_STATUS.get(provenance.status) if provenance.status else None


def _time(seconds: int | None) -> str | None:
    """RFC 3339 in UTC."""
    if seconds is None:
        return None
    try:
        return date_time(seconds)
    except (ValueError, OverflowError, OSError):
        return None  # an issuer may say that a card is valid for longer than there are years
