"""The kinds of certificates that the framework has, each with its profile. Those of mdocs stand beside this; the access
certificate is in registration.

The texts of ETSI were not at hand; what stands here comes from implementers: the European reference library
(TS 119 412-6, its rule ids PID-… and WAL-…). From memory, and not looked up, is the usage of a list's signer
(TS 119 612 §5.7.1).
"""

from __future__ import annotations

from typing import Final

from nlwallet.crypto.extensions import BASIC_CONSTRAINTS, KEY_USAGE
from nlwallet.mdoc import DOCUMENT_SIGNER
from nlwallet.trust.certificate_profile import CertificateProfile, CertificateRule
from nlwallet.trust.certificate_rules import (
    ALWAYS,
    OF_AN_ORGANISATION,
    ONLY_TWO_CRITICAL,
    SIGNER,
    names_a_person,
    names_an_organisation,
)

QCT_PID: Final = "0.4.0.194126.1.1"
"""``id-etsi-qct-pid``: the certificate is for signing PIDs (ETSI TS 119 412-6)."""
QCT_WALLET: Final = "0.4.0.194126.1.2"
"""``id-etsi-qct-wal``: it is for what a wallet provider attests."""
NL_WALLET_ATTESTATION_SIGNING: Final = "1.3.6.1.5.5.7.3.128"
"""The usage that the NL Wallet invented for who signs wallet attestations."""
LIST_SIGNING: Final = "0.4.0.2231.3.0"
"""``id-tsl-kp-tslSigning`` (ETSI TS 119 612 §5.7.1)."""


def _etsi(kind: str, prefix: str, qc_type: str) -> tuple[CertificateRule, ...]:
    """The rules of TS 119 412-6, which are the same for PID and wallet providers."""
    spec = f"ETSI TS 119 412-6 {prefix}"
    return (
        ONLY_TWO_CRITICAL,
        CertificateRule(
            f"{kind}-ISSUER",
            f"{spec}4.2-01",
            "the name of its issuer says which organisation that is",
            "a wallet cannot say who vouches for it",
            "give the authority a subject with CN, C, O and organizationIdentifier",
            lambda one: names_an_organisation(one.certificate, of_issuer=True),
        ),
        CertificateRule(
            f"{kind}-SUBJECT",
            f"{spec}4.3-01",
            "its subject says who it is",
            "a wallet cannot say who issues",
            "subject with CN, C, O and organizationIdentifier (NTRNL-…)",
            lambda one: names_an_organisation(one.certificate) or names_a_person(one.certificate),
        ),
        CertificateRule(
            f"{kind}-POLICY",
            "ETSI EN 319 412-2 §4.3.3",
            "it names a policy",
            "nobody can tell by which rules it was issued",
            "add certificatePolicies with the policy of your authority",
            lambda one: bool(one.certificate.policies),
        ),
        CertificateRule(
            f"{kind}-AIA",
            f"{spec}4.4.3-01",
            "it says where its issuer's certificate is",
            "a wallet cannot fetch the certificate above it",
            "add authorityInfoAccess with caIssuers",
            lambda one: bool(one.has.ca_issuers),
        ),
        CertificateRule(
            f"{kind}-TYPE",
            f"{spec}4.5-01",
            "its qcStatements say what it is for",
            "a wallet after TS 119 412-6 does not take it for this kind of signer",
            f"add qcStatements with QcType {qc_type}",
            lambda one: qc_type in one.has.qc_types,
        ),
    )


PID_PROVIDER: Final = CertificateProfile(
    "pid",
    "PID provider",
    (
        *ALWAYS,
        *SIGNER,
        *_etsi("PID", "PID-", QCT_PID),
        CertificateRule(
            "PID-SAN",
            "NL Wallet 0.6, issuer certificates",
            "subjectAltName has the address of the issuer",
            "a wallet compares iss of a credential with subjectAltName",
            "add the URL of the issuer as a URI of subjectAltName",
            lambda one: bool(one.certificate.san_uris or one.certificate.san_dns),
        ),
        CertificateRule(
            "PID-EKU",
            "NL Wallet 0.6, issuer certificates",
            f"it has extended key usage {DOCUMENT_SIGNER}",
            "the NL Wallet and readers of mdocs want it",
            f"add extendedKeyUsage {DOCUMENT_SIGNER}",
            lambda one: DOCUMENT_SIGNER in one.certificate.extended_key_usages,
            advice=True,
        ),
    ),
)

