"""What a party registered, the certificates made from it, and the check of a request against them."""

from nlwallet.registration.access_certificate import (
    acting_for,
    contact_uris,
    issue_wrpac,
    service_of,
    trade_name_of,
)
from nlwallet.registration.access_certificate_check import ACCESS
from nlwallet.registration.binding import by_intermediary, why_unbound
from nlwallet.registration.certificate_kinds import CERTIFICATE_PROFILES, meant_for
from nlwallet.registration.certificates import RelyingPartyCertificates
from nlwallet.registration.check import RegistrationCheck, check_registration, check_revocation
from nlwallet.registration.disclosure_policy import AuthorizedParty, DisclosurePolicy, TrustedRoot
from nlwallet.registration.entitlement import (
    PROVIDER_ENTITLEMENTS,
    PROVIDERS,
    SERVICE_PROVIDER,
    Entitlement,
    entitlement_uri,
    provider_entitlements,
)
from nlwallet.registration.intended_use import IntendedUse, RegisteredCredential, Retention
from nlwallet.registration.over_asking import OverAsked, over_asked
from nlwallet.registration.part import CredentialType, LocalizedText
from nlwallet.registration.provider_check import (
    DOUBTFUL,
    UNSHOWN,
    Offered,
    ProviderCheck,
    ProviderReason,
    check_provider,
)
from nlwallet.registration.reader_registration import ReaderRegistration
from nlwallet.registration.record import RelyingPartyRecord, SupervisoryAuthority
from nlwallet.registration.registration_certificate import NamedIntermediary, RegistrationCertificate
from nlwallet.registration.registration_certificate_envelope import octets_of
from nlwallet.registration.registration_certificate_issuance import issue_provider_wrprc, issue_wrprc
from nlwallet.registration.registration_certificate_verification import verify_wrprc
from nlwallet.registration.request_check import (
    RequestCheck,
    StatusLists,
    check_request,
    reason_code,
    told,
)
from nlwallet.registration.service import MAIN_SERVICE, Service, ServiceReference, UsedIntermediary

__all__ = [
    "ACCESS",
    "CERTIFICATE_PROFILES",
    "DOUBTFUL",
    "MAIN_SERVICE",
    "PROVIDERS",
    "PROVIDER_ENTITLEMENTS",
    "SERVICE_PROVIDER",
    "UNSHOWN",
    "AuthorizedParty",
    "CredentialType",
    "DisclosurePolicy",
    "Entitlement",
    "IntendedUse",
    "LocalizedText",
    "NamedIntermediary",
    "Offered",
    "OverAsked",
    "ProviderCheck",
    "ProviderReason",
    "ReaderRegistration",
    "RegisteredCredential",
    "RegistrationCertificate",
    "RegistrationCheck",
    "RelyingPartyCertificates",
    "RelyingPartyRecord",
    "RequestCheck",
    "Retention",
    "Service",
    "ServiceReference",
    "StatusLists",
    "SupervisoryAuthority",
    "TrustedRoot",
    "UsedIntermediary",
    "acting_for",
    "by_intermediary",
    "check_provider",
    "check_registration",
    "check_request",
    "check_revocation",
    "contact_uris",
    "entitlement_uri",
    "issue_provider_wrprc",
    "issue_wrpac",
    "issue_wrprc",
    "meant_for",
    "octets_of",
    "over_asked",
    "provider_entitlements",
    "reason_code",
    "service_of",
    "told",
    "trade_name_of",
    "verify_wrprc",
    "why_unbound",
]
