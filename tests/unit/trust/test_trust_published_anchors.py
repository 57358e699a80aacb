"""Anchors from published lists: refreshed, removed, and never older than what was known."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpPolicy, ListLocation, PublishedAnchors
from nlwallet.registrar import ListPublisher, Registrar
from nlwallet.trust import (
    ACCESS_AUTHORITIES,
    LIST_KINDS,
    PID_PROVIDERS,
    PUB_EAA_PROVIDERS,
    WITHDRAWN,
    Category,
    TrustAnchors,
)

NOW = 1_790_000_000
DAY = 86_400
ANCHOR = CertificateAuthority.create("PID CA", now=NOW, days=900).certificate
OTHER = CertificateAuthority.create("Other CA", now=NOW, days=900).certificate
HOST = "https://lists.example"


class Host:
    """Serves one list, and can be told to fail or to serve an old one."""

    def __init__(self, clock: TravellingClock) -> None:
        self.publisher = ListPublisher(clock=clock)
        self.token: str | None = None
        self.status = 200
        self.reads = 0
        self.app = Starlette(routes=[Route("/pid.jwt", self.serve)])

    def serve(self, _: Request) -> Response:
        self.reads += 1
        token = self.token if self.token is not None else self.publisher.token(PID_PROVIDERS)
        return Response(token, self.status, media_type="application/jwt")


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(NOW)


@pytest.fixture
def host(clock: TravellingClock) -> Host:
    host = Host(clock)
    host.publisher.notify(PID_PROVIDERS, "Provider", issuance=(ANCHOR,))
    return host


def reading(host: Host, clock: TravellingClock, own: TrustAnchors | None = None) -> PublishedAnchors:
    http = HttpClient()
    http.mount(HOST, host.app)
    location = ListLocation(f"{HOST}/pid.jwt", PID_PROVIDERS, (host.publisher.signer,))
    return PublishedAnchors([location], http=http, clock=clock, own=own)


def test_a_list_is_read_when_it_is_needed_and_again_after_an_hour(host: Host, clock: TravellingClock) -> None:
    anchors = reading(host, clock)
    assert host.reads == 0
    assert anchors.of(Category.PID_PROVIDER) == (ANCHOR,)
    assert anchors.of(Category.PID_STATUS) == (ANCHOR,)
    assert anchors.of(Category.ACCESS_CA) == ()
    assert host.reads == 1
    clock.travel(3599)
    anchors.of(Category.PID_PROVIDER)
    assert host.reads == 1
    clock.travel(1)
    anchors.of(Category.PID_PROVIDER)
    assert host.reads == 2


def test_who_needs_another_list_does_not_wait_for_a_host_that_does_not_answer(
    host: Host, clock: TravellingClock
) -> None:
    asked, answers = Event(), Event()

    def silent(request: Request) -> Response:
        asked.set()
        answers.wait(60)
        return host.serve(request)

    http = HttpClient(HttpPolicy(timeout_seconds=60))
    http.mount(HOST, host.app)
    http.mount("https://slow.example", Starlette(routes=[Route("/access.jwt", silent)]))
    signers = (host.publisher.signer,)
    locations = [
        ListLocation("https://slow.example/access.jwt", ACCESS_AUTHORITIES, signers),
        ListLocation(f"{HOST}/pid.jwt", PID_PROVIDERS, signers),
    ]
    anchors = PublishedAnchors(locations, http=http, clock=clock)
    waiting = Thread(target=anchors.of, args=(Category.ACCESS_CA,))
    quick = Thread(target=anchors.of, args=(Category.PID_PROVIDER,))
    waiting.start()
    assert asked.wait(60)
    quick.start()
    quick.join(20)
    kept_waiting = quick.is_alive()
    answers.set()
    waiting.join()
    quick.join()
    assert not kept_waiting


def test_who_is_added_and_who_is_removed_counts_after_the_next_reading(
    host: Host, clock: TravellingClock
) -> None:
    anchors = reading(host, clock)
    assert anchors.of(Category.PID_PROVIDER) == (ANCHOR,)
    host.publisher.notify(PID_PROVIDERS, "Another", issuance=(OTHER,))
    clock.travel(3600)
    assert anchors.of(Category.PID_PROVIDER) == (ANCHOR, OTHER)
    host.publisher.cancel(PID_PROVIDERS, "Provider")
    assert anchors.refresh() == {}
    assert anchors.of(Category.PID_PROVIDER) == (OTHER,)


def test_own_anchors_stand_beside_those_of_the_lists(host: Host, clock: TravellingClock) -> None:
    own = TrustAnchors().adding(Category.PID_PROVIDER, OTHER, ANCHOR)
    assert reading(host, clock, own).of(Category.PID_PROVIDER) == (OTHER, ANCHOR)


def test_an_unreadable_list_changes_nothing_until_its_next_update_and_then_vouches_for_nobody(
    host: Host, clock: TravellingClock
) -> None:
    anchors = reading(host, clock)
    anchors.of(Category.PID_PROVIDER)
    host.status = 500
    clock.travel(3600)
    assert anchors.of(Category.PID_PROVIDER) == (ANCHOR,)
    assert [error.code for error in anchors.problems.values()] == ["http_status"]
    reads = host.reads
    anchors.of(Category.PID_PROVIDER)
    assert host.reads == reads  # a dead server is asked again after a minute, not at once
    clock.travel(30 * DAY)
    assert anchors.of(Category.PID_PROVIDER) == ()
    host.status = 200
    clock.travel(60)
    assert anchors.of(Category.PID_PROVIDER) == (ANCHOR,)
    assert anchors.problems == {}


def test_an_older_list_is_not_taken(host: Host, clock: TravellingClock) -> None:
    before = host.publisher.token(PID_PROVIDERS)
    anchors = reading(host, clock)
    host.publisher.cancel(PID_PROVIDERS, "Provider")
    assert anchors.of(Category.PID_PROVIDER) == ()
    host.token = before
    clock.travel(3600)
    assert anchors.of(Category.PID_PROVIDER) == ()
    assert [error.code for error in anchors.problems.values()] == ["list_rolled_back"]


def test_rubbish_in_the_place_of_a_list_is_a_problem_and_no_exception(
    host: Host, clock: TravellingClock
) -> None:
    for rubbish in ("", "a.b.c", "<html>", "\xff" * 50, host.publisher.token(ACCESS_AUTHORITIES)):
        host.token = rubbish
        anchors = reading(host, clock)
        assert anchors.of(Category.PID_PROVIDER) == ()
        assert len(anchors.problems) == 1


def test_queries_can_name_a_list_by_its_address(host: Host, clock: TravellingClock) -> None:
    anchors = reading(host, clock)
    anchors.refresh()
    url = f"{HOST}/pid.jwt"
    issuer = CertificateAuthority.create("Elsewhere", now=NOW)
    lists = anchors.trusted_lists()
    assert lists.known == {url}
    assert list(lists.by_url[url]) == [ANCHOR, ANCHOR]
    chain = issuer.issue(PrivateKey.generate().public, Subject("Issuer"), now=NOW)
    assert lists.listing(chain) == frozenset()


def test_a_publisher_signs_anew_before_a_list_is_old(host: Host, clock: TravellingClock) -> None:
    first = host.publisher.token(PID_PROVIDERS)
    assert host.publisher.token(PID_PROVIDERS) == first
    clock.travel(15 * DAY)
    assert host.publisher.token(PID_PROVIDERS) != first


def test_a_publisher_refuses_what_a_list_does_not_take(host: Host) -> None:
    leaf = CertificateAuthority.create("CA", now=NOW).issue(
        PrivateKey.generate().public, Subject("Leaf"), now=NOW
    )
    with pytest.raises(LocalError, match="no certificate of an authority"):
        host.publisher.notify(ACCESS_AUTHORITIES, "Access", issuance=(leaf.leaf,))
    with pytest.raises(LocalError, match="is not in the list"):
        host.publisher.cancel(ACCESS_AUTHORITIES, "Nobody")
    with pytest.raises(LocalError, match="certificates of its anchors"):
        host.publisher.notify(PID_PROVIDERS, "Nobody", issuance=())


@pytest.mark.req("PuBPNot_02")
def test_a_withdrawn_public_provider_stays_in_its_list_as_such(host: Host) -> None:
    host.publisher.notify(PUB_EAA_PROVIDERS, "Town", issuance=(ANCHOR,))
    host.publisher.cancel(PUB_EAA_PROVIDERS, "Town")
    (entity,) = host.publisher.entities(PUB_EAA_PROVIDERS)
    assert {service.status for service in entity.services} == {WITHDRAWN}


@pytest.mark.req("RPACANot_03", "RPACANot_03a", "TLPub_04")
def test_a_registrar_publishes_its_own_authorities_to_anybody(clock: TravellingClock) -> None:
    registrar = Registrar.create(clock=clock, base_url="https://registrar.example")
    http = HttpClient()
    http.mount("https://registrar.example", registrar.app)
    locations = [
        ListLocation(registrar.list_url(kind), kind, (registrar.lists.signer,))
        for kind in LIST_KINDS.values()
    ]
    anchors = PublishedAnchors(locations, http=http, clock=clock)
    assert anchors.of(Category.ACCESS_CA) == (registrar.access_anchor,)
    assert anchors.of(Category.REGISTRATION_CERTIFICATE_PROVIDER) == (registrar.registration_anchor,)
    assert anchors.of(Category.PID_PROVIDER) == ()
    assert anchors.problems == {}
    assert http.get("https://registrar.example/lists/nothing.jwt", accept="*/*", what="it").status == 404
