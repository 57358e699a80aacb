"""The trust scheme of a sandbox: its providers in the registrar's lists, and the anchors that everybody reads there.

As in real life nobody is handed the certificates of the others: who trusts them reads the lists, and knows nothing
beforehand but who signs those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, signs_xml
from nlwallet.http import HttpClient, ListLocation, PublishedAnchors, XmlListLocation
from nlwallet.registrar import Registrar
from nlwallet.trust import (
    LIST_KINDS,
    PID_PROVIDERS,
    PUB_EAA_PROVIDERS,
    WALLET_PROVIDERS,
    Category,
    ListKind,
    TrustAnchors,
)

LISTED: Final[Mapping[Category, ListKind]] = {
    Category.PID_PROVIDER: PID_PROVIDERS,
    Category.PUB_EAA_PROVIDER: PUB_EAA_PROVIDERS,
    Category.WALLET_PROVIDER: WALLET_PROVIDERS,
}
"""The providers that are notified; those of QEAAs stand in a national list, those of other EAAs in none."""


class Scheme:
    """Notifies the providers of a sandbox. ``own`` are the anchors that stand in no list."""

    def __init__(self, registrar: Registrar, *, http: HttpClient, clock: Clock, own: TrustAnchors) -> None:
        self._lists = registrar.lists
        self._registrar = registrar
        self._notified: defaultdict[Category, set[str]] = defaultdict(set)
        self.anchors = PublishedAnchors(
            [
                ListLocation(registrar.list_url(kind), kind, (registrar.lists.signer,))
                for kind in LIST_KINDS.values()
            ],
            http=http,
            clock=clock,
            own=own,
        )
        """Read when they are needed, and again after an hour."""

    def lists(self, category: Category) -> bool:
        """Whether providers of that category stand in a list; those of QEAAs only with the extra ``trusted-lists``."""
        return category in LISTED or (category is Category.QEAA_PROVIDER and signs_xml())

    def notify(
        self,
        category: Category,
        name: str,
        anchor: Certificate,
        *,
        url: str,
        identifier: str,
        status_points: Sequence[str] = (),
        service: str = "",
    ) -> None:
        """Enter a provider at ``url`` in the list of its category, if that has one; readers know at once.

        One that an earlier start or another process took off its list stays off.
        """
        kind = LISTED.get(category)
        if kind is None:
            if self.lists(category):
                self._qualify(name, anchor, url)
            return
        if name not in self._notified[category] and self._lists.was_cancelled(kind, name):
            return
        self._notified[category].add(name)
        self._lists.notify(
            kind,
            name,
            issuance=(anchor,),
            website=url,
            identifier=identifier,
            service=service,
            supply_points=(url,),
            status_points=status_points,
        )
        self.anchors.look_again()

    def _qualify(self, name: str, anchor: Certificate, url: str) -> None:
        """The list in XML is read from the first such provider on: that takes longer than the others."""
        registrar, notified = self._registrar, self._notified[Category.QEAA_PROVIDER]
        if name in notified or not registrar.qualified.was_withdrawn(name):
            notified.add(name)
            registrar.qualified.notify(name, (anchor,), website=url)
        signers = (registrar.lists.signer.der,)
        self.anchors.also_reading(XmlListLocation(registrar.qualified_list_url, "NL", signers))
        self.anchors.look_again()
