"""The statuses of what an issuer issued: an entry for each credential, and the lists that say what became of it.

Entries are drawn at random and never used twice, and a quarter of each list is never given to anybody, so that
neither an index nor a list tells how much was issued, or when (Token Status List §12.5, §13.3).
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.routing import Route

from nlwallet.clock import Clock
from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.errors import LocalError
from nlwallet.issuer.status_face import MEDIA_TYPES, status_routes
from nlwallet.issuer.status_store import InMemoryStatusStore, Place, PublishedToken, StatusStore, StoredList
from nlwallet.status import (
    STATUS_LIST_CWT_MEDIA_TYPE,
    STATUS_LIST_MEDIA_TYPE,
    Status,
    StatusList,
    StatusReference,
    sign_status_list_cwt,
    sign_status_list_token,
    write_aggregation,
)

SIZE = 1_048_576
TTL = 300
LIFETIME = 3600
_MAX_DECOYS = 2
_SERIES_SIZE = 1_000_000
"""How many lists a series may have: the number of a list says of which it is."""


@dataclass(frozen=True, slots=True)
class StatusSeries:
    """Lists with a signer and an address of their own, for some of an issuer's credentials: at ``base_url``/number."""

    base_url: str
    key: PrivateKey = field(repr=False)
    chain: CertificateChain = field(repr=False)

    def __post_init__(self) -> None:
        _check_signer(self.key, self.chain)


