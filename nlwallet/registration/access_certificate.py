"""The access certificate of a registered party, WRPAC (ETSI TS 119 411-8, CIR (EU) 2025/848 Annex IV).

Neither the standard nor the framework says where the Service stands in it (Reg_33 to Reg_35), so this follows the
Italian profile: the common name is the service's trade name, and a URI of the subjectAltName ends with the service's
identifier. That URI is the service's address in the register: ``…/wrp/{identifier}/services/{service id}``. A second
one, with another party's identifier, names for whom an intermediary asks (Reg_34a). The party's own trade name
(Reg_31) is the organizational unit where it is not the service's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PublicKey, Subject
from nlwallet.registration.record import RelyingPartyRecord
from nlwallet.registration.service import ServiceReference

POLICY_NATURAL_PERSON: Final = "0.4.0.194118.1.1"
"""NCP-n-eudiwrp: a normalised certificate for a natural person."""
POLICY_LEGAL_PERSON: Final = "0.4.0.194118.1.2"
"""NCP-l-eudiwrp: a normalised certificate for a legal person."""

_SERVICE_PATH = re.compile(r".*/wrp/([^/]+)/services/([^/]+)")


def issue_wrpac(
    record: RelyingPartyRecord,
    public_key: PublicKey,
    *,
    authority: CertificateAuthority,
    now: int,
    dns_names: Sequence[str],
    registrar_url: str,
    days: int = 365,
    service_id: str | None = None,
    acting_for: ServiceReference | None = None,
    authority_url: str = "",
    short_lived: bool = False,
) -> CertificateChain:
    """An access certificate for ``public_key``, from the same record as the registration certificate.

    ``dns_names`` are the hosts that the party asks from and receives at. The common name is what the wallet shows
    (RPA_06): the trade name of the service, the first one unless ``service_id`` says which. ``acting_for`` is the
    party for which an intermediary asks. Both signature bits are set in the key usage. ``authority_url`` is where the
    authority's certificate (``.cer``) and lists (``.crl``) are, at the registrar's when left out. One that is
    ``short_lived`` is never revoked, and says so; it should live a day (Reg_12). The identifier of a legal person
    stands in it twice: the NL Wallet reads it at an object identifier of its own, and names nobody without it.
    """
    service = record.service(service_id)
    subject = Subject(
        common_name=service.trade_name,
        country=record.country,
        organizational_unit="" if service.trade_name == record.trade_name else record.trade_name,
        organization=record.legal_name,
        organization_identifier="" if record.is_person else record.identifier,
        given_name=record.given_name,
        surname=record.family_name,
        serial_number=record.identifier if record.is_person else "",
    )
    authority_url = authority_url or f"{registrar_url}/access-ca"
    services = [ServiceReference(identifier=record.identifier, service_id=service.id)]
    services += [acting_for] if acting_for else []
    return authority.issue(
        public_key,
        subject,
        now=now,
        days=days,
        san_dns=dns_names,
        san_uris=(record.support_uri, *(service_uri(registrar_url, one) for one in services)),
        policies=(POLICY_NATURAL_PERSON if record.is_person else POLICY_LEGAL_PERSON,),
        policy_uri=f"{registrar_url}/policy/wrpac",
        content_commitment=True,
        ca_issuers_url=f"{authority_url}.cer",
        crl_url=f"{authority_url}.crl",
        short_lived=short_lived,
        identifier_twice=True,
    )


def service_uri(registrar_url: str, service: ServiceReference) -> str:
    """Where a service stands in the register."""
    return f"{registrar_url}/wrp/{service.identifier}/services/{service.service_id}"


def trade_name_of(certificate: Certificate) -> str:
    """The trade name of the party itself (Reg_31); of its service it is the common name (Reg_34)."""
    return certificate.subject.organizational_unit or certificate.subject.common_name


def service_of(certificate: Certificate) -> str:
    """The identifier of the party's service (Reg_33); empty when the certificate names none."""
    own = certificate.subject.identifier
    return next((service for party, service in _services(certificate) if party == own), "")


def acting_for(certificate: Certificate) -> tuple[str, str] | None:
    """For whom an intermediary asks: identifier of the party and of its service (Reg_34a)."""
    own = certificate.subject.identifier
    return next((one for one in _services(certificate) if one[0] != own), None)


def contact_uris(certificate: Certificate) -> tuple[str, ...]:
    """The addresses of the party itself: the URIs that are no entry of a register."""
    return tuple(uri for uri in certificate.san_uris if _service_in(uri) is None)


def _services(certificate: Certificate) -> list[tuple[str, str]]:
    return [found for uri in certificate.san_uris if (found := _service_in(uri))]


def _service_in(uri: str) -> tuple[str, str] | None:
    try:
        found = _SERVICE_PATH.fullmatch(urlsplit(uri).path)
    except ValueError:
        return None
    return (unquote(found[1]), unquote(found[2])) if found else None
