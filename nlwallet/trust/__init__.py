"""Whom to trust, and for what."""

from nlwallet.trust.anchors import Category, TrustAnchors
from nlwallet.trust.trusted_lists import TrustedLists

__all__ = ["Category", "TrustAnchors", "TrustedLists"]
