"""A certificate for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nlwallet.crypto import Certificate


def certificate_parts(certificate: Certificate) -> dict[str, Any]:
    """What a certificate says, without what it leaves out."""
    subject = certificate.subject
    members = {
        "common_name": subject.common_name,
        "organization": subject.organization,
        "organization_identifier": subject.organization_identifier,
        "country": subject.country,
        "issuer": certificate.issuer_name,
        "valid_from": time_of(certificate.not_before),
        "valid_until": time_of(certificate.not_after),
        "dns_names": list(certificate.san_dns),
        "uris": list(certificate.san_uris),
        "extended_key_usages": list(certificate.extended_key_usages),
        "policies": list(certificate.policies),
        "is_ca": certificate.is_ca,
        "self_signed": certificate.is_self_signed,
        "x509_hash": "x509_hash:" + certificate.x509_hash(),
    }
    return {name: value for name, value in members.items() if value not in ("", [], None)}


def time_of(seconds: int) -> str:
    """A moment in seconds since the epoch, as people read it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return "outside the calendar"
