"""The registrar: enters parties once, vouches for them with two kinds of certificates, and can take it back.

It plays three offices that are separate in real life: the national register, the access certificate authority,
and the provider of registration certificates. Each has its own key.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

from starlette.applications import Starlette

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, CertificateAuthority, PublicKey
from nlwallet.errors import LocalError
from nlwallet.registrar.change_log import Change, ChangeLog
from nlwallet.registrar.entry import Entry, Instance
from nlwallet.registrar.face import QUALIFIED_LIST, face
from nlwallet.registrar.issuing import (
    CertificateOffice,
    new_access_authority,
    new_registration_authority,
)
from nlwallet.registrar.kept_register import KeptRegister, RegisterState
from nlwallet.registrar.list_publisher import ACCESS_AUTHORITY, REGISTRATION_AUTHORITY, open_lists
from nlwallet.registrar.public_entry import PublicEntry, public_entry
from nlwallet.registrar.signed_answers import AnswerSigner
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord, ServiceReference
from nlwallet.trust import (
    ACCESS_AUTHORITIES,
    REGISTRATION_CERTIFICATE_PROVIDERS,
    ListKind,
)


class Registrar:
    """A register of parties and what it issues. Safe to use from several threads.

    ``write_key``: who shows it may register, change and cancel over HTTP; without one nobody may. ``kept`` is where
    another start, with the same authorities, finds what this one knew.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        base_url: str,
        access_authority: CertificateAuthority,
        registration_authority: CertificateAuthority,
        write_key: str | None = None,
        kept: KeptRegister | None = None,
    ) -> None:
        if not base_url.startswith("https://"):
            raise LocalError("a register is read over a secure channel", spec="ARF Reg_04", hint="https://…")
        self._clock = clock
        self.base_url = base_url
        self._office = CertificateOffice(
            base_url, clock.now(), access=access_authority, registration=registration_authority
        )
        self._entries: dict[str, Entry] = {}
        self._log = ChangeLog()
        self._readable = True
        self._lock = threading.RLock()
        self._steps = 0
        self._kept = kept
        self.restored: set[str] = set()
        """The identifiers that an earlier start has left; whoever registers one of them again takes it out."""
        self.answers = AnswerSigner(base_url)
        """Signs what the register answers over HTTP."""
        self.lists = open_lists(
            clock, base_url, access=self.access_anchor, registration=self.registration_anchor
        )
        """The lists of trusted entities: this registrar's own authorities, and whoever is notified."""
        self.qualified = self.lists.qualified(website=base_url)
        """The national list of qualified attestation providers, in XML; it needs the extra ``trusted-lists``."""
        self._restore()
        self.app: Starlette = face(self, write_key=write_key)
        """The public face: the register, the status list, and the access authority's certificate and CRL."""

    @classmethod
    def create(
        cls, *, clock: Clock, base_url: str, country: str = "NL", write_key: str | None = None
    ) -> Registrar:
        """A registrar with authorities of its own, made on the spot."""
        now = clock.now()
        return cls(
            clock=clock,
            base_url=base_url,
            access_authority=new_access_authority(base_url, now=now, country=country),
            registration_authority=new_registration_authority(base_url, now=now, country=country),
            write_key=write_key,
        )

    @property
    def access_anchor(self) -> Certificate:
        """The anchor of access certificates (category ``ACCESS_CA``)."""
        return self._office.access_anchor

    @property
    def registration_anchor(self) -> Certificate:
        """The anchor of registration certificates and of their status list."""
        return self._office.registration_anchor

    # Registration ---------------------------------------------------------------------------------

    @property
    def changes(self) -> tuple[Change, ...]:
        """The log, oldest first (Reg_09)."""
        return tuple(self._log)

    def register(
        self,
        record: RelyingPartyRecord,
        public_key: PublicKey,
        *,
        dns_names: Sequence[str],
        days: int = 365,
        short_lived: bool = False,
    ) -> RelyingPartyCertificates:
        """Enter a party and issue its certificates over ``public_key``; its private key stays with the party.

        The certificates are those of its first service; those of the others go with them, over the same key
        (:meth:`RelyingPartyCertificates.for_service`). ``dns_names`` are the hosts of its request and response
        URIs. With ``short_lived`` the access certificate lives a day and needs no revocation; :meth:`renew` it every
        day. Raises :class:`~nlwallet.errors.LocalError` if the identifier is registered already.
        """
        _check_hosts(dns_names)
        with self._changing():
            self.enter(record)
            sets = {
                service.id: self.certify(
                    record.identifier,
                    public_key,
                    dns_names=dns_names,
                    service_id=service.id,
                    days=days,
                    short_lived=short_lived,
                )
                for service in record.services
            }
        first = record.services[0].id
        return replace(sets[first], others={name: one for name, one in sets.items() if name != first})

    def enter(self, record: RelyingPartyRecord) -> None:
        """Enter a party that gets its certificates later, with :meth:`certify`.

        Raises :class:`~nlwallet.errors.LocalError` if the identifier is registered already, and for a party
        whose intermediary is registered here as something else.
        """
        with self._changing():
            known = self._entries.get(record.identifier)
            if known is not None and known.state != "cancelled":
                raise LocalError(
                    f"{record.identifier} is registered already",
                    hint="renew() or update() it, or register another identifier",
                )
            self._check_intermediary(record)
            self._entries[record.identifier] = Entry(record, self._clock.now())
            self._log.add(self._clock.now(), record.identifier, "registered")

    def certify(
        self,
        identifier: str,
        public_key: PublicKey,
        *,
        dns_names: Sequence[str],
        service_id: str | None = None,
        acting_for: ServiceReference | None = None,
        days: int = 365,
        short_lived: bool = False,
    ) -> RelyingPartyCertificates:
        """Certificates for an instance of a registered party, over a key of its own and for one service.

        ``acting_for`` is the party for which an intermediary asks with it (Reg_34a). Raises
        :class:`~nlwallet.errors.LocalError`.
        """
        _check_hosts(dns_names)
        with self._changing():
            entry = self._active(identifier)
            if acting_for is not None and not entry.record.is_intermediary:
                raise LocalError(f"{identifier} is no intermediary", spec="ARF RPI_01")
            service = entry.record.service(service_id)
            instance = Instance(public_key, tuple(dns_names), service.id, acting_for, short_lived)
            certificates = self._issue(entry, instance, days)
            entry.instances.append(instance)
            self._log.add(self._clock.now(), identifier, "certified", pointers=(f"/services/{service.id}",))
        return certificates

    def registrations_of(
        self, identifier: str, *, service_id: str | None = None, days: int = 365
    ) -> dict[str, str]:
        """Registration certificates alone, by intended use: what an intermediary holds of whom it asks for (RPI_03).

        Raises :class:`~nlwallet.errors.LocalError`.
        """
        with self._changing():
            record = self._active(identifier).record
            service = record.service(service_id)
            return self._office.registrations(record, service, now=self._clock.now(), days=days)

    def certify_intermediary(
        self,
        identifier: str,
        public_key: PublicKey,
        *,
        dns_names: Sequence[str],
        service_id: str | None = None,
        days: int = 365,
    ) -> RelyingPartyCertificates:
        """What the intermediary of a registered party asks with in its place (RPI_06): one set for each service.

        ``public_key`` and ``dns_names`` are those of the intermediary. It gets an access certificate that names the
        party (Reg_34a), and the party's registration certificates. Both must be registered here; else see
        :meth:`RelyingPartyCertificates.asking_for`. Raises :class:`~nlwallet.errors.LocalError`.
        """
        with self._changing():
            record = self._active(identifier).record
            service, used = record.service(service_id), record.uses_intermediary
            if used is None:
                raise LocalError(f"{identifier} uses no intermediary", spec="ARF RPI_03")
            own = self.certify(
                used.identifier,
                public_key,
                dns_names=dns_names,
                service_id=used.service_id,
                acting_for=ServiceReference(identifier=identifier, service_id=service.id),
                days=days,
            )
            registrations = self.registrations_of(identifier, service_id=service.id, days=days)
        return own.asking_for(record, registrations, service_id=service.id)

    def issued_to(self, identifier: str, public_key: PublicKey) -> RelyingPartyCertificates | None:
        """The newest certificates of a party over that key, those of its other services with them.

        ``None`` if there are none. Those of a party that was stopped are revoked.
        """
        with self._lock:
            entry = self._entries.get(identifier)
            if entry is None:
                return None
            newest = {
                one.service.id: one
                for one in entry.issued
                if one.access_chain.leaf.public_key == public_key and one.record == entry.record
            }
        if not newest:
            return None
        first = next(iter(newest))
        return replace(newest[first], others={name: one for name, one in newest.items() if name != first})

    def renew(self, identifier: str, *, days: int = 365) -> RelyingPartyCertificates:
        """Issue all certificates again from the record. The old ones stay valid until they expire.

        Those of the first instance come back. Raises :class:`~nlwallet.errors.LocalError`.
        """
        with self._changing():
            entry = self._active(identifier)
            certificates = self._issue_all(entry, days)
            self._log.add(self._clock.now(), identifier, "renewed")
        return certificates[0]

    def update(
        self, record: RelyingPartyRecord, *, days: int = 365, reason: str = ""
    ) -> tuple[RelyingPartyCertificates, ...]:
        """Put ``record`` in the place of the one with its identifier (Reg_07); new certificates for each instance.

        The old certificates say what is no longer so, and are revoked. An instance whose service is gone gets
        none. Raises :class:`~nlwallet.errors.LocalError`.
        """
        with self._changing():
            entry = self._active(record.identifier)
            if entry.record == record:
                return ()
            self._check_intermediary(record)
            self._log.compare(
                self._clock.now(),
                record.identifier,
                entry.record.model_dump(mode="json", exclude_none=True),
                record.model_dump(mode="json", exclude_none=True),
                reason=reason,
            )
            self._office.revocations.revoke(record.identifier)
            entry.record = record
            services = {service.id for service in record.services}
            entry.instances = [one for one in entry.instances if one.service_id in services]
            return self._issue_all(entry, days)

    def suspend(self, identifier: str, *, reason: str = "") -> None:
        """Stop a party for now (Reg_20a, Reg_22a): its certificates are revoked, its entry is not shown."""
        self._stop(identifier, "suspended", reason)

    def cancel(self, identifier: str, *, reason: str = "") -> None:
        """End a registration (Reg_29): its certificates are revoked, its entry is not shown."""
        self._stop(identifier, "cancelled", reason)

    def resume(
        self, identifier: str, *, days: int = 365, reason: str = ""
    ) -> tuple[RelyingPartyCertificates, ...]:
        """End a suspension. Revocation has no way back, so each instance gets new certificates."""
        with self._changing():
            entry = self._entry(identifier)
            if entry.state != "suspended":
                raise LocalError(f"the registration of {identifier} is not suspended")
            entry.state = "active"
            self._log.add(self._clock.now(), identifier, "resumed", reason=reason)
            return self._issue_all(entry, days)

    # The authorities ------------------------------------------------------------------------------

    def cancel_access_authority(self) -> None:
        """Stop the access authority: off its list, and every access certificate is revoked (RPACANot_06)."""
        with self._changing():
            self._office.close_access_authority()
            self.lists.cancel(ACCESS_AUTHORITIES, ACCESS_AUTHORITY)

    def cancel_registration_authority(self) -> None:
        """Stop the provider of registration certificates: off its list, every one is revoked (RPACANot_07).

        The register can no longer be read.
        """
        with self._changing():
            self._office.close_registration_authority()
            self._readable = False
            self.lists.cancel(REGISTRATION_CERTIFICATE_PROVIDERS, REGISTRATION_AUTHORITY)

    # What the public sees -------------------------------------------------------------------------

    @property
    def readable(self) -> bool:
        """Whether the register may still be read."""
        return self._readable

    def record(self, identifier: str) -> RelyingPartyRecord | None:
        """The record of a party whose registration stands; ``None`` for any other."""
        entry = self._entries.get(identifier)
        return None if entry is None or entry.state != "active" else entry.record

    def look_up(self, identifier: str) -> PublicEntry | None:
        """What anybody may see of one party; of one that was stopped, that it was."""
        with self._lock:
            entry = self._entries.get(identifier)
            if entry is None:
                return None
            return public_entry(
                entry, self._log, self._office.revocations.revoked_serials, now=self._clock.now()
            )

    def entries(self) -> tuple[tuple[RelyingPartyRecord, int], ...]:
        """All records that stand and since when, by identifier."""
        with self._lock:
            active = [entry for entry in self._entries.values() if entry.state == "active"]
        return tuple(
            (entry.record, entry.registered_at)
            for entry in sorted(active, key=lambda entry: entry.record.identifier)
        )

    def status_list_token(self) -> str:
        """The signed status list of all registration certificates, good for an hour."""
        with self._lock:
            return self._office.status_list_token(now=self._clock.now())

    @property
    def status_list_uri(self) -> str:
        """Where the status list is."""
        return self._office.status_list_uri

    def access_revocation_list(self) -> bytes:
        """The CRL of the access authority, in DER."""
        with self._lock:
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

    # ----------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One change after the other; the outermost is kept when it has ended."""
        with self._lock:
            self._steps += 1
            try:
                yield
            finally:
                self._steps -= 1
            if self._kept is not None and not self._steps:
                self._kept.put(self._state().write())

    def _state(self) -> RegisterState:
        return RegisterState(
            self._entries,
            tuple(self._log),
            self._office.revocations.as_json(),
            self._office.access_open,
            self._office.registration_open,
        )

    def _restore(self) -> None:
        before = None if self._kept is None else self._kept.get()
        if before is None:
            return
        state = RegisterState.read(before)
        self._entries.update(state.entries)
        self.restored.update(state.entries)
        self._log = ChangeLog(state.changes)
        self._office.revocations.restore(state.revocations)
        if not state.access_open:
            self.cancel_access_authority()
        if not state.registration_open:
            self.cancel_registration_authority()

    def _issue_all(self, entry: Entry, days: int) -> tuple[RelyingPartyCertificates, ...]:
        return tuple(self._issue(entry, instance, days) for instance in entry.instances)

    def _issue(self, entry: Entry, instance: Instance, days: int) -> RelyingPartyCertificates:
        now = self._clock.now()
        return entry.remember(self._office.issue(entry.record, instance, now=now, days=days))

    def _stop(self, identifier: str, state: Literal["suspended", "cancelled"], reason: str) -> None:
        with self._changing():
            entry = self._entry(identifier)
            if entry.state in (state, "cancelled"):
                return
            entry.state = state
            self._office.revocations.revoke(identifier)
            self._office.revocations.revoke_those_for(identifier)
            self._log.add(self._clock.now(), identifier, state, reason=reason)

    def _entry(self, identifier: str) -> Entry:
        entry = self._entries.get(identifier)
        if entry is None:
            raise LocalError(f"{identifier} is not registered")
        return entry

    def _active(self, identifier: str) -> Entry:
        entry = self._entry(identifier)
        if entry.state != "active":
            raise LocalError(
                f"the registration of {identifier} was {entry.state}",
                hint="resume() it" if entry.state == "suspended" else "register it again",
            )
        return entry

    def _check_intermediary(self, record: RelyingPartyRecord) -> None:
        """One that is registered elsewhere is taken at the evidence; one that is registered here must be one."""
        used = record.uses_intermediary
        known = self.record(used.identifier) if used else None
        if used and known and not known.is_intermediary:
            raise LocalError(
                f"{used.identifier} is no intermediary", spec="ARF RPI_01", pointer="/uses_intermediary"
            )
        if used and known:
            known.service(used.service_id)


def _check_hosts(dns_names: Sequence[str]) -> None:
    if not dns_names:
        raise LocalError("a relying party has one host at least", hint="dns_names=('shop.example',)")
