"""Whom to trust, and for what."""

from nlwallet.trust.anchors import (
    PID_TYPES,
    Anchors,
    AnchorsByType,
    Category,
    TrustAnchors,
    anchors_for_type,
)
from nlwallet.trust.certificate_issuance import SignerKind, create_authority, issue_signer
from nlwallet.trust.certificate_profile import (
    CertificateProfile,
    CertificateRule,
    Examined,
    RuleResult,
    lives_short,
)
from nlwallet.trust.certificate_profiles import (
    ATTESTATION_PROVIDER,
    AUTHORITY,
    LIST_SIGNER,
    LIST_SIGNING,
    NL_WALLET_ATTESTATION_SIGNING,
    PID_PROVIDER,
    QCT_PID,
    QCT_WALLET,
    REGISTRATION_SIGNER,
    STATUS_SIGNER,
    WALLET_PROVIDER,
)
from nlwallet.trust.certificate_rules import ALWAYS, SIGNER, names_a_person, names_an_organisation
from nlwallet.trust.list_kind import (
    ACCESS_AUTHORITIES,
    LIST_KINDS,
    NOTIFIED,
    PID_PROVIDERS,
    PUB_EAA_PROVIDERS,
    REGISTRATION_CERTIFICATE_PROVIDERS,
    WALLET_PROVIDERS,
    WITHDRAWN,
    ListKind,
)
from nlwallet.trust.lote import EU, MAX_LOTE_BYTES, ListOfTrustedEntities, sign_lote, verify_lote
from nlwallet.trust.mdoc_certificates import DOCUMENT_SIGNER_PROFILE, IACA, READER
from nlwallet.trust.status_anchors import STATUS_CATEGORIES, status_anchors, status_signers
from nlwallet.trust.trusted_entity import TrustedEntity, TrustedService
from nlwallet.trust.trusted_list_xml import (
    ATTESTATION_SERVICES,
    GrantedService,
    TrustedListXml,
    verify_trusted_list_xml,
)
from nlwallet.trust.trusted_list_xml_issuance import QualifiedList, QualifiedProvider, sign_trusted_list_xml
from nlwallet.trust.trusted_lists import TrustedLists
from nlwallet.trust.vical import MAX_VICAL_BYTES, IssuingAuthority, Vical, sign_vical, verify_vical

__all__ = [
    "ACCESS_AUTHORITIES",
    "ALWAYS",
    "ATTESTATION_PROVIDER",
    "ATTESTATION_SERVICES",
    "AUTHORITY",
    "DOCUMENT_SIGNER_PROFILE",
    "EU",
    "IACA",
    "LIST_KINDS",
    "LIST_SIGNER",
    "LIST_SIGNING",
    "MAX_LOTE_BYTES",
    "MAX_VICAL_BYTES",
    "NL_WALLET_ATTESTATION_SIGNING",
    "NOTIFIED",
    "PID_PROVIDER",
    "PID_PROVIDERS",
    "PID_TYPES",
    "PUB_EAA_PROVIDERS",
    "QCT_PID",
    "QCT_WALLET",
    "READER",
    "REGISTRATION_CERTIFICATE_PROVIDERS",
    "REGISTRATION_SIGNER",
    "SIGNER",
    "STATUS_CATEGORIES",
    "STATUS_SIGNER",
    "WALLET_PROVIDER",
    "WALLET_PROVIDERS",
    "WITHDRAWN",
    "Anchors",
    "AnchorsByType",
    "Category",
    "CertificateProfile",
    "CertificateRule",
    "Examined",
    "GrantedService",
    "IssuingAuthority",
    "ListKind",
    "ListOfTrustedEntities",
    "QualifiedList",
    "QualifiedProvider",
    "RuleResult",
    "SignerKind",
    "TrustAnchors",
    "TrustedEntity",
    "TrustedListXml",
    "TrustedLists",
    "TrustedService",
    "Vical",
    "anchors_for_type",
    "create_authority",
    "issue_signer",
    "lives_short",
    "names_a_person",
    "names_an_organisation",
    "sign_lote",
    "sign_trusted_list_xml",
    "sign_vical",
    "status_anchors",
    "status_signers",
    "verify_lote",
    "verify_trusted_list_xml",
    "verify_vical",
]
