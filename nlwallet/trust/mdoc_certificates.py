"""The certificates of mdocs: root (IACA), document signer (DS) and reader (ISO/IEC 18013-5 Annex B).

The text of ISO was not at hand. What stands here was taken from open implementations of Annex B, which agree on it but
for the root: its bound is twenty years in the edition of 2021, and some take fifteen.
"""

from __future__ import annotations

import re
from typing import Final

from nlwallet.crypto.extensions import BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE
from nlwallet.mdoc import DOCUMENT_SIGNER, READER_AUTHENTICATION
from nlwallet.trust.certificate_profile import DAY, CertificateProfile, CertificateRule, Examined
from nlwallet.trust.certificate_rules import ALWAYS, SIGNER

IACA_DAYS: Final = 7_305
"""Twenty years (ISO/IEC 18013-5 §B.1.2)."""
DOCUMENT_SIGNER_DAYS: Final = 457
READER_DAYS: Final = 1_187

_FORBIDDEN: Final = frozenset({"2.5.29.30", "2.5.29.33", "2.5.29.36", "2.5.29.46", "2.5.29.54"})
"""nameConstraints, policyMappings, policyConstraints, freshestCRL, inhibitAnyPolicy."""
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_NIST: Final = frozenset({"P-256", "P-384", "P-521"})


_ISO: Final = (
    CertificateRule(
        "ISO-COUNTRY",
        "ISO/IEC 18013-5 §B.1",
        "its subject has a country of two capitals, and a name",
        "a reader compares the country of signer and authority, and finds none",
        "subject with C (NL) and CN",
        lambda one: (
            bool(one.certificate.subject.common_name)
            and _COUNTRY.fullmatch(one.certificate.subject.country) is not None
        ),
    ),
    CertificateRule(
        "ISO-CURVE",
        "ISO/IEC 18013-5 §B.1",
        "its key is on P-256, P-384 or P-521",
        "a reader does not know its curve",
        "take a key on P-256",
        lambda one: one.certificate.public_key.curve in _NIST,
    ),
    CertificateRule(
        "ISO-FORBIDDEN",
        "ISO/IEC 18013-5 §B.1",
        "it has none of the extensions that Annex B forbids",
        "a reader refuses policy mappings, name and policy constraints, freshestCRL and inhibitAnyPolicy",
        "leave those extensions out",
        lambda one: _FORBIDDEN.isdisjoint(one.has.present),
    ),
)


def _iso_crl(section: str) -> CertificateRule:
    return CertificateRule(
        "ISO-CRL",
        f"ISO/IEC 18013-5 {section}",
        "it has a distribution point for revocation lists",
        "a strict reader wants one, also on a certificate that lives short",
        "add cRLDistributionPoints with a URI",
        lambda one: bool(one.has.crl_urls),
        advice=True,
    )


def _iso_signer(section: str, usage: str, days: int) -> tuple[CertificateRule, ...]:
    spec = f"ISO/IEC 18013-5 {section}"
    return (
        *_ISO,
        CertificateRule(
            "ISO-LIFETIME",
            spec,
            f"it lives {days} days at most",
            "a reader refuses a certificate that lives longer",
            f"issue it for {days} days or less",
            lambda one: one.lifetime <= days * DAY,
        ),
        CertificateRule(
            "ISO-KEY-USAGE",
            spec,
            "keyUsage has digitalSignature and nothing else",
            "a reader refuses a key that is for more than signatures",
            "set keyUsage digitalSignature alone",
            lambda one: one.has.key_usages == {"digital_signature"},
        ),
        CertificateRule(
            "ISO-EKU",
            spec,
            f"its extended key usage is {usage} alone",
            "a wallet or reader refuses it for this use",
            f"set extendedKeyUsage {usage}, and no other",
            lambda one: one.certificate.extended_key_usages == (usage,),
        ),
        CertificateRule(
            "ISO-EKU-CRITICAL",
            spec,
            "extendedKeyUsage is critical",
            "a strict reader wants it critical; TS 119 412-6 wants that of a PID provider not to be",
            "set it critical where the key signs mdocs only",
            lambda one: EXTENDED_KEY_USAGE in one.has.critical,
            advice=True,
        ),
        CertificateRule(
            "ISO-CRITICALITY",
            spec,
            "nothing but keyUsage and extendedKeyUsage is critical",
            "a strict reader refuses a critical extension that Annex B does not have, basicConstraints too",
            "mark the other extensions as not critical",
            lambda one: one.has.critical <= {KEY_USAGE, EXTENDED_KEY_USAGE},
            advice=True,
        ),
        _iso_crl(section),
    )


