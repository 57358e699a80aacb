"""What a party holds once it is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nlwallet.crypto import CertificateChain
from nlwallet.errors import LocalError
from nlwallet.registration.access_certificate import acting_for
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
    """Intended use id → WRPRC: a compact JWT, or a CWT in base64url."""
    provider_certificate: str | None = None
    """The compact WRPRC that says which attestations the service issues (RPRC_13), if it does."""
    service_id: str | None = None
    """Which service it is; ``None`` for the first."""
    others: Mapping[str, RelyingPartyCertificates] = field(default_factory=dict)
    """The sets of the other services, over the same key, by service id."""
    intermediary: RelyingPartyRecord | None = None
    """Whose access certificate it is, where somebody else asks for the party of ``record`` (RPI_06)."""

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

    def asking_for(
        self,
        served: RelyingPartyRecord,
        registration_certificates: Mapping[str, str],
        *,
        service_id: str | None = None,
    ) -> RelyingPartyCertificates:
        """The set with which this intermediary asks for ``served``: its own access certificate, their registrations.

        The registration certificates are those of one service of ``served``, by intended use. Raises
        :class:`~nlwallet.errors.LocalError` for a party that did not register this service as its intermediary, and
        when the access certificate is for another party (Reg_34a).
        """
        used, service = served.uses_intermediary, served.service(service_id)
        if used is None or (used.identifier, used.service_id) != (self.record.identifier, self.service.id):
            raise LocalError(
                f"{served.identifier} did not register {self.record.identifier} as its intermediary",
                spec="ARF RPI_03",
                hint="register it with uses_intermediary",
            )
        if acting_for(self.access_chain.leaf) != (served.identifier, service.id):
            raise LocalError(
                "the access certificate is not one for asking for this party and service",
                spec="ARF Reg_34a",
                hint="certify(…, acting_for=ServiceReference(…))",
            )
        return replace(
            self,
            record=served,
            registration_certificates=dict(registration_certificates),
            provider_certificate=None,
            service_id=service.id,
            others={},
            intermediary=self.record,
        )
