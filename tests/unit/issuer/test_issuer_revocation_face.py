"""The issuer's own door to its status lists, as the NL Wallet's issuance_server has it."""

from __future__ import annotations

import json
from typing import Any

import anyio
import httpx
import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.issuer import StatusLists, revocation_app
from nlwallet.issuer.revocation_face import MAX_IDS
from nlwallet.status import Status

NOW = 1_790_000_000
FIRST, SECOND, NEVER = (
    "67e55044-10b1-426f-9247-bb680e5fe0c8",
    "550e8400-e29b-41d4-a716-446655440000",
    "00000000-0000-4000-8000-000000000000",
)


class Office:
    """The back office of an issuer, with a client."""

    def __init__(self, api_key: str | None = None) -> None:
        root, key = CertificateAuthority.create("Status CA", now=NOW), PrivateKey.generate()
        chain = root.issue(key.public, Subject("Issuer"), now=NOW)
        self.lists = StatusLists(
            base_url="https://issuer.example", key=key, chain=chain, clock=TravellingClock(NOW), size=1024
        )
        for id_ in (FIRST, SECOND):
            self.lists.allocate_batch(id_, 3)
        self._transport = httpx.ASGITransport(revocation_app(self.lists, api_key=api_key))

    def send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://localhost") as client:
                return await client.request(method, path, **parts)

        return anyio.run(go)


@pytest.fixture
def office() -> Office:
    return Office()


def test_what_is_named_is_revoked_and_nothing_else(office: Office) -> None:
    reply = office.send("POST", "/revoke/", json=[FIRST])
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["cache-control"] == "no-store"
    assert office.lists.status_of(FIRST) is Status.INVALID
    assert office.lists.status_of(SECOND) is Status.VALID


def test_to_revoke_again_or_what_is_not_known_changes_nothing(office: Office) -> None:
    for _ in range(2):
        assert office.send("POST", "/revoke/", json=[FIRST, NEVER, FIRST]).status_code == 200
    assert office.send("POST", "/revoke/", json=[]).status_code == 200
    assert office.lists.credentials() == {FIRST: Status.INVALID, SECOND: Status.VALID}


def test_a_suspended_card_is_revoked_too_but_is_not_before(office: Office) -> None:
    office.lists.suspend(SECOND)
    assert office.send("GET", f"/batch/{SECOND}").json()["is_revoked"] is False
    office.send("POST", "/revoke/", json=[SECOND])
    assert office.send("GET", f"/batch/{SECOND}").json()["is_revoked"] is True


def test_it_tells_what_is_revoked(office: Office) -> None:
    office.send("POST", "/revoke/", json=[SECOND])
    everything = office.send("GET", "/batch/").json()
    assert sorted(everything, key=lambda one: str(one["batch_id"]), reverse=True) == [
        {"batch_id": FIRST, "is_revoked": False},
        {"batch_id": SECOND, "is_revoked": True},
    ]
    assert office.send("GET", f"/batch/{SECOND}").json() == {"batch_id": SECOND, "is_revoked": True}
    assert office.send("GET", f"/batch/{NEVER}").status_code == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"[", 400),
        (b'["\xff"]', 400),
        (b"{}", 422),
        (b'"x"', 422),
        (b"[1]", 422),
        (b'[""]', 422),
        (json.dumps(["x" * 257]).encode(), 422),
        (json.dumps([f"{n}" for n in range(MAX_IDS + 1)]).encode(), 413),
        (b'["' + b"x" * 1_100_000 + b'"]', 413),
    ],
)
def test_a_body_that_is_no_array_of_ids_revokes_nothing(content: bytes, status: int, office: Office) -> None:
    assert office.send("POST", "/revoke/", content=content).status_code == status
    assert set(office.lists.credentials().values()) == {Status.VALID}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/revoke/"), ("GET", "/batch/"), ("GET", f"/batch/{FIRST}")]
)
def test_with_a_key_only_who_has_it_gets_in(method: str, path: str) -> None:
    office = Office(api_key="geheim")
    body = {"json": [FIRST]} if method == "POST" else {}
    for wrong in ({}, {"Authorization": "Bearer gehei"}, {"Authorization": "Basic geheim"}):
        reply = office.send(method, path, headers=wrong, **body)
        assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
        assert FIRST not in reply.text
    assert office.lists.status_of(FIRST) is Status.VALID
    assert office.send(method, path, headers={"Authorization": "Bearer geheim"}, **body).status_code == 200


def test_it_is_no_part_of_what_wallets_see(desk: Any) -> None:
    assert desk.http.post("/revoke/", json=[FIRST]).status_code == 404
    assert desk.http.get("/batch/").status_code == 404
