"""A record as the register's API has it: ``WalletRelyingParty`` of TS5 1.4, with its services (TS6 1.2), both ways.

Beyond TS5 is ``nlAgreement`` of an intended use: what happens to the data afterwards. ``evidence`` of an intermediary
is taken and never given, for it is the registrar's own (RPI_04).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from nlwallet.encoding import date_time
from nlwallet.errors import InvalidRegistration, LocalError
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RelyingPartyRecord,
    Service,
    entitlement_uri,
)

_ID: Final = "http://data.europa.eu/eudi/id/"
_IDENTIFIER_TYPES: Final = {
    "NTR": "EUID", "VAT": "VATIN", "LEI": "LEI", "EOR": "EORI-No", "EXC": "Excise", "TIN": "TIN",
}  # fmt: skip
PRIVACY_POLICY: Final = "http://data.europa.eu/eudi/policy/privacy-policy"
_ENTITLEMENT: Final = entitlement_uri("Service_Provider").removesuffix("Service_Provider")
_MAX_ITEMS: Final = 64


def relying_party_json(
    record: RelyingPartyRecord, *, registered_at: int, registry_uri: str
) -> dict[str, Any]:
    """The entry of a party. Times are RFC 3339."""
    return {
        **_person(record),
        "identifier": [_identifier(record.identifier)],
        "country": record.country,
        "infoURI": [record.website],
        "tradeName": record.trade_name,
        "isPSB": record.public_body,
        "supervisoryAuthority": _authority(record),
        "registryURI": registry_uri,
        "services": [service_json(record, one, registered_at=registered_at) for one in record.services],
    }


def service_json(record: RelyingPartyRecord, service: Service, *, registered_at: int) -> dict[str, Any]:
    """The entry of a service."""
    used = record.uses_intermediary
    return {
        "serviceIdentifier": service.id,
        "serviceTradeName": service.trade_name,
        "supportURI": [record.support_uri],
        "srvDescription": [_texts(text) for text in service.descriptions],
        "entitlements": [entitlement_uri(name) for name in record.entitlements],
        "intendedUses": [
            _use(record.intended_use(use), registered_at=registered_at) for use in service.intended_uses
        ],
        "providesAttestations": [one.as_wire() for one in service.provides_attestations],
        "isIntermediary": record.is_intermediary,
        "usesIntermediary": []
        if used is None
        else [
            {
                "identifier": [_identifier(used.identifier)],
                "serviceIdentifier": used.service_id,
                "tradeName": used.trade_name,
            }
        ],
    }


def read_relying_party(value: Any) -> RelyingPartyRecord:
    """The record in a ``WalletRelyingParty``. Raises :class:`~nlwallet.errors.InvalidRegistration`.

    Members that all services share with us (contact, entitlements, intermediary) are those of the first.
    """
    party = _object(value, "")
    services = [_object(one, f"/services/{n}") for n, one in _items(party, "services", "")]
    if not services:
        raise _wrong("there are no services", "/services")
    first = services[0]
    uses = {
        str(use.get("id")): use
        for n, service in enumerate(services)
        for use in _read_uses(service, f"/services/{n}")
    }
    members = {
        **_read_person(party),
        "trade_name": party.get("tradeName"),
        "identifier": _read_identifier(party, ""),
        "country": party.get("country", "NL"),
        "website": _first(party, "infoURI"),
        "support_uri": _first(first, "supportURI"),
        "supervisory_authority": _read_authority(party),
        "public_body": party.get("isPSB", False),
        "entitlements": [
            one.removeprefix(_ENTITLEMENT) if isinstance(one, str) else one
            for _, one in _items(first, "entitlements", "/services/0")
        ],
        "is_intermediary": first.get("isIntermediary", False),
        "services": [_read_service(one, f"/services/{n}") for n, one in enumerate(services)],
        "intended_uses": list(uses.values()),
        **_read_intermediary(first),
    }
    try:
        return RelyingPartyRecord.of(**members)
    except LocalError as error:
        raise _wrong(error.message, error.pointer) from None


# ------------------------------------------------------------------------------------------------


def _person(record: RelyingPartyRecord) -> dict[str, Any]:
    if record.is_person:
        return {"naturalPerson": {"givenName": record.given_name, "familyName": record.family_name}}
    return {"legalPerson": {"legalName": [record.legal_name]}}


def _identifier(value: str) -> dict[str, str]:
    return {"type": _ID + _IDENTIFIER_TYPES.get(value[:3], value[:3]), "identifier": value}


def _authority(record: RelyingPartyRecord) -> dict[str, Any]:
    authority = record.supervisory_authority
    lists = {"email": authority.email, "phone": authority.phone, "formURI": authority.uri}
    contacts = {name: [one] for name, one in lists.items() if one}
    return {"name": authority.name, "country": authority.country, **contacts}


def _texts(text: LocalizedText) -> list[dict[str, str]]:
    return [{"lang": "nl", "content": text.nl}, {"lang": "en", "content": text.en}]


def _use(use: IntendedUse, *, registered_at: int) -> dict[str, Any]:
    return {
        "intendedUseIdentifier": use.id,
        "purpose": _texts(use.purpose),
        "privacyPolicy": [{"type": PRIVACY_POLICY, "policyURI": use.privacy_policy}],
        "createdAt": date_time(registered_at),
        "credentials": [
            {
                "format": one.format,
                "meta": one.meta(),
                "claims": [{"path": list(path)} for path in one.claims],
            }
            for one in use.credentials
        ],
        "nlAgreement": use.retention.model_dump(),
    }


def _read_person(party: Mapping[str, Any]) -> dict[str, Any]:
    if "naturalPerson" in party:
        person = _object(party["naturalPerson"], "/naturalPerson")
        return {"given_name": person.get("givenName"), "family_name": person.get("familyName")}
    person = _object(party.get("legalPerson"), "/legalPerson")
    return {"legal_name": _first(person, "legalName")}


def _read_identifier(value: Mapping[str, Any], pointer: str) -> Any:
    found = [one for _, one in _items(value, "identifier", pointer)]
    return _object(found[0] if found else None, f"{pointer}/identifier/0").get("identifier")


def _read_authority(party: Mapping[str, Any]) -> dict[str, Any]:
    authority = _object(party.get("supervisoryAuthority"), "/supervisoryAuthority")
    members = {
        "name": authority.get("name"),
        "country": authority.get("country"),
        "email": _first(authority, "email"),
        "phone": _first(authority, "phone"),
        "uri": _first(authority, "formURI"),
    }
    return {name: one for name, one in members.items() if one is not None}


def _read_service(service: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    return {
        "id": service.get("serviceIdentifier"),
        "trade_name": service.get("serviceTradeName"),
        "descriptions": [
            _read_texts(one, f"{pointer}/srvDescription/{n}")
            for n, one in _items(service, "srvDescription", pointer)
        ],
        "intended_uses": [use["id"] for use in _read_uses(service, pointer)],
        "provides_attestations": [
            _read_type(one, f"{pointer}/providesAttestations/{n}")
            for n, one in _items(service, "providesAttestations", pointer)
        ],
    }


def _read_uses(service: Mapping[str, Any], pointer: str) -> list[dict[str, Any]]:
    return [
        _read_use(_object(one, f"{pointer}/intendedUses/{n}"), f"{pointer}/intendedUses/{n}")
        for n, one in _items(service, "intendedUses", pointer)
    ]


def _read_use(use: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    policies = [one for _, one in _items(use, "privacyPolicy", pointer)]
    return {
        "id": use.get("intendedUseIdentifier"),
        "purpose": _read_texts(use.get("purpose"), f"{pointer}/purpose"),
        "privacy_policy": _object(policies[0] if policies else None, f"{pointer}/privacyPolicy/0").get(
            "policyURI"
        ),
        "retention": use.get("nlAgreement"),
        "credentials": [
            {
                **_read_type(one, f"{pointer}/credentials/{n}"),
                "claims": [
                    claim.get("path") if isinstance(claim, Mapping) else None
                    for _, claim in _items(one, "claims", f"{pointer}/credentials/{n}")
                ],
            }
            for n, one in _items(use, "credentials", pointer)
        ],
    }


def _read_type(value: Any, pointer: str) -> dict[str, Any]:
    meta = _object(_object(value, pointer).get("meta"), f"{pointer}/meta")
    doctype = meta.get("doctype_value")
    return {"format": value.get("format"), "types": meta.get("vct_values", [doctype])}


def _read_intermediary(service: Mapping[str, Any]) -> dict[str, Any]:
    pointer = "/services/0/usesIntermediary"
    used = [_object(one, f"{pointer}/{n}") for n, one in _items(service, "usesIntermediary", "/services/0")]
    if not used:
        return {}
    if len(used) > 1:
        raise _wrong("one intermediary is registered at a time", pointer)
    members = {
        "identifier": _read_identifier(used[0], f"{pointer}/0"),
        "service_id": used[0].get("serviceIdentifier"),
        "trade_name": used[0].get("tradeName"),
        "evidence": used[0].get("evidence"),
    }
    return {"uses_intermediary": {name: one for name, one in members.items() if one is not None}}


def _read_texts(value: Any, pointer: str) -> dict[str, Any]:
    entries = value if isinstance(value, list) and len(value) <= _MAX_ITEMS else None
    if entries is None or not all(isinstance(one, Mapping) for one in entries):
        raise _wrong("texts are an array of {lang, content}", pointer)
    return {one["lang"]: one.get("content") for one in entries if one.get("lang") in ("nl", "en")}


def _items(value: Any, name: str, pointer: str) -> Iterator[tuple[int, Any]]:
    listed = _object(value, pointer).get(name, [])
    if not isinstance(listed, Sequence) or isinstance(listed, str) or len(listed) > _MAX_ITEMS:
        raise _wrong(f"{name} is no array of at most {_MAX_ITEMS}", f"{pointer}/{name}")
    return enumerate(listed)


def _first(value: Mapping[str, Any], name: str) -> Any:
    """The first of an array, or the value itself: TS5 has both."""
    one = value.get(name)
    return (one[0] if one else None) if isinstance(one, list) else one


def _object(value: Any, pointer: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong("it is missing, or no object", pointer)
    return value


def _wrong(reason: str, pointer: str) -> InvalidRegistration:
    return InvalidRegistration(
        reason.removeprefix("the registration cannot be accepted: "),
        spec="TS5",
        pointer=pointer,
        code="invalid_request",
    )
