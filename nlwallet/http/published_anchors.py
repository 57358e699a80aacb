"""Trust anchors as lists of trusted entities publish them: read again now and then, so that a removal takes effect.

What a list says counts until its next update. A list that cannot be read, or that is older than the one before, changes
nothing until then; after that it vouches for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Protocol

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate
from nlwallet.errors import RemoteError, TransportError
from nlwallet.http.client import HttpClient
from nlwallet.trust import (
    ATTESTATION_SERVICES,
    EU,
    Category,
    ListKind,
    ListOfTrustedEntities,
    TrustAnchors,
    TrustedLists,
    TrustedListXml,
    Vical,
    verify_lote,
    verify_trusted_list_xml,
    verify_vical,
)

REFRESH_AFTER = 3600
"""Seconds after which a list is read again, long before its next update: whoever is removed must be known as such."""
RETRY_AFTER = 60
"""Seconds to wait after a list could not be read."""
MAX_LISTS = 64


class KnownList(Protocol):
    """A list that was read and checked."""

    @property
    def next_update(self) -> int:
        """Until when it counts, in seconds since the epoch."""
        ...

    def anchors(self, category: Category, *, now: int) -> tuple[Certificate, ...]:
        """Whom it makes an anchor."""
        ...


class Location(Protocol):
    """A list to read: where it is, what it can speak of, and how it is checked."""

    @property
    def url(self) -> str:
        """Where it is."""
        ...

    @property
    def categories(self) -> Collection[Category]:
        """What it can speak of."""
        ...

    @property
    def media_type(self) -> str:
        """What is asked for."""
        ...

    def check(self, body: bytes, *, previous: Any, now: int) -> KnownList:
        """The list. Raises a :class:`~nlwallet.errors.RemoteError`."""
        ...


@dataclass(frozen=True, slots=True)
class ListLocation:
    """A list of trusted entities: where it is, what it must be, and who signs it.

    ``signers`` are pinned: they come from another place than the list, such as the Official Journal.
    """

    url: str
    kind: ListKind
    signers: tuple[Certificate, ...]
    territory: str = EU

    @property
    def categories(self) -> Collection[Category]:
        """The two that its kind speaks of."""
        return (self.kind.issuance_category, self.kind.revocation_category)

    @property
    def media_type(self) -> str:
        """JSON, signed."""
        return "application/jwt, application/jose"

    def check(
        self, body: bytes, *, previous: ListOfTrustedEntities | None, now: int
    ) -> ListOfTrustedEntities:
        """The list. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return verify_lote(
            body.decode("ascii", "replace").strip(),
            kind=self.kind,
            signers=self.signers,
            now=now,
            territory=self.territory,
            previous=previous,
        )


@dataclass(frozen=True, slots=True)
class XmlListLocation:
    """A trusted list of a Member State in XML; ``signers`` are pinned certificates in DER."""

    url: str
    territory: str
    signers: tuple[bytes, ...]
    service_types: Mapping[str, Category] = field(default_factory=lambda: ATTESTATION_SERVICES, hash=False)

    @property
    def categories(self) -> Collection[Category]:
        """Those of its services."""
        return frozenset(self.service_types.values())

    @property
    def media_type(self) -> str:
        """XML, also under the names that national lists are served by."""
        return "application/vnd.etsi.tsl+xml, application/xml, text/xml"

    def check(self, body: bytes, *, previous: TrustedListXml | None, now: int) -> TrustedListXml:
        """The list. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return verify_trusted_list_xml(
            body,
            signers=self.signers,
            territory=self.territory,
            now=now,
            service_types=self.service_types,
            previous=previous,
        )


@dataclass(frozen=True, slots=True)
class VicalLocation:
    """A provider's list of authorities for mdocs (ISO/IEC 18013-5 Annex C).

    ``doctypes`` says of which category of anchors each document type is that counts here; of an authority the list
    makes an anchor for these types and no other. ``signers`` are pinned: the provider tells them another way.
    """

    url: str
    doctypes: Mapping[str, Category] = field(hash=False)
    signers: tuple[Certificate, ...]

    @property
    def categories(self) -> Collection[Category]:
        """Those of its document types."""
        return frozenset(self.doctypes.values())

    @property
    def media_type(self) -> str:
        """CBOR, in a COSE message."""
        return "application/cose, application/cbor, application/octet-stream"

    def check(self, body: bytes, *, previous: Vical | None, now: int) -> Vical:
        """The list. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return verify_vical(body, signers=self.signers, categories=self.doctypes, now=now, previous=previous)


