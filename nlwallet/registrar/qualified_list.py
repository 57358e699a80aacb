"""The national list of qualified attestation providers, as a supervisory body publishes it in XML (ETSI TS 119 612).

In real life each Member State has one. Here it is one more list of the registrar, by the same signer as the others.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate
from nlwallet.errors import LocalError
from nlwallet.registrar.kept_lists import pems, read_pems
from nlwallet.registrar.kept_register import read_part, write_part
from nlwallet.registrar.list_signer import ListSigner
from nlwallet.registrar.shared_state import KeptRegister, SharedState
from nlwallet.trust import QualifiedList, QualifiedProvider, sign_trusted_list_xml

LIFETIME: Final = 30 * 86_400
"""Seconds from the issue of the list to its next update."""
_PART: Final = "qualified list"


class QualifiedListPublisher:
    """The list of one territory, signed anew when it changes or half of its time is over. Thread safe.

    ``kept`` is where another start, and other processes, find it.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        signer: ListSigner,
        operator: str,
        website: str,
        territory: str = "NL",
        kept: KeptRegister | None = None,
    ) -> None:
        self._clock = clock
        self._signer = signer
        self._new = QualifiedList(territory, 0, 0, 0, operator, website, ())
        self._list, self._signed = self._new, b""
        self._shared = SharedState(self, kept)

    @property
    def providers(self) -> tuple[QualifiedProvider, ...]:
        """Who is in it, also those whose service was withdrawn."""
        with self._shared.reading():
            return self._list.providers

    def was_withdrawn(self, name: str) -> bool:
        """Whether the service of a provider was withdrawn, and not granted again since."""
        return any(one.name == name and not one.granted for one in self.providers)

    def notify(self, name: str, certificates: Sequence[Certificate], *, website: str) -> None:
        """Grant a provider its service, with the certificates of its anchors, or change its entry.

        Raises :class:`~nlwallet.errors.LocalError` without certificates.
        """
        if not certificates:
            raise LocalError("a provider is notified with the certificates of its anchors")
        entry = QualifiedProvider(name, tuple(certificates), self._clock.now(), website)
        with self._shared.changing():
            known = self._found(name)
            if known is None or replace(known, since=entry.since) != entry:
                self._change(entry)

    def withdraw(self, name: str) -> None:
        """Withdraw the service of a provider; it stays in the list. Raises LocalError if it is not in it."""
        with self._shared.changing():
            found = self._found(name)
            if found is None:
                raise LocalError(f"{name!r} is not in the list of qualified providers")
            self._change(replace(found, granted=False, since=self._clock.now()))

    def document(self) -> bytes:
        """The signed list as it is now. Raises :class:`~nlwallet.errors.LocalError` without the extra trusted-lists."""
        with self._shared.reading():
            if self._counts():
                return self._signed
        with self._shared.changing():
            if not self._counts():
                self._sign()
            return self._signed

    # What is kept of it ---------------------------------------------------------------------------

    def forget(self) -> None:
        """Know nothing."""
        self._list, self._signed = self._new, b""

    def take(self, parts: Mapping[str, bytes]) -> None:
        """Know what is in these parts. Raises :class:`~nlwallet.errors.LocalError`."""
        if _PART in parts:
            read_part(parts[_PART], self._take)

    def parts(self, known: Collection[str]) -> Mapping[str, bytes]:
        """The signed list as well: readers refuse another one under its number."""
        if self._list == self._new:
            return {}
        providers = [
            {
                "name": one.name,
                "certificates": pems(one.certificates),
                "since": one.since,
                "website": one.website,
                "granted": one.granted,
            }
            for one in self._list.providers
        ]
        return {
            _PART: write_part(
                {
                    "sequence_number": self._list.sequence_number,
                    "issued_at": self._list.issued_at,
                    "providers": providers,
                    "signed": base64.b64encode(self._signed).decode("ascii"),
                    "signed_by": self._signer.chain.leaf.sha256().hex(),
                }
            )
        }

    def _take(self, members: Mapping[str, Any]) -> None:
        self._list = replace(
            self._new,
            sequence_number=members["sequence_number"],
            issued_at=members["issued_at"],
            next_update=members["issued_at"] + LIFETIME,
            providers=tuple(
                QualifiedProvider(**{**one, "certificates": read_pems(one["certificates"])})
                for one in members["providers"]
            ),
        )
        same_signer = members["signed_by"] == self._signer.chain.leaf.sha256().hex()
        self._signed = base64.b64decode(members["signed"]) if same_signer else b""

    # ----------------------------------------------------------------------------------------------

    def _found(self, name: str) -> QualifiedProvider | None:
        return next((one for one in self._list.providers if one.name == name), None)

    def _counts(self) -> bool:
        return bool(self._signed) and self._clock.now() < self._list.issued_at + LIFETIME // 2

    def _sign(self) -> None:
        # Clocks of several processes may differ; no list is older than the one before it.
        now = max(self._clock.now(), self._list.issued_at)
        list_ = replace(
            self._list,
            sequence_number=self._list.sequence_number + 1,
            issued_at=now,
            next_update=now + LIFETIME,
        )
        self._signed = sign_trusted_list_xml(list_, key=self._signer.key, certificate=self._signer.chain.leaf)
        self._list = list_

    def _change(self, entry: QualifiedProvider) -> None:
        others = tuple(one for one in self._list.providers if one.name != entry.name)
        self._list, self._signed = replace(self._list, providers=(*others, entry)), b""
