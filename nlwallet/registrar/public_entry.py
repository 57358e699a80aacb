"""What anybody may see of one party: its record, where it stands, its certificates, and what changed (ARF Reg_04)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from nlwallet.crypto import Certificate
from nlwallet.registrar.change_log import Change
from nlwallet.registrar.entry import Entry
from nlwallet.registration import RelyingPartyRecord, service_of

CertificateState: TypeAlias = Literal["valid", "revoked", "expired"]


@dataclass(frozen=True, slots=True)
class PublicCertificate:
    """An access certificate of the party, and how it stands now."""

    certificate: Certificate
    state: CertificateState

    @property
    def service_id(self) -> str:
        """The service that it is for."""
        return service_of(self.certificate)


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """One party. ``record`` is ``None`` when its registration does not stand: then only that is told."""

    identifier: str
    state: Literal["active", "suspended", "cancelled"]
    registered_at: int
    record: RelyingPartyRecord | None
    certificates: tuple[PublicCertificate, ...]
    registrations: Mapping[tuple[str, str], str]
    """The newest registration certificates, by service and intended use."""
    changes: tuple[Change, ...]
    """Oldest first; the reasons are the registrar's own, and left out."""

    def certificate(self, name: str) -> Certificate | None:
        """The access certificate with that SHA-256 hash, in hexadecimal."""
        return next(
            (one.certificate for one in self.certificates if one.certificate.sha256().hex() == name), None
        )


def public_entry(
    entry: Entry, changes: Iterable[Change], revoked_serials: Collection[int], *, now: int
) -> PublicEntry:
    """The public side of ``entry``; ``changes`` are all those of the register."""
    identifier, active = entry.record.identifier, entry.state == "active"
    return PublicEntry(
        identifier=identifier,
        state=entry.state,
        registered_at=entry.registered_at,
        record=entry.record if active else None,
        certificates=tuple(
            PublicCertificate(one.access_chain.leaf, _state(one.access_chain.leaf, revoked_serials, now))
            for one in reversed(entry.issued)
        ),
        registrations={
            (issued.service.id, use): token
            for issued in entry.issued
            if active and issued.record == entry.record
            for use, token in issued.registration_certificates.items()
        },
        changes=tuple(
            Change(one.at, one.identifier, one.what, one.pointers)
            for one in changes
            if one.identifier == identifier
        ),
    )


def _state(certificate: Certificate, revoked_serials: Collection[int], now: int) -> CertificateState:
    if certificate.serial in revoked_serials:
        return "revoked"
    return "valid" if now <= certificate.not_after else "expired"
