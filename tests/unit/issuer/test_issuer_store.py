"""Where an issuer keeps what it must not forget: the same behaviour in memory, in a file and in PostgreSQL."""

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
from kept_in import issuer_store, run, status_store

from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey
from nlwallet.errors import LocalError
from nlwallet.issuer import (
    InMemoryIssuerStore,
    IssuerStore,
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
from nlwallet.issuer.status_store import StatusChange, StoredList
from nlwallet.openid4vci import AuthorizationRequest, CredentialOffer, TxCode
from nlwallet.status import Status

NOW = 1_790_000_000
THREADS = 8


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IssuerStore]:
    if request.param == "memory":
        yield InMemoryIssuerStore()
        return
    place = (
        tmp_path / "issuer.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgresql")()
    )
    with issuer_store(place) as found:
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
    with issuer_store(path) as store:
        put(store, "a")
        assert use(store, "b")
        key = lasting_key(store, "key")
        store.statuses.add_list(1, size=16, bits=2)
        store.statuses.take("card", 1, iter([5]), count=1, limit=16)
    with issuer_store(path) as store:
        assert names(store) == ["a"]
        assert not use(store, "b")
        assert lasting_key(store, "key") == key
    with status_store(path) as statuses:
        assert statuses.places_of("card") == ((1, 5),)
    assert path.stat().st_mode & 0o077 == 0


def test_two_that_have_the_file_open_see_each_other(tmp_path: Path) -> None:
    path = tmp_path / "issuer.sqlite"
    with issuer_store(path) as one, issuer_store(path) as other:
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


OLDER = {
    1: """
        CREATE TABLE list (number INTEGER PRIMARY KEY, size INTEGER, bits INTEGER, taken INTEGER);
        CREATE TABLE entry (list INTEGER, idx INTEGER, credential TEXT, status INTEGER, changed INTEGER,
                            PRIMARY KEY (list, idx)) WITHOUT ROWID;
        CREATE INDEX entry_of_credential ON entry (credential) WHERE credential IS NOT NULL;
        CREATE TABLE token (list INTEGER, media_type TEXT, issued_at INTEGER, expires_at INTEGER, token BLOB);
        INSERT INTO list VALUES (1, 16, 2, 2);
        INSERT INTO entry VALUES (1, 5, 'card', 0, 0), (1, 6, 'gone', 1, 1);
        INSERT INTO token VALUES (1, 'application/statuslist+jwt', 1790000000, 1790000060, x'6a');
        """,
    2: """
        CREATE TABLE kept (place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, name TEXT, value BLOB,
                           expires_at INTEGER, UNIQUE (kind, name));
        CREATE TABLE used (kind TEXT, name TEXT, expires_at INTEGER, PRIMARY KEY (kind, name)) WITHOUT ROWID;
        INSERT INTO kept (kind, name, value, expires_at) VALUES
            ('kind', 'c', '{"of":"c"}', 1790000060), ('kind', 'a', '{"of":"a"}', NULL);
        INSERT INTO used VALUES ('once', 'b', 1790000060);
        """,
}
"""Files of earlier versions of nlwallet, with something in them."""


@pytest.mark.parametrize("version", OLDER)
def test_a_file_of_an_older_version_goes_on(version: int, tmp_path: Path) -> None:
    path = tmp_path / "issuer.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLDER[1] + (OLDER[2] if version == 2 else ""))
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    with issuer_store(path) as store:
        assert (store.statuses.status_of("card"), store.statuses.status_of("gone")) == (0, Status.INVALID)
        assert store.statuses.places_of("card") == ((1, 5),)
        assert store.statuses.lists() == (StoredList(1, 16, 2, 2),)
        assert store.statuses.changes(0) == (1, (StatusChange(1, 6, Status.INVALID),))
        token = store.statuses.archived(1, "application/statuslist+jwt", NOW)
        assert token is not None
        assert token.body == b"j"
        assert names(store) == (["c", "a"] if version == 2 else [])
        assert use(store, "b") is (version == 1)
        put(store, "d")
    with issuer_store(path) as store:
        assert names(store)[-1] == "d"
    with sqlite3.connect(path) as connection:
        older = {"list", "entry", "token", "kept", "used"}
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        assert not tables & older
        # What would begin anew on it refuses it instead.
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    connection.close()


def test_what_expired_or_was_removed_does_not_stay_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "issuer.sqlite"
    with issuer_store(path) as store, store.step(now=NOW) as step:
        step.put("kind", "a", {"name": "Hofstra-Expired"}, expires_at=NOW + 60)
        step.put("kind", "b", {"name": "Hofstra-Removed"}, expires_at=None)
    assert b"Hofstra-Expired" in path.read_bytes()
    with issuer_store(path) as store, store.step(now=NOW + 60) as step:
        step.remove("kind", "b")
    assert b"Hofstra" not in path.read_bytes()


def test_a_file_that_breaks_is_our_mistake(tmp_path: Path) -> None:
    with issuer_store(tmp_path / "issuer.sqlite") as store:
        put(store, "a")
        put(store, "b")
        run(store, "UPDATE issuer_kept SET value = x'00' WHERE name = 'a'")
        run(store, "UPDATE issuer_kept SET value = x'5b5d' WHERE name = 'b'")
        for name in "ab":
            with pytest.raises(LocalError) as refused:
                store.get("kind", name, now=NOW)
            assert refused.value.code == "store"
        run(store, "DROP TABLE issuer_kept")
        steps: list[Callable[[], object]] = [
            lambda: store.get("kind", "a", now=NOW),
            lambda: put(store, "a"),
            lambda: names(store),
        ]
        for step in steps:
            with pytest.raises(LocalError, match="cannot be used"):
                step()
        store.statuses.add_list(1, size=16, bits=2)  # nothing holds a lock


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
