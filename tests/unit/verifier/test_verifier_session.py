"""The state machine and its store: in memory, in a file, and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidResponse, LocalError
from nlwallet.report import Report
from nlwallet.store import Database
from nlwallet.verifier import InMemorySessionStore, SessionStore, SqlSessionStore
from nlwallet.verifier.release import release, result_of, settled
from nlwallet.verifier.result import Status
from nlwallet.verifier.session import (
    MAX_REJECTED_RESPONSES,
    MAX_WRONG_RESPONSE_CODES,
    VERIFYING_SECONDS,
    Session,
    State,
)
from nlwallet.verifier.store import advance

QUERY = DcqlQuery.parse(
    {"credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:1"]}}]}
)


def session(name: str = "t", *, created_at: int = 1000, flow: str = "cross_device") -> Session:
    return Session(
        id=name,
        request_id=f"r-{name}",
        flow=flow,  # type: ignore[arg-type]
        query=QUERY,
        client_id="x509_hash:x",
        response_mode="direct_post.jwt",
        nonce="nonce",
        state_parameter="state",
        encryption_key=PrivateKey.generate(),
        encryption_kid="kid",
        registration_certificate=None,
        created_at=created_at,
        expires_at=created_at + 100,
    )


Open = Callable[..., SessionStore]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens a store; another one on the same database has the same sessions."""
    with ExitStack() as stack:
        if request.param == "memory":
            yield InMemorySessionStore
            return
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path}/sessions.sqlite"
        else:
            url = request.getfixturevalue("postgresql")()
        database = stack.enter_context(Database(url))
        yield lambda **more: SqlSessionStore(database, **more)


@pytest.fixture
def keep(opened: Open) -> Callable[[Session], SessionStore]:
    def stored(one: Session) -> SessionStore:
        store = opened()
        store.add(one, now=one.created_at)
        return store

    return stored


def test_a_session_is_open_until_it_is_taken_or_expires() -> None:
    one = session()
    assert one.is_open(1099)
    assert not one.is_open(1100)
    assert not one.taken(now=1000).is_open(1000)


@pytest.mark.req("HV-07")
def test_the_encryption_key_is_gone_once_the_session_is_answered() -> None:
    assert session().taken(now=1000).encryption_key is None


@pytest.mark.req("V-39", "ADV-029")
def test_of_many_answers_at_once_exactly_one_takes_the_session(
    keep: Callable[[Session], SessionStore],
) -> None:
    store, threads = keep(session()), 16
    barrier = Barrier(threads)

    def answer(_: int) -> bool:
        barrier.wait()
        return advance(store, "t", lambda current: current.taken(now=1000), open_at=1000) is not None

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(answer, range(threads))) == 1


def test_replace_refuses_a_stale_revision(keep: Callable[[Session], SessionStore]) -> None:
    one = session()
    store = keep(one)
    assert store.replace(one, one.taken(now=1000))
    assert not store.replace(one, one.taken(now=1000))
    assert not store.replace(session("other"), session("other").taken(now=1000))


def test_a_response_that_did_not_count_leaves_the_session_open(
    keep: Callable[[Session], SessionStore],
) -> None:
    store = keep(session())
    for _ in range(MAX_REJECTED_RESPONSES + 3):
        advance(store, "t", lambda current: current.with_rejected(Report()), open_at=1000)
    now_stored = store.by_id("t")
    assert now_stored is not None
    assert now_stored.is_open(1000)
    assert len(now_stored.rejected) == MAX_REJECTED_RESPONSES


def test_the_store_is_bounded_and_forgets_what_is_over(opened: Open) -> None:
    store = opened(max_sessions=2, retention_seconds=10)
    store.add(session("a"), now=1000)
    store.add(session("b", created_at=1050), now=1050)
    with pytest.raises(LocalError) as caught:
        store.add(session("c", created_at=1051), now=1051)
    assert caught.value.code == "too_many_sessions"
    store.add(session("c", created_at=1111), now=1111)
    assert len(store) == 2  # type: ignore[arg-type]
    assert store.by_id("a") is None
    assert store.by_request_id("r-a") is None
    assert store.by_request_id("r-c") is not None


def test_old_sessions_go_without_the_store_being_full(opened: Open) -> None:
    store = opened(retention_seconds=10)
    store.add(session("a"), now=1000)
    store.add(session("b", created_at=2000), now=2000)
    assert len(store) == 1  # type: ignore[arg-type]


