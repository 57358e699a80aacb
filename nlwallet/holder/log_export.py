"""The transaction log as a file that other wallets and authorities read (EUDI TS10 1.2 §3, §4.1, §5).

The flat form of the examples is written: the members of a kind of transaction stand beside the common ones. What ARF
3.0 wants logged and TS10 has no name for stands in one member of ours, ``nlwallet``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import encrypt_with_password
from nlwallet.holder.log import COMPLETED, LogEntry, LoggedClaim, LogKind
from nlwallet.trust import PID_TYPES

TYPES: Final[Mapping[LogKind, str]] = {
    "presentation": "Presentation",
    "proximity": "Presentation",
    "issuance": "CredentialIssuance",
    "reissuance": "CredentialReissuance",
    "deletion": "CredentialDeletion",
    "erasure_request": "DataDeletionRequest",
    "authority_report": "DPAReport",
}
PROVIDERS: Final[Mapping[str, str]] = {
    "PID_Provider": "PIDProvider",
    "QEAA_Provider": "QEAAProvider",
    "PUB_EAA_Provider": "PubEEAProvider",
    "Non_Q_EAA_Provider": "NonQEAAProvider",
}
"""Entitlements, and what TS10 §3.5 calls who has them; ``PubEEAProvider`` is its spelling."""
PRIVACY_POLICY: Final = "http://data.europa.eu/eudi/policy/privacy-policy"
IDENTIFIERS: Final = {
    "LEI": "LEI",
    "VAT": "VATIN",
    "EOR": "EORI-No",
    "EXC": "Excise",
    "TIN": "TIN",
    "NTR": "EUID",
}
"""Kinds of semantic identifiers (EN 319 412-1 §5.1) and how the register calls them (TS2, CIR (EU) 2025/848)."""

_EUDI_ID: Final = "http://data.europa.eu/eudi/id/"


def export_text(entries: Iterable[LogEntry]) -> str:
    """The entries as JSON: ``{"TransactionLog": […]}``. Whoever has it can read and change it."""
    return json.dumps({"TransactionLog": [as_ts10(one) for one in entries]}, ensure_ascii=False, indent=1)


def export_encrypted(entries: Iterable[LogEntry], password: str) -> str:
    """The same as a compact JWE under a password (TS10 §5). Raises LocalError for one that is too short."""
    return encrypt_with_password(export_text(entries).encode("utf-8"), password, header={"cty": "json"})


def as_ts10(entry: LogEntry) -> dict[str, Any]:
    """One entry as a ``Transaction``."""
    common: dict[str, Any] = {
        "transactionIdentifier": entry.id,
        "time": datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "transactionType": TYPES[entry.kind],
        "transactionResult": "Completed" if entry.outcome in COMPLETED else "NotCompleted",
    }
    members = {
        "presentation": _presentation,
        "proximity": _presentation,
        "issuance": _issuance,
        "reissuance": _issuance,
        "deletion": _deletion,
        "erasure_request": _erasure_request,
        "authority_report": _report,
    }[entry.kind](entry)
    if entry.outcome not in COMPLETED:
        members["reasonOfNoncompletion"] = _reason(entry)
    return {**members, **common, "nlwallet": _ours(entry)}


def claim_text(path: ClaimPath) -> str:
    """A claims path pointer as the string that TS10 wants: a name, or for a longer path its JSON."""
    first = path[0] if len(path) == 1 else None
    if isinstance(first, str) and first and first[0] != "[":
        return first
    return json.dumps(list(path), ensure_ascii=False)


# --------------------------------------------------------------------------------------------------


def _presentation(entry: LogEntry) -> dict[str, Any]:
    party, between = entry.party, entry.party.intermediary
    members = {
        **_party(entry),
        "interactingPartyType": "ServiceProvider",
        "interactingPartyContact": _contact(party.country, party.deletion_contacts),
        "isIntermediary": between is not None,
        "registrarURL": party.registry,
        "purpose": [{"lang": entry.language, "content": entry.purpose}] if entry.purpose else [],
        "privacyPolicy": {"type": PRIVACY_POLICY, "policyURI": party.privacy_policy},
        "dpaName": party.supervisory_authority,
        "dpaCountry": party.supervisory_country,
        "dpaContact": list(party.supervisory_contacts),
        "listOfClaimsRequested": _claims(entry.requested, entry.types),
        "listOfClaimsPresented": _claims(entry.shared),
    }
    if between is not None:
        members["intermediaryIdentifier"] = _identifier(between.identifier)
        members["intermediaryName"] = between.trade_name
        if between.contacts:
            members["intermediaryContact"] = _contact(between.country, between.contacts)
    if entry.terms:
        members["transactionalData"] = _terms(entry.terms)
    if not party.privacy_policy:
        del members["privacyPolicy"]
    # Nothing is known of a party that showed no registration: then there is no member, rather than an empty one.
    unknown = ("registrarURL", "purpose", "dpaName", "dpaCountry", "dpaContact")
    return {name: value for name, value in members.items() if value or name not in unknown}


def _issuance(entry: LogEntry) -> dict[str, Any]:
    # Who showed no registration goes by what it offers: the member must be there, and claims no more than that.
    pid = any(one.startswith(PID_TYPES) for one in (*entry.issued, *entry.types))
    unregistered = "PIDProvider" if pid else "NonQEAAProvider"
    return {
        **_party(entry),
        "interactingPartyType": PROVIDERS.get(entry.party.entitlement, unregistered),
        "interactingPartyContact": _contact(entry.party.country, entry.party.contacts),
        **({"registrarURL": entry.party.registry} if entry.party.registry else {}),
        "credentialNumberRequested": entry.copies_requested,
        "credentialNumberIssued": entry.copies_issued,
        "credentialIdentifier": list(entry.issued),
        "isUserTriggered": entry.by_user,
    }


def _deletion(entry: LogEntry) -> dict[str, Any]:
    return {
        "credentialIdentifier": next(iter(entry.types), ""),
        "credentialIssuerIdentifier": _identifier(entry.party.identifier),
        "credentialIssuerName": entry.party.legal_name or entry.party.name,
    }


def _erasure_request(entry: LogEntry) -> dict[str, Any]:
    return {**_party(entry), "listOfClaims": _claims(entry.requested)}


def _report(entry: LogEntry) -> dict[str, Any]:
    return {
        "dpaName": entry.party.supervisory_authority,
        "dpaCountry": entry.party.supervisory_country,
        "dpaContact": [entry.contact],
    }


def _party(entry: LogEntry) -> dict[str, Any]:
    return {
        "interactingPartyIdentifier": _identifier(entry.party.identifier),
        "interactingPartyName": entry.party.legal_name or entry.party.name,
    }


def _contact(country: str, addresses: Iterable[str]) -> list[str]:
    """The country first, as far as it is known (TS10 §3.2)."""
    return [one for one in (country, *addresses) if one]


def _identifier(identifier: str) -> dict[str, str]:
    kind = IDENTIFIERS.get(identifier[:3]) if identifier[5:6] == "-" else None
    return {"type": f"{_EUDI_ID}{kind}" if kind else "", "identifier": identifier}


def _claims(claims: Iterable[LoggedClaim], types: Iterable[str] = ()) -> list[dict[str, Any]]:
    """By type; a type that is asked for without any claim stands there too."""
    by_type: dict[str, list[str]] = {}
    for one in claims:
        by_type.setdefault(one.type, []).extend([claim_text(one.path)] if one.path else [])
    if not by_type:
        by_type = {one: [] for one in types}
    return [{"credentialIdentifier": name, "claims": paths} for name, paths in by_type.items()]


def _terms(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """One object for each entry of transaction data; its name comes first (TS12 §5.3)."""
    found: list[dict[str, str]] = []
    for name, value in pairs:
        if not found or name in found[-1]:
            found.append({})
        found[-1][name] = value
    return found


def _reason(entry: LogEntry) -> str:
    return f"{entry.outcome}: {entry.reason}" if entry.reason else str(entry.outcome)


def _ours(entry: LogEntry) -> dict[str, Any]:
    party = entry.party
    members = {
        "tradeName": party.trade_name,
        "country": party.country,
        "serviceIdentifier": party.service_id,
        "serviceName": party.service_name,
        "intermediaryServiceIdentifier": party.intermediary.service_id if party.intermediary else "",
        "verified": party.verified,
        "host": party.host,
        "registrar": party.registrar,
        "entitlement": party.entitlement,
        "intendedUse": entry.intended_use,
        "credentialIdentifiersRequested": list(entry.types),
        "transactionDataTypes": list(entry.transactions),
        "warnings": list(entry.warnings),
        "about": entry.about,
        "contact": entry.contact,
        "inProximity": entry.kind == "proximity",
    }
    if entry.kind == "authority_report":
        members |= {"partyIdentifier": party.identifier, "partyName": party.legal_name}
    return {name: value for name, value in members.items() if value}
