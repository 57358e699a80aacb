"""What a relying party holds once it is registered."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlwallet.crypto import CertificateChain
from nlwallet.registration.record import RelyingPartyRecord


@dataclass(frozen=True)
class RelyingPartyCertificates:
    """What a registrar hands out: one access certificate, and a registration certificate for each use."""

    record: RelyingPartyRecord
    access_chain: CertificateChain
    registration_certificates: dict[str, str] = field(default_factory=dict)
    """Intended use id → compact WRPRC."""
