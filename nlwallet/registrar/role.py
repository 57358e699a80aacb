"""The registrar: enters relying parties once, vouches for them with two certificates, and can take it back.

It plays three offices that are separate in real life: the national register, the access certificate authority,
and the provider of registration certificates. Each has its own key.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.applications import Starlette

from nlwallet.clock import Clock
from nlwallet.crypto import (
    Certificate,
    CertificateAuthority,
    CertificateChain,
    PrivateKey,
    PublicKey,
    Subject,
)
from nlwallet.errors import LocalError
from nlwallet.registrar.face import face
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registration import (
    RelyingPartyCertificates,
    RelyingPartyRecord,
    issue_wrpac,
    issue_wrprc,
)
from nlwallet.status import Status, StatusList, StatusReference, sign_status_list_token
from nlwallet.trust import ACCESS_AUTHORITIES, REGISTRATION_CERTIFICATE_PROVIDERS, ListKind

STATUS_LIST_SIZE = 65_536
STATUS_LIST_LIFETIME = 3600
STATUS_LIST_TTL = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the register's log; ``at`` is seconds since the epoch."""

    at: int
    identifier: str
    what: Literal["registered", "renewed", "withdrawn"]


@dataclass(slots=True)
class _Entry:
    record: RelyingPartyRecord
    public_key: PublicKey
    dns_names: tuple[str, ...]
    status_indexes: list[int]
    serials: list[int]
    withdrawn: bool = False


