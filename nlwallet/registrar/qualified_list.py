"""The national list of qualified attestation providers, as a supervisory body publishes it in XML (ETSI TS 119 612).

In real life each Member State has one. Here it is one more list of the registrar, by the same signer as the others.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, PrivateKey
from nlwallet.errors import LocalError
from nlwallet.trust import QualifiedList, QualifiedProvider, sign_trusted_list_xml

LIFETIME: Final = 30 * 86_400
"""Seconds from the issue of the list to its next update."""


class QualifiedListPublisher:
    """The list of one territory, signed anew when it changes or half of its time is over. Thread safe."""

    def __init__(
        self,
        *,
        clock: Clock,
        key: PrivateKey,
        certificate: Certificate,
        operator: str,
        website: str,
        territory: str = "NL",
    ) -> None:
        self._clock = clock
        self._key, self._certificate = key, certificate
        self._list = QualifiedList(territory, 0, 0, 0, operator, website, ())
        self._signed = b""
        self._lock = threading.Lock()

    @property
    def providers(self) -> tuple[QualifiedProvider, ...]:
        """Who is in it, also those whose service was withdrawn."""
        return self._list.providers

    def notify(self, name: str, certificates: Sequence[Certificate], *, website: str) -> None:
        """Grant a provider its service, with the certificates of its anchors, or change its entry.

        Raises :class:`~nlwallet.errors.LocalError` without certificates.
        """
        if not certificates:
            raise LocalError("a provider is notified with the certificates of its anchors")
        self._change(QualifiedProvider(name, tuple(certificates), self._clock.now(), website))

    def withdraw(self, name: str) -> None:
        """Withdraw the service of a provider; it stays in the list. Raises LocalError if it is not in it."""
        found = next((one for one in self.providers if one.name == name), None)
        if found is None:
            raise LocalError(f"{name!r} is not in the list of qualified providers")
        self._change(replace(found, granted=False, since=self._clock.now()))

    def document(self) -> bytes:
        """The signed list as it is now. Raises :class:`~nlwallet.errors.LocalError` without the extra trusted-lists."""
        now = self._clock.now()
        with self._lock:
            if not self._signed or now >= self._list.issued_at + LIFETIME // 2:
                number = self._list.sequence_number + 1
                self._list = replace(
                    self._list, sequence_number=number, issued_at=now, next_update=now + LIFETIME
                )
                self._signed = sign_trusted_list_xml(self._list, key=self._key, certificate=self._certificate)
            return self._signed

    def _change(self, entry: QualifiedProvider) -> None:
        with self._lock:
            others = tuple(one for one in self._list.providers if one.name != entry.name)
            self._list, self._signed = replace(self._list, providers=(*others, entry)), b""
