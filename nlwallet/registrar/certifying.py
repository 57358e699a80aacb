"""The certificates of who is registered: for each instance and service, for intermediaries, and again when they end."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import replace

from nlwallet.clock import Clock
from nlwallet.crypto import PublicKey
from nlwallet.errors import LocalError
from nlwallet.registrar.contents import RegisterContents
from nlwallet.registrar.entry import Entry, Instance
from nlwallet.registrar.issuing import CertificateOffice
from nlwallet.registrar.shared_state import SharedState
from nlwallet.registration import RelyingPartyCertificates, ServiceReference


class CertifiesParties(ABC):
    """The part of a :class:`~nlwallet.registrar.Registrar` that issues certificates from its entries."""

    _clock: Clock
    _contents: RegisterContents
    _office: CertificateOffice
    _shared: SharedState

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
        check_hosts(dns_names)
        with self._shared.changing():
            entry = self._active(identifier)
            if acting_for is not None and not entry.record.is_intermediary:
                raise LocalError(f"{identifier} is no intermediary", spec="ARF RPI_01")
            service = entry.record.service(service_id)
            instance = Instance(public_key, tuple(dns_names), service.id, acting_for, short_lived)
            certificates = self._issue(entry, instance, days)
            if instance not in entry.instances:
                entry.instances.append(instance)
            self._contents.log.add(
                self._clock.now(), identifier, "certified", pointers=(f"/services/{service.id}",)
            )
        return certificates

    def registrations_of(
        self, identifier: str, *, service_id: str | None = None, days: int = 365
    ) -> dict[str, str]:
        """Registration certificates alone, by intended use: what an intermediary holds of whom it asks for (RPI_03).

        Raises :class:`~nlwallet.errors.LocalError`.
        """
        with self._shared.changing():
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
        with self._shared.changing():
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
            certificates = own.asking_for(record, registrations, service_id=service.id)
            return self._entry(identifier).remember_intermediary(certificates)

    def issued_to_intermediary(
        self, identifier: str, public_key: PublicKey, *, service_id: str
    ) -> RelyingPartyCertificates | None:
        """The newest that :meth:`certify_intermediary` gave out over that key for a service of a party.

        ``None`` if there are none, or if the party says something else by now. They may be revoked.
        """
        with self._shared.reading():
            entry = self._contents.entries.get(identifier)
            found = (
                []
                if entry is None
                else [
                    one
                    for one in entry.asked_for_with
                    if one.access_chain.leaf.public_key == public_key
                    and (one.record, one.service.id) == (entry.record, service_id)
                ]
            )
        return found[-1] if found else None

    def issued_to(self, identifier: str, public_key: PublicKey) -> RelyingPartyCertificates | None:
        """The newest certificates of a party over that key, those of its other services with them.

        ``None`` if there are none. Those of a party that was stopped are revoked.
        """
        with self._shared.reading():
            entry = self._contents.entries.get(identifier)
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
        with self._shared.changing():
            entry = self._active(identifier)
            certificates = self._issue_all(entry, days)
            self._contents.log.add(self._clock.now(), identifier, "renewed")
        return certificates[0]

    def _entry(self, identifier: str) -> Entry:
        entry = self._contents.entries.get(identifier)
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

    def _issue_all(self, entry: Entry, days: int) -> tuple[RelyingPartyCertificates, ...]:
        return tuple(self._issue(entry, instance, days) for instance in entry.instances)

    def _issue(self, entry: Entry, instance: Instance, days: int) -> RelyingPartyCertificates:
        now = self._clock.now()
        return entry.remember(self._office.issue(entry.record, instance, now=now, days=days))


def check_hosts(dns_names: Sequence[str]) -> None:
    """A certificate names where its party is. Raises :class:`~nlwallet.errors.LocalError`."""
    if not dns_names:
        raise LocalError("a relying party has one host at least", hint="dns_names=('shop.example',)")
