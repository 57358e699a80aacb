"""Where an issuer keeps what it must not forget: the same behaviour in memory and in a file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey
from nlwallet.errors import LocalError
from nlwallet.issuer import (
    InMemoryIssuerStore,
    IssuerStore,
    SqliteIssuerStore,
    SqliteStatusStore,
    pid_configuration,
)
from nlwallet.issuer.client_authentication import Client
from nlwallet.issuer.deferral import Deferral, Deferrals
from nlwallet.issuer.grant import Dataset, Grant
from nlwallet.issuer.issuer_store import name_of
from nlwallet.issuer.lasting import lasting_key
from nlwallet.issuer.notifications import IssuedBatch
from nlwallet.issuer.offers import Offers, new_offer_secrets
from nlwallet.issuer.pending import Authorized, Offered, PushedRequest
from nlwallet.openid4vci import AuthorizationRequest, CredentialOffer, TxCode

NOW = 1_790_000_000
THREADS = 8


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IssuerStore]:
    if request.param == "memory":
        yield InMemoryIssuerStore()
        return
    with SqliteIssuerStore(tmp_path / "issuer.sqlite") as found:
        yield found


def put(
    store: IssuerStore, name: str, *, end: int | None = NOW + 60, limit: int | None = None, now: int = NOW
) -> None:
    with store.step(now=now) as step:
        step.put("kind", name, {"of": name}, expires_at=end, limit=limit)


def names(store: IssuerStore, *, now: int = NOW) -> list[str]:
    return [name for name, _ in store.all("kind", now=now)]


# Values ------------------------------------------------------------------------------------------


def test_a_value_is_there_until_its_end(store: IssuerStore) -> None:
    put(store, "a")
    put(store, "b", end=None)
    assert store.get("kind", "a", now=NOW + 59) == {"of": "a"}
    assert store.get("kind", "a", now=NOW + 60) is None
    assert store.get("kind", "b", now=NOW * 2) == {"of": "b"}
    assert store.get("another", "a", now=NOW) is None
    assert store.get("kind", "c", now=NOW) is None
    with store.step(now=NOW + 59) as step:
        assert (step.now, step.get("kind", "a")) == (NOW + 59, {"of": "a"})
    with store.step(now=NOW + 60) as step:
        assert step.get("kind", "a") is None
        assert step.get("kind", "b") == {"of": "b"}


def test_all_of_a_kind_come_in_the_order_in_which_they_came(store: IssuerStore) -> None:
    for name in "cab":
        put(store, name)
    put(store, "d", end=NOW + 10)
    with store.step(now=NOW) as step:
        step.replace("kind", "c", {"of": "changed"})
    assert store.all("kind", now=NOW)[0] == ("c", {"of": "changed"})
    assert names(store) == ["c", "a", "b", "d"]
    assert names(store, now=NOW + 10) == ["c", "a", "b"]
    assert store.all("another", now=NOW) == ()


def test_beyond_the_limit_the_oldest_go(store: IssuerStore) -> None:
    for name in "abcde":
        put(store, name, limit=3)
    assert names(store) == ["c", "d", "e"]


def test_what_a_step_changes_keeps_its_end(store: IssuerStore) -> None:
    put(store, "a")
    with store.step(now=NOW + 30) as step:
        step.replace("kind", "a", {"n": 2})
        assert step.get("kind", "a") == {"n": 2}
    assert store.get("kind", "a", now=NOW + 59) == {"n": 2}
    assert store.get("kind", "a", now=NOW + 60) is None


def test_what_was_removed_is_gone_and_its_name_is_free(store: IssuerStore) -> None:
    put(store, "a")
    with store.step(now=NOW) as step:
        assert step.remove("kind", "a")
        assert not step.remove("kind", "a")
        assert not step.remove("another", "a")
        assert step.get("kind", "a") is None
    put(store, "a", end=NOW + 600)
    # The end of the first one of that name is not that of the second.
    put(store, "b", now=NOW + 60, end=NOW + 600)
    assert names(store, now=NOW + 60) == ["a", "b"]


def test_a_step_that_makes_no_sense_does_nothing(store: IssuerStore) -> None:
    put(store, "a")
    wrong: list[Callable[[Any], object]] = [
        lambda step: step.put("kind", "a", {}, expires_at=None),
        lambda step: step.replace("kind", "b", {}),
        lambda step: step.put("kind", "b", {"x": object()}, expires_at=None),
        lambda step: step.replace("kind", "a", {"x": 2**70}),
        lambda step: step.replace("kind", "a", {"x": [{"born": date(2000, 3, 24)}]}),
        lambda step: step.replace("kind", "a", {"x": b"octets"}),
        lambda step: step.replace("kind", "a", {1: "x"}),
    ]
    for one in wrong:
        with pytest.raises(LocalError) as refused, store.step(now=NOW) as step:
            one(step)
        assert refused.value.code == "store"
    assert store.all("kind", now=NOW) == (("a", {"of": "a"}),)


def test_a_value_is_a_copy(store: IssuerStore) -> None:
    value = {"list": [1]}
    with store.step(now=NOW) as step:
        step.put("kind", "a", value, expires_at=None)
    value["list"].append(2)
    found = store.get("kind", "a", now=NOW)
    assert found == {"list": [1]}
    found["list"].append(3)
    assert store.get("kind", "a", now=NOW) == {"list": [1]}


def test_a_step_that_fails_leaves_nothing_behind(store: IssuerStore) -> None:
    for name in "abc":
        put(store, name)
    before = store.all("kind", now=NOW)

    def much() -> None:
        with store.step(now=NOW) as step:
            step.put("kind", "d", {}, expires_at=None, limit=2)
            step.remove("kind", "c")
            step.put("kind", "c", {"of": "another"}, expires_at=NOW + 1)
            step.replace("kind", "c", {"of": "a third"})
            assert step.use("once", {"x": NOW + 60, "y": NOW + 60}, limit=9)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        much()
    assert store.all("kind", now=NOW) == before
    assert not store.was_used("once", "x", now=NOW)
    with store.step(now=NOW) as step:
        assert step.use("once", {"x": NOW + 60}, limit=9)
        step.put("kind", "e", {"of": "e"}, expires_at=NOW + 60)
    assert names(store) == ["a", "b", "c", "e"]


# Once --------------------------------------------------------------------------------------------


def use(store: IssuerStore, *used: str, limit: int = 9, now: int = NOW, end: int = NOW + 60) -> bool:
    with store.step(now=now) as step:
        return step.use("once", dict.fromkeys(used, end), limit=limit)


def test_a_name_is_used_once_until_its_end(store: IssuerStore) -> None:
    assert use(store, "a")
    assert not use(store, "a", now=NOW + 59)
    assert store.was_used("once", "a", now=NOW + 59)
    assert not store.was_used("once", "a", now=NOW + 60)
    assert not store.was_used("another", "a", now=NOW)
    assert not store.was_used("once", "b", now=NOW)
    assert use(store, "a", now=NOW + 60, end=NOW + 120)


def test_all_names_are_used_or_none(store: IssuerStore) -> None:
    assert use(store, "a")
    assert not use(store, "b", "a", "c")
    assert use(store, "b", "c")


def test_nothing_that_was_used_is_forgotten_for_want_of_room(store: IssuerStore) -> None:
    assert use(store, "a", "b", limit=3)
    assert not use(store, "c", "d", limit=3)
    assert use(store, "c", limit=3)
    assert not use(store, "d", limit=3)
    assert not any(use(store, name, limit=99) for name in "abc")
    assert use(store, "d", limit=3, now=NOW + 60, end=NOW + 120)


# At once -----------------------------------------------------------------------------------------


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """What ``work`` came to in each of some threads that begin together."""
    barrier = threading.Barrier(THREADS)

    def begin(thread: int) -> Any:
        barrier.wait()
        return work(thread)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


@pytest.mark.parametrize("round_", range(5))
def test_of_many_steps_at_once_one_removes_or_uses(store: IssuerStore, round_: int) -> None:
    put(store, "a")

    def remove(_: int) -> bool:
        with store.step(now=NOW) as step:
            return step.remove("kind", "a")

    assert at_once(remove).count(True) == 1
    assert at_once(lambda _: use(store, "a")).count(True) == 1


def test_no_change_is_lost(store: IssuerStore) -> None:
    with store.step(now=NOW) as step:
        step.put("kind", "n", {"n": 0}, expires_at=None)

    def count(_: int) -> None:
        for _ in range(25):
            with store.step(now=NOW) as step:
                step.replace("kind", "n", {"n": (step.get("kind", "n") or {})["n"] + 1})

    at_once(count)
    assert store.get("kind", "n", now=NOW) == {"n": 25 * THREADS}


def test_a_lasting_key_is_one_for_all(store: IssuerStore) -> None:
    keys = at_once(lambda _: lasting_key(store, "key"))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert lasting_key(store, "another") != keys[0]


# The file ----------------------------------------------------------------------------------------


def test_a_file_is_read_again_also_by_who_wants_statuses_only(tmp_path: Path) -> None:
    path = tmp_path / "issuer.sqlite"
    with SqliteIssuerStore(path) as store:
        put(store, "a")
        assert use(store, "b")
        key = lasting_key(store, "key")
        store.statuses.add_list(1, size=16, bits=2)
        store.statuses.take("card", 1, iter([5]), count=1, limit=16)
    with SqliteIssuerStore(path) as store:
        assert names(store) == ["a"]
        assert not use(store, "b")
        assert lasting_key(store, "key") == key
    with SqliteStatusStore(path) as statuses:
        assert statuses.places_of("card") == ((1, 5),)
    assert path.stat().st_mode & 0o077 == 0


def test_two_that_have_the_file_open_see_each_other(tmp_path: Path) -> None:
    path = tmp_path / "issuer.sqlite"
    with SqliteIssuerStore(path) as one, SqliteIssuerStore(path) as other:
        put(one, "a")
        assert other.get("kind", "a", now=NOW) == {"of": "a"}
        assert use(one, "b")
        assert not use(other, "b")
        stores = [one, other] * (THREADS // 2)
        put(one, "c")

        def remove(thread: int) -> bool:
            with stores[thread].step(now=NOW) as step:
                return step.remove("kind", "c")

        assert at_once(remove).count(True) == 1


def test_a_file_of_statuses_alone_gets_the_rest(tmp_path: Path) -> None:
    """As a version of nlwallet made it that kept statuses only."""
    path = tmp_path / "issuer.sqlite"
    with SqliteStatusStore(path) as statuses:
        statuses.add_list(1, size=16, bits=2)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE kept")
        connection.execute("DROP TABLE used")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with SqliteIssuerStore(path) as store:
        put(store, "a")
        assert names(store) == ["a"]
        assert [one.number for one in store.statuses.lists()] == [1]


def test_what_expired_or_was_removed_does_not_stay_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "issuer.sqlite"
    with SqliteIssuerStore(path) as store, store.step(now=NOW) as step:
        step.put("kind", "a", {"name": "Hofstra-Expired"}, expires_at=NOW + 60)
        step.put("kind", "b", {"name": "Hofstra-Removed"}, expires_at=None)
    assert b"Hofstra-Expired" in path.read_bytes()
    with SqliteIssuerStore(path) as store, store.step(now=NOW + 60) as step:
        step.remove("kind", "b")
    assert b"Hofstra" not in path.read_bytes()


def test_a_file_that_breaks_is_our_mistake(tmp_path: Path) -> None:
    with SqliteIssuerStore(tmp_path / "issuer.sqlite") as store:
        put(store, "a")
        put(store, "b")
        store._connection.execute("UPDATE kept SET value = 'rubbish' WHERE name = 'a'")
        store._connection.execute("UPDATE kept SET value = '[]' WHERE name = 'b'")
        for name in "ab":
            with pytest.raises(LocalError) as refused:
                store.get("kind", name, now=NOW)
            assert refused.value.code == "store"
        store._connection.execute("DROP TABLE kept")
        steps: list[Callable[[], object]] = [
            lambda: store.get("kind", "a", now=NOW),
            lambda: put(store, "a"),
            lambda: names(store),
        ]
        for step in steps:
            with pytest.raises(LocalError, match="cannot be used"):
                step()
        assert not store._connection.in_transaction


# What is kept of an issuer -----------------------------------------------------------------------

PID = pid_configuration()
KNOWN = {PID.id: PID}
DATASET = Dataset(PID, {"family_name": "Hofstra", "age": 26, "address": {"locality": "Amsterdam"}}, "card-1")
GRANT = Grant({"id-1": DATASET}, "client", "jkt", "instance", True, "frouke", frozenset({"id-0"}), "name")
PUSHED = PushedRequest(
    AuthorizationRequest(
        "client", "https://w.example/cb", "challenge", "state", ("pid",), ("nl-pid",), "is", "jkt"
    ),
    Client("client", "instance"),
    "jkt",
    ("nl-pid",),
    True,
)


def through(value: dict[str, Any], store: IssuerStore) -> dict[str, Any]:
    with store.step(now=NOW) as step:
        step.put("kind", "value", value, expires_at=None)
    found = store.get("kind", "value", now=NOW)
    assert found is not None
    return found


def set_in(value: Any) -> Any:
    """The value, of which no field has its default: one that was forgotten would have it when it is read again."""
    for one in fields(value):
        assert getattr(value, one.name) != one.default, one.name
    return value


def test_values_are_read_as_they_were_written(store: IssuerStore) -> None:
    assert Grant.from_json("name", through(set_in(GRANT).as_json(), store), KNOWN) == GRANT


def test_pending_values_are_read_as_they_were_written(store: IssuerStore) -> None:
    set_in(PUSHED.request)
    set_in(PUSHED.client)
    authorized = set_in(Authorized(set_in(PUSHED), "frouke"))
    assert Authorized.from_json(through(authorized.as_json(), store), KNOWN) == authorized
    without = replace(PUSHED, client=None, bound_to=None)
    assert PushedRequest.from_json(without.as_json(), KNOWN) == without


def test_offered_and_issued_values_are_read_as_they_were_written(store: IssuerStore) -> None:
    offered = set_in(Offered((DATASET, DATASET), "mac", 2))
    assert Offered.from_json(through(offered.as_json(), store), KNOWN) == offered
    issued = set_in(IssuedBatch("nl-pid", "client", "card-1", NOW, {"credential_accepted": "fine"}))
    assert IssuedBatch.from_json(issued.as_json()) == issued


def test_a_promise_is_read_as_it_was_written(store: IssuerStore) -> None:
    deferrals = Deferrals(store, TravellingClock(NOW), KNOWN)
    keys = (PrivateKey.generate().public, PrivateKey.generate("P-384").public)
    with store.step(now=NOW) as step:
        id_ = deferrals.add(step, Deferral(DATASET, keys, "client", "jkt"))
    found = deferrals.find(id_, now=NOW)
    assert found is not None
    kept = (found.dataset, found.keys, found.client_id, found.bound_to, found.decision)
    assert kept == (DATASET, keys, "client", "jkt", "pending")
    assert deferrals.waiting[0].keys == keys


def test_what_is_not_issued_any_more_is_forgotten(store: IssuerStore) -> None:
    deferrals, later = (
        Deferrals(store, TravellingClock(NOW), KNOWN),
        Deferrals(store, TravellingClock(NOW), {}),
    )
    with store.step(now=NOW) as step:
        id_ = deferrals.add(step, Deferral(DATASET, (), None, None))
    assert len(deferrals.waiting) == 1
    assert (later.waiting, later.find(id_, now=NOW)) == ((), None)
    assert Offered.from_json(Offered((DATASET,)).as_json(), {}) is None
    assert Grant.from_json("name", GRANT.as_json(), {}).datasets == {}
    assert Authorized.from_json(Authorized(PUSHED, "frouke").as_json(), {}) is None


def test_an_offer_is_kept_without_its_code(store: IssuerStore) -> None:
    name, code = new_offer_secrets()
    offer = CredentialOffer("https://i.example", ("nl-pid",), code, TxCode(length=6))
    invitation = CredentialOffer(
        "https://i.example", ("nl-pid",), authorization_code=True, issuer_state="state"
    )
    offers = Offers(store)
    other, _ = new_offer_secrets()
    with store.step(now=NOW) as step:
        offers.keep(step, name, offer)
        offers.keep(step, other, invitation)
    assert offers.look(name, now=NOW) == offer
    assert offers.look(other, now=NOW) == invitation
    assert offers.look(code, now=NOW) is None
    kept = repr(store.all("offer", now=NOW))
    assert name_of(name) in kept
    assert code not in kept
    assert name not in kept
