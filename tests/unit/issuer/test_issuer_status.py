"""The statuses of what was issued, and the lists that the issuer publishes (Token Status List §8, §9, §13)."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from kept_in import status_store
from starlette.applications import Starlette

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.encoding import parse_json
from nlwallet.errors import InvalidStatus, LocalError
from nlwallet.http import HttpClient, HttpStatusLists, StatusChecker
from nlwallet.http.face import error_answer, protocol_app
from nlwallet.issuer import InMemoryStatusStore, StatusLists, StatusStore
from nlwallet.status import (
    Status,
    StatusListToken,
    StatusReference,
    StatusSigner,
    verify_status_list_cwt,
    verify_status_list_jwt,
)

NOW = 1_790_000_000
BASE = "https://issuer.example/pid"
JWT, CWT = "application/statuslist+jwt", "application/statuslist+cwt"
ROOT = CertificateAuthority.create("Status root", now=NOW - 86_400)
KEY = PrivateKey.generate()
CHAIN = ROOT.issue(KEY.public, Subject("Status signer"), now=NOW - 86_400)
SIGNER = StatusSigner([ROOT.certificate])


@dataclass
class World:
    lists: StatusLists
    clock: TravellingClock

    @property
    def app(self) -> Starlette:
        return protocol_app(self.lists.routes(), refuse=lambda _, error: error_answer(400, error.code))

    def get(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
                del client.headers["accept"], client.headers["accept-encoding"]
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, f"https://issuer.example{path}", headers=named)

        return anyio.run(go)

    def read(self, number: int = 1) -> StatusListToken:
        token = self.lists.token(number)
        assert token is not None
        uri = self.lists.uri(number)
        return verify_status_list_jwt(token.body.decode(), uri=uri, signer=SIGNER, now=self.clock.now())

    def published(self, reference: StatusReference) -> int:
        """What the list that anybody can fetch says of an entry."""
        return self.read(int(reference.uri.rpartition("/")[2])).statuses[reference.idx]


def make(**options: Any) -> World:
    clock = TravellingClock(NOW)
    made = {"base_url": BASE, "key": KEY, "chain": CHAIN, "clock": clock, "size": 1024, **options}
    return World(StatusLists(**made), clock)


@pytest.fixture(params=["memory", "sqlite"])
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
def world(store: StatusStore) -> World:
    return make(store=store)


# What becomes of a credential ---------------------------------------------------------------------


def test_a_credential_is_suspended_restored_and_revoked(world: World) -> None:
    lists, reference, other = world.lists, world.lists.allocate("a"), world.lists.allocate("b")
    for step, status in (
        (lists.suspend, Status.SUSPENDED),
        (lists.restore, Status.VALID),
        (lists.suspend, Status.SUSPENDED),
        (lists.revoke, Status.INVALID),
    ):
        step("a")
        assert (lists.status_of("a"), world.published(reference)) == (status, status)
        assert (lists.status_of("b"), world.published(other)) == (Status.VALID, Status.VALID)


@pytest.mark.req("VCR_04")
def test_what_was_revoked_stays_revoked(world: World) -> None:
    world.lists.allocate("a")
    world.lists.revoke("a")
    world.lists.revoke("a")  # again is no mistake
    for step in (world.lists.restore, world.lists.suspend):
        with pytest.raises(LocalError, match="stays revoked"):
            step("a")
    assert world.lists.status_of("a") == Status.INVALID


def test_only_what_was_suspended_is_restored(world: World) -> None:
    world.lists.allocate("a")
    world.lists.restore("a")  # it is valid already
    assert world.lists.status_of("a") == Status.VALID
    world.lists.suspend("a")
    world.lists.suspend("a")
    assert world.lists.status_of("a") == Status.SUSPENDED


@pytest.mark.parametrize("step", ["revoke", "suspend", "restore", "status_of"])
def test_a_credential_that_is_not_known(step: str, world: World) -> None:
    with pytest.raises(LocalError) as refused:
        getattr(world.lists, step)("unknown")
    assert refused.value.code == "unknown_credential"
    assert world.lists.references_of("unknown") == ()


@pytest.mark.req("T-24")
def test_a_batch_has_an_entry_for_each_and_one_fate(world: World) -> None:
    references = world.lists.allocate_batch("a", 10)
    again = world.lists.allocate("a")  # re-issued
    assert len({*references, again}) == 11
    assert set(world.lists.references_of("a")) == {*references, again}
    world.lists.revoke("a")
    assert {world.published(reference) for reference in (*references, again)} == {Status.INVALID}
    with pytest.raises(LocalError, match="revoked"):
        world.lists.allocate("a")


@pytest.mark.req("T-10")
def test_one_bit_cannot_say_suspended() -> None:
    world = make(bits=1)
    reference = world.lists.allocate("a")
    with pytest.raises(LocalError, match="1 bit"):
        world.lists.suspend("a")
    world.lists.revoke("a")
    assert world.published(reference) == Status.INVALID


# Entries ------------------------------------------------------------------------------------------


@pytest.mark.req("T-24", "T-25", "VCR_17")
def test_entries_are_drawn_at_random_and_never_twice(world: World) -> None:
    indexes = [world.lists.allocate(f"{n}").idx for n in range(200)]
    assert len(set(indexes)) == 200
    assert indexes != sorted(indexes)
    # Of 200 random numbers below 1024 some are beyond 256, and neighbours are far apart.
    assert max(indexes) > 256
    assert sum(abs(one - other) > 8 for one, other in pairwise(indexes)) > 150


@pytest.mark.req("T-25")
def test_a_quarter_of_a_list_is_nobodys_and_then_the_next_begins(store: StatusStore) -> None:
    world = make(store=store, size=64)
    references = [world.lists.allocate(f"{n}") for n in range(100)]
    assert [sum(one.uri == world.lists.uri(n) for one in references) for n in (1, 2, 3)] == [48, 48, 4]
    assert len(set(references)) == 100
    assert [len(world.read(number).statuses) for number in (1, 2, 3)] == [64, 64, 64]


@pytest.mark.req("T-25")
def test_several_lists_are_filled_at_a_time(store: StatusStore) -> None:
    world = make(store=store, open_lists=3)
    uris = [one.uri for one in world.lists.allocate_batch("a", 90)]
    assert {uris.count(world.lists.uri(number)) > 10 for number in (1, 2, 3)} == {True}


@pytest.mark.req("T-25")
def test_nobodys_entries_are_revoked_along(store: StatusStore) -> None:
    world = make(store=store)
    for n in range(60):
        world.lists.allocate(f"{n}")
    for n in range(30):
        world.lists.revoke(f"{n}")
    revoked = sum(world.read().statuses[index] != Status.VALID for index in range(1024))
    assert 30 < revoked <= 90
    assert {world.lists.status_of(f"{n}") for n in range(30, 60)} == {Status.VALID}


@pytest.mark.req("T-24")
def test_many_threads_get_entries_of_their_own(store: StatusStore) -> None:
    world = make(store=store, size=256)
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda n: world.lists.allocate(f"{n}"), range(400)))
    assert len(set(given)) == 400
    assert len({one.uri for one in given}) == 3


def test_an_issuer_that_begins_again_knows_what_was(tmp_path: Path) -> None:
    path = tmp_path / "statuses.sqlite"
    with status_store(path) as store:
        before = make(store=store)
        references = {f"{n}": before.lists.allocate(f"{n}") for n in range(20)}
        before.lists.revoke("3")
        before.lists.suspend("4")
    with status_store(path) as store:
        after = make(store=store)
        assert [after.published(references[name]) for name in ("2", "3", "4")] == [0, 1, 2]
        assert after.lists.references_of("3") == (references["3"],)
        assert after.lists.allocate("new") not in references.values()


def test_an_issuer_sees_what_another_process_did(tmp_path: Path) -> None:
    path = tmp_path / "statuses.sqlite"
    with status_store(path) as here, status_store(path) as there:
        one, other = make(store=here), make(store=there)
        reference = one.lists.allocate("a")
        assert other.published(reference) == Status.VALID
        one.lists.revoke("a")
        assert other.published(reference) == Status.INVALID
        with pytest.raises(LocalError):
            other.lists.suspend("a")
        beyond = other.lists.allocate_batch("b", 800)[-1]
        assert one.published(beyond) == Status.VALID


# Tokens -------------------------------------------------------------------------------------------


@pytest.mark.req("T-05", "T-14")
def test_a_token_is_kept_until_something_changes_or_its_ttl_runs_out(world: World) -> None:
    lists = world.lists
    lists.allocate("a")
    first = lists.token(1)
    assert first is not None
    world.clock.travel(299)
    lists.allocate("b")  # an entry that was given out says valid as before
    assert lists.token(1) is first
    world.clock.travel(1)
    second = lists.token(1)
    assert second is not None
    assert (second.issued_at, second.expires_at) == (NOW + 300, NOW + 300 + 3600)
    lists.revoke("a")
    third = lists.token(1)
    assert third is not second
    assert (world.read().ttl, world.read().aggregation_uri) == (300, f"{BASE}/status-aggregation")
    assert lists.token(1, CWT) is lists.token(1, CWT)


def test_only_the_list_that_changed_is_made_again(store: StatusStore) -> None:
    world = make(store=store, open_lists=2)
    references = {one.uri: one for one in world.lists.allocate_batch("filler", 50)}
    assert len(references) == 2
    reference = world.lists.allocate("a")
    number = int(reference.uri.rpartition("/")[2])
    before = {n: world.lists.token(n) for n in (1, 2)}
    world.lists.suspend("a")  # no decoys go along
    assert [world.lists.token(n) is before[n] for n in (number, 3 - number)] == [False, True]


def test_many_readers_make_a_token_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.lists.allocate("a")
    signed = threading.Semaphore(0)
    sign = world.lists._sign

    def counted(*args: Any) -> Any:
        signed.release()
        return sign(*args)

    monkeypatch.setattr(world.lists, "_sign", counted)
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: world.lists.token(1), range(40)))
    assert len({id(token) for token in tokens}) == 1
    assert signed.acquire(blocking=False)
    assert not signed.acquire(blocking=False)


@pytest.mark.req("T-27")
def test_a_chain_with_its_anchor_or_of_another_key_is_refused() -> None:
    for chain in (CertificateChain(CHAIN.leaf, (ROOT.certificate,)), CertificateChain(ROOT.certificate)):
        with pytest.raises(LocalError):
            make(chain=chain, key=KEY if chain.leaf == CHAIN.leaf else ROOT._key)
    with pytest.raises(LocalError, match="not that of the signing key"):
        make(key=PrivateKey.generate())


@pytest.mark.parametrize("options", [{"ttl": 0}, {"ttl": 3600}, {"lifetime": 60}, {"size": 7}, {"bits": 3}])
def test_what_cannot_be_is_refused_at_once(options: Mapping[str, int]) -> None:
    with pytest.raises(LocalError):
        make(**options)


# HTTP ---------------------------------------------------------------------------------------------


@pytest.mark.req("T-17", "T-19", "VCR_16")
def test_a_list_is_served_in_the_form_that_is_wanted(world: World) -> None:
    world.lists.allocate("a")
    for headers, kind in (
        ({}, JWT),
        ({"accept": JWT}, JWT),
        ({"accept": CWT}, CWT),
        ({"accept": "*/*"}, JWT),
    ):
        reply = world.get("/pid/status/1", **headers)
        assert (reply.status_code, reply.headers["content-type"]) == (200, kind)
        uri = f"{BASE}/status/1"
        if kind == JWT:
            verify_status_list_jwt(reply.text, uri=uri, signer=SIGNER, now=NOW)
        else:
            verify_status_list_cwt(reply.content, uri=uri, signer=SIGNER, now=NOW)
        assert reply.headers["access-control-allow-origin"] == "*"
        assert reply.headers["cache-control"] == "max-age=300"
        assert "Accept" in reply.headers["vary"]


@pytest.mark.req("T-17")
@pytest.mark.parametrize("accept", ["text/html", "application/json", f"{JWT};q=0, {CWT};q=0"])
def test_another_form_is_not_to_be_had(accept: str, world: World) -> None:
    world.lists.allocate("a")
    assert world.get("/pid/status/1", accept=accept).status_code == 406


@pytest.mark.req("T-18")
def test_a_jwt_is_compressed_for_who_can_read_it(world: World) -> None:
    for n in range(300):
        world.lists.allocate(f"{n}")
        world.lists.revoke(f"{n}")
    plain = world.get("/pid/status/1")
    assert "content-encoding" not in plain.headers
    packed = world.get("/pid/status/1", accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) < len(plain.content)
    token = world.lists.token(1)
    assert token is not None
    assert gzip.decompress(token.gzip) == token.body
    assert "content-encoding" not in world.get("/pid/status/1", accept=CWT, accept_encoding="gzip").headers


@pytest.mark.req("T-19")
@pytest.mark.parametrize("path", ["/pid/status/1", "/pid/status-aggregation"])
def test_a_browser_may_ask_from_any_page(path: str, world: World) -> None:
    world.lists.allocate("a")
    reply = world.get(
        path, method="OPTIONS", origin="https://page.example", access_control_request_method="GET"
    )
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "GET" in reply.headers["access-control-allow-methods"]
    assert world.get(path, origin="https://page.example").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path",
    ["/pid/status/2", "/pid/status/0", "/pid/status/x", "/status/1", "/pid/status/1/", "/pid/status/01"]
    + [f"/pid/status/{'9' * digits}" for digits in (15, 16, 30, 5000)],
    ids=lambda path: path[:32] + str(len(path)),
)
def test_a_list_that_is_not_there(path: str, world: World) -> None:
    world.lists.allocate("a")
    assert world.get(path).status_code == 404


def test_a_list_is_only_read(world: World) -> None:
    world.lists.allocate("a")
    for method in ("POST", "PUT", "DELETE"):
        assert world.get("/pid/status/1", method=method).status_code == 405
    head = world.get("/pid/status/1", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.req("T-20")
def test_earlier_lists_are_not_to_be_had_by_default(world: World) -> None:
    world.lists.allocate("a")
    assert world.get(f"/pid/status/1?time={NOW}").status_code == 501


@pytest.mark.req("T-20")
def test_earlier_lists_are_to_be_had_where_they_are_kept(store: StatusStore) -> None:
    world = make(store=store, history=10_000)
    reference = world.lists.allocate("a")
    world.read()
    world.clock.travel(1000)
    world.lists.revoke("a")
    world.clock.travel(5000)
    world.read()
    for time, status in ((NOW, 0), (NOW + 999, 0), (NOW + 1000, 1), (NOW + 4599, 1), (NOW + 6000, 1)):
        for accept, verify in ((JWT, verify_status_list_jwt), (CWT, verify_status_list_cwt)):
            if accept == CWT and time in (NOW, NOW + 999, NOW + 6000):
                continue  # nobody had asked for this form then
            reply = world.get(f"/pid/status/1?time={time}", accept=accept)
            assert (reply.status_code, reply.headers["content-type"]) == (200, accept)
            body = reply.text if accept == JWT else reply.content
            token = verify(body, uri=reference.uri, signer=SIGNER, now=time)  # type: ignore[operator]
            assert token.issued_at <= time < (token.expires_at or 0)
            assert token.statuses[reference.idx] == status
    assert world.get(f"/pid/status/{'9' * 30}?time={NOW}").status_code == 404
    for time in (NOW - 1, NOW + 4600, NOW + 6001, 10**14):
        assert world.get(f"/pid/status/1?time={time}").status_code == 404
    for time in ("x", "-1", "1.5", "", "1e9", "٣", "9" * 40, f"{NOW}&time={NOW}"):
        assert world.get(f"/pid/status/1?time={time}").status_code == 400
    world.clock.travel(10_001)
    assert world.get(f"/pid/status/1?time={NOW}").status_code == 404


@pytest.mark.req("T-20", "ADV-148")
def test_a_reader_learns_what_was_so_earlier(store: StatusStore) -> None:
    world = make(store=store, history=10_000)
    reference = world.lists.allocate("a")
    world.read()
    world.clock.travel(1000)
    world.lists.revoke("a")
    with HttpClient() as http:
        http.mount("https://issuer.example", world.app)
        checker = StatusChecker(HttpStatusLists(http))
        assert checker.look_up_at(reference, NOW + 500, signer=SIGNER) == Status.VALID
        assert checker.look_up_at(reference, NOW + 1000, signer=SIGNER) == Status.INVALID


@pytest.mark.req("T-21")
def test_all_lists_are_published_together(store: StatusStore) -> None:
    world = make(store=store, size=64)
    assert world.get("/pid/status-aggregation").json() == {"status_lists": []}
    references = world.lists.allocate_batch("a", 60)
    reply = world.get("/pid/status-aggregation")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert parse_json(reply.content) == {"status_lists": [f"{BASE}/status/1", f"{BASE}/status/2"]}
    with HttpClient() as http:
        http.mount("https://issuer.example", world.app)
        checker = StatusChecker(HttpStatusLists(http))
        assert world.lists.aggregation_uri is not None
        fetched = checker.prefetch(world.lists.aggregation_uri, signer=SIGNER, now=NOW)
        assert fetched.kept == (f"{BASE}/status/1", f"{BASE}/status/2")
        assert not fetched.failed
        world.lists.revoke("a")  # too late for who has the lists
        assert checker.look_up(references[0], signer=SIGNER, now=NOW) == Status.VALID
        with pytest.raises(InvalidStatus, match="revoked"):
            checker.check(references[0].as_json(), signer=SIGNER, now=NOW + 300)


def test_lists_need_not_be_published_together() -> None:
    world = make(aggregation=False)
    world.lists.allocate("a")
    assert world.get("/pid/status-aggregation").status_code == 404
    assert (world.lists.aggregation_uri, world.read().aggregation_uri) == (None, None)
