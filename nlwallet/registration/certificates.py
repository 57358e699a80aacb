"""What a party holds once it is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlwallet.crypto import CertificateChain
from nlwallet.errors import LocalError
from nlwallet.registration.record import RelyingPartyRecord
from nlwallet.registration.service import Service


@dataclass(frozen=True)
class RelyingPartyCertificates:
    """What a registrar hands out for one service: an access certificate, and a registration certificate for each use.

    An instance of a relying party works with one such set, so that both always name the same service (RPRC_10).
    """

    record: RelyingPartyRecord
    access_chain: CertificateChain
    registration_certificates: dict[str, str] = field(default_factory=dict)
    """Intended use id → compact WRPRC."""
    provider_certificate: str | None = None
    """The compact WRPRC that says which attestations the service issues (RPRC_13), if it does."""
    service_id: str | None = None
    """Which service it is; ``None`` for the first."""
    others: Mapping[str, RelyingPartyCertificates] = field(default_factory=dict)
    """The sets of the other services, over the same key, by service id."""

    @property
    def service(self) -> Service:
        """The service that these are for."""
        return self.record.service(self.service_id)

    def for_service(self, service_id: str) -> RelyingPartyCertificates:
        """The set of another service. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
        if service_id == self.service.id:
            return self
        try:
            return self.others[service_id]
        except KeyError:
            raise LocalError(f"no certificates for a service {service_id!r}") from None
