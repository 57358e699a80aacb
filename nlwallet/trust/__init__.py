"""Whom to trust, and for what."""

from nlwallet.trust.anchors import Anchors, Category, TrustAnchors
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
from nlwallet.trust.trusted_lists import TrustedLists

__all__ = [
    "ACCESS_AUTHORITIES",
    "EU",
    "LIST_KINDS",
    "MAX_LOTE_BYTES",
    "NOTIFIED",
    "PID_PROVIDERS",
    "PUB_EAA_PROVIDERS",
    "REGISTRATION_CERTIFICATE_PROVIDERS",
    "WALLET_PROVIDERS",
    "WITHDRAWN",
    "Anchors",
    "Category",
    "ListKind",
    "ListOfTrustedEntities",
    "TrustAnchors",
    "TrustedEntity",
    "TrustedLists",
    "TrustedService",
    "sign_lote",
    "verify_lote",
]