ATTESTATION_PROVIDER: Final = CertificateProfile(
    "eaa",
    "attestation provider",
    (
        *ALWAYS,
        *SIGNER,
        OF_AN_ORGANISATION,
        CertificateRule(
            "EAA-SAN",
            "NL Wallet 0.6, issuer certificates",
            "subjectAltName has the address of the issuer",
            "a wallet compares iss of a credential with subjectAltName",
            "add the URL of the issuer as a URI of subjectAltName",
            lambda one: bool(one.certificate.san_uris or one.certificate.san_dns),
        ),
        CertificateRule(
            "EAA-EKU",
            "NL Wallet 0.6, issuer certificates",
            "it has the extended key usage for credentials, where the wallet wants one",
            "a wallet of this profile refuses cards of a signer without that usage",
            f"add extendedKeyUsage {DOCUMENT_SIGNER}, not critical",
            lambda one: (
                one.rules.issuer_signing_usage is None
                or one.rules.issuer_signing_usage in one.certificate.extended_key_usages
            ),
        ),
    ),
)

STATUS_SIGNER: Final = CertificateProfile(
    "status",
    "signer of status lists",
    (
        *ALWAYS,
        *SIGNER,
        OF_AN_ORGANISATION,
        CertificateRule(
            "STATUS-EKU",
            "Token Status List §10",
            "it has the extended key usage for status lists, where the wallet knows one",
            "a wallet of this profile refuses lists of a signer without that usage",
            "add the usage that the wallet wants; it has no registered number yet",
            lambda one: (
                one.rules.status_signing_usage is None
                or one.rules.status_signing_usage in one.certificate.extended_key_usages
            ),
        ),
    ),
)

WALLET_PROVIDER: Final = CertificateProfile(
    "wallet",
    "signer of wallet and key attestations",
    (
        *ALWAYS,
        *SIGNER,
        *_etsi("WAL", "WAL-5.1-01, PID-", QCT_WALLET),
        CertificateRule(
            "WAL-EKU",
            "NL Wallet 0.6, wallet attestations",
            "it has the extended key usage that the NL Wallet invented for it",
            "the NL Wallet's issuers want it",
            f"add extendedKeyUsage {NL_WALLET_ATTESTATION_SIGNING}",
            lambda one: (
                not one.rules.name.startswith("nl-wallet")
                or NL_WALLET_ATTESTATION_SIGNING in one.certificate.extended_key_usages
            ),
        ),
    ),
)

REGISTRATION_SIGNER: Final = CertificateProfile(
    "registration", "signer of registration certificates", (*ALWAYS, *SIGNER, OF_AN_ORGANISATION)
)

LIST_SIGNER: Final = CertificateProfile(
    "list",
    "signer of lists of trusted entities",
    (
        *ALWAYS,
        *SIGNER[:5],
        CertificateRule(
            "LIST-SUBJECT",
            "ETSI TS 119 612 §5.7.1",
            "its subject has the country of the scheme and the name of its operator",
            "a reader cannot see that the operator of the list signed it",
            "subject with C (EU for the lists of the Commission) and O",
            lambda one: bool(one.certificate.subject.country and one.certificate.subject.organization),
        ),
        CertificateRule(
            "LIST-EKU",
            "ETSI TS 119 612 §5.7.1",
            f"it has extended key usage {LIST_SIGNING}",
            "a strict reader wants a key that signs lists alone",
            f"add extendedKeyUsage {LIST_SIGNING}",
            lambda one: LIST_SIGNING in one.certificate.extended_key_usages,
            advice=True,
        ),
    ),
)

AUTHORITY: Final = CertificateProfile(
    "authority",
    "authority",
    (
        *ALWAYS,
        CertificateRule(
            "CA-BASIC",
            "RFC 5280 §4.2.1.9",
            "basicConstraints is critical, CA:TRUE",
            "a wallet does not take it as an authority",
            "set basicConstraints CA:TRUE, critical",
            lambda one: one.certificate.is_ca and BASIC_CONSTRAINTS in one.has.critical,
        ),
        CertificateRule(
            "CA-KEY-USAGE",
            "RFC 5280 §4.2.1.3",
            "keyUsage is critical, with keyCertSign and cRLSign",
            "a wallet refuses what it issued, or its revocation lists",
            "set keyUsage keyCertSign, cRLSign, critical",
            lambda one: {"key_cert_sign", "crl_sign"} <= one.has.key_usages and KEY_USAGE in one.has.critical,
        ),
        CertificateRule(
            "CA-SUBJECT",
            "ETSI EN 319 412-2 §4.2.3",
            "its subject says which organisation it is",
            "a wallet cannot say who vouches",
            "subject with CN, C, O and organizationIdentifier",
            lambda one: names_an_organisation(one.certificate),
            advice=True,
        ),
    ),
)
