"""Whether what was issued still holds: for verifiers, and for wallets with their own cards (Token Status List §8).

The rules are in :mod:`nlwallet.status`; here they meet whoever fetches, and threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from weakref import WeakValueDictionary

from nlwallet.errors import InvalidStatus, RemoteError, TransportError
from nlwallet.status import (
    AGGREGATION_MEDIA_TYPE,
    IDENTIFIER_LIST_MEDIA_TYPE,
    STATUS_LIST_CWT_MEDIA_TYPE,
    STATUS_LIST_MEDIA_TYPE,
    CachedStatusList,
    CacheKey,
    Freshness,
    IdentifierReference,
    Status,
    StatusListCache,
    StatusListToken,
    StatusOutcome,
    StatusPolicy,
    StatusReference,
    StatusResult,
    StatusSigner,
    check_valid_at,
    historical_uri,
    read_aggregation,
    status_name,
    verify_identifier_list,
    verify_status_list_cwt,
    verify_status_list_jwt,
)

JWT_ONLY = (STATUS_LIST_MEDIA_TYPE,)
"""An SD-JWT VC has its status in a JWT (SD-JWT VC §2.2.2.3)."""
IDENTIFIERS_ONLY = (IDENTIFIER_LIST_MEDIA_TYPE,)
"""An mdoc may have its identifier in a list instead (ISO/IEC 18013-5 second edition §12.3.6)."""
JWT_OR_CWT = (STATUS_LIST_CWT_MEDIA_TYPE, STATUS_LIST_MEDIA_TYPE)

ERROR_LIFETIME = 5
"""Seconds for which a list that could not be had is not asked for again: who waits for a dead server waits long."""
_MAX_ERRORS = 1024


@dataclass(frozen=True, slots=True)
class FetchedStatusList:
    """What came back: the media type in lower case without parameters, and the body."""

    media_type: str
    body: bytes = field(repr=False)


class StatusListFetcher(Protocol):
    """Whoever owns a transport."""

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        """GET ``uri``, with a status of 2xx. Raises :class:`~nlwallet.errors.TransportError` or LimitExceeded."""
        ...


@dataclass(frozen=True, slots=True)
class Prefetched:
    """What came of an aggregation: lists that are kept now, and those that failed."""

    kept: tuple[str, ...]
    failed: Mapping[str, RemoteError]


def _not_fetched(uri: str, *, accept: str) -> FetchedStatusList:
    raise TransportError("not checked: offline", code="offline", spec="TSL §8.2")


class StatusChecker:
    """Checks statuses under a policy, with a cache. Safe to use from several threads: a list is fetched by one.

    ``missing`` says what becomes of a credential that names no status list. ``freshness`` bounds ``ttl`` and age,
    ``cache`` number and size. A token that is older than one seen before of the same list is not used: somebody
    would have it that nothing was revoked since.
    """

    def __init__(
        self,
        fetch: StatusListFetcher,
        *,
        policy: StatusPolicy = StatusPolicy.REQUIRE,
        missing: Literal["accepted", "refused"] = "accepted",
        freshness: Freshness | None = None,
        cache: StatusListCache | None = None,
        error_lifetime: int = ERROR_LIFETIME,
    ) -> None:
        self.policy = policy
        self.missing = missing
        self.freshness = freshness or Freshness()
        self._fetch = fetch
        self._cache = StatusListCache() if cache is None else cache
        self._error_lifetime = error_lifetime
        self._errors: dict[CacheKey, tuple[int, RemoteError]] = {}
        self._lock = threading.Lock()
        self._under_way: WeakValueDictionary[CacheKey, _UnderWay] = WeakValueDictionary()

    def check(
        self,
        status: Any,
        *,
        signer: StatusSigner,
        now: int,
        accepted: Sequence[str] = JWT_ONLY,
        pointer: str = "/status",
    ) -> StatusResult:
        """Check a ``status`` claim, of a credential that was verified before (§8.3).

        ``status`` is the claim as it stands in the credential, ``None`` where there is none. ``signer`` are those
        who may sign the list, ``accepted`` the media types of a token. Raises
        :class:`~nlwallet.errors.InvalidStatus` for a credential that is revoked or otherwise not valid, and any
        :class:`~nlwallet.errors.RemoteError` for a status that cannot be told.
        """
        if self.policy is StatusPolicy.SKIP:
            return StatusResult(StatusOutcome.SKIPPED, "the policy is not to check the status")
        if status is None:
            if self.missing == "refused":
                raise InvalidStatus(
                    "the credential has no status", code="status_missing", spec="TSL §8.3(1)", pointer=pointer
                )
            return StatusResult(StatusOutcome.ABSENT, "the credential has no status")
        reference: StatusReference | IdentifierReference
        if STATUS_LIST_CWT_MEDIA_TYPE in accepted and _only_identifies(status):
            reference, accepted = IdentifierReference.parse(status, pointer=pointer), IDENTIFIERS_ONLY
        else:
            reference = StatusReference.parse(status, pointer=pointer)
        try:
            value = self.look_up(reference, signer=signer, now=now, accepted=accepted)
        except TransportError as error:
            if self.policy is StatusPolicy.REQUIRE:
                raise
            return StatusResult(StatusOutcome.UNDETERMINED, error.message)
        if value != Status.VALID:
            raise InvalidStatus(
                f"the credential is {status_name(value)}",
                code=_CODES.get(value, "status_not_valid"),
                spec="TSL §7.1",
                pointer=pointer,
            )
        return StatusResult(StatusOutcome.VALID)

    def look_up(
        self,
        reference: StatusReference | IdentifierReference,
        *,
        signer: StatusSigner,
        now: int,
        accepted: Sequence[str] = JWT_ONLY,
    ) -> int:
        """The status value (§7), from a list that is fresh. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return self._token(reference.uri, signer, now, accepted).statuses[reference.entry]

    def look_up_at(
        self,
        reference: StatusReference,
        time: int,
        *,
        signer: StatusSigner,
        accepted: Sequence[str] = JWT_ONLY,
    ) -> int:
        """The status value at an earlier ``time`` (§8.4); not every provider tells. Nothing of it is kept.

        Raises :class:`~nlwallet.errors.OutsideValidity` when the token that came is of another time, and any
        other :class:`~nlwallet.errors.RemoteError`.
        """
        fetched = self._fetch(historical_uri(reference.uri, time), accept=", ".join(accepted))
        token = _verify(fetched, reference.uri, signer, time, accepted)
        check_valid_at(token, time)
        return token.statuses[reference.idx]

    def prefetch(
        self,
        aggregation_uri: str,
        *,
        signer: StatusSigner,
        now: int,
        accepted: Sequence[str] = JWT_ONLY,
    ) -> Prefetched:
        """Fetch all lists of an aggregation (§9), at most as many as the cache keeps; one that fails is passed over.

        Raises a :class:`~nlwallet.errors.RemoteError` when the aggregation itself cannot be read.
        """
        fetched = self._fetch(aggregation_uri, accept=AGGREGATION_MEDIA_TYPE)
        if fetched.media_type != AGGREGATION_MEDIA_TYPE:
            raise _other_type(fetched.media_type, (AGGREGATION_MEDIA_TYPE,))
        kept: list[str] = []
        failed: dict[str, RemoteError] = {}
        for uri in read_aggregation(fetched.body)[: self._cache.max_lists]:
            try:
                StatusReference.parse({"status_list": {"idx": 0, "uri": uri}}, pointer="/status_lists")
                self._token(uri, signer, now, accepted)
                kept.append(uri)
            except RemoteError as error:
                failed[uri] = error
        return Prefetched(tuple(kept), failed)

    def offline(self, policy: StatusPolicy) -> StatusChecker:
        """One that knows the same lists and fetches none: what is not among them is not checked (``offline``)."""
        checker = StatusChecker(
            _not_fetched,
            policy=policy,
            missing=self.missing,
            freshness=self.freshness,
            cache=self._cache,
            error_lifetime=0,
        )
        checker._lock = self._lock  # of one cache
        return checker

    def forget(self) -> None:
        """Drop all lists and failures, so that the next check fetches; how new the lists were stays known."""
        with self._lock:
            self._cache.clear()
            self._errors.clear()

    # ----------------------------------------------------------------------------------------------

    def _token(
        self,
        uri: str,
        signer: StatusSigner,
        now: int,
        accepted: Sequence[str],
    ) -> StatusListToken:
        key = (uri, signer, tuple(accepted))
        with self._lock:
            known = self._known(key, now)
            if known is not None:
                return known
            under_way = self._under_way.setdefault(key, _UnderWay())
        with under_way.lock:
            with self._lock:
                known = self._known(key, now)  # whoever was first may have fetched it meanwhile
            if known is not None:
                return known
            return self._renewed(
                key,
                lambda: _verify(self._fetch(uri, accept=", ".join(accepted)), uri, signer, now, accepted),
                now,
            )

    def _known(self, key: CacheKey, now: int) -> StatusListToken | None:
        """A list that is fresh. Raises the error of a moment ago."""
        cached = self._cache.get(key)
        if cached is not None and now < cached.fresh_until:
            return cached.token
        until, error = self._errors.get(key, (0, None))
        if error is not None and now < until:
            raise copy(error).with_traceback(None)  # it may be raised in several threads
        return None

    def _renewed(self, key: CacheKey, fetch: Callable[[], StatusListToken], now: int) -> StatusListToken:
        try:
            token = fetch()
            self.freshness.check_age(token, now=now)
        except TransportError as error:
            with self._lock:
                earlier = self._usable(key, now)
                if self.policy is StatusPolicy.BEST_EFFORT and earlier is not None:
                    self._keep(key, earlier, now + self._error_lifetime)
                    return earlier
                self._remember(key, error, now)
            raise
        except RemoteError as error:
            with self._lock:
                self._remember(key, error, now)
            raise
        with self._lock:
            self._errors.pop(key, None)
            if token.issued_at < self._cache.newest(key):
                token = self._instead_of_older(key, now)
                self._keep(key, token, now + self.freshness.min_ttl)
            else:
                self._keep(key, token, self.freshness.fresh_until(token, fetched_at=now))
        return token

    def _keep(self, key: CacheKey, token: StatusListToken, until: int) -> None:
        if token.expires_at is not None:
            until = min(until, token.expires_at)
        self._cache.put(key, CachedStatusList(token, until))

    def _instead_of_older(self, key: CacheKey, now: int) -> StatusListToken:
        """What is kept, while it has not expired: a second server may lag a little behind the first."""
        earlier = self._usable(key, now)
        if earlier is None:
            error = InvalidStatus(
                "the status list token is older than the one that was seen before",
                code="status_rolled_back",
                spec="TSL §8.3(4b)",
                pointer="/payload/iat",
            )
            self._remember(key, error, now)
            raise error
        return earlier

    def _usable(self, key: CacheKey, now: int) -> StatusListToken | None:
        """What is kept, fresh or not, unless it has expired."""
        cached = self._cache.get(key)
        if cached is None or (cached.token.expires_at is not None and now >= cached.token.expires_at):
            return None
        return cached.token

    def _remember(self, key: CacheKey, error: RemoteError, now: int) -> None:
        if len(self._errors) >= _MAX_ERRORS:
            self._errors.clear()
        self._errors[key] = (now + self._error_lifetime, error)


