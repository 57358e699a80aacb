"""After the request: promises that are kept later, what wallets tell of it, and copies that nothing links."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import httpx
import pytest

from nlwallet.crypto import PrivateKey, parse_jws
from nlwallet.issuer import pid_configuration
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import X5cIssuer, verify_sd_jwt_vc

Desk = Any
BASE = "https://pid-issuer.example"
NOW = 1_790_000_000


def refused(reply: httpx.Response, code: str, status: int = 400) -> None:
    assert (reply.status_code, reply.json()["error"]) == (status, code), reply.text
    assert reply.headers["cache-control"] == "no-store"


@pytest.fixture
def slow(open_haip: Callable[..., Desk]) -> Desk:
    """A desk where somebody decides on each card."""
    return open_haip(configurations=[replace(pid_configuration(batch_size=3), deferred=True)])


def ask(desk: Desk, token: str, *, proofs: int = 1) -> httpx.Response:
    nonce = desk.nonce()
    made = [desk.proof(nonce=nonce) for _ in range(proofs)]
    body = {"credential_configuration_id": "nl-pid", "proofs": {"jwt": made}}
    return desk.protected("/credential", token, body=body)  # type: ignore[no-any-return]


def promised(desk: Desk, token: str, **options: Any) -> str:
    reply = ask(desk, token, **options)
    assert reply.status_code == 202, reply.text
    assert set(reply.json()) == {"transaction_id", "interval"}
    assert reply.json()["interval"] > 0
    return str(reply.json()["transaction_id"])


def collect(desk: Desk, token: str, transaction_id: Any) -> httpx.Response:
    return desk.protected("/deferred", token, body={"transaction_id": transaction_id})  # type: ignore[no-any-return]


# Promises (§9) -----------------------------------------------------------------------------------


@pytest.mark.req("I-27", "I-16")
def test_a_promise_is_kept_once_somebody_approved(slow: Desk) -> None:
    token = slow.bound_token()["access_token"]
    id_ = promised(slow, token, proofs=3)
    for _ in range(2):
        pending = collect(slow, token, id_)
        assert (pending.status_code, pending.headers["content-type"]) == (202, "application/json")
        assert pending.json() == {"transaction_id": id_, "interval": pending.json()["interval"]}
        assert pending.json()["interval"] > 0
    (waiting,) = slow.issuer.waiting
    waiting.approve()
    ready = collect(slow, token, id_)
    assert ready.status_code == 200
    assert set(ready.json()) == {"credentials", "notification_id"}
    assert len(ready.json()["credentials"]) == 3
    assert slow.issuer.waiting == ()


@pytest.mark.req("I-27", "ADV-189")
def test_a_transaction_ends_with_its_credentials(slow: Desk) -> None:
    token = slow.bound_token()["access_token"]
    id_ = promised(slow, token)
    slow.issuer.waiting[0].approve()
    assert collect(slow, token, id_).status_code == 200
    refused(collect(slow, token, id_), "invalid_transaction_id")


@pytest.mark.req("I-27", "ADV-189")
def test_of_many_who_collect_at_once_one_gets_the_credentials(slow: Desk) -> None:
    token = slow.bound_token()["access_token"]
    id_ = promised(slow, token)
    slow.issuer.waiting[0].approve()
    proofs = [slow.dpop(f"{BASE}/deferred", access_token=token) for _ in range(6)]
    barrier = Barrier(6)

    def one(dpop: str) -> int:
        barrier.wait()
        reply = slow.protected("/deferred", token, body={"transaction_id": id_}, dpop=dpop)
        return int(reply.status_code)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, proofs)) == [200] + [400] * 5


@pytest.mark.req("I-27", "ADV-189")
def test_a_transaction_of_somebody_else(slow: Desk, open_haip: Callable[..., Desk]) -> None:
    id_ = promised(slow, slow.bound_token()["access_token"])
    slow.issuer.waiting[0].approve()
    mine = slow.bound_token()["access_token"]
    for wrong in ("made-up", "", 7, None, [], "x" * 3000):
        refused(collect(slow, mine, wrong), "invalid_transaction_id")
    # Another grant of the same wallet, and another wallet.
    refused(collect(slow, mine, id_), "invalid_transaction_id")
    slow.instance, slow.dpop_key = PrivateKey.generate(), PrivateKey.generate()
    refused(collect(slow, slow.bound_token()["access_token"], id_), "invalid_transaction_id")


@pytest.mark.req("I-27", "ADV-189")
def test_a_transaction_of_an_anonymous_wallet_needs_its_token_too(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(configurations=[replace(pid_configuration(), deferred=True)])
    token, other = desk.access_token(), desk.access_token()
    id_ = desk.credential(desk.request(), token).json()["transaction_id"]
    desk.issuer.waiting[0].approve()

    def collect(with_token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {with_token}"}
        return desk.http.post("/deferred", json={"transaction_id": id_}, headers=headers)  # type: ignore[no-any-return]

    refused(collect(other), "invalid_transaction_id")
    assert collect(token).status_code == 200


@pytest.mark.req("I-27")
def test_a_renewed_token_is_good_for_an_old_promise(slow: Desk) -> None:
    response = slow.bound_token()
    id_ = promised(slow, response["access_token"])
    slow.clock.travel(86_400)
    slow.issuer.waiting[0].approve()
    refused(collect(slow, response["access_token"], id_), "invalid_token", 401)
    fields = {"grant_type": "refresh_token", "refresh_token": response["refresh_token"]}
    renewed = slow.form("/token", fields).json()["access_token"]
    assert collect(slow, renewed, id_).status_code == 200


@pytest.mark.req("I-27")
def test_a_promise_that_is_not_kept(slow: Desk) -> None:
    token = slow.bound_token()["access_token"]
    id_ = promised(slow, token)
    slow.issuer.waiting[0].deny()
    refused(collect(slow, token, id_), "credential_request_denied")
    refused(collect(slow, token, id_), "invalid_transaction_id")
    assert slow.issuer.issued == ()


@pytest.mark.req("I-27")
def test_the_deferred_endpoint_wants_a_token(slow: Desk) -> None:
    assert slow.http.post("/deferred", json={"transaction_id": "x"}).status_code == 401
    reply = slow.http.post("/deferred", json={}, headers={"Authorization": "Bearer x"})
    refused(reply, "invalid_token", 401)
    assert slow.http.get("/deferred").status_code == 405


# Notifications (§11) -----------------------------------------------------------------------------


@pytest.fixture
def issued(haip: Desk) -> tuple[Desk, str, str]:
    """A desk, an access token, and a notification id of what was issued with it."""
    token = haip.bound_token()["access_token"]
    reply = ask(haip, token)
    return haip, token, str(reply.json()["notification_id"])


def notify(desk: Desk, token: str, body: Any) -> httpx.Response:
    return desk.protected("/notification", token, body=body)  # type: ignore[no-any-return]


@pytest.mark.req("I-28", "ADV-190")
@pytest.mark.parametrize("event", ["credential_accepted", "credential_failure", "credential_deleted"])
def test_a_notification_may_come_again_and_changes_nothing(issued: tuple[Desk, str, str], event: str) -> None:
    desk, token, id_ = issued
    body = {"notification_id": id_, "event": event, "event_description": "first", "unknown": 1}
    for _ in range(3):
        reply = notify(desk, token, body)
        assert (reply.status_code, reply.content) == (204, b"")
    (batch,) = desk.issuer.issued
    assert dict(batch.events) == {event: "first"}
    assert notify(desk, token, {**body, "event_description": "other"}).status_code == 204
    assert dict(desk.issuer.issued[0].events) == {event: "first"}


@pytest.mark.req("I-28")
def test_one_response_may_have_several_events(issued: tuple[Desk, str, str]) -> None:
    desk, token, id_ = issued
    for event in ("credential_accepted", "credential_deleted"):
        assert notify(desk, token, {"notification_id": id_, "event": event}).status_code == 204
    assert list(desk.issuer.issued[0].events) == ["credential_accepted", "credential_deleted"]


@pytest.mark.req("I-28", "ADV-190")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"notification_id": "made-up"}, "invalid_notification_id"),
        ({"notification_id": ...}, "invalid_notification_request"),
        ({"notification_id": ""}, "invalid_notification_request"),
        ({"notification_id": 7}, "invalid_notification_request"),
        ({"event": ...}, "invalid_notification_request"),
        ({"event": "credential_stolen"}, "invalid_notification_request"),
        ({"event": "CREDENTIAL_ACCEPTED"}, "invalid_notification_request"),
        ({"event": ["credential_accepted"]}, "invalid_notification_request"),
        ({"event_description": 'say "x"'}, "invalid_notification_request"),
        ({"event_description": "é"}, "invalid_notification_request"),
        ({"event_description": "x" * 1025}, "invalid_notification_request"),
        ({"event_description": "two\nlines"}, "invalid_notification_request"),
    ],
)
def test_wrong_notifications(issued: tuple[Desk, str, str], changes: dict[str, Any], code: str) -> None:
    desk, token, id_ = issued
    body = {"notification_id": id_, "event": "credential_accepted", **changes}
    refused(notify(desk, token, {n: v for n, v in body.items() if v is not ...}), code)
    assert dict(desk.issuer.issued[0].events) == {}


@pytest.mark.req("I-28", "ADV-190")
def test_a_notification_is_json_and_comes_with_a_token(issued: tuple[Desk, str, str]) -> None:
    desk, token, _ = issued
    for content, kind in ((b"{", "application/json"), (b"[]", "application/json"), (b"a=b", "text/plain")):
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": desk.dpop(f"{BASE}/notification", access_token=token),
            "Content-Type": kind,
        }
        refused(
            desk.http.post("/notification", content=content, headers=headers), "invalid_notification_request"
        )
    assert desk.http.post("/notification", json={}).status_code == 401


@pytest.mark.req("I-28", "ADV-190")
def test_a_notification_of_another_wallet_is_unknown(
    issued: tuple[Desk, str, str], open_haip: Callable[..., Desk]
) -> None:
    desk, _, id_ = issued
    desk.client_id = "https://other.example"
    token = desk.bound_token()["access_token"]
    refused(
        notify(desk, token, {"notification_id": id_, "event": "credential_deleted"}),
        "invalid_notification_id",
    )
    assert dict(desk.issuer.issued[0].events) == {}


# Copies ------------------------------------------------------------------------------------------


@pytest.mark.req("I-36", "I-17")
def test_nothing_in_the_copies_of_a_card_is_the_same_but_what_is_said(open_haip: Callable[..., Desk]) -> None:
    desk = open_haip(configurations=[pid_configuration(batch_size=4)])
    response = desk.bound_token()
    batches = [ask(desk, response["access_token"], proofs=4)]
    # A second batch, twenty minutes later.
    desk.clock.travel(1200)
    fields = {"grant_type": "refresh_token", "refresh_token": response["refresh_token"]}
    batches.append(ask(desk, desk.form("/token", fields).json()["access_token"], proofs=4))
    texts = [one["credential"] for reply in batches for one in reply.json()["credentials"]]
    assert len(texts) == 8
    issuer = X5cIssuer((desk.root.certificate,))
    cards = [
        verify_sd_jwt_vc(one, issuer_key=issuer, now=desk.clock.now(), profile=HAIP_1_0) for one in texts
    ]
    parts = [parse_jws(one.split("~")[0], typ=None, algorithms=("ES256",), what="it") for one in texts]
    payloads = [one.claims() for one in parts]

    def differ(values: list[Any]) -> bool:
        return len({str(one) for one in values}) == len(values)

    assert differ([one.holder_key for one in cards])
    assert differ([one.signature for one in parts])
    assert differ([one["status"] for one in payloads])
    disclosures = [text.split("~")[1:-1] for text in texts]
    assert differ([one for each in disclosures for one in each])
    assert differ([digest for one in payloads for digest in one["_sd"]])
    # Times are the same for all of them, so that none stands out, and not those of the clock.
    hour = NOW // 3600 * 3600
    begun = max(hour, desk.chain.leaf.not_before)
    assert {(one["iat"], one["exp"]) for one in payloads} == {(begun, hour + 365 * 86_400)}
    assert not {"jti", "sub", "nbf"} & set().union(*payloads)
    said = [{n: v for n, v in one.claims.items() if n not in ("cnf", "status")} for one in cards]
    assert all(one == said[0] for one in said)
