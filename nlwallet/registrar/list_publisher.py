"""The scheme operator's office: keeps the lists of trusted entities, and signs them (ETSI TS 119 602, TS2).

In real life the Commission does this with what Member States notify. Here it is one more office of the registrar, with
a key of its own that readers pin.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.encoding import date_time
from nlwallet.errors import LocalError
from nlwallet.registrar.qualified_list import QualifiedListPublisher
from nlwallet.trust import (
    ACCESS_AUTHORITIES,
    EU,
    LIST_KINDS,
    LIST_SIGNING,
    NOTIFIED,
    REGISTRATION_CERTIFICATE_PROVIDERS,
    WITHDRAWN,
    ListKind,
    ListOfTrustedEntities,
    TrustedEntity,
    TrustedService,
    sign_lote,
)

OPERATOR: Final = "Test scheme operator"
LIST_LIFETIME: Final = 30 * 86_400
"""Seconds from the issue of a list to its next update, when nothing changes before."""
SIGNER_LIFETIME_DAYS: Final = 730
ACCESS_AUTHORITY: Final = "Test access authority"
REGISTRATION_AUTHORITY: Final = "Test registration authority"


@dataclass(slots=True)
class _Published:
    sequence_number: int = 0
    issued_at: int = 0
    entities: tuple[TrustedEntity, ...] = ()
    token: str = field(default="", repr=False)


class ListPublisher:
    """The lists of one scheme, each signed anew when it changes or half of its time is over. Thread safe."""

    def __init__(self, *, clock: Clock) -> None:
        now = clock.now()
        authority = CertificateAuthority.create(
            "Test Scheme Operator CA", organization=OPERATOR, country=EU, now=now
        )
        self._clock = clock
        self._key = PrivateKey.generate()
        subject = Subject("Test list signer", country=EU, organization=OPERATOR)
        self._chain: CertificateChain = authority.issue(
            self._key.public,
            subject,
            now=now,
            days=SIGNER_LIFETIME_DAYS,
            extended_key_usages=(LIST_SIGNING,),
        )
        self._lists = {name: _Published() for name in LIST_KINDS}
        self._lock = threading.Lock()

    def qualified(self, *, website: str) -> QualifiedListPublisher:
        """The national list of qualified attestation providers in XML, by the same signer."""
        return QualifiedListPublisher(
            clock=self._clock,
            key=self._key,
            certificate=self._chain.leaf,
            operator=OPERATOR,
            website=website,
        )

    @property
    def signer(self) -> Certificate:
        """The certificate that readers of the lists pin."""
        return self._chain.leaf

    def notify(
        self,
        kind: ListKind,
        name: str,
        *,
        issuance: Sequence[Certificate],
        revocation: Sequence[Certificate] = (),
        country: str = "NL",
        website: str = "",
        identifier: str = "",
        service: str = "",
        supply_points: Sequence[str] = (),
        status_points: Sequence[str] = (),
    ) -> None:
        """Enter a provider with the anchors of what it issues and of how it revokes, or change its entry.

        ``revocation`` are those of its status lists; without them, the ones of ``issuance``. ``identifier`` is its
        number in an official record, ``service`` what it provides: of a wallet provider the name and the reference
        number of its wallet. ``supply_points`` are where wallets begin, ``status_points`` where its lists of what was
        revoked are (ARF PPNot_02, WPNot_02, PuBPNot_02, RPACANot_02). Raises :class:`~nlwallet.errors.LocalError` for
        a certificate that this kind of list does not take.
        """
        if not issuance:
            raise LocalError("a provider is notified with the certificates of its anchors")
        wrong = [one for one in (*issuance, *revocation) if kind.authorities_only and not one.is_ca]
        if wrong:
            raise LocalError(
                f"{wrong[0].subject.common_name!r} is no certificate of an authority",
                spec="ETSI TS 119 602 Annexes F and G",
                hint="this list names authorities; notify the CA that issued it",
            )
        entity = TrustedEntity(
            name=name,
            country=country,
            website=website,
            identifier=identifier,
            services=(
                self._service(kind, kind.issuance, f"{service or name}: issuance", issuance, supply_points),
                self._service(
                    kind,
                    kind.revocation,
                    f"{service or name}: revocation",
                    revocation or issuance,
                    status_points,
                ),
            ),
        )
        with self._lock:
            others = tuple(one for one in self._lists[kind.name].entities if one.name != name)
            self._change(kind, (*others, entity))

    def notify_authority(
        self, kind: ListKind, name: str, anchor: Certificate, *, website: str, revocation: str
    ) -> None:
        """:meth:`notify` for an authority that signs its own list of what was revoked, at ``revocation``."""
        self.notify(
            kind,
            name,
            issuance=(anchor,),
            website=website,
            identifier=anchor.subject.identifier,
            status_points=(revocation,),
        )

    def cancel(self, kind: ListKind, name: str) -> None:
        """Take a provider off its list; where the list has a status, it stays in it as withdrawn.

        Raises :class:`~nlwallet.errors.LocalError` if it is not in it.
        """
        with self._lock:
            entities = self._lists[kind.name].entities
            found = next((one for one in entities if one.name == name), None)
            if found is None:
                raise LocalError(f"{name!r} is not in the list {kind.name}")
            others = tuple(one for one in entities if one is not found)
            self._change(kind, (*others, self._withdrawn(found)) if kind.with_status else others)

    def entities(self, kind: ListKind) -> tuple[TrustedEntity, ...]:
        """Who is in a list."""
        return self._lists[kind.name].entities

    def token(self, kind: ListKind) -> str:
        """The signed list as it is now."""
        now = self._clock.now()
        with self._lock:
            published = self._lists[kind.name]
            if not published.token or now >= published.issued_at + LIST_LIFETIME // 2:
                self._change(kind, published.entities)
            return published.token

    def _change(self, kind: ListKind, entities: tuple[TrustedEntity, ...]) -> None:
        now, published = self._clock.now(), self._lists[kind.name]
        published.entities = entities
        published.sequence_number += 1
        published.issued_at = now
        lote = ListOfTrustedEntities(
            kind, published.sequence_number, now, now + LIST_LIFETIME, OPERATOR, entities
        )
        published.token = sign_lote(lote, key=self._key, chain=self._chain)

    def _service(
        self,
        kind: ListKind,
        service_type: str,
        name: str,
        certificates: Sequence[Certificate],
        points: Sequence[str],
    ) -> TrustedService:
        status = NOTIFIED if kind.with_status else ""
        return TrustedService(
            service_type, name, tuple(certificates), status, self._since(kind), tuple(points)
        )

    def _withdrawn(self, entity: TrustedEntity) -> TrustedEntity:
        since = date_time(self._clock.now())
        return replace(
            entity,
            services=tuple(
                replace(service, status=WITHDRAWN, status_since=since) for service in entity.services
            ),
        )

    def _since(self, kind: ListKind) -> str:
        return date_time(self._clock.now()) if kind.with_status else ""


def open_lists(clock: Clock, url: str, *, access: Certificate, registration: Certificate) -> ListPublisher:
    """Lists with the two authorities of the registrar at ``url`` in them."""
    lists = ListPublisher(clock=clock)
    for kind, name, anchor, revocation in (
        (ACCESS_AUTHORITIES, ACCESS_AUTHORITY, access, f"{url}/access-ca.crl"),
        (REGISTRATION_CERTIFICATE_PROVIDERS, REGISTRATION_AUTHORITY, registration, f"{url}/status-lists/1"),
    ):
        lists.notify_authority(kind, name, anchor, website=url, revocation=revocation)
    return lists
