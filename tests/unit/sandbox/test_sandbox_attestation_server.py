"""The issuer's own server: exactly what it is asked, and everything that it may answer."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet import Sandbox
from nlwallet.encoding import b64url_encode
from nlwallet.errors import (
    InvalidIssuableDocument,
    LimitExceeded,
    MalformedInput,
    RemoteError,
    TransportError,
)
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox import AttestationServer, IssuableDocument, IssuanceStatus, parse_issuable_documents
from nlwallet.sandbox.issuable_document import MAX_DOCUMENTS, MAX_VALUES, undescribed

NOW = 1_790_000_000
URL = "https://records.example/contracts?for=wallets"
RENTAL_CONTRACT = "urn:nlwallet:rental-contract:1"
ID = "550e8400-e29b-41d4-a716-446655440000"


class Records:
    """A server of the issuer's own: notes what it was asked, and answers what a test wants."""

    def __init__(
        self, body: bytes, *, status: int = 200, kind: str = "application/json", **headers: str
    ) -> None:
        self.asked: list[tuple[Request, Any]] = []

        async def answer(request: Request) -> Response:
            self.asked.append((request, await request.json()))
            return Response(body, status, media_type=kind, headers=headers)

        self.app = Starlette(routes=[Route("/contracts", answer, methods=["POST"])])


def served(landlord: Any, records: Records) -> Any:
    landlord.hosting.serve("records.example", records.app)
    return landlord.issuance(URL)


def document(attributes: dict[str, Any], /, **changes: Any) -> dict[str, Any]:
    members = {
        "id": ID,
        "format": "dc+sd-jwt",
        "attestation_type": RENTAL_CONTRACT,
        "attributes": attributes,
        **changes,
    }
    return {name: value for name, value in members.items() if value is not ...}


# What it is asked ---------------------------------------------------------------------------------


def test_it_is_asked_as_the_nl_wallet_asks(landlord: Any) -> None:
    records = Records(json.dumps([document(landlord.contract("frouke"))]).encode())
    issuance, frouke = served(landlord, records), landlord.wallet()
    request = issuance.request()
    outcome = frouke.open(request.uri).approve(pin=Sandbox.PIN)
    ((asked, body),) = records.asked
    assert (asked.method, str(asked.url)) == ("POST", URL)
    assert asked.headers["content-type"] == "application/json"
    (chain,) = {copy.credential.chain for copy in frouke.cards[0].copies.all}
    assert chain is not None
    assert body == [
        {
            "id": "pid",
            "attestations": [
                {
                    "attestation_type": "urn:eudi:pid:nl:1",
                    "format": "dc+sd-jwt",
                    "attributes": {
                        name: frouke.pid[name] for name in ("family_name", "given_name", "birthdate")
                    },
                    "issuer_uri": "https://pid-issuer.example",
                    "attestation_qualification": "PuB-EAA",
                    "ca": "Test PID Provider CA",
                    "issuance_validity": {
                        "signed": "2026-09-21T14:08:20Z",
                        "validFrom": None,
                        "validUntil": "2027-09-21T14:00:00Z",
                    },
                    "revocation_status": "Valid",
                    "aki": [b64url_encode(chain.leaf.authority_key_id or b"")],
                }
            ],
        }
    ]
    assert issuance.state(request).document_ids == (ID,)
    (card,) = frouke.receive(outcome.offer or "")
    assert card.claims["monthly_rent"] == "812.40"
    assert ID not in card.credential.text  # the id is the issuer's, and stands nowhere on the card
    assert str(landlord.issuer.status_lists.status_of(ID).name) == "VALID"


def test_an_empty_list_is_nothing_to_issue(landlord: Any) -> None:
    issuance, frouke = served(landlord, Records(b"[]")), landlord.wallet()
    assert frouke.open(issuance.request().uri).approve(pin=Sandbox.PIN).nothing_to_issue


# What may be wrong with its answer ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "error", "says"),
    [
        (Records(b"[]", status=500), TransportError, "500"),
        (Records(b"[]", status=404), TransportError, "404"),
        (Records(b"", status=302, location="https://evil.example/"), TransportError, "redirect"),
        (Records(b"[]", kind="text/html"), MalformedInput, "application/json"),
        (Records(b"<html>"), MalformedInput, "JSON"),
        (Records(b"\xff\xfe"), MalformedInput, "JSON"),
        (Records(b"{}"), InvalidIssuableDocument, "array"),
        (Records(b"[" * 100 + b"]" * 100), LimitExceeded, "nests deeper"),
        (Records(b" " * 2_000_000), LimitExceeded, "bytes"),
        (Records(b"[]", **{"content-encoding": "gzip"}), TransportError, "compressed"),
    ],
)
def test_an_answer_that_is_none_ends_the_run(
    records: Records, error: type[RemoteError], says: str, landlord: Any
) -> None:
    issuance, frouke = served(landlord, records), landlord.wallet()
    request = issuance.request()
    with pytest.raises(TransportError, match="HTTP status 500"):
        frouke.open(request.uri).approve(pin=Sandbox.PIN)
    state = issuance.state(request)
    assert state.status is IssuanceStatus.FAILED
    assert isinstance(state.error, error)
    assert says in str(state.error)
    assert len(records.asked) == 1  # asked once, and not again


