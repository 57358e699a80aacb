"""Whom to trust, and for what."""

from nlwallet.trust.anchors import PID_TYPES, Anchors, Category, TrustAnchors
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
from nlwallet.trust.trusted_entity import TrustedEntity, TrustedService
from nlwallet.trust.trusted_list_xml import (
    ATTESTATION_SERVICES,
    GrantedService,
    TrustedListXml,
    verify_trusted_list_xml,
)
from nlwallet.trust.trusted_lists import TrustedLists

__all__ = [
    "ACCESS_AUTHORITIES",
    "ATTESTATION_SERVICES",
    "EU",
    "LIST_KINDS",
    "MAX_LOTE_BYTES",
    "NOTIFIED",
    "PID_PROVIDERS",
    "PID_TYPES",
    "PUB_EAA_PROVIDERS",
    "REGISTRATION_CERTIFICATE_PROVIDERS",
    "WALLET_PROVIDERS",
    "WITHDRAWN",
    "Anchors",
    "Category",
    "GrantedService",
    "ListKind",
    "ListOfTrustedEntities",
    "TrustAnchors",
    "TrustedEntity",
    "TrustedListXml",
    "TrustedLists",
    "TrustedService",
    "sign_lote",
    "verify_lote",
    "verify_trusted_list_xml",
]