class Registrar:
    """A register of relying parties and what it issues. Safe to use from several threads."""

    def __init__(
        self,
        *,
        clock: Clock,
        base_url: str,
        access_authority: CertificateAuthority,
        registration_authority: CertificateAuthority,
    ) -> None:
        self._clock = clock
        self.base_url = base_url
        self._access = access_authority
        self._registration = registration_authority
        self._signer = PrivateKey.generate()
        self._signer_chain = self._new_signer_chain()
        self._statuses = StatusList(STATUS_LIST_SIZE)
        self._entries: dict[str, _Entry] = {}
        self._changes: list[Change] = []
        self._lock = threading.Lock()
        self.lists = self._open_lists()
        """The lists of trusted entities: this registrar's own authorities, and whoever is notified."""
        self.app: Starlette = face(self)
        """The public face: register entries, the status list, and the access authority's certificate and CRL."""

    @classmethod
    def create(cls, *, clock: Clock, base_url: str, country: str = "NL") -> Registrar:
        """A registrar with authorities of its own, made on the spot."""
        now = clock.now()
        return cls(
            clock=clock,
            base_url=base_url,
            access_authority=CertificateAuthority.create(
                "Test Access CA", organization="Testregister", country=country, now=now
            ),
            registration_authority=CertificateAuthority.create(
                "Test Registration CA", organization="Testregister", country=country, now=now
            ),
        )

    @property
    def access_anchor(self) -> Certificate:
        """The anchor of access certificates (category ``ACCESS_CA``)."""
        return self._access.certificate

    @property
    def registration_anchor(self) -> Certificate:
        """The anchor of registration certificates and of their status list."""
        return self._registration.certificate

    @property
    def changes(self) -> tuple[Change, ...]:
        """The log, oldest first."""
        return tuple(self._changes)

    def register(
        self, record: RelyingPartyRecord, public_key: PublicKey, *, dns_names: Sequence[str], days: int = 365
    ) -> RelyingPartyCertificates:
        """Enter a party and issue its certificates over ``public_key``; its private key stays with the party.

        ``dns_names`` are the hosts of its request and response URIs. Raises
        :class:`~nlwallet.errors.LocalError` if the identifier is registered already.
        """
        if not dns_names:
            raise LocalError("a relying party has one host at least", hint="dns_names=('shop.example',)")
        with self._lock:
            known = self._entries.get(record.identifier)
            if known is not None and not known.withdrawn:
                raise LocalError(
                    f"{record.identifier} is registered already",
                    hint="renew() it, or register another identifier",
                )
            entry = _Entry(record, public_key, tuple(dns_names), [], [])
            certificates = self._issue(entry, days)
            self._entries[record.identifier] = entry
            self._log(record.identifier, "registered")
        return certificates

    def renew(self, identifier: str, *, days: int = 365) -> RelyingPartyCertificates:
        """Issue both kinds of certificates again from the record. The old ones stay valid until they expire."""
        with self._lock:
            entry = self._entry(identifier)
            if entry.withdrawn:
                raise LocalError(f"the registration of {identifier} was withdrawn", hint="register it again")
            certificates = self._issue(entry, days)
            self._log(identifier, "renewed")
        return certificates

    def withdraw(self, identifier: str) -> None:
        """Take the registration back: its status becomes invalid, its access certificates go on the CRL."""
        with self._lock:
            entry = self._entry(identifier)
            if entry.withdrawn:
                return
            entry.withdrawn = True
            for index in entry.status_indexes:
                self._statuses[index] = Status.INVALID
            self._log(identifier, "withdrawn")

    def record(self, identifier: str) -> RelyingPartyRecord | None:
        """The record of a party whose registration stands; ``None`` for any other."""
        entry = self._entries.get(identifier)
        return None if entry is None or entry.withdrawn else entry.record

    def status_list_token(self) -> str:
        """The signed status list of all registration certificates, good for an hour."""
        now = self._clock.now()
        with self._lock:
            return sign_status_list_token(
                self._statuses,
                uri=self.status_list_uri,
                key=self._signer,
                chain=self._signer_chain,
                now=now,
                expires_at=now + STATUS_LIST_LIFETIME,
                ttl=STATUS_LIST_TTL,
            )

    @property
    def status_list_uri(self) -> str:
        """Where the status list is."""
        return f"{self.base_url}/status-lists/1"

    def access_revocation_list(self) -> bytes:
        """The CRL of the access authority, in DER."""
        with self._lock:
            serials = [
                serial for entry in self._entries.values() if entry.withdrawn for serial in entry.serials
            ]
        return self._access.revocation_list(serials, now=self._clock.now())

    def _issue(self, entry: _Entry, days: int) -> RelyingPartyCertificates:
        now = self._clock.now()
        # The access certificate first: it must exist before the registration certificate (REG-6.2.2.2-03).
        access_chain = issue_wrpac(
            entry.record,
            entry.public_key,
            authority=self._access,
            now=now,
            dns_names=entry.dns_names,
            registrar_url=self.base_url,
            days=days,
        )
        entry.serials.append(access_chain.leaf.serial)
        return RelyingPartyCertificates(
            record=entry.record,
            access_chain=access_chain,
            registration_certificates={
                use.id: issue_wrprc(
                    entry.record,
                    use.id,
                    key=self._signer,
                    chain=self._signer_chain,
                    now=now,
                    days=min(days, 365),
                    status=self._next_status(entry),
                    registry_uri=self.base_url,
                )
                for use in entry.record.intended_uses
            },
        )

    def _next_status(self, entry: _Entry) -> StatusReference:
        taken = {index for each in self._entries.values() for index in each.status_indexes} | set(
            entry.status_indexes
        )
        if len(taken) > STATUS_LIST_SIZE // 2:
            raise LocalError("the status list is full", spec="TSL §13.3")
        # At random, so that an index says nothing about when somebody registered (TSL §13.3).
        while (index := secrets.randbelow(STATUS_LIST_SIZE)) in taken:
            pass
        entry.status_indexes.append(index)
        return StatusReference(index, self.status_list_uri)

    def _new_signer_chain(self) -> CertificateChain:
        subject = Subject("Test Registration Certificate Provider", country="NL", organization="Testregister")
        return self._registration.issue(
            self._signer.public, subject, now=self._clock.now(), days=730, content_commitment=True
        )

    def _open_lists(self) -> ListPublisher:
        lists = ListPublisher(clock=self._clock)
        for kind, name, anchor in (
            (ACCESS_AUTHORITIES, "Test access authority", self.access_anchor),
            (REGISTRATION_CERTIFICATE_PROVIDERS, "Test registration authority", self.registration_anchor),
        ):
            lists.notify(kind, name, issuance=(anchor,), website=self.base_url)
        return lists

    def list_url(self, kind: ListKind) -> str:
        """Where a list of trusted entities is."""
        return f"{self.base_url}/lists/{kind.name}.jwt"

    def _entry(self, identifier: str) -> _Entry:
        entry = self._entries.get(identifier)
        if entry is None:
            raise LocalError(f"{identifier} is not registered")
        return entry

    def _log(self, identifier: str, what: Literal["registered", "renewed", "withdrawn"]) -> None:
        self._changes.append(Change(self._clock.now(), identifier, what))
