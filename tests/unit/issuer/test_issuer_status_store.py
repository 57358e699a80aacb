"""Where statuses are kept: nothing is lost or given twice, by threads, by processes, or by one that is killed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, repeat
from pathlib import Path

import pytest
from kept_in import run, status_store
from kill_step import KILL_STEP

from nlwallet.errors import LocalError
from nlwallet.issuer import InMemoryStatusStore, StatusStore
from nlwallet.issuer.status_store import PublishedToken, StatusChange, StoredList
from nlwallet.status import Status

HERE = Path(__file__).parent
ANY = tuple(Status)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StatusStore]:
    if request.param == "memory":
        yield InMemoryStatusStore()
        return
    place = (
        tmp_path / "statuses.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgresql")()
    )
    with status_store(place) as found:
        yield found


@pytest.fixture
def one_list(store: StatusStore) -> StatusStore:
    store.add_list(1, size=64, bits=2)
    return store


def take(store: StatusStore, credential_id: str, *indexes: int, limit: int = 64) -> tuple[int, ...]:
    return store.take(
        credential_id, 1, iter([*indexes, *repeat(indexes[-1], 3)]), count=len(indexes), limit=limit
    )


def test_a_list_begins_once(one_list: StatusStore) -> None:
    one_list.add_list(1, size=128, bits=8)
    one_list.add_list(2, size=16, bits=1)
    assert one_list.lists() == (StoredList(1, 64, 2, 0), StoredList(2, 16, 1, 0))


@pytest.mark.req("T-24")
def test_an_entry_that_is_taken_is_passed_over(one_list: StatusStore) -> None:
    assert take(one_list, "a", 5) == (5,)
    assert one_list.take("b", 1, iter([5, 5, 6, 6, 7]), count=2, limit=64) == (6, 7)
    assert one_list.take("a", 1, count(), count=2, limit=64) == (0, 1)  # the same credential, issued again
    assert sorted(one_list.places_of("a")) == [(1, 0), (1, 1), (1, 5)]
    assert one_list.lists()[0].taken == 5


@pytest.mark.req("T-24")
def test_an_entry_is_not_free_again_after_it_was_revoked(one_list: StatusStore) -> None:
    take(one_list, "a", 5)
    one_list.change("a", Status.INVALID, allowed=ANY, decoys=())
    assert one_list.take("b", 1, iter([5, 6]), count=1, limit=64) == (6,)


def test_no_more_than_the_limit_is_given(one_list: StatusStore) -> None:
    assert one_list.take("a", 1, count(), count=9, limit=4) == (0, 1, 2, 3)
    assert one_list.take("b", 1, count(), count=1, limit=4) == ()
    assert one_list.take("b", 1, count(), count=1, limit=3) == ()
    assert one_list.status_of("b") is None


def test_all_entries_of_a_credential_share_its_status(one_list: StatusStore) -> None:
    take(one_list, "a", 5, 6)
    take(one_list, "b", 7)
    assert one_list.change("a", Status.SUSPENDED, allowed=ANY, decoys=()) == Status.VALID
    revision, changes = one_list.changes(0)
    assert set(changes) == {StatusChange(1, 5, Status.SUSPENDED), StatusChange(1, 6, Status.SUSPENDED)}
    assert (one_list.status_of("a"), one_list.status_of("b")) == (Status.SUSPENDED, Status.VALID)
    assert one_list.changes(revision) == (revision, ())


def test_changes_come_from_where_one_is(one_list: StatusStore) -> None:
    take(one_list, "a", 5)
    take(one_list, "b", 6)
    one_list.change("a", Status.INVALID, allowed=ANY, decoys=())
    first, _ = one_list.changes(0)
    one_list.change("b", Status.SUSPENDED, allowed=ANY, decoys=())
    one_list.change("b", Status.VALID, allowed=ANY, decoys=())
    second, changes = one_list.changes(first)
    assert second > first
    assert changes == (StatusChange(1, 6, Status.VALID),)
    assert set(one_list.changes(0)[1]) == {
        StatusChange(1, 5, Status.INVALID),
        StatusChange(1, 6, Status.VALID),
    }


def test_a_status_changes_only_from_where_it_may(one_list: StatusStore) -> None:
    take(one_list, "a", 5)
    assert one_list.change("a", Status.VALID, allowed=[Status.SUSPENDED], decoys=()) == Status.VALID
    one_list.change("a", Status.INVALID, allowed=[Status.VALID], decoys=())
    assert one_list.change("a", Status.VALID, allowed=[Status.SUSPENDED], decoys=((1, 9),)) == Status.INVALID
    assert one_list.status_of("a") == Status.INVALID
    assert one_list.changes(0)[0] == 1
    assert one_list.change("unknown", Status.INVALID, allowed=ANY, decoys=()) is None


@pytest.mark.req("T-25")
def test_decoys_are_entries_of_nobody(one_list: StatusStore) -> None:
    take(one_list, "a", 5)
    take(one_list, "b", 6)
    one_list.change("a", Status.INVALID, allowed=ANY, decoys=((1, 6), (1, 8), (1, 8), (1, 9)))
    changed = {(change.idx, change.status) for change in one_list.changes(0)[1]}
    assert changed == {(5, Status.INVALID), (8, Status.INVALID), (9, Status.INVALID)}
    assert one_list.status_of("b") == Status.VALID
    assert one_list.lists()[0].taken == 4
    assert one_list.take("c", 1, iter([8, 9, 10]), count=1, limit=64) == (10,)


def test_what_is_not_valid_gets_no_more_entries(one_list: StatusStore) -> None:
    take(one_list, "a", 5)
    for status in (Status.SUSPENDED, Status.INVALID):
        one_list.change("a", status, allowed=ANY, decoys=())
        with pytest.raises(LocalError, match="revoked or suspended"):
            take(one_list, "a", 6)
    assert one_list.places_of("a") == ((1, 5),)


@pytest.mark.req("T-20")
def test_tokens_of_earlier_times(one_list: StatusStore) -> None:
    for issued_at, body in ((100, b"a"), (150, b"b"), (150, b"c"), (300, b"d")):
        one_list.archive(PublishedToken(1, "jwt", issued_at, issued_at + 100, body), forget_before=0)
    bodies = {
        time: one_list.archived(1, "jwt", time) for time in (99, 100, 149, 150, 249, 250, 300, 399, 400)
    }
    expected = {
        99: None,
        100: b"a",
        149: b"a",
        150: b"c",
        249: b"c",
        250: None,
        300: b"d",
        399: b"d",
        400: None,
    }
    assert {time: found and found.body for time, found in bodies.items()} == expected
    assert one_list.archived(1, "cwt", 150) is None
    assert one_list.archived(2, "jwt", 150) is None
    one_list.archive(PublishedToken(1, "jwt", 500, 600, b"e"), forget_before=251)
    assert one_list.archived(1, "jwt", 150) is None
    assert one_list.archived(1, "jwt", 350) is not None


@pytest.mark.req("T-24")
def test_threads_never_get_the_same_entry(store: StatusStore) -> None:
    store.add_list(1, size=4096, bits=1)

    def give(thread: int) -> list[int]:
        # All draw the same numbers, so that they meet at every one of them.
        given = []
        for n in range(12):
            given += store.take(f"{thread}-{n}", 1, count(), count=1, limit=4096)
        return given

    with ThreadPoolExecutor(8) as pool:
        given = [idx for indexes in pool.map(give, range(8)) for idx in indexes]
    assert sorted(given) == list(range(96))


# The file -----------------------------------------------------------------------------------------


def test_a_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "statuses.sqlite"
    with status_store(path) as store:
        store.add_list(1, size=64, bits=2)
        take(store, "a", 5)
        store.change("a", Status.INVALID, allowed=ANY, decoys=())
    with status_store(path) as store:
        assert store.lists() == (StoredList(1, 64, 2, 1),)
        assert store.changes(0) == (1, (StatusChange(1, 5, Status.INVALID),))
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_is_synced_at_every_step(tmp_path: Path) -> None:
    with status_store(tmp_path / "statuses.sqlite") as store, store._database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize("what", ["text", "folder", "newer", "nowhere"])
def test_a_file_that_is_something_else(what: str, tmp_path: Path) -> None:
    path = tmp_path / "statuses.sqlite"
    if what == "text":
        path.write_text("something else, and long enough to be looked at" * 100)
    elif what == "folder":
        path.mkdir()
    elif what == "newer":
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE nlwallet_parts (part TEXT PRIMARY KEY, version INTEGER)")
            connection.execute("INSERT INTO nlwallet_parts VALUES ('issuer', 99)")
        connection.close()
    else:
        path = tmp_path / "nowhere" / "statuses.sqlite"
    with pytest.raises(LocalError) as refused, status_store(path):
        pass
    assert refused.value.code == "store"


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with status_store(tmp_path / "statuses.sqlite") as store:
        store.add_list(1, size=64, bits=2)

        def broken() -> Iterator[int]:
            yield 1
            raise RuntimeError

        with pytest.raises(RuntimeError):
            store.take("a", 1, broken(), count=2, limit=64)
        assert (store.lists()[0].taken, store.status_of("a")) == (0, None)
        run(store, "DROP TABLE status_list")
        steps: list[Callable[[], object]] = [lambda: take(store, "a", 1), store.lists]
        for step in steps:
            with pytest.raises(LocalError, match="cannot be used"):
                step()
        assert store.status_of("a") is None
        assert store.change("a", Status.INVALID, allowed=ANY, decoys=()) is None, "nothing holds a lock"


# Processes that are killed ------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: it is processes that die here, not the machine."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        with tempfile.TemporaryDirectory(dir=memory) as found:
            yield Path(found)
    else:
        yield tmp_path


@pytest.mark.req("T-24")
def test_an_issuer_that_is_killed_at_any_transaction_loses_nothing_and_gives_nothing_twice(
    folder: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "status_crash.py"), str(folder), str(KILL_STEP)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) * KILL_STEP > 45


@pytest.mark.req("T-24")
def test_processes_that_share_a_file_and_are_killed_lose_nothing_and_give_nothing_twice(folder: Path) -> None:
    path = folder / "statuses.sqlite"
    lines: list[str] = []

    def run(prefix: str, count: int, *, kill_after: int | None) -> None:
        command = [sys.executable, str(HERE / "status_worker.py"), str(path), prefix, str(count)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for number, line in enumerate(process.stdout, start=1):
                if line.endswith("\n"):
                    lines.append(line)
                if number == kill_after:
                    process.kill()
        assert process.returncode == (0 if kill_after is None else -9)

    lasting = threading.Thread(target=run, args=("lasting", 1200), kwargs={"kill_after": None})
    lasting.start()
    for n, kill_after in enumerate((7, 60, 150)):
        run(f"killed-{n}", 10**6, kill_after=kill_after)
    lasting.join()
    places = [tuple(line.split()[1:3]) for line in lines]
    assert len(places) >= 1200 + 7 + 60 + 150
    assert len(set(places)) == len(places)
    assert len({uri for uri, _ in places}) >= 2
    with status_store(path) as store:
        for line in lines:
            credential_id, uri, idx, revoked = line.split()
            assert (int(uri.rpartition("/")[2]), int(idx)) in store.places_of(credential_id)
            assert store.status_of(credential_id) == (Status.INVALID if revoked == "1" else Status.VALID)


def test_every_credential_is_known_by_its_status(store: StatusStore) -> None:
    assert store.credentials() == ()
    store.add_list(1, size=64, bits=2)
    for name, indexes in (("a", [1, 2]), ("b", [3]), ("c", [4])):
        store.take(name, 1, iter(indexes), count=len(indexes), limit=48)
    store.change("b", Status.INVALID, allowed=ANY, decoys=[(1, 9)])
    store.change("c", Status.SUSPENDED, allowed=ANY, decoys=())
    found = {"a": Status.VALID, "b": Status.INVALID, "c": Status.SUSPENDED}
    assert dict(store.credentials()) == found  # a decoy is no credential
