"""The status lists of registrars, as a wallet fetched them: what tells whether a registration was withdrawn (RPRC_01a).

They concern the requester or the issuer, lie with the registrar, and their addresses are signed by it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from nlwallet.errors import RemoteError, TransportError
from nlwallet.http import HttpClient
from nlwallet.profiles import Profile
from nlwallet.registration import StatusLists
from nlwallet.status import STATUS_LIST_MEDIA_TYPE, StatusListToken, StatusReference, verify_status_list_token
from nlwallet.trust import Anchors, Category, status_anchors

MAX_KEPT: Final = 64


class RegistrarLists:
    """Each list is fetched anew with each use. One that cannot be had, or came older than before, is the one that came
    last, until that expires. Safe to use from several threads.
    """

    def __init__(self, http: HttpClient, *, offline: bool = False) -> None:
        self._http = http
        self._offline = offline
        self._kept: dict[str, tuple[int, str]] = {}
        """By address: when the newest that came was issued, and its text."""
        self._lock = threading.Lock()

    def offline(self) -> RegistrarLists:
        """The same lists, where there is no network: none is fetched."""
        known = RegistrarLists(self._http, offline=True)
        known._kept, known._lock = self._kept, self._lock
        return known

    def known_to(self, *, anchors: Anchors, now: int, profile: Profile) -> StatusLists:
        """How a wallet of ``profile`` looks one up at ``now``; ``None`` comes of one that cannot be had."""
        reading = _Reading(anchors, now, profile)
        return lambda reference: self._look_up(reference, reading)

    def _look_up(self, reference: StatusReference, reading: _Reading) -> StatusListToken | None:
        uri = reference.uri
        if not self._offline:
            try:
                text = self._fetched(uri)
                token = reading.verified(text, uri)
            except TransportError:
                return self._earlier(uri, reading)
            except RemoteError:
                return None
            if self._is_newest(token, text):
                return token
        return self._earlier(uri, reading)

    def _fetched(self, uri: str) -> str:
        reply = self._http.get(uri, accept=STATUS_LIST_MEDIA_TYPE, what="the status list")
        if reply.status != 200:
            raise TransportError("no status list")
        return reply.body.decode("ascii", "replace").strip()

    def _is_newest(self, token: StatusListToken, text: str) -> bool:
        with self._lock:
            known = self._kept.get(token.uri)
            if known is not None and token.issued_at < known[0]:
                return False
            if token.expires_at is not None:
                self._kept.pop(token.uri, None)
                while len(self._kept) >= MAX_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[token.uri] = (token.issued_at, text)
            return True

    def _earlier(self, uri: str, reading: _Reading) -> StatusListToken | None:
        with self._lock:
            known = self._kept.get(uri)
        try:
            return None if known is None else reading.verified(known[1], uri)
        except RemoteError:
            return None


@dataclass(frozen=True, slots=True)
class _Reading:
    anchors: Anchors
    now: int
    profile: Profile

    def verified(self, text: str, uri: str) -> StatusListToken:
        return verify_status_list_token(
            text,
            uri=uri,
            anchors=status_anchors(self.anchors, Category.REGISTRATION_CERTIFICATE_PROVIDER),
            now=self.now,
            algorithms=self.profile.signing_algorithms,
            anchor_in_x5c=self.profile.anchor_in_x5c,
        )