def _same_country(one: Examined) -> bool | None:
    return None if one.issuer is None else one.certificate.subject.country == one.issuer.subject.country


def _same_contact(one: Examined) -> bool | None:
    if one.issuer is None:
        return None
    from_above = Examined(one.issuer, None, one.now).has.issuer_contacts
    return from_above == one.has.issuer_contacts


IACA: Final = CertificateProfile(
    "iaca",
    "authority of mdoc issuers (IACA root)",
    (
        *ALWAYS,
        *_ISO,
        CertificateRule(
            "ISO-ROOT",
            "ISO/IEC 18013-5 §B.1.2",
            "it is a root: its subject is its issuer, and its own key signed it",
            "a reader takes roots only as authorities of mdoc issuers",
            "give the root itself, not an authority below it",
            lambda one: one.certificate.is_self_signed,
        ),
        CertificateRule(
            "ISO-CA",
            "ISO/IEC 18013-5 §B.1.2",
            "basicConstraints is critical, CA:TRUE with path length 0",
            "a reader refuses a root that could have authorities below it",
            "set basicConstraints CA:TRUE, pathlen:0, critical",
            lambda one: (
                one.certificate.is_ca and one.has.path_length == 0 and BASIC_CONSTRAINTS in one.has.critical
            ),
        ),
        CertificateRule(
            "ISO-CA-KEY-USAGE",
            "ISO/IEC 18013-5 §B.1.2",
            "keyUsage is critical, keyCertSign and cRLSign alone",
            "a reader refuses a root that signs anything else",
            "set keyUsage keyCertSign, cRLSign, critical",
            lambda one: one.has.key_usages == {"key_cert_sign", "crl_sign"} and KEY_USAGE in one.has.critical,
        ),
        CertificateRule(
            "ISO-CA-LIFETIME",
            "ISO/IEC 18013-5 §B.1.2",
            "it lives twenty years at most",
            "a reader refuses a root that lives longer",
            "issue it for twenty years or less; nine will do for mdocs alone",
            lambda one: one.lifetime <= IACA_DAYS * DAY,
        ),
        CertificateRule(
            "ISO-CONTACT",
            "ISO/IEC 18013-5 §B.1.2",
            "issuerAltName says how to reach the authority",
            "a reader finds nobody to ask about the root",
            "add issuerAltName with a URI or a mail address",
            lambda one: bool(one.has.issuer_contacts),
        ),
        _iso_crl("§B.1.2"),
    ),
)

DOCUMENT_SIGNER_PROFILE: Final = CertificateProfile(
    "document-signer",
    "document signer of mdocs (DS)",
    (
        *ALWAYS,
        *SIGNER,
        *_iso_signer("§B.1.4", DOCUMENT_SIGNER, DOCUMENT_SIGNER_DAYS),
        CertificateRule(
            "ISO-SAME-COUNTRY",
            "ISO/IEC 18013-5 §B.1.4",
            "its country is that of its authority",
            "a reader refuses a signer of another country than its root",
            "give signer and root the same C",
            _same_country,
        ),
        CertificateRule(
            "ISO-CONTACT",
            "ISO/IEC 18013-5 §B.1.4",
            "issuerAltName says how to reach the authority",
            "a reader wants to know whom to ask",
            "add issuerAltName, the same as in the root",
            lambda one: bool(one.has.issuer_contacts),
        ),
        CertificateRule(
            "ISO-SAME-CONTACT",
            "ISO/IEC 18013-5 §B.1.4",
            "issuerAltName is that of its authority",
            "it names another contact than the root",
            "take over issuerAltName from the root",
            _same_contact,
        ),
    ),
)

READER: Final = CertificateProfile(
    "reader",
    "reader of mdocs (reader authentication)",
    (*ALWAYS, *SIGNER, *_iso_signer("§B.1.7", READER_AUTHENTICATION, READER_DAYS)),
)
