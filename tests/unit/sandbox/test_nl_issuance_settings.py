"""``issuance_server.toml``: its keys, defaults and checks, and the whole way through a server that was set up by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority
from nlwallet.errors import TransportError
from nlwallet.holder import session
from nlwallet.http import HttpStatusLists
from nlwallet.sandbox import Hierarchy
from nlwallet.sandbox.issuance_server_file import (
    METADATA_FILE,
    TYPE,
    USE_CASE,
    issuance_server_members,
    membership_metadata,
)
from nlwallet.sandbox.issuance_settings import IssuanceSettings
from nlwallet.sandbox.opened_issuance_server import (
    OpenedIssuanceServer,
    open_issuance_server,
)
from nlwallet.sandbox.verification_server_file import to_toml

NOW = 1_790_000_000
PIN = Sandbox.PIN
PUBLIC = "https://issuance.example/"
ID = "00000000-0000-4000-8000-000000000001"


def pid_query(*more: dict[str, Any]) -> dict[str, Any]:
    pid = {
        "id": "pid",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
        "claims": [{"path": ["family_name"]}],
    }
    return {"credentials": [pid, *more]}


DIPLOMA = {
    "id": "diploma",
    "format": "dc+sd-jwt",
    "meta": {"vct_values": ["urn:nlwallet:diploma:1"]},
    "claims": [{"path": ["institution"]}],
}


class World:
    """An organisation with a file of settings, its own attestation server, and wallets around."""

    def __init__(self, folder: Path) -> None:
        self.clock = TravellingClock(NOW)
        self.hierarchy = Hierarchy.create(now=NOW)
        self.edi = Sandbox(clock=self.clock, profile="nl-wallet-0.6", hierarchy=self.hierarchy)
        self.asked: list[Any] = []
        self.documents: Any = []
        (folder / METADATA_FILE).write_text(json.dumps(membership_metadata()))
        self.members = issuance_server_members(
            self.hierarchy,
            now=NOW,
            public_url=PUBLIC,
            attestation_url="https://back-office.example/members",
            attestation_anchors=[CertificateAuthority.create("TLS CA", now=NOW).certificate],
        )
        cases = self.members["disclosure_settings"]
        cases[USE_CASE]["dcql_query"] = pid_query()
        cases["two"] = {**cases[USE_CASE], "dcql_query": pid_query(DIPLOMA)}
        self.folder = folder
        self.opened = self.open(self.members)
        self.edi.serve("issuance.example", self.opened.public)
        self.edi.serve("internal.example", self.opened.internal)
        back_office = Starlette(routes=[Route("/members", self._attestations, methods=["POST"])])
        self.edi.serve("back-office.example", back_office)

    def open(self, members: dict[str, Any]) -> OpenedIssuanceServer:
        return open_issuance_server(
            IssuanceSettings.parse(to_toml(members).encode()),
            clock=self.clock,
            status_lists=HttpStatusLists(self.edi.client()),
            folder=self.folder,
            attestation_client=lambda _: self.edi.client(),
        )

    async def _attestations(self, request: Request) -> JSONResponse:
        self.asked.append(await request.json())
        return JSONResponse(self.documents)

    def document(self, **attributes: Any) -> dict[str, Any]:
        return {
            "id": ID,
            "format": "dc+sd-jwt",
            "attestation_type": TYPE,
            "attributes": {"name": "Frouke", "member_number": "12", **attributes},
        }

    def send(self, method: str, url: str, body: bytes = b"", media_type: str = "application/json") -> Any:
        headers = {"Content-Type": media_type} if body else {}
        return self.edi.client().send(method, url, body=body, headers=headers, what="test")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("settings"))
    with made.edi:
        yield made


def test_a_card_in_return_for_a_pid_and_its_revocation(world: World) -> None:
    frouke = world.edi.wallet("frouke", cards=["pid", "diploma"])
    world.documents, before = [world.document()], len(world.asked)
    outcome = frouke.open(world.opened.links(USE_CASE)["same_device"]).approve(pin=PIN, despite_warnings=True)
    (asked,) = world.asked[before:]
    assert asked[0]["attestations"][0]["attributes"] == {"family_name": "Hofstra"}
    (card,) = frouke.receive(outcome.offer or "")
    assert (card.type, card.claims["member_number"]) == (TYPE, "12")
    claims = card.candidate.claims
    assert (claims["attestation_qualification"], claims["iss"]) == ("EAA", PUBLIC)
    status_list = claims["status"]["status_list"]["uri"]
    assert status_list.startswith("https://issuance.example/tsl/")
    assert world.send("GET", status_list).status == 200
    number = status_list.rpartition("/")[2]
    assert world.send("GET", f"https://issuance.example/status/{number}").status == 404
    assert world.send("POST", "https://issuance.example/revoke/", b"[]").status in (404, 405)
    assert world.send("POST", "https://internal.example/revoke/", json.dumps([ID]).encode()).status == 200
    world.clock.travel(world.opened.settings.status_lists.ttl)
    assert "revoked" in [one.status for one in frouke.check_cards()]


def test_two_cards_prove_that_they_are_in_one_wallet(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    frouke, before = world.edi.wallet("frouke", cards=["pid", "diploma"]), len(world.asked)
    world.documents = []

    def answer() -> bool:
        prompt = frouke.open(world.opened.links("two")["cross_device"])
        return prompt.approve(pin=PIN, despite_warnings=True).nothing_to_issue

    assert answer()
    monkeypatch.setattr(session, "prove_association", lambda *_, **__: None)
    with pytest.raises(TransportError, match="HTTP status 400"):
        answer()
    assert len(world.asked) == before + 1