def reached(landlord: Any, server: AttestationServer) -> Any:
    """The state of a run with ``server``, which does not answer."""
    issuance, frouke = landlord.issuance(server), landlord.wallet()
    request = issuance.request()
    with pytest.raises(TransportError, match="HTTP status 500"):
        frouke.open(request.uri).approve(pin=Sandbox.PIN)
    return issuance.state(request)


def test_a_server_that_does_not_answer_is_waited_for_so_long_and_no_longer(landlord: Any) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        HttpClient(HttpPolicy(timeout_seconds=0.2)) as http,
    ):
        http.mount("https://records.example", f"http://127.0.0.1:{silent.getsockname()[1]}")
        state = reached(landlord, AttestationServer(URL, http))
    assert (state.status, state.error.code) == (IssuanceStatus.FAILED, "timeout")


def test_a_server_that_is_down_ends_the_run(landlord: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with HttpClient(HttpPolicy()) as http:
        http.mount("https://records.example", f"http://127.0.0.1:{port}")
        state = reached(landlord, AttestationServer(URL, http))
    assert isinstance(state.error, TransportError)


def test_a_server_on_a_private_address_needs_to_be_allowed(landlord: Any) -> None:
    state = reached(landlord, AttestationServer("https://127.0.0.1:1/"))
    assert isinstance(state.error, TransportError)
    assert "127.0.0.1" in str(state.error)


# The documents ------------------------------------------------------------------------------------


def test_documents_are_read_as_they_are_written() -> None:
    attributes = {"a": 1, "b": None, "c": ["x", {"d": True}], "e": -(2**63), "f": "ü"}
    (read,) = parse_issuable_documents(json.dumps([document(attributes, more="ignored")]).encode())
    assert read == IssuableDocument(RENTAL_CONTRACT, attributes, ID)
    assert read.as_json() == document(attributes)
    assert "ü" not in repr(read)
    assert parse_issuable_documents(b"[]") == ()
    upper = json.dumps([document(attributes, id="{550E8400-E29B-41D4-A716-446655440000}")]).encode()
    assert parse_issuable_documents(upper)[0].id == ID


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (["x"], "/0"),
        ([document({"a": 1}, id=...)], "/0/id"),
        ([document({"a": 1}, id="1")], "/0/id"),
        ([document({"a": 1}, id=7)], "/0/id"),
        ([document({"a": 1}, format=...)], "/0/format"),
        ([document({"a": 1}, format=1)], "/0/format"),
        ([document({"a": 1}, attestation_type=...)], "/0/attestation_type"),
        ([document({"a": 1}, attestation_type="")], "/0/attestation_type"),
        ([document({"a": 1}, attestation_type="x" * 513)], "/0/attestation_type"),
        ([document({"a": 1}, attributes=...)], "/0/attributes"),
        ([document({})], "/0/attributes"),
        ([document({"a": 1}, attributes=[1])], "/0/attributes"),
        ([document({"a": {"b": [1, 0.5]}})], "/0/attributes/a/b/1"),
        ([document({"a": 2**63})], "/0/attributes/a"),
        ([document({"a/b": 1.0})], "/0/attributes/a~1b"),
        ([document({"a": [1] * MAX_VALUES})], "/0/attributes"),
        ([document({"a": 1}), document({"a": 1})], ""),
        ([document({"a": 1})] * (MAX_DOCUMENTS + 1), ""),
    ],
)
def test_documents_that_cannot_be_issued_are_refused(value: Any, pointer: str) -> None:
    with pytest.raises(InvalidIssuableDocument) as caught:
        parse_issuable_documents(json.dumps(value).encode())
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("attributes", "unknown"),
    [
        ({"name": "x"}, None),
        ({"colour": "x"}, ("colour",)),
        ({"home": {"street": "x"}}, None),
        ({"home": {"colour": "x"}}, ("home", "colour")),
        ({"home": {}}, None),
        ({"free": {"any": {"thing": [1]}}}, None),
        ({"list": ["x", "y"]}, None),
        ({"list": [{"more": 1}]}, None),
        ({"rows": [{"cell": 1}, {"other": 1}]}, ("rows", None, "other")),
    ],
)
def test_an_attribute_that_the_type_does_not_have_is_found(
    attributes: dict[str, Any], unknown: tuple[str | None, ...] | None
) -> None:
    described = {
        ("name",), ("home",), ("home", "street"), ("free",), ("list",), ("list", None), ("rows", None, "cell"),
    }  # fmt: skip
    assert undescribed(attributes, described) == unknown
