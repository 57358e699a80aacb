"""Rules that several kinds of certificates share (RFC 5280, RFC 9608, HAIP 1.0, ETSI EN 319 412)."""

from __future__ import annotations

from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.crypto.extensions import (
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    NO_REVOCATION_AVAILABLE,
    VALIDITY_ASSURED,
)
from nlwallet.trust.certificate_profile import DAY, CertificateRule, Examined

SOON: Final = 30 * DAY
MAX_SERIAL_BITS: Final = 159
"""20 octets, of which the first bit is the sign."""

_ALGORITHMS: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}


def names_an_organisation(certificate: Certificate, *, of_issuer: bool = False) -> bool:
    """Whether subject or issuer is a legal person as ETSI EN 319 412-3 §4.2.1 names one."""
    name = certificate.issuer if of_issuer else certificate.subject
    return bool(name.common_name and name.country and name.organization and name.organization_identifier)


def names_a_person(certificate: Certificate) -> bool:
    """Whether the subject is a natural person as ETSI EN 319 412-2 §4.2.4 names one."""
    name = certificate.subject
    return bool(name.common_name and name.country and name.given_name and name.surname and name.serial_number)


def _within_its_issuer(one: Examined) -> bool | None:
    return None if one.issuer is None else one.certificate.not_after <= one.issuer.not_after


def _by_key_of_its_issuer(one: Examined) -> bool | None:
    if one.issuer is None or one.issuer.subject_key_id is None or one.certificate.authority_key_id is None:
        return None
    return one.certificate.authority_key_id == one.issuer.subject_key_id


