"""What a registrar shows: its anchors, whoever is registered, what was revoked, and where its lists are (Reg_04)."""

from __future__ import annotations

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate
from nlwallet.registrar.change_log import Change
from nlwallet.registrar.contents import RegisterContents
from nlwallet.registrar.face import QUALIFIED_LIST
from nlwallet.registrar.issuing import CertificateOffice
from nlwallet.registrar.public_entry import PublicEntry, public_entry
from nlwallet.registrar.shared_state import SharedState
from nlwallet.registration import RelyingPartyRecord
from nlwallet.trust import ListKind


class ShowsRegister:
    """The part of a :class:`~nlwallet.registrar.Registrar` that changes nothing."""

    base_url: str
    _clock: Clock
    _contents: RegisterContents
    _office: CertificateOffice
    _shared: SharedState

    @property
    def access_anchor(self) -> Certificate:
        """The anchor of access certificates (category ``ACCESS_CA``)."""
        return self._office.access_anchor

    @property
    def registration_anchor(self) -> Certificate:
        """The anchor of registration certificates and of their status list."""
        return self._office.registration_anchor

    @property
    def changes(self) -> tuple[Change, ...]:
        """The log, oldest first (Reg_09)."""
        with self._shared.reading():
            return tuple(self._contents.log)

    @property
    def readable(self) -> bool:
        """Whether the register may still be read."""
        with self._shared.reading():
            return self._office.registration_open

    def record(self, identifier: str) -> RelyingPartyRecord | None:
        """The record of a party whose registration stands; ``None`` for any other."""
        with self._shared.reading():
            entry = self._contents.entries.get(identifier)
            return None if entry is None or entry.state != "active" else entry.record

    def is_revoked(self, certificate: Certificate) -> bool:
        """Whether an access certificate was taken back."""
        with self._shared.reading():
            return certificate.serial in self._office.revocations.revoked_serials

    def look_up(self, identifier: str) -> PublicEntry | None:
        """What anybody may see of one party; of one that was stopped, that it was."""
        with self._shared.reading():
            entry = self._contents.entries.get(identifier)
            if entry is None:
                return None
            return public_entry(
                entry, self._contents.log, self._office.revocations.revoked_serials, now=self._clock.now()
            )

    def entries(self) -> tuple[tuple[RelyingPartyRecord, int], ...]:
        """All records that stand and since when, by identifier."""
        with self._shared.reading():
            active = [entry for entry in self._contents.entries.values() if entry.state == "active"]
        return tuple(
            (entry.record, entry.registered_at)
            for entry in sorted(active, key=lambda entry: entry.record.identifier)
        )

    def status_list_token(self) -> str:
        """The signed status list of all registration certificates, good for an hour."""
        with self._shared.reading():
            return self._office.status_list_token(now=self._clock.now())

    @property
    def status_list_uri(self) -> str:
        """Where the status list is."""
        return self._office.status_list_uri

    def access_revocation_list(self) -> bytes:
        """The CRL of the access authority, in DER."""
        with self._shared.reading():
            return self._office.access_revocation_list(now=self._clock.now())

    def registration_revocation_list(self) -> bytes:
        """The CRL of the registration authority, in DER."""
        return self._office.registration_revocation_list(now=self._clock.now())

    def list_url(self, kind: ListKind) -> str:
        """Where a list of trusted entities is."""
        return f"{self.base_url}/lists/{kind.name}.jwt"

    @property
    def qualified_list_url(self) -> str:
        """Where the national list of qualified attestation providers is (ETSI TS 119 612)."""
        return f"{self.base_url}{QUALIFIED_LIST}"

    def now(self) -> int:
        """The time at the registrar's, in seconds."""
        return self._clock.now()