_CODES: dict[int, str] = {Status.INVALID: "revoked", Status.SUSPENDED: "suspended"}


class _UnderWay:
    """One fetch, and those who wait for it. It is gone when nobody holds it any more."""

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()


def _verify(
    fetched: FetchedStatusList,
    uri: str,
    signer: StatusSigner,
    now: int,
    accepted: Sequence[str],
) -> StatusListToken:
    if fetched.media_type not in accepted:
        raise _other_type(fetched.media_type, accepted)
    if fetched.media_type == STATUS_LIST_CWT_MEDIA_TYPE:
        return verify_status_list_cwt(fetched.body, uri=uri, signer=signer, now=now)
    if fetched.media_type == IDENTIFIER_LIST_MEDIA_TYPE:
        return verify_identifier_list(fetched.body, uri=uri, signer=signer, now=now)
    text = fetched.body.decode("ascii", "replace")
    return verify_status_list_jwt(text, uri=uri, signer=signer, now=now)


def _only_identifies(status: Any) -> bool:
    """Whether an mdoc is revoked by its identifier: what also has a status list is looked up there."""
    return isinstance(status, dict) and "identifier_list" in status and "status_list" not in status


def _other_type(media_type: str, accepted: Sequence[str]) -> TransportError:
    return TransportError(
        f"the status list came as {media_type[:64] or 'nothing in particular'}",
        code="content_type",
        spec="TSL §8.2",
        hint=f"answer with {' or '.join(accepted)}",
    )
