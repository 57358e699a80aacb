"""A trusted list in XML, written and signed: qualified attestation providers of one territory (ETSI TS 119 612 V2.4.1).

The elements are those of §5.3 and §5.4 in their order. What a national list says beside them, such as its history, its
pointers to other lists and extensions of services, is not written.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from nlwallet.crypto import Certificate, PrivateKey, sign_enveloped_xml
from nlwallet.encoding import date_time
from nlwallet.errors import LocalError
from nlwallet.trust.trusted_list_xml import GRANTED, QEAA_SERVICE

WITHDRAWN_SERVICE: Final = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
_NAMESPACE: Final = "http://uri.etsi.org/02231/v2#"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_BASE: Final = "http://uri.etsi.org/TrstSvc/TrustedList"
_TAG: Final = "http://uri.etsi.org/19612/TSLTag"
_VERSION: Final = "6"
_HISTORY: Final = "65535"

_Content: TypeAlias = "str | list[_Child]"
_Child: TypeAlias = "tuple[str, _Content]"


@dataclass(frozen=True, slots=True)
class QualifiedProvider:
    """A provider of qualified attestations: its certificates, and since when (epoch seconds) it has its status."""

    name: str
    certificates: tuple[Certificate, ...]
    since: int
    website: str
    granted: bool = True


@dataclass(frozen=True, slots=True)
class QualifiedList:
    """What a list says, before it is signed. Moments are seconds since the epoch."""

    territory: str
    sequence_number: int
    issued_at: int
    next_update: int
    operator: str
    website: str
    providers: tuple[QualifiedProvider, ...]


def sign_trusted_list_xml(list_: QualifiedList, *, key: PrivateKey, certificate: Certificate) -> bytes:
    """The signed list. Raises :class:`~nlwallet.errors.LocalError`, also without the extra ``trusted-lists``."""
    try:
        from lxml import etree
    except ImportError:
        raise LocalError(
            "trusted lists in XML need the extra trusted-lists", hint="pip install 'nlwallet[trusted-lists]'"
        ) from None
    prefixes: Any = {None: _NAMESPACE}
    root = etree.Element(f"{{{_NAMESPACE}}}TrustServiceStatusList", nsmap=prefixes)
    root.set("TSLTag", _TAG)
    root.set("Id", f"TrustServiceStatusList-{list_.sequence_number}")
    _fill(root, [("SchemeInformation", _scheme(list_)), *_providers(list_)], etree)
    return sign_enveloped_xml(root, key=key, certificate=certificate)


def _fill(parent: Any, children: list[_Child], etree: Any) -> None:
    for name, content in children:
        plain = name.removesuffix("@en")
        element = etree.SubElement(parent, f"{{{_NAMESPACE}}}{plain}")
        if plain != name:
            element.set(f"{{{_XML}}}lang", "en")
        if isinstance(content, str):
            element.text = content
        else:
            _fill(element, content, etree)


def _scheme(list_: QualifiedList) -> list[_Child]:
    rules = f"{_BASE}/schemerules"
    return [
        ("TSLVersionIdentifier", _VERSION),
        ("TSLSequenceNumber", str(list_.sequence_number)),
        ("TSLType", f"{_BASE}/TSLType/EUgeneric"),
        ("SchemeOperatorName", [("Name@en", list_.operator)]),
        ("SchemeOperatorAddress", _address(list_.territory, list_.website)),
        ("SchemeName", [("Name@en", f"{list_.territory}:Test list of qualified attestation providers")]),
        ("SchemeInformationURI", [("URI@en", list_.website)]),
        ("StatusDeterminationApproach", f"{_BASE}/StatusDetn/EUappropriate"),
        (
            "SchemeTypeCommunityRules",
            [("URI@en", f"{rules}/EUcommon"), ("URI@en", f"{rules}/{list_.territory}")],
        ),
        ("SchemeTerritory", list_.territory),
        ("PolicyOrLegalNotice", [("TSLLegalNotice@en", "This list is for testing and vouches for nobody.")]),
        ("HistoricalInformationPeriod", _HISTORY),
        ("ListIssueDateTime", date_time(list_.issued_at)),
        ("NextUpdate", [("dateTime", date_time(list_.next_update))]),
    ]


def _providers(list_: QualifiedList) -> list[_Child]:
    """None of it where there is nobody (§5.3.16)."""
    if not list_.providers:
        return []
    return [
        (
            "TrustServiceProviderList",
            [("TrustServiceProvider", _provider(one, list_.territory)) for one in list_.providers],
        )
    ]


def _provider(one: QualifiedProvider, territory: str) -> list[_Child]:
    identities: list[_Child] = [
        ("DigitalId", [("X509Certificate", base64.b64encode(certificate.der).decode("ascii"))])
        for certificate in one.certificates
    ]
    information: list[_Child] = [
        ("ServiceTypeIdentifier", QEAA_SERVICE),
        ("ServiceName", [("Name@en", f"{one.name}: qualified attestations of attributes")]),
        ("ServiceDigitalIdentity", identities),
        ("ServiceStatus", GRANTED if one.granted else WITHDRAWN_SERVICE),
        ("StatusStartingTime", date_time(one.since)),
    ]
    return [
        (
            "TSPInformation",
            [
                ("TSPName", [("Name@en", one.name)]),
                ("TSPAddress", _address(territory, one.website)),
                ("TSPInformationURI", [("URI@en", one.website)]),
            ],
        ),
        ("TSPServices", [("TSPService", [("ServiceInformation", information)])]),
    ]


def _address(territory: str, website: str) -> list[_Child]:
    postal: list[_Child] = [
        ("StreetAddress", "Teststraat 1"),
        ("Locality", "Teststad"),
        ("PostalCode", "0000 AA"),
        ("CountryName", territory),
    ]
    return [
        ("PostalAddresses", [("PostalAddress@en", postal)]),
        ("ElectronicAddress", [("URI@en", website)]),
    ]
