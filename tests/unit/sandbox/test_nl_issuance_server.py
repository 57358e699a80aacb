"""The NL Wallet's ``issuance_server``: one link for everybody, the issuer's own endpoint, an offer, and revocation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.errors import TransportError
from nlwallet.holder import session
from nlwallet.http import HttpClient
from nlwallet.issuer import card
from nlwallet.issuer.revocation_face import revocation_app
from nlwallet.openid4vp import UnverifiedRequestObject
from nlwallet.profiles import HAIP_1_0
from nlwallet.sandbox import IssuableDocument
from nlwallet.sandbox.issuance_server import IssuanceServer
from nlwallet.sandbox.pilots import pilot
from nlwallet.verifier import PresentationResult
from nlwallet.verifier.nl_server import Refusal

NOW = 1_790_000_000
PIN = Sandbox.PIN
HOST = "issuance-server.example"
PUBLIC = f"https://{HOST}"
TYPE = "urn:nlwallet:rental-contract:1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ID = "00000000-0000-4000-8000-000000000001"


class Issuer:
    """An issuer that has nothing but its attestation endpoint and this server."""

    def __init__(self) -> None:
        self.clock = TravellingClock(NOW)
        self.edi = Sandbox(clock=self.clock)
        self.asked: list[Any] = []
        self.documents: Any = [
            IssuableDocument(TYPE, card("rental-contract").claims("frouke", now=NOW), ID).as_json()
        ]

        async def attestations(request: Request) -> JSONResponse:
            self.asked.append(await request.json())
            return JSONResponse(self.documents)

        back_office = Starlette(routes=[Route("/housing", attestations, methods=["POST"])])
        self.edi.serve("back-office.example", back_office)
        self.issuer = self.edi.issuer("rental-contract")
        internal = revocation_app(self.issuer.status_lists)
        self.edi.serve("internal.example", internal)
        self.server = IssuanceServer()
        self.use_case = self.edi.disclosure_based_issuance(
            pilot("cafe-de-vrije-val").record,
            host=HOST,
            issuer=self.issuer,
            documents="https://back-office.example/housing",
            name="housing",
            server=self.server,
        )
        self.client: HttpClient = self.edi.client()

    def send(self, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
        reply = self.client.send(method, PUBLIC + path, body=body, headers=FORM, what="test")
        text = reply.body.decode()
        return reply.status, json.loads(text) if text.startswith("{") else text

    def fetch(self) -> str:
        """The path of a new session's response_uri."""
        status, text = self.send("POST", "/disclosure/housing/request_uri?session_type=same_device")
        assert status == 200
        uri = UnverifiedRequestObject.parse(text, profile=HAIP_1_0).claims["response_uri"]
        return str(uri).removeprefix(PUBLIC)


@pytest.fixture(scope="module")
def housing() -> Iterator[Issuer]:
    one = Issuer()
    with one.edi:
        yield one


def test_the_links_are_static(housing: Issuer) -> None:
    links = housing.server.links("housing")
    assert list(housing.server) == ["housing"]
    assert links == housing.server.links("housing")
    for session_type, link in links.items():
        parts = urlsplit(link)
        assert (parts.scheme, parts.path) == ("walletdebuginteraction", "/disclosure_based_issuance")
        fields = parse_qs(parts.query)
        assert list(fields) == ["client_id", "request_uri", "request_uri_method"]
        uri = f"{PUBLIC}/disclosure/housing/request_uri?session_type={session_type}"
        assert (fields["request_uri"], fields["request_uri_method"]) == ([uri], ["post"])


def test_a_card_for_a_presentation_and_its_revocation(housing: Issuer) -> None:
    frouke, before = housing.edi.wallet("frouke"), len(housing.asked)
    outcome = frouke.open(housing.server.links("housing")["same_device"]).approve(pin=PIN)
    (asked,) = housing.asked[before:]
    assert [one["id"] for one in asked] == ["pid"]
    assert asked[0]["attestations"][0]["attributes"] == {"age_over_18": True}
    assert asked[0]["attestations"][0]["revocation_status"] == "Valid"
    assert (outcome.offer or "").startswith("openid-credential-offer://")
    (contract,) = frouke.receive(outcome.offer or "")
    assert contract.type == TYPE

    def post(url: str, value: Any) -> int:
        return housing.client.post_json(url, value, accept="*/*", what="test").status

    assert post("https://internal.example/revoke/", [ID]) == 200
    assert post(f"{PUBLIC}/revoke/", [ID]) == 404
    housing.clock.travel(housing.issuer.status_lists.ttl)
    assert "revoked" in [one.status for one in frouke.check_cards()]


