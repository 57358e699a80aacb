"""What a relying party registered, the certificates made from it, and the check of a request against them."""

from nlwallet.registration.access_certificate import issue_wrpac
from nlwallet.registration.certificates import RelyingPartyCertificates
from nlwallet.registration.check import RegistrationCheck, check_registration, check_revocation
from nlwallet.registration.over_asking import OverAsked, over_asked
from nlwallet.registration.record import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.registration.registration_certificate import RegistrationCertificate, issue_wrprc, verify_wrprc

__all__ = [
    "IntendedUse",
    "LocalizedText",
    "OverAsked",
    "RegisteredCredential",
    "RegistrationCertificate",
    "RegistrationCheck",
    "RelyingPartyCertificates",
    "RelyingPartyRecord",
    "Retention",
    "SupervisoryAuthority",
    "check_registration",
    "check_revocation",
    "issue_wrpac",
    "issue_wrprc",
    "over_asked",
    "verify_wrprc",
]
