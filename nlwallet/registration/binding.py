"""Does a registration certificate belong to who shows it? (ARF RPRC_17a, RPRC_22b, Reg_34a, RPI_06)."""

from __future__ import annotations

from nlwallet.crypto import Certificate
from nlwallet.registration.access_certificate import acting_for, service_of, trade_name_of
from nlwallet.registration.registration_certificate import RegistrationCertificate


def by_intermediary(certificate: RegistrationCertificate, access: Certificate) -> bool:
    """Whether the access certificate is that of the intermediary that the registration names."""
    named = certificate.intermediary
    requester = access.subject.identifier
    return named is not None and certificate.identifier != requester and named.identifier == requester


def why_unbound(certificate: RegistrationCertificate, access: Certificate) -> str:
    """Why the registration is not of the party with this access certificate; empty when it is.

    The service counts where the registration names one: ETSI TS 119 475 V1.2.1 itself has no claim for it.
    """
    if by_intermediary(certificate, access):
        return _why_not_its_intermediary(certificate, access)
    if certificate.identifier != access.subject.identifier:
        return "the access certificate names another party than the registration"
    # The common name is what the citizen sees, so nothing else will do there than a registered name.
    subject = access.subject
    of_party = {trade_name_of(access), subject.organization}
    shown = {certificate.trade_name, certificate.service_name}
    if certificate.trade_name not in of_party or subject.common_name not in shown:
        return "the trade name is another one than in the access certificate"
    if certificate.service_id and service_of(access) != certificate.service_id:
        return "the access certificate is for another service than the registration"
    return ""


def _why_not_its_intermediary(certificate: RegistrationCertificate, access: Certificate) -> str:
    named, served = certificate.intermediary, acting_for(access)
    if named is not None and named.service_id and service_of(access) != named.service_id:
        return "the intermediary asks with another service than the registration names"
    if served is not None and served != (certificate.identifier, certificate.service_id or served[1]):
        return "the access certificate of the intermediary is for asking for another party"
    return ""
