"""The registrar: enters parties once, vouches for them with two kinds of certificates, and can take it back.

It plays three offices that are separate in real life: the national register, the access certificate authority,
and the provider of registration certificates. Each has its own key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

from starlette.applications import Starlette

from nlwallet.clock import Clock
from nlwallet.crypto import CertificateAuthority, PrivateKey, PublicKey
from nlwallet.errors import LocalError
from nlwallet.registrar.certifying import CertifiesParties, check_hosts
from nlwallet.registrar.contents import RegisterContents
from nlwallet.registrar.entry import Entry
from nlwallet.registrar.face import face
from nlwallet.registrar.issuing import (
    CertificateOffice,
    new_access_authority,
    new_registration_authority,
)
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registrar.list_signer import ListSigner
from nlwallet.registrar.own_authorities import OwnAuthorities
from nlwallet.registrar.shared_state import KeptRegister, SharedState
from nlwallet.registrar.showing import ShowsRegister
from nlwallet.registrar.signed_answers import AnswerSigner
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord


class Registrar(CertifiesParties, ShowsRegister):
    """A register of parties and what it issues. Safe to use from several threads.

    ``write_key``: who shows it may register, change and cancel over HTTP; without one nobody may. ``kept`` is where
    another start, with the same authorities, finds what this one knew, and where several processes see at once what
    one of them changes. ``list_signer`` and ``answer_key`` sign the lists of trusted entities and what the register
    answers; without them new ones do. With ``kept`` every method raises :class:`~nlwallet.errors.LocalError` when it
    cannot be used.
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
        list_signer: ListSigner | None = None,
        answer_key: PrivateKey | None = None,
    ) -> None:
        if not base_url.startswith("https://"):
            raise LocalError("a register is read over a secure channel", spec="ARF Reg_04", hint="https://…")
        self._clock = clock
        self.base_url = base_url
        self._office = CertificateOffice(
            base_url, clock.now(), access=access_authority, registration=registration_authority
        )
        self._contents = RegisterContents(self._office)
        self._shared = SharedState(self._contents, kept)
        self._own: set[str] = set()
        self.answers = AnswerSigner(base_url, answer_key)
        """Signs what the register answers over HTTP."""
        self.lists = ListPublisher(clock=clock, signer=list_signer, kept=kept, website=base_url)
        """The lists of trusted entities: this registrar's own authorities, and whoever is notified."""
        self.qualified = self.lists.qualified()
        """The national list of qualified attestation providers, in XML; it needs the extra ``trusted-lists``."""
        self._authorities = OwnAuthorities(self._office, self.lists)
        with self._shared.reading():
            self._authorities.enter()
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

    # Registration ---------------------------------------------------------------------------------

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
        check_hosts(dns_names)
        with self._shared.changing():
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
        with self._shared.changing():
            known = self._contents.entries.get(record.identifier)
            if known is not None and known.state != "cancelled":
                raise LocalError(
                    f"{record.identifier} is registered already",
                    hint="renew() or update() it, or register another identifier",
                )
            self._check_intermediary(record)
            self._contents.entries[record.identifier] = Entry(record, self._clock.now())
            self._own.add(record.identifier)
            self._contents.log.add(self._clock.now(), record.identifier, "registered")

    def update(
        self, record: RelyingPartyRecord, *, days: int = 365, reason: str = ""
    ) -> tuple[RelyingPartyCertificates, ...]:
        """Put ``record`` in the place of the one with its identifier (Reg_07); new certificates for each instance.

        The old certificates say what is no longer so, and are revoked. An instance whose service is gone gets
        none. Raises :class:`~nlwallet.errors.LocalError`.
        """
        with self._shared.changing():
            entry = self._active(record.identifier)
            if entry.record == record:
                return ()
            self._check_intermediary(record)
            self._contents.log.compare(
                self._clock.now(),
                record.identifier,
                entry.record.model_dump(mode="json", exclude_none=True),
                record.model_dump(mode="json", exclude_none=True),
                reason=reason,
            )
            self._office.revocations.revoke(record.identifier, now=self._clock.now())
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
        with self._shared.changing():
            entry = self._entry(identifier)
            if entry.state != "suspended":
                raise LocalError(f"the registration of {identifier} is not suspended")
            entry.state = "active"
            self._contents.log.add(self._clock.now(), identifier, "resumed", reason=reason)
            return self._issue_all(entry, days)

    # Several processes ----------------------------------------------------------------------------

    @contextmanager
    def one_change(self) -> Iterator[None]:
        """What is done within is one change: nobody else changes anything between, and all of it is kept or none.

        Without ``kept`` it goes as far as it goes. Lists of trusted entities are not a part of it.
        """
        with self._shared.changing():
            yield

    def known_from_elsewhere(self, identifier: str) -> bool:
        """Whether an earlier start or another process entered the party, and this one has not asked for it yet."""
        with self._shared.reading():
            return identifier in self._contents.entries and identifier not in self._own

    def take_over(self, identifier: str) -> None:
        """From here on it is as if it had been entered by this process."""
        self._own.add(identifier)

    # The authorities ------------------------------------------------------------------------------

    def cancel_access_authority(self) -> None:
        """Stop the access authority: off its list, and every access certificate is revoked (RPACANot_06)."""
        with self._shared.changing():
            self._office.close_access_authority(now=self._clock.now())
        self._authorities.enter()

    def cancel_registration_authority(self) -> None:
        """Stop the provider of registration certificates: off its list, every one is revoked (RPACANot_07).

        The register can no longer be read.
        """
        with self._shared.changing():
            self._office.close_registration_authority()
        self._authorities.enter()

    # ----------------------------------------------------------------------------------------------

    def _stop(self, identifier: str, state: Literal["suspended", "cancelled"], reason: str) -> None:
        with self._shared.changing():
            entry = self._entry(identifier)
            if entry.state in (state, "cancelled"):
                return
            entry.state = state
            now = self._clock.now()
            self._office.revocations.revoke(identifier, now=now)
            self._office.revocations.revoke_those_for(identifier, now=now)
            self._contents.log.add(now, identifier, state, reason=reason)

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
