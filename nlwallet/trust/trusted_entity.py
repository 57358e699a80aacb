"""Who stands in a list of trusted entities, and with which certificates (ETSI TS 119 602 V1.1.1 §6.5, §6.6)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nlwallet.crypto import Certificate
from nlwallet.errors import AlgorithmNotAllowed, InvalidTrustedList, RemoteError
from nlwallet.trust.list_kind import NOTIFIED, WITHDRAWN, ListKind

MAX_SERVICES: Final = 64
MAX_CERTIFICATES: Final = 64
MAX_TEXTS: Final = 64

_IDENTIFIER: Final = re.compile(r"[A-Z]{3}[A-Z]{2}-.{1,128}|[A-Z]{2}:[A-Z]{2}-.{1,128}")
"""A registration number as certificates have it (ETSI EN 319 412-1 §5.1.4), which stands among the trade names."""


@dataclass(frozen=True, slots=True)
class TrustedService:
    """One service of an entity: its type, and the certificates that vouch for it."""

    service_type: str
    name: str
    certificates: tuple[Certificate, ...]
    status: str = ""
    """``notified`` or ``withdrawn`` where the kind of list has that (Annex H)."""
    status_since: str = ""
    """When that status began, ``YYYY-MM-DDThh:mm:ssZ``."""
    supply_points: tuple[str, ...] = ()
    """Where it is used: the address at which a wallet starts, or those of the lists of what was revoked."""
    unreadable: int = 0
    """How many certificates were left out, because this library does not take their keys (RSA)."""

    def as_json(self) -> dict[str, Any]:
        """The entry of ``TrustedEntityServices``."""
        status = {"ServiceStatus": self.status, "StatusStartingTime": self.status_since}
        points = [{"ServiceType": self.service_type, "uriValue": one} for one in self.supply_points]
        return {
            "ServiceInformation": {
                "ServiceName": [{"lang": "en", "value": self.name}],
                "ServiceTypeIdentifier": self.service_type,
                **({} if not self.status else status),
                "ServiceDigitalIdentity": {
                    "X509Certificates": [
                        {"val": base64.b64encode(one.der).decode("ascii")} for one in self.certificates
                    ]
                },
                **({} if not points else {"ServiceSupplyPoints": points}),
            }
        }


@dataclass(frozen=True, slots=True)
class TrustedEntity:
    """One entity. ``trade_name`` is what people know it by; ``country`` is where it is established.

    ``identifier`` is its number in an official record, as in certificates: ``NTRNL-12345678``.
    """

    name: str
    country: str
    services: tuple[TrustedService, ...]
    trade_name: str = ""
    website: str = ""
    email: str = ""
    identifier: str = ""

    def as_json(self, kind: ListKind) -> dict[str, Any]:
        """The entry of ``TrustedEntitiesList``."""
        rules = f"{kind.information_uri}{self.country}"
        electronic = [one for one in (self.website, f"mailto:{self.email}" if self.email else "") if one]
        information = [self.website, rules]
        trade_names = [self.trade_name or self.name, self.identifier]
        return {
            "TrustedEntityInformation": {
                "TEName": [{"lang": "en", "value": self.name}],
                "TETradeName": [{"lang": "en", "value": one} for one in trade_names if one],
                "TEAddress": {
                    "TEPostalAddress": [postal_address(self.country)],
                    "TEElectronicAddress": [{"lang": "en", "uriValue": one} for one in electronic or [rules]],
                },
                "TEInformationURI": [{"lang": "en", "uriValue": one} for one in information if one],
            },
            "TrustedEntityServices": [service.as_json() for service in self.services],
        }


def postal_address(country: str) -> dict[str, str]:
    """An invented one: nobody of this library has an office."""
    return {
        "lang": "en",
        "StreetAddress": "Teststraat 1",
        "Locality": "Teststad",
        "PostalCode": "0000 AA",
        "Country": country,
    }


def parse_entity(value: Any, kind: ListKind, pointer: str) -> TrustedEntity:
    """Read one entry of ``TrustedEntitiesList``; services of other types are left out.

    Raises :class:`~nlwallet.errors.InvalidTrustedList`.
    """
    information = member(value, "TrustedEntityInformation", dict, pointer)
    services = member(value, "TrustedEntityServices", list, pointer)
    if not 0 < len(services) <= MAX_SERVICES:
        raise malformed(f"an entity has 1 to {MAX_SERVICES} services", f"{pointer}/TrustedEntityServices")
    read = [_service(one, kind, f"{pointer}/TrustedEntityServices/{n}") for n, one in enumerate(services)]
    where = f"{pointer}/TrustedEntityInformation"
    trade_names = _texts(information, "TETradeName", where) if "TETradeName" in information else ()
    return TrustedEntity(
        name=text(information, "TEName", "value", where),
        country=_country(information, where),
        services=tuple(one for one in read if one is not None),
        trade_name=next((one for one in trade_names if not _IDENTIFIER.fullmatch(one)), ""),
        identifier=next((one for one in trade_names if _IDENTIFIER.fullmatch(one)), ""),
    )


def _service(value: Any, kind: ListKind, pointer: str) -> TrustedService | None:
    pointer = f"{pointer}/ServiceInformation"
    information = member(value, "ServiceInformation", dict, pointer)
    service_type = information.get("ServiceTypeIdentifier")
    if not isinstance(service_type, str) or kind.category(service_type) is None:
        return None
    identity = member(information, "ServiceDigitalIdentity", dict, pointer)
    certificates = identity.get("X509Certificates")
    pointer_to = f"{pointer}/ServiceDigitalIdentity/X509Certificates"
    if not isinstance(certificates, list) or not 0 < len(certificates) <= MAX_CERTIFICATES:
        raise malformed(f"a service has 1 to {MAX_CERTIFICATES} certificates", pointer_to)
    status = information.get("ServiceStatus", "")
    if kind.with_status and status not in (NOTIFIED, WITHDRAWN):
        raise malformed("the status is neither notified nor withdrawn", f"{pointer}/ServiceStatus")
    if not kind.with_status and status:
        raise malformed("this kind of list has no ServiceStatus", f"{pointer}/ServiceStatus")
    read = [_certificate(one, f"{pointer_to}/{n}") for n, one in enumerate(certificates)]
    usable = tuple(one for one in read if one is not None)
    return TrustedService(
        service_type,
        text(information, "ServiceName", "value", pointer),
        usable,
        status if isinstance(status, str) else "",
        supply_points=_supply_points(information, pointer),
        unreadable=len(read) - len(usable),
    )


def _supply_points(information: Mapping[str, Any], pointer: str) -> tuple[str, ...]:
    if "ServiceSupplyPoints" not in information:
        return ()
    points = member(information, "ServiceSupplyPoints", list, pointer)[:MAX_TEXTS]
    found = [one.get("uriValue") for one in points if isinstance(one, Mapping)]
    return tuple(one for one in found if isinstance(one, str))


def _texts(value: Mapping[str, Any], name: str, pointer: str) -> tuple[str, ...]:
    """All texts of a member, the English ones first."""
    text(value, name, "value", pointer)
    entries = [one for one in value[name][:MAX_TEXTS] if isinstance(one, Mapping)]
    entries.sort(key=lambda one: str(one.get("lang", "")).lower() != "en")
    return tuple(one["value"] for one in entries if isinstance(one.get("value"), str))


def _certificate(value: Any, pointer: str) -> Certificate | None:
    """The certificate; none where nothing here is signed with a key of its kind. The list holds all the same."""
    encoded = value.get("val") if isinstance(value, Mapping) else None
    if not isinstance(encoded, str):
        raise malformed("a certificate has a val", pointer)
    try:
        return Certificate.from_der(binascii.a2b_base64(encoded, strict_mode=True), pointer=pointer)
    except AlgorithmNotAllowed:
        return None
    except ValueError:
        raise malformed("a certificate is standard base64 of DER", pointer) from None
    except RemoteError as error:
        raise malformed(error.message, pointer) from None


def _country(information: Mapping[str, Any], pointer: str) -> str:
    address = member(information, "TEAddress", dict, pointer)
    postal = address.get("TEPostalAddress")
    first = postal[0] if isinstance(postal, list) and postal else None
    country = first.get("Country") if isinstance(first, Mapping) else None
    if not isinstance(country, str) or len(country) != 2:
        raise malformed("an entity has a country", f"{pointer}/TEAddress/TEPostalAddress")
    return country


def member(value: Any, name: str, kind: type, pointer: str) -> Any:
    """A member of the right JSON type. Raises :class:`~nlwallet.errors.InvalidTrustedList`."""
    found = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(found, kind) or isinstance(found, bool):
        raise malformed(f"{name} is missing, or of the wrong type", f"{pointer}/{name}")
    return found


def text(value: Mapping[str, Any], name: str, inner: str, pointer: str) -> str:
    """The English text of a multilingual member, else its first one."""
    entries = member(value, name, list, pointer)[:MAX_TEXTS]
    told = {
        one["lang"].lower(): one[inner]
        for one in entries
        if isinstance(one, Mapping) and isinstance(one.get("lang"), str) and isinstance(one.get(inner), str)
    }
    if not told:
        raise malformed(f"{name} has no text", f"{pointer}/{name}")
    return str(told.get("en") or next(iter(told.values())))


def malformed(reason: str, pointer: str) -> InvalidTrustedList:
    """The error for a list that cannot be read."""
    return InvalidTrustedList(f"the list of trusted entities: {reason}", pointer=pointer)
