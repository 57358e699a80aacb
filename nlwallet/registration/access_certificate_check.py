"""Does an access certificate keep to its profile? (ARF RPA_02, ETSI TS 119 411-8, CIR (EU) 2025/848 Annex IV)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.crypto.extensions import (
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    NO_REVOCATION_AVAILABLE,
    extensions_of,
)
from nlwallet.registration.access_certificate import contact_uris

ACCESS_POLICIES: Final = frozenset(f"0.4.0.194118.1.{number}" for number in (1, 2, 3, 4))
"""NCP-n, NCP-l, QCP-n and QCP-l for relying parties."""

SHORT_TERM: Final = 7 * 86_400
"""A certificate that lives no longer than this needs no revocation, if it says so."""

_PHONE = "2.5.4.20"


@dataclass(frozen=True, slots=True)
class AccessCertificateRule:
    """One thing that the profile asks, and whether the certificate has it. ``remedy`` is for who requests one."""

    code: str
    what: str
    held: bool
    remedy: str


def access_certificate_rules(leaf: Certificate, *, now: int) -> Iterator[AccessCertificateRule]:
    """Every rule of the profile, in the order of the European reference implementation.

    That the serial number is positive and the key is one of the accepted kinds is not among them: a certificate
    for which that does not hold cannot be read at all.
    """
    found = extensions_of(leaf)
    yield AccessCertificateRule(
        "END_ENTITY", "it is no certificate of a CA", not leaf.is_ca, "basicConstraints CA:FALSE"
    )
    yield AccessCertificateRule(
        "KEY_USAGE",
        "keyUsage is critical and has digitalSignature",
        found.digital_signature and KEY_USAGE in found.critical,
        "set keyUsage digitalSignature, critical",
    )
    yield AccessCertificateRule(
        "CRITICALITY",
        "nothing but keyUsage and basicConstraints is critical",
        found.critical <= {KEY_USAGE, BASIC_CONSTRAINTS},
        "mark the other extensions as not critical",
    )
    yield AccessCertificateRule(
        "VALIDITY", "it is valid now", leaf.not_before <= now <= leaf.not_after, "renew the certificate"
    )
    yield AccessCertificateRule(
        "POLICY",
        "it names a policy for access certificates",
        not ACCESS_POLICIES.isdisjoint(leaf.policies),
        "certificatePolicies 0.4.0.194118.1.2 for a legal person",
    )
    yield AccessCertificateRule(
        "NOT_SELF_SIGNED",
        "somebody else issued it",
        not leaf.is_self_issued,
        "have it issued by an access CA",
    )
    yield AccessCertificateRule(
        "AUTHORITY_INFO_ACCESS",
        "it says where its issuer's certificate is",
        bool(found.ca_issuers),
        "authorityInfoAccess with caIssuers",
    )
    yield AccessCertificateRule(
        "AUTHORITY_KEY_ID", "it names the key of its issuer", leaf.authority_key_id is not None, "add the AKI"
    )
    yield AccessCertificateRule(
        "CONTACT",
        "it says how to reach the party",
        bool(contact_uris(leaf) or leaf.san_emails or _PHONE in found.other_names),
        "a URI or mail address in subjectAltName",
    )
    short = leaf.not_after - leaf.not_before <= SHORT_TERM and NO_REVOCATION_AVAILABLE in found.present
    yield AccessCertificateRule(
        "REVOCATION",
        "its revocation can be looked up, or it lives a week at most and says so",
        bool(found.crl_urls or found.ocsp) or short,
        "cRLDistributionPoints, or noRevocationAvail on a certificate of seven days",
    )
    yield AccessCertificateRule(
        "SUBJECT",
        "its subject says who asks",
        names_the_party(leaf),
        "CN, C, and O with organizationIdentifier, or givenName, surname and serialNumber",
    )


def names_the_party(leaf: Certificate) -> bool:
    """Whether the subject is that of a legal or natural person with an identifier (EN 319 412-2 and -3)."""
    subject = leaf.subject
    legal = subject.organization and subject.organization_identifier
    natural = subject.given_name and subject.surname and subject.serial_number
    return bool(subject.common_name and subject.country and (legal or natural))
