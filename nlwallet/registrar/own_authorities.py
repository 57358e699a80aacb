"""The two authorities of a registrar in the lists of trusted entities (RPACANot_02, RPACANot_06, RPACANot_07)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.registrar.issuing import CertificateOffice
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.trust import ACCESS_AUTHORITIES, REGISTRATION_CERTIFICATE_PROVIDERS, ListKind

ACCESS_AUTHORITY: Final = "Test access authority"
REGISTRATION_AUTHORITY: Final = "Test registration authority"


@dataclass(frozen=True, slots=True)
class OwnAuthorities:
    """Enters in ``lists`` the authorities of ``office`` that are open."""

    office: CertificateOffice
    lists: ListPublisher

    def enter(self) -> None:
        """Have those in the lists that are open, and no other. One that was taken off by hand stays off."""
        office, url = self.office, self.office.base_url
        self._enter(
            ACCESS_AUTHORITIES,
            ACCESS_AUTHORITY,
            office.access_anchor,
            f"{url}/access-ca.crl",
            is_open=office.access_open,
        )
        self._enter(
            REGISTRATION_CERTIFICATE_PROVIDERS,
            REGISTRATION_AUTHORITY,
            office.registration_anchor,
            office.status_list_uri,
            is_open=office.registration_open,
        )

    def _enter(
        self, kind: ListKind, name: str, anchor: Certificate, revocation: str, *, is_open: bool
    ) -> None:
        if self.lists.was_cancelled(kind, name):
            return
        if is_open:
            self.lists.notify_authority(
                kind, name, anchor, website=self.office.base_url, revocation=revocation
            )
        elif any(one.name == name for one in self.lists.entities(kind)):
            self.lists.cancel(kind, name)