def test_each_fetch_begins_a_session(housing: Issuer) -> None:
    first, second = housing.fetch(), housing.fetch()
    assert first != second
    for path in (first, second):
        _, disclosure, token, end = path.split("/")
        assert (disclosure, end) == ("disclosure", "response_uri")
        assert len(token) == 32
    assert housing.send("GET", "/disclosure/housing/request_uri?session_type=cross_device")[0] == 200
    assert housing.send("HEAD", "/disclosure/housing/request_uri?session_type=cross_device")[0] == 405
    assert housing.send("GET", "/health") == (200, {"status": "UP", "checks": []})


def test_nothing_to_issue(housing: Issuer) -> None:
    cor = housing.edi.wallet("cor")
    documents, housing.documents = housing.documents, []
    outcome = cor.open(housing.server.links("housing")["cross_device"]).approve(pin=PIN)
    housing.documents = documents
    assert outcome.nothing_to_issue
    assert outcome.offer is None


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/disclosure/housing/request_uri", 400, "invalid_request"),
        ("GET", "/disclosure/housing/request_uri?session_type=tablet", 400, "invalid_request"),
        ("GET", "/disclosure/other/request_uri?session_type=same_device", 500, "server_error"),
        ("POST", "/disclosure/nope/response_uri", 404, "unknown_session"),
    ],
)
def test_what_is_refused(housing: Issuer, method: str, path: str, status: int, error: str) -> None:
    found, members = housing.send(method, path, b"error=access_denied" if method == "POST" else b"")
    assert (found, members["error"]) == (status, error)
    assert "redirect_uri" not in members


def test_a_holder_who_says_no_is_sent_nowhere(housing: Issuer) -> None:
    before = len(housing.asked)
    frouke = housing.edi.wallet("frouke")
    frouke.open(housing.server.links("housing")["same_device"]).deny()
    assert len(housing.asked) == before
    path = housing.fetch()
    status, members = housing.send("POST", path, b"response=nothing")
    assert (status, members["error"]) == (400, "invalid_request")


def test_a_back_office_that_answers_nonsense_is_not_for_the_wallet(housing: Issuer) -> None:
    documents, housing.documents = housing.documents, {"no": "array"}
    prompt = housing.edi.wallet("frouke").open(housing.server.links("housing")["same_device"])
    with pytest.raises(TransportError, match="HTTP status 500"):
        prompt.approve(pin=PIN)
    housing.documents = documents


def test_the_first_answer_ends_the_session_even_one_that_cannot_be_read(
    housing: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the NL Wallet's server has it: who spoils an answer begins anew."""
    before, receive = len(housing.asked), housing.server.receive
    answers: list[Refusal] = []

    def spoiled_first(token: str, received: bytes, content_type: str) -> dict[str, str]:
        with pytest.raises(Refusal) as caught:
            receive(token, b"response=nothing", content_type)
        answers.append(caught.value)
        return receive(token, received, content_type)

    monkeypatch.setattr(housing.server, "receive", spoiled_first)
    prompt = housing.edi.wallet("frouke").open(housing.server.links("housing")["same_device"])
    with pytest.raises(TransportError, match="HTTP status 400"):
        prompt.approve(pin=PIN)
    assert [one.code for one in answers] == ["invalid_request"]
    *_, state = housing.use_case.states().values()
    assert state.status == "failed"
    assert len(housing.asked) == before


def test_nobody_answers_in_time(housing: Issuer) -> None:
    path = housing.fetch()
    housing.clock.travel(600)
    for _ in range(2):
        status, members = housing.send("POST", path, b"error=access_denied")
        assert (status, members["error"]) == (404, "expired_session")


def test_cards_on_two_keys_come_with_a_proof_of_association(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def documents(result: PresentationResult) -> list[IssuableDocument]:
        asked.append(len(result.presentations))
        return [IssuableDocument(TYPE, card("rental-contract").claims("frouke", now=NOW))]

    with Sandbox(clock=TravellingClock(NOW), profile="nl-wallet-0.6") as edi:
        server = IssuanceServer()
        edi.disclosure_based_issuance(
            pilot("baanvinder").record,
            host=HOST,
            issuer=edi.issuer("rental-contract"),
            documents=documents,
            server=server,
        )
        frouke = edi.wallet("frouke", cards=["pid", "diploma"])

        def answer() -> str | None:
            prompt = frouke.open(server.links("card")["same_device"])
            return prompt.approve(pin=PIN, despite_warnings=True).offer

        assert answer()
        monkeypatch.setattr(session, "prove_association", lambda *_, **__: None)
        with pytest.raises(TransportError, match="HTTP status 400"):
            answer()
        assert asked == [2]
