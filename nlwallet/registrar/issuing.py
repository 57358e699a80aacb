"""The two offices that issue: the access authority, and the provider of registration certificates."""

from __future__ import annotations

from typing import Final

from nlwallet.crypto import Certificate, CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.registrar.entry import Instance
from nlwallet.registrar.revocations import Revocations
from nlwallet.registration import (
    RelyingPartyCertificates,
    RelyingPartyRecord,
    Service,
    issue_provider_wrprc,
    issue_wrpac,
    issue_wrprc,
)
from nlwallet.status import sign_status_list_token
from nlwallet.trust import ANY_POLICY, create_authority, issue_signer

STATUS_LIST_LIFETIME: Final = 3600
STATUS_LIST_TTL: Final = 300
SIGNER_LIFETIME_DAYS: Final = 730
REGISTRAR_IDENTIFIER: Final = "NTRNL-90000097"
MAX_REGISTRATION_DAYS: Final = 365


def new_access_authority(base_url: str, *, now: int, country: str = "NL") -> CertificateAuthority:
    """An access certificate authority for the registrar at ``base_url``."""
    return _new_authority("Test Access CA", f"{base_url}/access-ca", now, country)


def new_registration_authority(base_url: str, *, now: int, country: str = "NL") -> CertificateAuthority:
    """An authority above who signs registration certificates for the registrar at ``base_url``."""
    return _new_authority("Test Registration CA", f"{base_url}/registration-ca", now, country)


def _new_authority(name: str, url: str, now: int, country: str) -> CertificateAuthority:
    return create_authority(
        name,
        url=url,
        organization="Testregister",
        organization_identifier=REGISTRAR_IDENTIFIER,
        country=country,
        now=now,
        policies=(ANY_POLICY,),
    )


class CertificateOffice:
    """Issues certificates and revokes them. Whoever owns it sees to the order of threads."""

    def __init__(
        self,
        base_url: str,
        now: int,
        *,
        access: CertificateAuthority,
        registration: CertificateAuthority,
    ) -> None:
        self.base_url = base_url
        self.status_list_uri = f"{base_url}/status-lists/1"
        self.revocations = Revocations(self.status_list_uri)
        self._access = access
        self._access_open = True
        self._registration = registration
        self._registration_open = True
        self._signer = PrivateKey.generate()
        self._signer_chain = issue_signer(
            "registration",
            self._signer.public,
            Subject(
                "Test Registration Certificate Provider",
                country="NL",
                organization="Testregister",
                organization_identifier=REGISTRAR_IDENTIFIER,
            ),
            authority=registration,
            url=f"{base_url}/registration-ca",
            now=now,
            days=SIGNER_LIFETIME_DAYS,
        )

    @property
    def access_anchor(self) -> Certificate:
        """The certificate of the access authority."""
        return self._access.certificate

    @property
    def registration_anchor(self) -> Certificate:
        """The certificate of the authority above who signs registration certificates."""
        return self._registration.certificate

    def issue(
        self, record: RelyingPartyRecord, instance: Instance, *, now: int, days: int
    ) -> RelyingPartyCertificates:
        """All certificates of one instance. Raises :class:`~nlwallet.errors.LocalError` when an office is closed."""
        if not self._access_open:
            raise LocalError("the access authority was cancelled", spec="ARF RPACANot_06")
        service = record.service(instance.service_id)
        # The access certificate first: it must exist before the registration certificate (REG-6.2.2.2-03).
        access_chain = issue_wrpac(
            record,
            instance.public_key,
            authority=self._access,
            now=now,
            dns_names=instance.dns_names,
            registrar_url=self.base_url,
            days=1 if instance.short_lived else days,
            service_id=service.id,
            acting_for=instance.acting_for,
            short_lived=instance.short_lived,
        )
        self.revocations.note_access_certificate(record.identifier, access_chain.leaf.serial)
        if instance.acting_for is not None:
            self.revocations.note_access_certificate_for(
                instance.acting_for.identifier, access_chain.leaf.serial
            )
        return RelyingPartyCertificates(
            record=record,
            access_chain=access_chain,
            registration_certificates=self.registrations(record, service, now=now, days=days),
            provider_certificate=self._provider(record, service, now=now, days=days),
            service_id=service.id,
        )

    def registrations(
        self, record: RelyingPartyRecord, service: Service, *, now: int, days: int
    ) -> dict[str, str]:
        """A registration certificate for each intended use of a service (RPRC_09)."""
        self._check_registration_open()
        return {
            use: issue_wrprc(
                record,
                use,
                service_id=service.id,
                key=self._signer,
                chain=self._signer_chain,
                now=now,
                days=min(days, MAX_REGISTRATION_DAYS),
                status=self.revocations.new_status(record.identifier),
                registry_uri=self.base_url,
            )
            for use in service.intended_uses
        }

    def _provider(self, record: RelyingPartyRecord, service: Service, *, now: int, days: int) -> str | None:
        """The one registration certificate of a service that issues (RPRC_13)."""
        self._check_registration_open()
        if not service.provides_attestations:
            return None
        return issue_provider_wrprc(
            record,
            service.id,
            key=self._signer,
            chain=self._signer_chain,
            now=now,
            days=min(days, MAX_REGISTRATION_DAYS),
            status=self.revocations.new_status(record.identifier),
            registry_uri=self.base_url,
        )

    @property
    def access_open(self) -> bool:
        """Whether access certificates are issued."""
        return self._access_open

    @property
    def registration_open(self) -> bool:
        """Whether registration certificates are issued."""
        return self._registration_open

    def forget(self) -> None:
        """Begin with nothing revoked, and both authorities open."""
        self.revocations = Revocations(self.status_list_uri)
        self._access_open = self._registration_open = True

    def restore(self, *, access_open: bool, registration_open: bool) -> None:
        """Take over which authorities were stopped; what they issued is revoked already."""
        self._access_open, self._registration_open = access_open, registration_open

    def close_access_authority(self, *, now: int) -> None:
        """Issue no more access certificates, and revoke those there are."""
        self._access_open = False
        self.revocations.revoke_all_access_certificates(now=now)

    def close_registration_authority(self) -> None:
        """Issue no more registration certificates, and revoke those there are."""
        self._registration_open = False
        self.revocations.revoke_all_registration_certificates()

    def status_list_token(self, *, now: int) -> str:
        """The signed status list of all registration certificates."""
        return sign_status_list_token(
            self.revocations.statuses,
            uri=self.status_list_uri,
            key=self._signer,
            chain=self._signer_chain,
            now=now,
            expires_at=now + STATUS_LIST_LIFETIME,
            ttl=STATUS_LIST_TTL,
        )

    def access_revocation_list(self, *, now: int) -> bytes:
        """The CRL of the access authority, in DER."""
        since = self.revocations.revoked_at
        return self._access.revocation_list(sorted(since), now=now, since=since)

    def registration_revocation_list(self, *, now: int) -> bytes:
        """The CRL of the authority above who signs registration certificates, in DER."""
        return self._registration.revocation_list((), now=now)

    def _check_registration_open(self) -> None:
        if not self._registration_open:
            raise LocalError("the registration authority was cancelled", spec="ARF RPACANot_07")