ALWAYS: Final = (
    CertificateRule(
        "X509-VERSION",
        "RFC 5280 §4.1.2.1",
        "it is of version 3",
        "a wallet refuses a certificate of version 1, which can say nothing of its use",
        "issue it with extensions: openssl x509 -req needs -extfile",
        lambda one: one.certificate.version == 3,
    ),
    CertificateRule(
        "X509-VALID",
        "RFC 5280 §4.1.2.5",
        "it is valid now",
        "a wallet refuses it: it has expired, or is not valid yet",
        "renew it, and look at the clock",
        lambda one: one.certificate.not_before <= one.now <= one.certificate.not_after,
    ),
    CertificateRule(
        "X509-SOON",
        "RFC 5280 §4.1.2.5",
        "it does not end soon",
        "it ends within thirty days",
        "plan its successor",
        lambda one: one.certificate.not_after - one.now > min(SOON, one.lifetime // 2),
        advice=True,
    ),
    CertificateRule(
        "X509-SERIAL",
        "RFC 5280 §4.1.2.2",
        "its serial number has at most 20 octets",
        "its serial number is too long",
        "take a random number of at most 20 octets",
        lambda one: one.certificate.serial.bit_length() <= MAX_SERIAL_BITS,
    ),
    CertificateRule(
        "X509-SKI",
        "RFC 5280 §4.2.1.2, ETSI TS 119 412-6 PID-4.4.2-01",
        "it has a subject key identifier",
        "a wallet cannot tell two keys of one name apart",
        "add subjectKeyIdentifier",
        lambda one: one.certificate.subject_key_id is not None,
    ),
    CertificateRule(
        "KEY-ALG",
        "HAIP 1.0 §7",
        "a wallet verifies signatures of its key",
        "a wallet of this profile does not know the algorithm of its key",
        "take a key on P-256, for ES256",
        lambda one: _ALGORITHMS.get(one.certificate.public_key.curve, "") in one.rules.signing_algorithms,
    ),
)
"""For every certificate."""

SIGNER: Final = (
    CertificateRule(
        "X509-END-ENTITY",
        "RFC 5280 §4.2.1.9",
        "it is no certificate of an authority",
        "a wallet refuses signatures by an authority itself",
        "set basicConstraints CA:FALSE, and sign with a key below the authority",
        lambda one: not one.certificate.is_ca,
    ),
    CertificateRule(
        "X509-KEY-USAGE",
        "RFC 5280 §4.2.1.3",
        "keyUsage is critical, and has digitalSignature",
        "its key is not for signatures",
        "set keyUsage digitalSignature, critical",
        lambda one: one.has.digital_signature and KEY_USAGE in one.has.critical,
    ),
    CertificateRule(
        "X5C-ISSUED",
        "HAIP 1.0 §5, §6.1.1",
        "somebody else issued it",
        "a wallet refuses a certificate that is its own authority",
        "have it issued by an authority of its category",
        lambda one: not one.certificate.is_self_issued,
    ),
    CertificateRule(
        "X509-AKI",
        "RFC 5280 §4.2.1.1",
        "it names the key of its issuer",
        "a wallet may not find its authority among those of the same name",
        "add authorityKeyIdentifier",
        lambda one: one.certificate.authority_key_id is not None,
    ),
    CertificateRule(
        "X509-AKI-MATCH",
        "RFC 5280 §4.2.1.1",
        "that key is the one of its issuer",
        "it names another key than its issuer's",
        "issue it anew with the identifier of the authority's key",
        _by_key_of_its_issuer,
    ),
    CertificateRule(
        "X509-NESTED",
        "RFC 5280 §6.1",
        "it does not outlive its issuer",
        "a wallet refuses it from the day that its authority ends",
        "give it an earlier end, or renew the authority",
        _within_its_issuer,
    ),
    CertificateRule(
        "REVOCATION",
        "ETSI EN 319 412-2 §4.3.11, EN 319 412-1 §5.2.2, ARF Reg_12",
        "its revocation can be looked up, or it lives so short that nobody needs to",
        "a wallet cannot tell whether it was revoked",
        "add cRLDistributionPoints; or let it live a day, with noRevAvail",
        lambda one: bool(one.has.crl_urls or one.has.ocsp) or one.is_short_lived,
    ),
    CertificateRule(
        "NO-REVOCATION",
        "RFC 9608 §2",
        "noRevAvail is only on a certificate that lives short and names no list",
        "it says that it is never revoked, and lives too long for that or names a list all the same",
        "leave out noRevAvail, or let it live a day and name no list",
        lambda one: (
            NO_REVOCATION_AVAILABLE not in one.has.present
            or (one.is_short_lived and not one.has.crl_urls and not one.has.ocsp)
        ),
    ),
    CertificateRule(
        "VALIDITY-ASSURED",
        "ETSI EN 319 412-1 §5.2.2",
        "one that is never revoked says that its validity is assured",
        "a wallet after the European reference expects the extension for short life too",
        f"add the extension {VALIDITY_ASSURED}",
        lambda one: NO_REVOCATION_AVAILABLE not in one.has.present or VALIDITY_ASSURED in one.has.present,
        advice=True,
    ),
)
"""For whoever signs."""


def etsi_criticality(one: Examined) -> bool:
    """Whether keyUsage and basicConstraints alone are critical, and the latter if present (EN 319 412-1 GEN-4.1-2)."""
    not_critical = one.has.present - one.has.critical
    return BASIC_CONSTRAINTS not in not_critical and one.has.critical <= {KEY_USAGE, BASIC_CONSTRAINTS}


ONLY_TWO_CRITICAL: Final = CertificateRule(
    "CRITICALITY",
    "ETSI TS 119 412-6 PID-4.1-02",
    "nothing but keyUsage and basicConstraints is critical, and the latter if it is there",
    "a wallet refuses a critical extension that the profile does not have, and one that should be critical",
    "mark the other extensions as not critical, and leave basicConstraints out",
    etsi_criticality,
)

OF_AN_ORGANISATION: Final = CertificateRule(
    "SUBJECT",
    "ETSI EN 319 412-3 §4.2.1",
    "its subject says which organisation it is",
    "a wallet cannot say whose signature it is",
    "subject with CN, C, O and organizationIdentifier (NTRNL-…)",
    lambda one: names_an_organisation(one.certificate),
)
