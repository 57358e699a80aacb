"""Trust anchors as lists of trusted entities publish them: read again now and then, so that a removal takes effect.

What a list says counts until its next update. A list that cannot be read, or that is older than the one before, changes
nothing until then; after that it vouches for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate
from nlwallet.errors import RemoteError, TransportError
from nlwallet.http.client import HttpClient
from nlwallet.trust import (
    EU,
    Category,
    ListKind,
    ListOfTrustedEntities,
    TrustAnchors,
    TrustedLists,
    verify_lote,
)

REFRESH_AFTER = 3600
"""Seconds after which a list is read again, long before its next update: whoever is removed must be known as such."""
RETRY_AFTER = 60
"""Seconds to wait after a list could not be read."""
MAX_LISTS = 64


@dataclass(frozen=True, slots=True)
class ListLocation:
    """A list to read: where it is, what it must be, and who signs it.

    ``signers`` are pinned: they come from another place than the list, such as the Official Journal.
    """

    url: str
    kind: ListKind
    signers: tuple[Certificate, ...]
    territory: str = EU


class PublishedAnchors:
    """The anchors of several lists, and ``own`` ones beside them. Safe to use from several threads.

    Give it where anchors are asked for. The lists are read with ``http``, under its policy, when they are needed and
    it is time; ``problems`` tells what went wrong with which.
    """

    def __init__(
        self,
        locations: Sequence[ListLocation],
        *,
        http: HttpClient,
        clock: Clock,
        own: TrustAnchors | None = None,
        refresh_after: int = REFRESH_AFTER,
    ) -> None:
        self.refresh_after = refresh_after
        self._lists = [_KnownList(location) for location in locations[:MAX_LISTS]]
        self._http = http
        self._clock = clock
        self._own = own or TrustAnchors()
        self._lock = threading.Lock()

    def of(self, category: Category) -> tuple[Certificate, ...]:
        """The anchors of one category now."""
        now = self._clock.now()
        with self._lock:
            lists = [one for one in self._lists if category in one.categories]
            for one in lists:
                if now >= one.read_at:
                    one.read(self._http, now=now, refresh_after=self.refresh_after)
            found = [anchor for one in lists for anchor in one.anchors(category, now=now)]
        return tuple(dict.fromkeys((*self._own.of(category), *found)))

    def refresh(self) -> Mapping[str, RemoteError]:
        """Read every list now; what could not be read, by URL."""
        now = self._clock.now()
        with self._lock:
            for one in self._lists:
                one.read(self._http, now=now, refresh_after=self.refresh_after)
        return self.problems

    @property
    def problems(self) -> Mapping[str, RemoteError]:
        """What went wrong when each list was last read, by URL; nothing for those that went well."""
        return {one.location.url: one.problem for one in self._lists if one.problem is not None}

    @property
    def lists(self) -> Mapping[str, ListOfTrustedEntities]:
        """What is known, by URL."""
        return {one.location.url: one.current for one in self._lists if one.current is not None}

    def trusted_lists(self) -> TrustedLists:
        """The same lists for queries that name one by its URL (``etsi_tl``, OpenID4VP 1.0 §6.1.1.2)."""
        now = self._clock.now()
        return TrustedLists(
            {
                one.location.url: [anchor for each in one.categories for anchor in one.anchors(each, now=now)]
                for one in self._lists
            }
        )


class _KnownList:
    """One list, as it was read last. Its owner holds the lock."""

    def __init__(self, location: ListLocation) -> None:
        self.location = location
        self.categories = (location.kind.issuance_category, location.kind.revocation_category)
        self.current: ListOfTrustedEntities | None = None
        self.problem: RemoteError | None = None
        self.read_at = 0

    def anchors(self, category: Category, *, now: int) -> tuple[Certificate, ...]:
        if self.current is None or now >= self.current.next_update:
            return ()
        return self.current.anchors(category, now=now)

    def read(self, http: HttpClient, *, now: int, refresh_after: int) -> None:
        try:
            self.current = self._fetched(http, now)
        except RemoteError as error:
            self.problem = error
            self.read_at = now + RETRY_AFTER
        else:
            self.problem = None
            self.read_at = min(now + refresh_after, self.current.next_update)

    def _fetched(self, http: HttpClient, now: int) -> ListOfTrustedEntities:
        what = "the list of trusted entities"
        reply = http.get(self.location.url, accept="application/jwt, application/jose", what=what, gzip=True)
        if reply.status != 200:
            raise TransportError(f"{what} was answered with HTTP status {reply.status}", code="http_status")
        return verify_lote(
            reply.body.decode("ascii", "replace").strip(),
            kind=self.location.kind,
            signers=self.location.signers,
            now=now,
            territory=self.location.territory,
            previous=self.current,
        )
