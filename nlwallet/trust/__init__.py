"""Whom to trust, and for what."""

from nlwallet.trust.anchors import Category, TrustAnchors

__all__ = ["Category", "TrustAnchors"]
