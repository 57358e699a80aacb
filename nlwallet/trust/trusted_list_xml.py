"""Trusted lists in XML: the qualified trust services of a Member State (ETSI TS 119 612 V2.4.1).

The framework keeps qualified attestation providers there; everybody else is in a JSON list (see
:mod:`nlwallet.trust.lote`). They are read here, not written.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from nlwallet.crypto import Certificate, verify_enveloped_xml
from nlwallet.errors import InvalidTrustedList, RemoteError
from nlwallet.trust.anchors import Category

GRANTED: Final = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
QEAA_SERVICE: Final = "http://uri.etsi.org/TrstSvc/Svctype/EAA/Q"
EAA_SERVICE: Final = "http://uri.etsi.org/TrstSvc/Svctype/EAA"
ATTESTATION_SERVICES: Final[Mapping[str, Category]] = {
    QEAA_SERVICE: Category.QEAA_PROVIDER,
    EAA_SERVICE: Category.EAA_PROVIDER,
}
"""What a service of that type may vouch for."""

VERSIONS: Final = frozenset({"5", "6"})
MAX_SERVICES: Final = 20_000
CLOCK_DIFFERENCE: Final = 300
_NS: Final = "{http://uri.etsi.org/02231/v2#}"


@dataclass(frozen=True, slots=True)
class GrantedService:
    """A service that is granted now: who has it, and its certificates."""

    provider: str
    service_type: str
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class TrustedListXml:
    """A list whose signature, territory and times were checked. Times are seconds since the epoch."""

    territory: str
    sequence_number: int
    issued_at: int
    next_update: int
    services: tuple[GrantedService, ...]
    service_types: Mapping[str, Category] = field(repr=False)
    unreadable: int = 0
    """How many certificates of such services were left out, because this library does not take their keys (RSA)."""
    digest: bytes = field(default=b"", repr=False)

    def anchors(self, category: Category, *, now: int) -> tuple[Certificate, ...]:
        """Whom the list makes an anchor of ``category`` at ``now``."""
        found = (
            certificate
            for service in self.services
            if self.service_types[service.service_type] is category
            for certificate in service.certificates
            if certificate.not_before <= now <= certificate.not_after
        )
        return tuple(dict.fromkeys(found))


def verify_trusted_list_xml(
    data: bytes,
    *,
    signers: Sequence[bytes],
    territory: str,
    now: int,
    service_types: Mapping[str, Category] = ATTESTATION_SERVICES,
    previous: TrustedListXml | None = None,
) -> TrustedListXml:
    """Read a list of ``territory``, signed as a whole by one of ``signers`` (certificates in DER, pinned).

    Services of other types than ``service_types``, and those that are not granted, are left out. ``previous`` is the
    list that was taken last; an older one is refused. Raises :class:`~nlwallet.errors.InvalidTrustedList` or another
    RemoteError, and :class:`~nlwallet.errors.LocalError` without the extra ``trusted-lists``.
    """
    root = verify_enveloped_xml(data, signers=tuple(signers), now=now, what="the trusted list")
    if root.tag != f"{_NS}TrustServiceStatusList":
        raise _malformed("it is no TrustServiceStatusList", "/")
    scheme = "SchemeInformation"
    if _text(root, scheme, "TSLVersionIdentifier") not in VERSIONS:
        raise _malformed("its version is unknown", f"/{scheme}/TSLVersionIdentifier")
    if _text(root, scheme, "SchemeTerritory") != territory:
        raise _malformed("it is of another territory", f"/{scheme}/SchemeTerritory")
    services, unreadable = _services(root, service_types)
    found = TrustedListXml(
        territory,
        _number(_text(root, scheme, "TSLSequenceNumber")),
        _seconds(_text(root, scheme, "ListIssueDateTime")),
        _seconds(_text(root, scheme, "NextUpdate", "dateTime")),
        services,
        service_types,
        unreadable,
        sha256(data).digest(),
    )
    _check(found, previous, now)
    return found


def _check(found: TrustedListXml, previous: TrustedListXml | None, now: int) -> None:
    if found.issued_at > now + CLOCK_DIFFERENCE:
        raise _malformed("it is of the future", "/SchemeInformation/ListIssueDateTime")
    if now >= found.next_update:
        raise _malformed(
            "it is out of date: its next update was due", "/SchemeInformation/NextUpdate", "list_out_of_date"
        )
    if previous is None:
        return
    older = found.sequence_number < previous.sequence_number
    other = found.sequence_number == previous.sequence_number and found.digest != previous.digest
    if older or other:
        raise _malformed(
            "it is older than the one that is known, or another one under its number",
            "/SchemeInformation/TSLSequenceNumber",
            "list_rolled_back",
        )


def _services(root: Any, service_types: Mapping[str, Category]) -> tuple[tuple[GrantedService, ...], int]:
    services: list[GrantedService] = []
    unreadable = 0
    for provider, information in _informations(root):
        service_type = _text(information, "ServiceTypeIdentifier")
        if service_type not in service_types or _text(information, "ServiceStatus") != GRANTED:
            continue
        encoded = information.findall(f"./{_NS}ServiceDigitalIdentity/{_NS}DigitalId/{_NS}X509Certificate")
        read = [one for one in map(_certificate, encoded) if one is not None]
        unreadable += len(encoded) - len(read)
        if read:
            services.append(GrantedService(provider, service_type, tuple(read)))
    return tuple(services), unreadable


def _informations(root: Any) -> Iterator[tuple[str, Any]]:
    count = 0
    for provider in root.iterfind(f"./{_NS}TrustServiceProviderList/{_NS}TrustServiceProvider"):
        name = _text(provider, "TSPInformation", "TSPName", "Name")
        for information in provider.iterfind(f"./{_NS}TSPServices/{_NS}TSPService/{_NS}ServiceInformation"):
            count += 1
            if count > MAX_SERVICES:
                raise _malformed(f"it has more than {MAX_SERVICES} services", "/TrustServiceProviderList")
            yield name, information


def _certificate(element: Any) -> Certificate | None:
    try:
        der = binascii.a2b_base64("".join((element.text or "").split()), strict_mode=True)
        return Certificate.from_der(der)
    except (ValueError, RemoteError):
        return None


def _text(element: Any, *names: str) -> str:
    found = element.find("./" + "/".join(f"{_NS}{name}" for name in names))
    value = (found.text or "").strip() if found is not None else ""
    if not value:
        raise _malformed(f"{names[-1]} is missing", "/" + "/".join(names))
    return str(value)


def _number(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise _malformed("TSLSequenceNumber is no number", "/SchemeInformation/TSLSequenceNumber")
    return int(value)


def _seconds(value: str) -> int:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _malformed("a time is no date and time with a zone", "/SchemeInformation")
    return int(moment.timestamp())


def _malformed(reason: str, pointer: str, code: str = "") -> InvalidTrustedList:
    return InvalidTrustedList(
        f"the trusted list: {reason}", spec="ETSI TS 119 612 §5", pointer=pointer, code=code
    )
