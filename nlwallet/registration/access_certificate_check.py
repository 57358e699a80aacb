"""Does an access certificate keep to its profile? (ARF RPA_02, ETSI TS 119 411-8, CIR (EU) 2025/848 Annex IV)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.crypto.extensions import KEY_USAGE
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.registration.access_certificate import contact_uris, service_of
from nlwallet.trust import (
    ALWAYS,
    SIGNER,
    CertificateProfile,
    CertificateRule,
    Examined,
    etsi_criticality,
    names_a_person,
    names_an_organisation,
)

ACCESS_POLICIES: Final = frozenset(f"0.4.0.194118.1.{number}" for number in (1, 2, 3, 4))
"""NCP-n, NCP-l, QCP-n and QCP-l for relying parties."""

_PHONE = "2.5.4.20"
_SAID_ALREADY: Final = {
    "X509-VALID",
    "X509-END-ENTITY",
    "X509-KEY-USAGE",
    "X5C-ISSUED",
    "X509-AKI",
    "REVOCATION",
}


def names_the_party(leaf: Certificate) -> bool:
    """Whether the subject is that of a legal or natural person with an identifier (EN 319 412-2 and -3)."""
    return names_an_organisation(leaf) or names_a_person(leaf)


def _rule(
    code: str, what: str, remedy: str, objection: str, holds: Callable[[Examined], bool]
) -> CertificateRule:
    return CertificateRule(code, "ETSI TS 119 411-8 §6.6.1", what, objection, remedy, holds)


ACCESS_RULES: Final = (
    _rule(
        "END_ENTITY",
        "it is no certificate of a CA",
        "basicConstraints CA:FALSE",
        "a wallet refuses requests that an authority signed",
        lambda one: not one.certificate.is_ca,
    ),
    _rule(
        "KEY_USAGE",
        "keyUsage is critical and has digitalSignature",
        "set keyUsage digitalSignature, critical",
        "its key is not for signing requests",
        lambda one: one.has.digital_signature and KEY_USAGE in one.has.critical,
    ),
    _rule(
        "CRITICALITY",
        "nothing but keyUsage and basicConstraints is critical, and the latter if it is there",
        "mark the other extensions as not critical, and leave basicConstraints out",
        "a wallet refuses a critical extension that the profile does not have, and one that should be critical",
        etsi_criticality,
    ),
    _rule(
        "VALIDITY",
        "it is valid now",
        "renew the certificate",
        "a wallet refuses it: it has expired, or is not valid yet",
        lambda one: one.certificate.not_before <= one.now <= one.certificate.not_after,
    ),
    _rule(
        "POLICY",
        "it names a policy for access certificates",
        "certificatePolicies 0.4.0.194118.1.2 for a legal person",
        "a wallet does not take it for an access certificate",
        lambda one: not ACCESS_POLICIES.isdisjoint(one.certificate.policies),
    ),
    _rule(
        "NOT_SELF_SIGNED",
        "somebody else issued it",
        "have it issued by an access CA",
        "a wallet refuses a party that vouches for itself",
        lambda one: not one.certificate.is_self_issued,
    ),
    _rule(
        "AUTHORITY_INFO_ACCESS",
        "it says where its issuer's certificate is",
        "authorityInfoAccess with caIssuers",
        "a wallet cannot fetch the certificate above it",
        lambda one: bool(one.has.ca_issuers),
    ),
    _rule(
        "AUTHORITY_KEY_ID",
        "it names the key of its issuer",
        "add the AKI",
        "a wallet may not find its authority among those of the same name",
        lambda one: one.certificate.authority_key_id is not None,
    ),
    _rule(
        "CONTACT",
        "it says how to reach the party",
        "a URI or mail address in subjectAltName",
        "a citizen finds nobody to ask",
        lambda one: bool(
            contact_uris(one.certificate) or one.certificate.san_emails or _PHONE in one.has.other_names
        ),
    ),
    _rule(
        "REVOCATION",
        "its revocation can be looked up, or it lives a week at most and says so",
        "cRLDistributionPoints, or noRevocationAvail on a certificate of seven days",
        "a wallet cannot tell whether it was revoked",
        lambda one: bool(one.has.crl_urls or one.has.ocsp) or one.is_short_lived,
    ),
    _rule(
        "SUBJECT",
        "its subject says who asks",
        "CN, C, and O with organizationIdentifier, or givenName, surname and serialNumber",
        "a wallet cannot say who asks",
        lambda one: names_the_party(one.certificate),
    ),
)
"""The profile, in the order of the European reference implementation.

That the serial number is positive and the key is one of the accepted kinds is not among them: a certificate for which
that does not hold cannot be read at all.
"""


@dataclass(frozen=True, slots=True)
class AccessCertificateRule:
    """One thing that the profile asks, and whether the certificate has it. ``remedy`` is for who requests one."""

    code: str
    what: str
    held: bool
    remedy: str


def access_certificate_rules(
    leaf: Certificate, *, now: int, rules: Profile = HAIP_1_0
) -> Iterator[AccessCertificateRule]:
    """Every rule of the profile, as it stands for ``leaf``; ``rules`` say how long a short life is."""
    examined = Examined(leaf, None, now, rules)
    for rule in ACCESS_RULES:
        yield AccessCertificateRule(rule.id, rule.what, bool(rule.holds(examined)), rule.remedy)


ACCESS: Final = CertificateProfile(
    "access",
    "relying party or provider (access certificate)",
    (
        *(rule for rule in ALWAYS if rule.id not in _SAID_ALREADY),
        *ACCESS_RULES,
        *(rule for rule in SIGNER if rule.id not in _SAID_ALREADY),
        CertificateRule(
            "SERVICE",
            "ARF Reg_33",
            "it names the service of the party",
            "a wallet cannot tell which of the party's services asks",
            "a URI of subjectAltName that ends in /wrp/{identifier}/services/{service id}",
            lambda one: bool(service_of(one.certificate)),
            advice=True,
        ),
    ),
)
"""The profile with what holds for every signer; the service is where the Italian profile puts it."""