class PublishedAnchors:
    """The anchors of several lists, and ``own`` ones beside them. Safe to use from several threads.

    Give it where anchors are asked for. The lists are read with ``http``, under its policy, when they are needed and
    it is time; ``problems`` tells what went wrong with which.
    """

    def __init__(
        self,
        locations: Sequence[Location],
        *,
        http: HttpClient,
        clock: Clock,
        own: TrustAnchors | None = None,
        refresh_after: int = REFRESH_AFTER,
    ) -> None:
        self.refresh_after = refresh_after
        self._lists = [_Reading(location) for location in locations[:MAX_LISTS]]
        self._http = http
        self._clock = clock
        self._own = own or TrustAnchors()
        self._lock = threading.Lock()

    def of(self, category: Category) -> tuple[Certificate, ...]:
        """The anchors of one category now."""
        return self._found(category, None)

    def of_type(self, category: Category, type_: str) -> tuple[Certificate, ...]:
        """Those that may vouch for this very type: some lists say for which their entries are."""
        return self._found(category, type_)

    def _found(self, category: Category, type_: str | None) -> tuple[Certificate, ...]:
        now = self._clock.now()
        lists = [one for one in self._known() if category in one.categories]
        for one in lists:
            one.look(self._http, now=now, refresh_after=self.refresh_after)
        found = [anchor for one in lists for anchor in one.anchors(category, now=now, type_=type_)]
        return tuple(dict.fromkeys((*self._own.of(category), *found)))

    def adding(self, category: Category, *certificates: Certificate) -> PublishedAnchors:
        """These anchors, and ``certificates`` of your own in ``category``; the lists are read once for both."""
        grown = copy(self)
        grown._own = self._own.adding(category, *certificates)
        return grown

    def also_reading(self, location: Location) -> None:
        """Read one more list from now on, unless one at that address is read already."""
        with self._lock:
            if len(self._lists) < MAX_LISTS and all(one.location.url != location.url for one in self._lists):
                self._lists.append(_Reading(location))

    def look_again(self) -> None:
        """Read each list anew when it is needed next, however short ago it was read."""
        for one in self._known():
            one.forget()

    def refresh(self) -> Mapping[str, RemoteError]:
        """Read every list now; what could not be read, by URL."""
        self.look_again()
        now = self._clock.now()
        for one in self._known():
            one.look(self._http, now=now, refresh_after=self.refresh_after)
        return self.problems

    def _known(self) -> list[_Reading]:
        with self._lock:
            return [*self._lists]

    @property
    def problems(self) -> Mapping[str, RemoteError]:
        """What went wrong when each list was last read, by URL; nothing for those that went well."""
        return {one.location.url: one.problem for one in self._lists if one.problem is not None}

    @property
    def lists(self) -> Mapping[str, KnownList]:
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


class _Reading:
    """One list, as it was read last.

    Whoever reads it holds its lock: others wait for this list, and not for another one whose host does not answer.
    """

    def __init__(self, location: Location) -> None:
        self.location = location
        self.categories = location.categories
        self.current: KnownList | None = None
        self.problem: RemoteError | None = None
        self.read_at = 0
        self.lock = threading.Lock()

    def forget(self) -> None:
        """Let it be read when it is needed next."""
        with self.lock:
            self.read_at = 0

    def look(self, http: HttpClient, *, now: int, refresh_after: int) -> None:
        """Read it if it is time."""
        with self.lock:
            if now >= self.read_at:
                self.read(http, now=now, refresh_after=refresh_after)

    def anchors(self, category: Category, *, now: int, type_: str | None = None) -> tuple[Certificate, ...]:
        if self.current is None or now >= self.current.next_update:
            return ()
        if type_ is not None and isinstance(self.current, Vical):
            return self.current.anchors_of_type(category, type_, now=now)
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

    def _fetched(self, http: HttpClient, now: int) -> KnownList:
        what = "the list of trusted entities"
        reply = http.get(self.location.url, accept=self.location.media_type, what=what, gzip=True)
        if reply.status != 200:
            raise TransportError(f"{what} was answered with HTTP status {reply.status}", code="http_status")
        return self.location.check(reply.body, previous=self.current, now=now)