class StatusLists:
    """The status lists of one issuer, at ``base_url``/status/1 and on. Safe to use from several threads.

    ``chain`` is the certificate of ``key``, without an anchor (HAIP 1.0 §6.1). ``size`` is the number of entries of
    a list, ``bits`` the bits of each: 1 for revocation alone, 2 for suspension as well. ``ttl`` is how long readers
    keep a list, ``lifetime`` how long it can be relied upon, both in seconds. With ``open_lists`` credentials are
    spread over so many lists at a time (§12.5). ``aggregation`` publishes where all lists are (§9). ``history`` is
    for how many seconds earlier tokens can be had (§8.4); 0, as is recommended, is never. ``series`` are lists of
    their own for credential configurations, by id, and always in the same order.

    Raises :class:`~nlwallet.errors.LocalError` if it is set up wrongly, and from every method if the store fails.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: PrivateKey,
        chain: CertificateChain,
        clock: Clock,
        store: StatusStore | None = None,
        size: int = SIZE,
        bits: int = 2,
        ttl: int = TTL,
        lifetime: int = LIFETIME,
        open_lists: int = 1,
        aggregation: bool = True,
        history: int = 0,
        series: Mapping[str, StatusSeries] | None = None,
    ) -> None:
        _check_signer(key, chain)
        self._key = key
        self._chain = chain
        self._further = tuple(dict.fromkeys((series or {}).values()))
        self._series_of = {name: 1 + self._further.index(one) for name, one in (series or {}).items()}
        if not 0 < ttl < lifetime:
            raise LocalError("a status list lives longer than its ttl, which is positive", spec="TSL §13.7")
        StatusList(size, bits=bits)  # refuses what cannot be
        self.base_url = base_url.rstrip("/")
        self.ttl = ttl
        self.lifetime = lifetime
        self.history = history
        self._clock = clock
        self._store: StatusStore = InMemoryStatusStore() if store is None else store
        self._size = size
        self._bits = bits
        self._open_lists = open_lists
        self._aggregation = aggregation
        self._lock = threading.Lock()
        self._revision = 0
        self._packed: dict[int, StatusList] = {}
        self._published: dict[tuple[int, str], PublishedToken] = {}

    # For the issuer -------------------------------------------------------------------------------

    def allocate(self, credential_id: str) -> StatusReference:
        """An entry for one credential; it is kept when this returns. Put it into the ``status`` claim.

        ``credential_id`` is your own name for what is issued: :meth:`revoke` and the others take it. Raises
        :class:`~nlwallet.errors.LocalError` if it was revoked or suspended.
        """
        (reference,) = self.allocate_batch(credential_id, 1)
        return reference

    def allocate_batch(
        self, credential_id: str, count: int, *, configuration_id: str = ""
    ) -> tuple[StatusReference, ...]:
        """Entries for the credentials of a batch, or for re-issuance, one for each; they share their fate (§13.2)."""
        references: list[StatusReference] = []
        while len(references) < count:
            lists = self._lists_with_room(self._series_of.get(configuration_id, 0))
            chosen = Counter(secrets.choice(lists) for _ in range(count - len(references)))
            for one, wanted in chosen.items():
                taken = self._store.take(
                    credential_id, one.number, _random(one.size), count=wanted, limit=_capacity(one)
                )
                references += [StatusReference(idx, self.uri(one.number)) for idx in taken]
        return tuple(references)

    def revoke(self, credential_id: str) -> None:
        """The credential is void, for good. Raises :class:`~nlwallet.errors.LocalError` if it is not known."""
        self._change(
            credential_id, Status.INVALID, allowed=(Status.VALID, Status.SUSPENDED), decoys=self._decoys()
        )

    def suspend(self, credential_id: str) -> None:
        """The credential does not count until it is restored. Raises LocalError if it is unknown or revoked."""
        by_number = {one.number: one for one in self._store.lists()}
        if any(by_number[number].bits < 2 for number, _ in self._store.places_of(credential_id)):
            raise LocalError("a list of 1 bit cannot say suspended", spec="TSL §7", hint="bits=2")
        self._change(credential_id, Status.SUSPENDED, allowed=(Status.VALID,))

    def restore(self, credential_id: str) -> None:
        """A suspended credential counts again. Raises LocalError if it is unknown or revoked."""
        self._change(credential_id, Status.VALID, allowed=(Status.SUSPENDED,))

    def status_of(self, credential_id: str) -> Status:
        """The status of a credential. Raises :class:`~nlwallet.errors.LocalError` if it is not known."""
        status = self._store.status_of(credential_id)
        if status is None:
            raise _unknown()
        return Status(status)

    def may_allocate(self, credential_id: str) -> bool:
        """Whether :meth:`allocate` would give an entry: the id is new, or what has it is valid."""
        return self._store.status_of(credential_id) in (None, Status.VALID)

    def credentials(self) -> dict[str, Status]:
        """Every credential that has a status here, by its id."""
        return {credential_id: Status(status) for credential_id, status in self._store.credentials()}

    def references_of(self, credential_id: str) -> tuple[StatusReference, ...]:
        """All entries of a credential, in no order; none if it is not known."""
        return tuple(
            StatusReference(idx, self.uri(number)) for number, idx in self._store.places_of(credential_id)
        )

    # For readers ----------------------------------------------------------------------------------

    def uri(self, number: int) -> str:
        """The address of a list: ``uri`` of a reference, and ``sub`` of its token."""
        return f"{self._series_at(number).base_url}/{number}"

    @property
    def aggregation_uri(self) -> str | None:
        """The address of the aggregation; ``status_list_aggregation_endpoint`` in server metadata (§9.1)."""
        return f"{self.base_url}/status-aggregation" if self._aggregation else None

    def aggregation(self) -> bytes | None:
        """The addresses of all lists (§9.3), in JSON; ``None`` when they are not published."""
        if not self._aggregation:
            return None
        return write_aggregation([self.uri(one.number) for one in self._store.lists()])

    def token(self, number: int, media_type: str = STATUS_LIST_MEDIA_TYPE) -> PublishedToken | None:
        """The signed list, made anew when something changed or its ``ttl`` ran out; ``None``: no such list."""
        now = self._clock.now()
        with self._lock:
            self._catch_up(number)
            found = self._published.get((number, media_type))
            if found is not None and found.issued_at <= now < found.issued_at + self.ttl:
                return found
            statuses = self._packed.get(number)
            if statuses is None:
                return None
            made = self._sign(statuses, number, media_type, now)
            if self.history:
                self._store.archive(made, forget_before=now - self.history)
            self._published[number, media_type] = made
            return made

    def token_at(self, number: int, media_type: str, time: int) -> PublishedToken | None:
        """The token that said at ``time`` what was so, if it was published then and is still kept (§8.4)."""
        now = self._clock.now()
        if not now - self.history <= time <= now:
            return None
        return self._store.archived(number, media_type, time)

    def routes(self) -> list[Route]:
        """The HTTP endpoints below the path of ``base_url``, for the app of the issuer (§8.1)."""
        paths = [urlsplit(one.base_url).path for one in (self._series_at(1), *self._further)]
        return status_routes(self, path=urlsplit(self.base_url).path, lists=list(dict.fromkeys(paths)))

    # ----------------------------------------------------------------------------------------------

    def _lists_with_room(self, series: int) -> Sequence[StoredList]:
        lists = self._lists_of(series)
        room = [one for one in lists if one.taken < _capacity(one)]
        if len(room) >= self._open_lists:
            return room
        after = max((one.number for one in lists), default=series * _SERIES_SIZE)
        for number in range(after + 1, after + 1 + self._open_lists - len(room)):
            # Of two who begin the same list, one does.
            self._store.add_list(number, size=self._size, bits=self._bits)
        return [one for one in self._lists_of(series) if one.taken < _capacity(one)]

    def _series_at(self, number: int) -> StatusSeries:
        """That of a list; of a number beyond all series, which no list has, the first."""
        place = _series_of(number)
        if 0 < place <= len(self._further):
            return self._further[place - 1]
        return StatusSeries(f"{self.base_url}/status", self._key, self._chain)

    def _lists_of(self, series: int) -> Sequence[StoredList]:
        return [one for one in self._store.lists() if _series_of(one.number) == series]

    def _decoys(self) -> list[Place]:
        """Entries of nobody that are revoked along, so that nobody can count what was revoked."""
        lists = self._store.lists()
        chosen = [secrets.choice(lists) for _ in range(secrets.randbelow(_MAX_DECOYS + 1)) if lists]
        return [(one.number, secrets.randbelow(one.size)) for one in chosen]

    def _change(
        self, credential_id: str, status: Status, *, allowed: Sequence[Status], decoys: Sequence[Place] = ()
    ) -> None:
        before = self._store.change(credential_id, status, allowed=allowed, decoys=decoys)
        if before is None:
            raise _unknown()
        if before != status and before not in allowed:
            raise LocalError(
                "what was revoked stays revoked"
                if before == Status.INVALID
                else "the credential is not suspended",
                code="credential_not_valid",
                hint="issue another one",
            )
        if self.history:
            # What is not published when it happens could not be told afterwards.
            for number in {number for number, _ in self._store.places_of(credential_id)}:
                for media_type in MEDIA_TYPES:
                    self.token(number, media_type)

    def _catch_up(self, number: int) -> None:
        """Bring the packed lists to where the store is: other threads and processes write there too."""
        revision, changes = self._store.changes(self._revision)
        if not {number, *(change.number for change in changes)} <= self._packed.keys():
            for one in self._store.lists():
                if one.number not in self._packed:
                    self._packed[one.number] = StatusList(one.size, bits=one.bits)
        for change in changes:
            self._packed[change.number][change.idx] = change.status
            for media_type in MEDIA_TYPES:
                self._published.pop((change.number, media_type), None)
        self._revision = revision

    def _sign(self, statuses: StatusList, number: int, media_type: str, now: int) -> PublishedToken:
        sign: Callable[..., str | bytes] = (
            sign_status_list_cwt if media_type == STATUS_LIST_CWT_MEDIA_TYPE else sign_status_list_token
        )
        signer = self._series_at(number)
        token = sign(
            statuses,
            uri=self.uri(number),
            key=signer.key,
            chain=signer.chain,
            now=now,
            expires_at=now + self.lifetime,
            ttl=self.ttl,
            aggregation_uri=self.aggregation_uri,
        )
        body = token.encode("ascii") if isinstance(token, str) else token
        return PublishedToken(number, media_type, now, now + self.lifetime, body)


def _series_of(number: int) -> int:
    return (number - 1) // _SERIES_SIZE


def _check_signer(key: PrivateKey, chain: CertificateChain) -> None:
    if key.public != chain.leaf.public_key:
        raise LocalError("the certificate is not that of the signing key")
    if any(certificate.is_self_issued for certificate in chain):
        raise LocalError("the chain of the status list signer holds its own anchor", spec="HAIP 1.0 §6.1")


def _capacity(one: StoredList) -> int:
    """A quarter of each list stays free: the last entries would take long to find, and tell that the rest is used."""
    return max(1, one.size * 3 // 4)


def _random(size: int) -> Iterator[int]:
    while True:
        yield secrets.randbelow(size)


def _unknown() -> LocalError:
    return LocalError("no credential of that id has a status here", code="unknown_credential")