def test_two_that_came_for_one_address_are_forgotten_one_by_one() -> None:
    """As when two wallets fetch one request at once, and one of them is told that it was too late."""
    store = InMemorySessionStore(retention_seconds=10)
    for name, begun in (("a", 1000), ("b", 1050)):
        store.add(replace(session(name, created_at=begun), request_id="r"), now=begun)
    store.add(session("c", created_at=1111), now=1111)
    found = store.by_request_id("r")
    assert found is not None
    assert found.id == "b"
    store.add(session("d", created_at=2000), now=2000)
    assert store.by_request_id("r") is None


@pytest.mark.req("HV-12", "ADV-014")
def test_a_locked_presentation_reads_as_pending_and_then_as_expired() -> None:
    locked = session(flow="same_device").taken(now=1000).verified((), Report(), response_code="code")
    assert result_of(locked, now=1050).status is Status.PENDING
    assert len(result_of(locked, now=1050).report) == 0
    late = result_of(locked, now=1100)
    assert late.status is Status.EXPIRED
    with pytest.raises(InvalidResponse):
        late.claims("pid")


@pytest.mark.req("HV-12")
def test_a_response_code_that_comes_too_late_is_refused(keep: Callable[[Session], SessionStore]) -> None:
    locked = session(flow="same_device").taken(now=1000).verified((), Report(), response_code="code")
    with pytest.raises(InvalidResponse):
        release(keep(locked), "t", "code", now=1100)


@pytest.mark.req("V-36", "ADV-011")
def test_wrong_response_codes_are_refused_and_end_it_after_a_few(
    keep: Callable[[Session], SessionStore],
) -> None:
    store = keep(session(flow="same_device").taken(now=1000).verified((), Report(), response_code="code"))
    for _ in range(MAX_WRONG_RESPONSE_CODES):
        with pytest.raises(InvalidResponse) as caught:
            release(store, "t", "wrong", now=1000)
        assert caught.value.code == "invalid_response_code"
    ended = store.by_id("t")
    assert ended is not None
    assert ended.state is State.FAILED
    with pytest.raises(InvalidResponse):
        release(store, "t", "code", now=1000)


@pytest.mark.req("ADV-012")
def test_of_many_with_the_right_code_exactly_one_gets_the_presentation(
    keep: Callable[[Session], SessionStore],
) -> None:
    store = keep(session(flow="same_device").taken(now=1000).verified((), Report(), response_code="code"))
    threads = 8
    barrier = Barrier(threads)

    def claim(_: int) -> bool:
        barrier.wait()
        try:
            return release(store, "t", "code", now=1000).status is Status.VERIFIED
        except InvalidResponse:
            return False

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(claim, range(threads))) == 1


def test_an_empty_code_never_opens_anything() -> None:
    assert not session().accepts_response_code("")
    unlocked = session().taken(now=1000).verified((), Report(), response_code=None)
    assert not unlocked.accepts_response_code("")
    assert not unlocked.is_locked


def test_nothing_secret_is_in_the_repr() -> None:
    one = session("transaction-secret")
    assert "transaction-secret" not in repr(one).replace("r-transaction-secret", "")
    assert "'nonce'" not in repr(one)
    assert "state'" not in repr(one)


# Left behind -------------------------------------------------------------------------------------


def test_a_verification_that_nobody_ends_has_failed_after_a_minute(
    keep: Callable[[Session], SessionStore],
) -> None:
    store = keep(session())
    taken = advance(store, "t", lambda current: current.taken(now=1000), open_at=1000)
    assert taken is not None
    before = settled(store, taken, now=1000 + VERIFYING_SECONDS - 1)
    assert result_of(before, now=1001).status is Status.PENDING
    after = settled(store, taken, now=1000 + VERIFYING_SECONDS)
    result = result_of(after, now=1200)
    assert (result.status, result.error and result.error.code) == ("failed", "verification_interrupted")
    kept = store.by_id("t")
    assert kept is not None
    assert (kept.state, kept.encryption_key, kept.revision) == (State.FAILED, None, after.revision)
    assert kept.error is not None
    assert kept.error.diagnostics() == after.error.diagnostics()  # type: ignore[union-attr]
    late = advance(
        store, "t", lambda now: now.verified((), Report(), response_code=None), only_from=State.VERIFYING
    )
    assert late is None, "whoever comes back with a result after that is too late"


def test_a_session_that_is_not_verified_is_not_interrupted(keep: Callable[[Session], SessionStore]) -> None:
    store = keep(session())
    assert settled(store, session(), now=9000).state is State.PENDING
    assert result_of(session(), now=9000).status is Status.EXPIRED
    assert store.by_id("t") is not None
