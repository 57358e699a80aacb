"""What may be used once is used once, also when several want it at the same moment: threads, workers, processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from issuer_races import RACES, RUNNERS
from issuer_world import Answered, Asked, Client, Send, World, cards_of, identifier_of, sender
from kept_in import address, issuer_store

from nlwallet.errors import LocalError
from nlwallet.issuer import InMemoryIssuerStore, IssuerStore, StatusStore
from nlwallet.issuer.issuer_store import Step

HERE = Path(__file__).parent
BY_NAME = {race.name: race for race in RACES}
PATIENCE = 30
"""Seconds before a thread that waits for the others is a failure."""


class Meeting:
    """Where runners wait for each other, once they have looked at something of a kind."""

    def __init__(self) -> None:
        self.kind: str | None = None
        self._barrier = threading.Barrier(RUNNERS)

    def at(self, kind: str) -> None:
        if kind == self.kind:
            self._barrier.wait(PATIENCE)


class MeetingStore:
    """A store in which all runners have looked at something before any of them goes on to use it."""

    def __init__(self, store: IssuerStore, meeting: Meeting) -> None:
        self._store = store
        self._meeting = meeting

    @property
    def statuses(self) -> StatusStore:
        return self._store.statuses

    def step(self, *, now: int) -> AbstractContextManager[Step]:
        return self._store.step(now=now)

    def get(self, kind: str, name: str, *, now: int) -> dict[str, Any] | None:
        found = self._store.get(kind, name, now=now)
        self._meeting.at(kind)
        return found

    def all(self, kind: str, *, now: int) -> tuple[tuple[str, dict[str, Any]], ...]:
        return self._store.all(kind, now=now)

    def was_used(self, kind: str, name: str, *, now: int) -> bool:
        used = self._store.was_used(kind, name, now=now)
        self._meeting.at(kind)
        return used


class Course:
    """Issuers on one store, or on stores of one file, and the world around them."""

    def __init__(self, world: World, stores: Sequence[IssuerStore]) -> None:
        self.world = world
        self._meeting = Meeting()
        self.issuers = [world.issuer(MeetingStore(store, self._meeting)) for store in stores]
        self.issuer = self.issuers[0]
        self._senders = [sender(issuer) for issuer in self.issuers]
        self.send: Send = self._senders[0]

    def client(self) -> Client:
        return Client(self.world, self.send)

    def at_once(self, asked: Sequence[Asked], *, looked_at: str | None = None) -> list[Answered]:
        """All requests in threads that begin together, each at the next of the issuers."""
        sends = [self._senders[n % len(self._senders)] for n in range(len(asked))]
        return self.begin([lambda n=n: sends[n](asked[n]) for n in range(len(asked))], looked_at=looked_at)

    def begin(self, work: Sequence[Callable[[], Any]], *, looked_at: str | None = None) -> list[Any]:
        start = threading.Barrier(len(work))

        def run(one: Callable[[], Any]) -> Any:
            start.wait(PATIENCE)
            return one()

        self._meeting.kind = looked_at
        try:
            with ThreadPoolExecutor(len(work)) as pool:
                return list(pool.map(run, work))
        finally:
            self._meeting.kind = None


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(params=["memory", "file", "two-workers-on-a-file", "two-workers-on-postgresql"])
def course(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[Course]:
    if request.param == "memory":
        yield Course(world, [InMemoryIssuerStore()])
        return
    on_a_server = request.param.endswith("postgresql")
    place = request.getfixturevalue("postgresql")() if on_a_server else tmp_path / "issuer.sqlite"
    with issuer_store(place) as one, issuer_store(place) as other:
        yield Course(world, [one] if request.param == "file" else [one, other])


def run(course: Course, name: str) -> list[Answered]:
    race = BY_NAME[name]
    requests = race.requests(course.world, course.issuer, course.send)
    answers = course.at_once(requests, looked_at=race.looked_at)
    race.check(answers)
    return answers


# Each once ---------------------------------------------------------------------------------------


@pytest.mark.req("ADV-191")
@pytest.mark.parametrize("name", ["pre-authorized_code", "tx_code"])
def test_a_pre_authorized_code_is_good_for_one_token(course: Course, name: str) -> None:
    run(course, name)


@pytest.mark.req("ADV-192")
@pytest.mark.parametrize("name", ["authorization_code", "request_uri"])
def test_an_authorization_code_and_a_pushed_request_are_used_once(course: Course, name: str) -> None:
    run(course, name)


@pytest.mark.parametrize("name", ["access_token", "credential_identifier", "promised_identifier"])
def test_a_token_gets_a_data_set_once(course: Course, name: str) -> None:
    answers = run(course, name)
    assert sum(len(cards_of(one)) for one in answers) == (0 if name == "promised_identifier" else 1)
    assert len(course.issuer.issued) + len(course.issuer.waiting) == 1


@pytest.mark.req("ADV-181")
def test_a_nonce_is_good_for_one_credential_request(course: Course) -> None:
    run(course, "c_nonce")
    assert len(course.issuer.issued) == 1


@pytest.mark.req("ADV-189", "I-27")
def test_a_transaction_is_ended_once(course: Course) -> None:
    answers = run(course, "transaction_id")
    assert sum(len(cards_of(one)) for one in answers) == 1
    assert len(course.issuer.issued) == 1


@pytest.mark.req("ADV-187")
@pytest.mark.parametrize("name", ["dpop_jti", "dpop_jti-refresh_token", "dpop_jti-credential"])
def test_a_dpop_proof_is_used_once(course: Course, name: str) -> None:
    run(course, name)


@pytest.mark.req("ADV-193", "K-05")
@pytest.mark.parametrize("name", ["challenge", "pop_jti"])
def test_a_proof_of_a_wallet_instance_is_used_once(course: Course, name: str) -> None:
    run(course, name)


# tx_code -----------------------------------------------------------------------------------------


def guess(course: Course, guesses: int) -> tuple[Asked, list[Answered]]:
    """The right request for later, and what became of so many wrong ones at once."""
    made = course.issuer.offer("nl-pid", course.world.claims, tx_code=True)
    code, right = made.offer.pre_authorized_code or "", int(made.tx_code or "")
    wrong = [f"{(right + n) % 1_000_000:06}" for n in range(1, guesses + 1)]
    asked = [course.client().exchange_offer(code, tx_code=one) for one in wrong]
    looked_at = "pre_authorized_code" if guesses == RUNNERS else None
    return course.client().exchange_offer(code, tx_code=made.tx_code), course.at_once(
        asked, looked_at=looked_at
    )


@pytest.mark.req("AS-05", "ADV-191")
def test_guesses_at_once_all_count(course: Course) -> None:
    right, answers = guess(course, RUNNERS)
    assert [(one.status, one.error) for one in answers] == [(400, "invalid_grant")] * RUNNERS
    assert course.send(right).error == "invalid_grant"


@pytest.mark.req("AS-05")
def test_each_guess_counts_once(course: Course) -> None:
    right, _ = guess(course, 2)
    assert course.send(right).status == 200


# Another client ----------------------------------------------------------------------------------


@pytest.mark.req("AS-11", "ADV-192")
def test_a_code_is_of_no_use_to_another_client_that_is_faster(course: Course) -> None:
    owner = course.client()
    code = owner.code()
    asked = [owner.exchange_code(code), *(course.client().exchange_code(code) for _ in range(RUNNERS - 1))]
    mine, *others = course.at_once(asked, looked_at="code")
    assert [(one.status, one.error) for one in others] == [(400, "invalid_grant")] * (RUNNERS - 1)
    assert (mine.status, mine.error) in {(200, None), (400, "invalid_grant")}
    assert course.send(owner.exchange_code(code)).error == "invalid_grant"


@pytest.mark.req("ADV-189", "I-27")
def test_a_transaction_is_of_no_use_to_another_client_that_is_faster(course: Course) -> None:
    owner = course.client()
    token, transaction = owner.transaction(course.issuer)
    others = [course.client() for _ in range(RUNNERS - 1)]
    asked = [
        owner.deferred(token, transaction),
        *(one.deferred(one.token()["access_token"], transaction) for one in others),
    ]
    mine, *theirs = course.at_once(asked, looked_at="transaction")
    assert (mine.status, len(cards_of(mine))) == (200, 1)
    assert {(one.status, one.error) for one in theirs} == {(400, "invalid_transaction_id")}


def test_a_refresh_token_gives_its_own_wallet_tokens_that_are_good_once_each(course: Course) -> None:
    """It is not used up (FAPI 2.0 Security Profile §5.3.2.1); another instance gets nothing for it."""
    owner, thief = course.client(), course.client()
    refresh = owner.token()["refresh_token"]
    asked = [owner.refresh(refresh), owner.refresh(refresh), thief.refresh(refresh), thief.refresh(refresh)]
    answers = course.at_once(asked, looked_at="refresh_token")
    assert [one.status for one in answers] == [200, 200, 400, 400]
    tokens = [one.body for one in answers[:2]]
    assert len({one["access_token"] for one in tokens}) == 2
    for token in tokens:
        identifier = identifier_of(token)
        twice = [owner.credential(token["access_token"], identifier=identifier) for _ in range(2)]
        assert sorted(one.status for one in course.at_once(twice)) == [200, 401]
    assert len({batch.credential_id for batch in course.issuer.issued}) == 1


# Decided by the issuer ---------------------------------------------------------------------------


def test_a_request_is_decided_once(course: Course) -> None:
    client = course.client()
    token = client.token(scope="later")
    asked = client.credential(token["access_token"], identifier=identifier_of(token))
    transaction = course.send(asked).body["transaction_id"]
    handles = [course.issuers[n % len(course.issuers)].waiting[0] for n in range(RUNNERS)]

    def decide(n: int) -> str:
        handle = handles[n]
        try:
            handle.approve() if n % 2 else handle.deny()
        except LocalError:
            return "late"
        return handle.decision

    decisions = course.begin([lambda n=n: decide(n) for n in range(RUNNERS)])
    assert decisions.count("late") == RUNNERS - 1
    (decision,) = set(decisions) - {"late"}
    assert course.issuer.waiting == ()
    answer = course.send(client.deferred(token["access_token"], transaction))
    assert answer.status == (200 if decision == "approved" else 400)


@pytest.mark.req("I-28")
def test_no_event_is_lost(course: Course) -> None:
    client = course.client()
    token = client.token()
    access = token["access_token"]
    reply = course.send(client.credential(access, identifier=identifier_of(token)))
    name = reply.body["notification_id"]
    events = ["credential_accepted", "credential_deleted"] * (RUNNERS // 2)
    answers = course.at_once([client.notify(access, name, event) for event in events])
    assert {one.status for one in answers} == {204}
    assert set(course.issuer.issued[0].events) == set(events)


# Processes ---------------------------------------------------------------------------------------


@pytest.mark.req("ADV-189", "ADV-191", "ADV-192")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_share_a_database_use_nothing_twice(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place = tmp_path / "issuer.sqlite" if kind == "sqlite" else request.getfixturevalue("postgresql")()
    done = subprocess.run(
        [sys.executable, str(HERE / "issuer_racers.py"), address(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert set(told["won"]) == set(BY_NAME)
    # Not always the same process wins: they did run beside each other.
    assert len(Counter(winner for winners in told["won"].values() for winner in winners)) > 1
