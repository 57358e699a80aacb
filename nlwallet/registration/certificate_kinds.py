"""Every certificate profile by its name, and which of them a certificate seems to be meant for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.crypto.extensions import EXTENDED_KEY_USAGE, extensions_of
from nlwallet.mdoc import DOCUMENT_SIGNER, READER_AUTHENTICATION
from nlwallet.profiles import NL_WALLET_STATUS_SIGNING
from nlwallet.registration.access_certificate_check import ACCESS, ACCESS_POLICIES
from nlwallet.trust import (
    ATTESTATION_PROVIDER,
    AUTHORITY,
    DOCUMENT_SIGNER_PROFILE,
    IACA,
    LIST_SIGNER,
    LIST_SIGNING,
    NL_WALLET_ATTESTATION_SIGNING,
    PID_PROVIDER,
    QCT_PID,
    QCT_WALLET,
    READER,
    REGISTRATION_SIGNER,
    STATUS_SIGNER,
    WALLET_PROVIDER,
    CertificateProfile,
)

CERTIFICATE_PROFILES: Final[Mapping[str, CertificateProfile]] = {
    one.name: one
    for one in (
        ACCESS,
        PID_PROVIDER,
        ATTESTATION_PROVIDER,
        DOCUMENT_SIGNER_PROFILE,
        READER,
        STATUS_SIGNER,
        WALLET_PROVIDER,
        REGISTRATION_SIGNER,
        LIST_SIGNER,
        IACA,
        AUTHORITY,
    )
}
"""By name."""

_BY_USAGE: Final = {
    DOCUMENT_SIGNER: DOCUMENT_SIGNER_PROFILE,
    READER_AUTHENTICATION: READER,
    NL_WALLET_STATUS_SIGNING: STATUS_SIGNER,
    NL_WALLET_ATTESTATION_SIGNING: WALLET_PROVIDER,
    LIST_SIGNING: LIST_SIGNER,
}


def meant_for(certificate: Certificate) -> CertificateProfile | None:
    """The profile that fits what a certificate says of itself; ``None`` when it says nothing of the kind."""
    if certificate.is_ca:
        return AUTHORITY
    has = extensions_of(certificate)
    if not ACCESS_POLICIES.isdisjoint(certificate.policies):
        return ACCESS
    if QCT_PID in has.qc_types:
        return PID_PROVIDER
    if QCT_WALLET in has.qc_types:
        return WALLET_PROVIDER
    if DOCUMENT_SIGNER in certificate.extended_key_usages and EXTENDED_KEY_USAGE not in has.critical:
        return ATTESTATION_PROVIDER  # of a document signer it is critical (ISO/IEC 18013-5 §B.1.4)
    return next((_BY_USAGE[usage] for usage in certificate.extended_key_usages if usage in _BY_USAGE), None)
