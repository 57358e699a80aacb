"""The lists of registrars that a wallet fetched: each anew, and the last one where none can be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.holder.registrar_lists import MAX_KEPT, RegistrarLists
from nlwallet.http import HttpClient
from nlwallet.profiles import HAIP_1_0
from nlwallet.status import Status, StatusList, StatusReference, sign_status_list_token

NOW = 1_790_000_000
REGISTRAR = "https://registrar.example"
URI = f"{REGISTRAR}/status/1"


class Office:
    """A registrar that publishes a list, and can be away."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.body = b""
        self.status = 200
        self.fetched = 0
        http = HttpClient()
        http.mount(REGISTRAR, self.app)
        self.lists = RegistrarLists(http)

    def app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.fetched += 1
        start_response(f"{self.status} whatever", [("Content-Type", "application/statuslist+jwt")])
        return [self.body]

    def publish(self, status: Status, *, now: int = NOW, uri: str = URI, lives: int | None = 3600) -> None:
        statuses = StatusList(8, bits=1)
        statuses[7] = status
        self.body = sign_status_list_token(
            statuses, uri=uri, key=self.world.registrar_key, chain=self.world.registrar_chain, now=now,
            expires_at=None if lives is None else now + lives, ttl=60,
        ).encode()  # fmt: skip

    def status_of(self, lists: RegistrarLists | None = None, *, now: int = NOW, uri: str = URI) -> int | None:
        known = (lists or self.lists).known_to(anchors=self.world.anchors, now=now, profile=HAIP_1_0)
        found = known(StatusReference(7, uri))
        return None if found is None else found.statuses[7]


@pytest.fixture
def office(world: Any) -> Office:
    return Office(world)


@pytest.mark.req("RPRC_01a")
def test_each_use_fetches_and_offline_none_does(office: Office) -> None:
    offline = office.lists.offline()
    office.publish(Status.VALID)
    assert (office.status_of(offline), office.fetched) == (None, 0)
    assert office.status_of() == Status.VALID
    office.publish(Status.INVALID, now=NOW + 1)
    assert (office.status_of(offline, now=NOW + 1), office.fetched) == (Status.VALID, 1)
    assert (office.status_of(now=NOW + 1), office.fetched) == (Status.INVALID, 2)
    assert (office.status_of(offline, now=NOW + 1), office.fetched) == (Status.INVALID, 2)


def test_a_list_that_cannot_be_had_is_the_last_one_until_that_expires(office: Office) -> None:
    office.publish(Status.INVALID)
    assert office.status_of() == Status.INVALID
    office.status = 503
    assert office.status_of(now=NOW + 3599) == Status.INVALID
    assert office.status_of(now=NOW + 3600) is None
    assert office.status_of(office.lists.offline(), now=NOW + 3600) is None


def test_an_older_list_does_not_take_the_place_of_a_newer_one(office: Office) -> None:
    """Somebody would have it that nothing was withdrawn since."""
    office.publish(Status.INVALID, now=NOW)
    assert office.status_of() == Status.INVALID
    office.publish(Status.VALID, now=NOW - 60)
    assert office.status_of() == Status.INVALID


def test_a_list_of_somebody_else_is_none(office: Office, world: Any) -> None:
    office.publish(Status.VALID)
    assert office.status_of() == Status.VALID
    office.body = b"x.y.z"
    assert office.status_of() is None
    world.anchors = type(world.anchors)()  # whoever signed it is trusted no more, also for what is kept
    assert office.status_of(office.lists.offline()) is None


def test_a_bounded_number_is_kept_the_newest(office: Office) -> None:
    for number in range(MAX_KEPT + 1):
        uri = f"{REGISTRAR}/status/{number}"
        office.publish(Status.VALID, uri=uri)
        assert office.status_of(uri=uri) == Status.VALID
    offline = office.lists.offline()
    assert office.status_of(offline, uri=f"{REGISTRAR}/status/0") is None
    assert office.status_of(offline, uri=f"{REGISTRAR}/status/{MAX_KEPT}") == Status.VALID
