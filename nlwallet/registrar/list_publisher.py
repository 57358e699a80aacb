"""The scheme operator's office: keeps the lists of trusted entities, and signs them (ETSI TS 119 602, TS2).

In real life the Commission does this with what Member States notify. Here it is one more office of the registrar, with
a key of its own that readers pin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate
from nlwallet.encoding import date_time
from nlwallet.errors import LocalError
from nlwallet.registrar.kept_lists import PublishedLists
from nlwallet.registrar.list_signer import OPERATOR, ListSigner
from nlwallet.registrar.qualified_list import QualifiedListPublisher
from nlwallet.registrar.shared_state import KeptRegister, SharedState
from nlwallet.trust import (
    NOTIFIED,
    OPERATOR_WEBSITE,
    WITHDRAWN,
    ListKind,
    ListOfTrustedEntities,
    TrustedEntity,
    TrustedService,
    sign_lote,
)

LIST_LIFETIME: Final = 30 * 86_400
"""Seconds from the issue of a list to its next update, when nothing changes before."""


class ListPublisher:
    """The lists of one scheme, each signed anew when it changes or half of its time is over. Thread safe.

    ``signer`` is who signs them, a new one unless it is given; ``website`` is what they name as its own. ``kept`` is
    where another start, and other processes, find them; then every method raises
    :class:`~nlwallet.errors.LocalError` when that cannot be used.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        signer: ListSigner | None = None,
        kept: KeptRegister | None = None,
        website: str = OPERATOR_WEBSITE,
    ) -> None:
        self._clock = clock
        self._website = website
        self._kept = kept
        self._signer = signer or ListSigner.create(now=clock.now())
        self._signed_by = self._signer.chain.leaf.sha256().hex()
        self._published = PublishedLists()
        self._shared = SharedState(self._published, kept)

    def qualified(self, *, website: str = "") -> QualifiedListPublisher:
        """The national list of qualified attestation providers in XML, by the same signer."""
        return QualifiedListPublisher(
            clock=self._clock,
            signer=self._signer,
            operator=OPERATOR,
            website=website or self._website,
            kept=self._kept,
        )

    @property
    def signer(self) -> Certificate:
        """The certificate that readers of the lists pin."""
        return self._signer.chain.leaf

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
        with self._shared.changing():
            published = self._published.lists[kind.name]
            known = next((one for one in published.entities if one.name == name), None)
            if known is not None and _since_always(known) == _since_always(entity):
                return
            published.cancelled -= {name}
            others = tuple(one for one in published.entities if one is not known)
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
        with self._shared.changing():
            published = self._published.lists[kind.name]
            entities = published.entities
            found = next((one for one in entities if one.name == name), None)
            if found is None:
                raise LocalError(f"{name!r} is not in the list {kind.name}")
            published.cancelled |= {name}
            others = tuple(one for one in entities if one is not found)
            self._change(kind, (*others, self._withdrawn(found)) if kind.with_status else others)

    def was_cancelled(self, kind: ListKind, name: str) -> bool:
        """Whether a provider was taken off the list, and was not notified again since."""
        with self._shared.reading():
            return name in self._published.lists[kind.name].cancelled

    def entities(self, kind: ListKind) -> tuple[TrustedEntity, ...]:
        """Who is in a list."""
        with self._shared.reading():
            return self._published.lists[kind.name].entities

    def token(self, kind: ListKind) -> str:
        """The signed list as it is now."""
        with self._shared.reading():
            if self._counts(kind):
                return self._published.lists[kind.name].token
        with self._shared.changing():
            published = self._published.lists[kind.name]
            if not self._counts(kind):
                self._change(kind, published.entities)
            return published.token

    def _counts(self, kind: ListKind) -> bool:
        """Whether it was signed by the signer of now, and less than half of its time is over."""
        published = self._published.lists[kind.name]
        lasting = self._clock.now() < published.issued_at + LIST_LIFETIME // 2
        return published.signed_by == self._signed_by and lasting

    def _change(self, kind: ListKind, entities: tuple[TrustedEntity, ...]) -> None:
        published = self._published.lists[kind.name]
        # Clocks of several processes may differ; no list is older than the one before it.
        now = max(self._clock.now(), published.issued_at)
        published.entities = entities
        published.sequence_number += 1
        published.issued_at = now
        lote = ListOfTrustedEntities(
            kind,
            published.sequence_number,
            now,
            now + LIST_LIFETIME,
            OPERATOR,
            entities,
            website=self._website,
        )
        published.token = sign_lote(lote, key=self._signer.key, chain=self._signer.chain)
        published.signed_by = self._signed_by

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


def _since_always(entity: TrustedEntity) -> TrustedEntity:
    """Without the times at which its statuses began."""
    return replace(entity, services=tuple(replace(one, status_since="") for one in entity.services))
