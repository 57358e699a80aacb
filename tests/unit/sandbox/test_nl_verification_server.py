"""The contract of the NL Wallet's ``verification_server``: each path, state, status code and type of problem.

What is expected here was read from the server's own code and tests (MinBZK/nl-wallet, August 2026 and v0.5.0).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.x509 import ObjectIdentifier

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateChain, Jws
from nlwallet.encoding import b64url_decode
from nlwallet.errors import MalformedInput, TransportError, UntrustedCertificate
from nlwallet.http import HttpClient, HttpReply, HttpStatusLists
from nlwallet.issuer import issued_credential
from nlwallet.openid4vp import UnverifiedRequestObject
from nlwallet.profiles import NL_WALLET_0_5, NL_WALLET_0_6
from nlwallet.sandbox import pilot
from nlwallet.trust import certificate_issuance
from nlwallet.verifier.nl_server import ServerSettings, open_verification_server

NOW = 1_790_000_000
PIN = Sandbox.PIN
NL_PID = "urn:eudi:pid:nl:1"
TEMPLATE = "https://rp.example/return?session_token={session_token}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def asking(*claims: tuple[str, ...], id_: str = "pid", type_: str = NL_PID) -> dict[str, Any]:
    return {
        "id": id_,
        "format": "dc+sd-jwt",
        "meta": {"vct_values": [type_]},
        "claims": [{"path": list(path)} for path in claims],
    }


QUERY = {"credentials": [asking(("given_name",), ("address", "locality"))]}
RECORD = pilot("gemeente-amsterdam").record
USE_CASES: dict[str, Any] = {
    "login": {"record": RECORD, "dcql_query": QUERY, "return_url_template": TEMPLATE},
    "everywhere": {
        "record": RECORD,
        "dcql_query": QUERY,
        "return_url_template": TEMPLATE,
        "session_type_return_url": "both",
    },
    "bare": {"record": RECORD, "dcql_query": None},
    "deep": {"record": RECORD, "return_url_template": TEMPLATE, "disclosure_base_deep_link": "eu-eaap://"},
    "lenient": {
        "record": RECORD,
        "dcql_query": QUERY,
        "return_url_template": TEMPLATE,
        "accept_undetermined_revocation_status": True,
    },
}


@dataclass
class Server:
    """A server in a sandbox, and who speaks to it."""

    edi: Sandbox
    clock: TravellingClock
    client: HttpClient
    public: str
    requester: str
    wallet: Wallet

    def send(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        given = {"Content-Type": "application/json"} if body is not None else {}
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.send(method, url, body=data, headers={**given, **(headers or {})}, what="test")

    def post(self, body: Any, headers: Mapping[str, str] | None = None) -> HttpReply:
        return self.send("POST", f"{self.requester}/disclosure/sessions", body, headers)

    def start(self, usecase: str = "login", **members: Any) -> str:
        reply = self.post({"usecase": usecase, **members})
        assert (reply.status, reply.content_type) == (200, "application/json")
        answer = json.loads(reply.body)
        assert list(answer) == ["session_token"]
        return str(answer["session_token"])

    def session(self, token: str) -> str:
        return f"{self.public}/disclosure/sessions/{token}"

    def status(self, token: str, session_type: str = "") -> dict[str, Any]:
        query = f"?session_type={session_type}" if session_type else ""
        reply = self.send("GET", self.session(token) + query)
        assert reply.status == 200
        return dict(json.loads(reply.body))

    def link(self, token: str, session_type: str = "same_device") -> str:
        return str(self.status(token, session_type)["ul"])

    def request_uri(self, token: str, session_type: str = "same_device") -> str:
        return parse_qs(urlsplit(self.link(token, session_type)).query)["request_uri"][0]

    def fetch(self, token: str, session_type: str = "same_device", **form: str) -> HttpReply:
        return self.send("POST", self.request_uri(token, session_type), urlencode(form).encode(), FORM)

    def respond(self, token: str, **form: str) -> HttpReply:
        return self.send("POST", f"{self.session(token)}/response_uri", urlencode(form).encode(), FORM)

    def attributes(self, token: str, query: str = "") -> HttpReply:
        return self.send("GET", f"{self.requester}/disclosure/sessions/{token}/disclosed_attributes{query}")

    def another(self, host: str, **members: Any) -> Server:
        """One more server in the same sandbox, with its own clients."""
        opened = self.edi.verification_server(USE_CASES, host=host, **members)
        return replace(
            self, client=self.edi.client(), public=opened.public_url, requester=opened.requester_url
        )

    def present(self, link: str) -> str | None:
        """What a citizen does who agrees; where the wallet then sends her."""
        return self.wallet.open(link).approve(pin=PIN, despite_warnings=True).redirect_uri


def opened(profile: str, use_cases: Mapping[str, Any], **members: Any) -> Server:
    clock = TravellingClock(NOW)
    edi = Sandbox(profile=profile, clock=clock)
    served = edi.verification_server(use_cases, **members)
    return Server(
        edi,
        clock,
        edi.client(),
        served.public_url,
        served.requester_url,
        edi.wallet("frouke", cards=["pid", "pid-mdoc", "diploma"]),
    )


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = opened("nl-wallet-0.6", USE_CASES, allow_origins=["https://shop.example"])
    with made.edi:
        yield made


@pytest.fixture(scope="module")
def older() -> Iterator[Server]:
    cases = {
        "login": USE_CASES["login"],
        "neither": {"record": RECORD, "dcql_query": QUERY, "session_type_return_url": "neither"},
    }
    made = opened("nl-wallet-0.5", cases)
    with made.edi:
        yield made


def problem(reply: HttpReply, status: int, type_: str) -> dict[str, Any]:
    assert (reply.status, reply.content_type) == (status, "application/problem+json")
    members = dict(json.loads(reply.body))
    assert (members["type"], members["status"]) == (type_, status)
    assert {"title", "detail"} < set(members)
    return members


def oauth(reply: HttpReply, status: int, code: str) -> dict[str, Any]:
    assert (reply.status, reply.content_type) == (status, "application/json")
    members = dict(json.loads(reply.body))
    assert members["error"] == code
    assert members["error_description"]
    return members


# The requester ------------------------------------------------------------------------------------

KEY = {"internal_server": {"authentication": {"api_key": "sesame"}}}
ONE_LISTENER = {"internal_server": {"port": 8001, **KEY["internal_server"]}}


@pytest.mark.parametrize(
    ("members", "on_public", "on_internal"),
    [({}, (404, 404), (200, 200)), (KEY, (404, 404), (401, 200)), (ONE_LISTENER, (401, 200), (401, 200))],
    ids=["internal", "internal with a key", "public with a key"],
)
def test_who_may_ask(members: Any, on_public: tuple[int, int], on_internal: tuple[int, int]) -> None:
    with Sandbox(profile="nl-wallet-0.6", clock=TravellingClock(NOW)) as edi:
        opened = edi.verification_server({"login": USE_CASES["login"]}, **members)
        server = Server(
            edi, TravellingClock(NOW), edi.client(), opened.public_url, opened.requester_url, None
        )  # type: ignore[arg-type]
        keys: tuple[dict[str, str], ...] = ({}, {"Authorization": "Bearer sesame"})
        for where, expected in ((opened.public_url, on_public), (opened.requester_url, on_internal)):
            start = f"{where}/disclosure/sessions"
            replies = [server.send("POST", start, {"usecase": "login"}, key) for key in keys]
            assert tuple(reply.status for reply in replies) == expected
            token = opened.server.start("login")
            attributes = [
                server.send("GET", f"{start}/{token}/disclosed_attributes", None, key) for key in keys
            ]
            # Nobody has answered, so who may ask gets 400.
            assert tuple(reply.status for reply in attributes) == tuple(
                400 if one == 200 else one for one in expected
            )
        for wrong in ("Bearer other", "sesame", "bearer sesame", "Bearer sesame ", "Basic sesame"):
            if expected == (401, 200):
                assert (
                    server.send("POST", start, {"usecase": "login"}, {"Authorization": wrong}).status == 401
                )


def test_a_session_begins_with_a_token(server: Server) -> None:
    tokens = {server.start() for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) == 32 and token.isalnum() and token.isascii() for token in tokens)
    assert server.start("bare", dcql_query=QUERY, return_url_template=TEMPLATE)


UNSUPPORTED: dict[str, dict[str, Any]] = {
    "credential_sets": QUERY | {"credential_sets": [{"options": [["pid"]]}]},
    "multiple": {"credentials": [asking(("bsn",)) | {"multiple": True}]},
    "no claims": {"credentials": [{k: v for k, v in asking().items() if k != "claims"}]},
    "claim_sets": {
        "credentials": [asking() | {"claims": [{"id": "a", "path": ["bsn"]}], "claim_sets": [["a"]]}]
    },
    "no holder binding": {
        "credentials": [asking(("bsn",)) | {"require_cryptographic_holder_binding": False}]
    },
    "null in a path": {"credentials": [asking() | {"claims": [{"path": ["nationalities", None]}]}]},
    "a number in a path": {"credentials": [asking() | {"claims": [{"path": ["nationalities", 0]}]}]},
    "intent_to_retain of an SD-JWT": {
        "credentials": [asking() | {"claims": [{"path": ["bsn"], "intent_to_retain": True}]}]
    },
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_the_nl_wallet_does_not_read_of_dcql_is_refused(server: Server, name: str) -> None:
    members = problem(
        server.post({"usecase": "login", "dcql_query": UNSUPPORTED[name]}), 400, "invalid_request"
    )
    assert "unsupported DCQL features" in members["detail"]


VALUES = {"credentials": [asking() | {"claims": [{"path": ["given_name"], "values": ["1"]}]}]}


def test_values_do_not_go_along_with_the_request(server: Server) -> None:
    """As at 6299ff7, which takes them from a back end and drops them."""
    (credential,) = request_object(server.fetch(server.start(dcql_query=VALUES))).claims["dcql_query"][
        "credentials"
    ]
    assert credential["claims"] == [{"path": ["given_name"]}]


def test_in_0_5_values_are_refused(older: Server) -> None:
    members = problem(older.post({"usecase": "login", "dcql_query": VALUES}), 400, "invalid_request")
    assert "'values' is not supported" in members["detail"]
    issuer = asking(("bsn",)) | {"trusted_authorities": [{"type": "aki", "values": ["AQID"]}]}
    aki = {"usecase": "login", "dcql_query": {"credentials": [issuer]}}
    assert "'trusted_authorities'" in problem(older.post(aki), 400, "invalid_request")["detail"]


def test_in_0_5_a_request_object_is_a_plain_jwt(server: Server, older: Server) -> None:
    """Its server writes typ jwt (v0.5.0)."""
    for one, typ in ((older, "jwt"), (server, "oauth-authz-req+jwt")):
        text = one.fetch(one.start()).body.decode()
        assert json.loads(b64url_decode(text.partition(".")[0]))["typ"] == typ
        for profile in (NL_WALLET_0_5, NL_WALLET_0_6):
            if profile is NL_WALLET_0_5 or one is server:
                UnverifiedRequestObject.parse(text, profile=profile)
            else:
                with pytest.raises(MalformedInput, match="typ"):
                    UnverifiedRequestObject.parse(text, profile=profile)


def test_what_is_not_there_has_no_body(server: Server) -> None:
    """As axum answers, in the servers of 6299ff7."""
    for method, url, status in (
        ("GET", f"{server.public}/other", 404),
        ("PUT", server.session(server.start()), 405),
        ("GET", f"{server.requester}/disclosure/sessions", 405),
        ("POST", f"{server.public}/disclosure/sessions", 404),
    ):
        reply = server.send(method, url)
        assert (reply.status, reply.body) == (status, b"")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"usecase": "other"}, "unknown use case"),
        ({"usecase": "bare", "return_url_template": TEMPLATE}, "0 attributes"),
        ({"usecase": "bare", "dcql_query": QUERY}, "return url template"),
    ],
)
def test_a_session_that_cannot_begin(server: Server, body: dict[str, Any], said: str) -> None:
    members = problem(server.post(body), 400, "invalid_request")
    assert said in members["detail"]
    assert members["title"] == "Invalid request"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 400),
        ([], 422),
        ({}, 422),
        ({"usecase": 1}, 422),
        ({"usecase": "login", "dcql_query": {}}, 422),
        ({"usecase": "login", "dcql_query": {"credentials": []}}, 422),
        ({"usecase": "login", "dcql_query": {"credentials": [asking(("a",)) | {"format": "jwt_vc"}]}}, 422),
        (
            {
                "usecase": "login",
                "dcql_query": {
                    "credentials": [
                        asking(("bsn",)) | {"trusted_authorities": [{"type": "etsi_tl", "values": ["x"]}]}
                    ]
                },
            },
            422,
        ),
        ({"usecase": "login", "return_url_template": "http://rp.example/{session_token}"}, 422),
        ({"usecase": "login", "return_url_template": 1}, 422),
    ],
)
def test_a_body_that_is_none_of_this_interface_gets_plain_text(
    server: Server, body: Any, status: int
) -> None:
    reply = server.post(body)
    assert (reply.status, reply.content_type) == (status, "text/plain")


def test_a_body_says_that_it_is_json(server: Server) -> None:
    assert server.post({"usecase": "login"}, {"Content-Type": "text/plain"}).status == 415
    assert (
        server.post({"usecase": "login"}, {"Content-Type": "application/json; charset=utf-8"}).status == 200
    )
    assert server.post(b"x" * 1_100_000).status == 413


# The browser --------------------------------------------------------------------------------------


def test_nobody_knows_the_session(server: Server) -> None:
    for token in ("nope", "a" * 32, "%00", "é"):
        for reply in (
            server.send("GET", server.session(token)),
            server.send("GET", server.session(token) + "?session_type=same_device"),
            server.send("DELETE", server.session(token)),
            server.attributes(token),
        ):
            assert problem(reply, 404, "unknown_session")["title"] == "Unknown session"
    oauth(server.respond("nope", error="access_denied"), 404, "unknown_session")
    # An ephemeral id is looked at first, and nobody can have one for a session that there is not.
    oauth(
        server.send("GET", server.session("nope") + "/request_uri?session_type=same_device"),
        400,
        "invalid_request",
    )


def test_a_fresh_link_comes_only_to_who_says_for_which_device(server: Server) -> None:
    token = server.start()
    assert server.status(token) == {"status": "CREATED"}
    assert set(server.status(token, "cross_device")) == {"status", "ul"}
    assert server.send("GET", server.session(token) + "?session_type=tablet").status == 400


def test_the_link(server: Server) -> None:
    token = server.start()
    link = urlsplit(server.link(token, "cross_device"))
    assert (link.scheme, link.netloc, link.path) == (
        "walletdebuginteraction",
        "wallet.edi.rijksoverheid.nl",
        "/disclosure",
    )
    fields = parse_qs(link.query)
    assert list(fields) == ["client_id", "request_uri", "request_uri_method"]
    assert fields["request_uri_method"] == ["post"]
    assert fields["client_id"][0].startswith("x509_hash:")
    request_uri = urlsplit(fields["request_uri"][0])
    assert request_uri.path == f"/disclosure/sessions/{token}/request_uri"
    assert list(parse_qs(request_uri.query)) == ["session_type", "ephemeral_id", "time"]
    deep = server.link(server.start("deep", dcql_query=QUERY))
    assert deep.startswith("eu-eaap:///disclosure?client_id=")


def test_only_a_qr_code_that_nobody_returns_from_goes_stale(server: Server) -> None:
    def has_time(usecase: str, session_type: str) -> bool:
        return "time" in parse_qs(urlsplit(server.request_uri(server.start(usecase), session_type)).query)

    assert has_time("login", "cross_device")
    assert not has_time("login", "same_device")
    assert not has_time("everywhere", "cross_device")


def test_each_poll_rotates_the_qr_code(server: Server) -> None:
    token = server.start()
    first = server.link(token, "cross_device")
    server.clock.travel(2)
    second = server.link(token, "cross_device")
    assert first != second
    stale = parse_qs(urlsplit(first).query)["request_uri"][0]
    server.clock.travel(9)
    # The session goes on: the fresh code still works.
    oauth(server.send("POST", stale, b"", FORM), 401, "expired_ephemeral_id")
    assert server.status(token) == {"status": "CREATED"}
    fresh = parse_qs(urlsplit(second).query)["request_uri"][0]
    assert server.send("POST", fresh, b"", FORM).status == 200


def test_pages_of_other_origins_may_look_when_they_are_named(server: Server) -> None:
    url = server.session(server.start())
    ours = server.send("GET", url, None, {"Origin": "https://shop.example"}).headers
    assert (ours["access-control-allow-origin"], ours["vary"]) == ("https://shop.example", "Origin")
    for reply in (
        server.send("GET", url, None, {"Origin": "https://evil.example"}),
        server.send("OPTIONS", url, None, {"Origin": "https://evil.example"}),
        server.send("POST", f"{url}/response_uri", b"", {"Origin": "https://shop.example", **FORM}),
        server.post({"usecase": "login"}, {"Origin": "https://shop.example"}),
    ):
        assert "access-control-allow-origin" not in reply.headers
    for origin in ("https://shop.example", "https://evil.example"):
        preflight = server.send("OPTIONS", url, None, {"Origin": origin})
        assert preflight.status == 200
        assert preflight.headers["access-control-allow-methods"] == "GET,DELETE"
    gone = server.send("GET", server.session("nope"), None, {"Origin": "https://shop.example"})
    assert gone.headers["access-control-allow-origin"] == "https://shop.example"


def test_whoever_looks_may_be_anybody_or_nobody() -> None:
    with Sandbox(profile="nl-wallet-0.6", clock=TravellingClock(NOW)) as edi:
        for host, members, expected in (("a.example", {"allow_origins": "*"}, "*"), ("b.example", {}, None)):
            opened = edi.verification_server({"login": USE_CASES["login"]}, host=host, **members)
            url = f"{opened.public_url}/disclosure/sessions/{opened.server.start('login')}"
            reply = edi.client().send("GET", url, headers={"Origin": "https://x.example"}, what="test")
            assert reply.headers.get("access-control-allow-origin") == expected


def test_health_and_caching(server: Server) -> None:
    for path in ("/health", "/health/live", "/health/ready", "/health/started"):
        reply = server.send("GET", server.public + path)
        assert (reply.status, json.loads(reply.body)) == (200, {"status": "UP", "checks": []})
    assert server.send("GET", server.requester + "/health").status == 404
    token = server.start()
    replies = [
        server.post({"usecase": "login"}),
        server.post({"usecase": "other"}),
        server.attributes(token),
        server.send("GET", server.session(token)),
        server.fetch(token),
        server.respond(token, response="x"),
        server.send("DELETE", server.session(server.start())),
    ]
    assert {reply.headers["cache-control"] for reply in replies} == {"no-store"}


# The wallet ---------------------------------------------------------------------------------------


def request_object(reply: HttpReply) -> UnverifiedRequestObject:
    assert (reply.status, reply.content_type) == (200, "application/oauth-authz-req+jwt")
    return UnverifiedRequestObject.parse(reply.body.decode(), profile=NL_WALLET_0_6)


def test_the_request_object(server: Server) -> None:
    token = server.start()
    found = request_object(server.fetch(token, wallet_nonce="n-1", unknown="ignored"))
    claims, jws = found.claims, found.jws
    assert isinstance(jws, Jws)
    assert (jws.header["typ"], jws.header["alg"], len(jws.header["x5c"])) == (
        "oauth-authz-req+jwt",
        "ES256",
        1,
    )
    assert claims["aud"] == "https://self-issued.me/v2"
    assert (claims["response_type"], claims["response_mode"]) == ("vp_token", "direct_post.jwt")
    assert claims["response_uri"] == f"{server.session(token)}/response_uri"
    assert (claims["wallet_nonce"], claims["dcql_query"]) == ("n-1", QUERY)
    assert "state" not in claims
    metadata = claims["client_metadata"]
    (jwk,) = metadata["jwks"]["keys"]
    assert (jwk["kid"], jwk["alg"], jwk["crv"]) == (token, "ECDH-ES", "P-256")
    assert set(metadata["encrypted_response_enc_values_supported"]) == {"A128GCM", "A256GCM"}
    assert metadata["vp_formats_supported"]["dc+sd-jwt"]["sd-jwt_alg_values"] == ["ES256"]


def test_a_request_is_fetched_once(server: Server) -> None:
    token = server.start()
    uri = server.request_uri(token)
    assert server.send("HEAD", uri).status == 405
    assert server.status(token) == {"status": "CREATED"}
    first = server.send("GET", uri)
    assert "wallet_nonce" not in request_object(first).claims
    assert server.status(token, "same_device") == {"status": "WAITING_FOR_RESPONSE"}
    oauth(server.send("GET", uri), 400, "invalid_request")
    oauth(server.send("POST", uri, b"", FORM), 400, "invalid_request")


def test_of_many_wallets_one_gets_the_request(server: Server) -> None:
    token = server.start()
    uri = server.request_uri(token)
    assert sorted(together(8, lambda: server.send("GET", uri).status)) == [200] + [400] * 7


def together(count: int, work: Callable[[], int]) -> list[int]:
    barrier, found = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        found.append(work())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"session_type": "cross_device"},
        {"session_type": ""},
        {"ephemeral_id": "00"},
        {"ephemeral_id": ""},
        {"time": "2026-09-21T14:13:20Z"},
    ],
)
def test_a_request_uri_that_the_server_did_not_make(server: Server, change: dict[str, str]) -> None:
    token = server.start()
    parts = urlsplit(server.request_uri(token))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | change
    given = urlencode({name: value for name, value in query.items() if value})
    oauth(server.send("GET", f"{server.session(token)}/request_uri?{given}"), 400, "invalid_request")
    assert server.status(token) == {"status": "CREATED"}


def test_what_is_no_form_does_not_count(server: Server) -> None:
    token = server.start()
    uri = server.request_uri(token)
    assert server.send("POST", uri, b"{}", {"Content-Type": "application/json"}).status == 415
    assert server.send("POST", uri, b"wallet_nonce=a&wallet_nonce=b", FORM).status == 422
    assert server.status(token) == {"status": "CREATED"}
    assert server.fetch(token).status == 200
    answer = f"{server.session(token)}/response_uri"
    assert server.send("POST", answer, b"{}", {"Content-Type": "application/json"}).status == 415
    assert server.respond(token, vp_token="{}").status == 422
    assert server.send("GET", answer).status == 405
    assert server.status(token) == {"status": "WAITING_FOR_RESPONSE"}


def test_an_answer_before_the_question(server: Server) -> None:
    token = server.start()
    oauth(server.respond(token, error="access_denied"), 400, "invalid_request")
    assert server.status(token) == {"status": "CREATED"}


# Outcomes -----------------------------------------------------------------------------------------


def test_same_device_the_nonce_of_the_return_url_unlocks_the_attributes(server: Server) -> None:
    token = server.start()
    reply = server.attributes(token)
    assert problem(reply, 400, "session_state")["session_status"] == "CREATED"
    url = urlsplit(server.present(server.link(token)) or "")
    fields = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (url.netloc, url.path, fields["session_token"]) == ("rp.example", "/return", token)
    assert len(fields["nonce"]) == 32
    assert server.status(token, "same_device") == {"status": "DONE"}
    title = "Redirect URI nonce incorrect or missing"
    assert problem(server.attributes(token), 401, "nonce")["title"] == title
    assert problem(server.attributes(token, "?nonce=" + "x" * 32), 401, "nonce")
    for _ in range(2):  # as often as the requester likes, for five minutes
        reply = server.attributes(token, f"?nonce={fields['nonce']}")
        assert (reply.status, reply.content_type) == (200, "application/json")
    (disclosed,) = json.loads(reply.body)
    (attestation,) = disclosed.pop("attestations")
    assert disclosed == {"id": "pid"}
    aki = attestation.pop("aki")
    assert all(len(b64url_decode(one)) == 20 for one in aki)
    assert aki
    assert attestation == {
        "attestation_type": NL_PID,
        "format": "dc+sd-jwt",
        "attributes": {
            "given_name": server.wallet.pid["given_name"],
            "address": {"locality": server.wallet.pid["address"]["locality"]},
        },
        "issuer_uri": "https://pid-issuer.example",
        "attestation_qualification": "PuB-EAA",
        "ca": "Test PID Provider CA",
        "issuance_validity": attestation["issuance_validity"],
        "revocation_status": "Valid",
    }
    validity = attestation["issuance_validity"]
    assert list(validity) == ["signed", "validFrom", "validUntil"]
    assert validity["validFrom"] is None
    assert all(validity[name].endswith("Z") for name in ("signed", "validUntil"))


def test_cross_device_there_is_nowhere_to_return_to(server: Server) -> None:
    token = server.start()
    assert server.present(server.link(token, "cross_device")) is None
    assert server.attributes(token).status == 200


def test_both_devices_may_have_a_return_url(server: Server) -> None:
    token = server.start("everywhere")
    url = server.present(server.link(token, "cross_device")) or ""
    assert problem(server.attributes(token), 401, "nonce")
    assert server.attributes(token, f"?nonce={parse_qs(urlsplit(url).query)['nonce'][0]}").status == 200


def test_the_request_brings_a_query_and_a_return_url_of_its_own(server: Server) -> None:
    diploma = next(card.type for card in server.wallet.cards if "diploma" in card.type)
    query = {"credentials": [asking(("institution",), id_="diploma", type_=diploma), asking(("bsn",))]}
    token = server.start(dcql_query=query, return_url_template="https://other.example/#{session_token}")
    url = server.present(server.link(token)) or ""
    assert url.startswith("https://other.example/?nonce=")
    assert url.endswith(f"#{token}")
    nonce = parse_qs(urlsplit(url).query)["nonce"][0]
    found = json.loads(server.attributes(token, f"?nonce={nonce}").body)
    assert [one["id"] for one in found] == ["diploma", "pid"]  # in the order of the query


MDOC = {
    "id": "pid",
    "format": "mso_mdoc",
    "meta": {"doctype_value": NL_PID},
    "claims": [
        {"path": [NL_PID, "given_name"], "intent_to_retain": True},
        {"path": [f"{NL_PID}.address", "locality"], "intent_to_retain": True},
    ],
}


def test_an_mdoc_by_namespace(server: Server) -> None:
    token = server.start(dcql_query={"credentials": [MDOC]})
    server.present(server.link(token, "cross_device"))
    ((attestation,),) = [one["attestations"] for one in json.loads(server.attributes(token).body)]
    assert attestation["format"] == "mso_mdoc"
    assert set(attestation["attributes"]) == {NL_PID, f"{NL_PID}.address"}
    assert set(attestation["attributes"][NL_PID]) == {"given_name"}
    assert attestation["revocation_status"] == "Valid"
    assert attestation["issuer_uri"] == "https://pid-issuer.example"
    assert attestation["attestation_qualification"] == "PuB-EAA"


def test_the_person_says_no(server: Server) -> None:
    token = server.start()
    outcome = server.wallet.open(server.link(token)).deny()
    assert outcome is None or outcome.redirect_uri is None or "nonce=" in outcome.redirect_uri
    assert server.status(token) == {"status": "CANCELLED"}
    assert problem(server.attributes(token), 400, "session_state")["session_status"] == "CANCELLED"


def test_a_wallet_that_says_no_is_told_where_to_return(server: Server) -> None:
    for session_type, members in (("same_device", {"redirect_uri"}), ("cross_device", set())):
        token = server.start()
        server.fetch(token, session_type)
        reply = server.respond(token, error="access_denied")
        assert (reply.status, set(json.loads(reply.body))) == (200, members)
        assert server.status(token) == {"status": "CANCELLED"}


def test_another_error_of_the_wallet_fails_the_session(server: Server) -> None:
    token = server.start()
    server.fetch(token)
    reply = server.respond(token, error="vp_formats_not_supported", error_description="no mdoc")
    assert (reply.status, set(json.loads(reply.body))) == (200, {"redirect_uri"})
    assert server.status(token) == {"status": "FAILED"}  # and not why
    members = problem(server.attributes(token), 400, "session_state")
    assert members["session_status"] == "FAILED"
    assert "vp_formats_not_supported" in members["session_error"]


def test_the_first_answer_ends_the_session_whatever_it_is(server: Server) -> None:
    token = server.start()
    server.fetch(token)
    members = oauth(server.respond(token, response="no JWE"), 400, "invalid_request")
    assert members["redirect_uri"].startswith("https://rp.example/return")
    assert server.status(token) == {"status": "FAILED"}
    assert problem(server.attributes(token), 400, "session_state")["session_error"]
    again = oauth(server.respond(token, response="no JWE"), 400, "invalid_request")
    assert "redirect_uri" not in again


def test_of_many_answers_one_counts(server: Server) -> None:
    token = server.start()
    server.fetch(token)
    statuses = together(8, lambda: server.respond(token, error="access_denied").status)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 400, 404}
    assert server.status(token) == {"status": "CANCELLED"}


def test_a_page_cancels(server: Server) -> None:
    for step, state in ((lambda _: None, "CREATED"), (server.fetch, "WAITING_FOR_RESPONSE")):
        token = server.start()
        uri = server.request_uri(token)
        step(token)
        assert server.status(token)["status"] == state
        reply = server.send("DELETE", server.session(token))
        assert (reply.status, reply.body) == (204, b"")
        assert server.status(token, "same_device") == {"status": "CANCELLED"}
        assert "session_status" not in problem(
            server.send("DELETE", server.session(token)), 400, "session_state"
        )
        assert problem(server.attributes(token), 400, "session_state")["session_status"] == "CANCELLED"
        oauth(server.send("GET", uri), 404, "cancelled_session")
        oauth(server.respond(token, error="access_denied"), 404, "cancelled_session")


def test_what_is_done_cannot_be_cancelled(server: Server) -> None:
    token = server.start()
    server.present(server.link(token))
    problem(server.send("DELETE", server.session(token)), 400, "session_state")
    assert server.status(token) == {"status": "DONE"}


# Time ---------------------------------------------------------------------------------------------


def test_half_an_hour_of_nothing_expires_a_session(server: Server) -> None:
    token = server.start()
    uri = server.request_uri(token)
    server.clock.travel(29 * 60)
    assert server.status(token) == {"status": "CREATED"}
    waiting = server.start()
    server.fetch(waiting)
    server.clock.travel(60)
    assert server.status(token, "same_device") == {"status": "EXPIRED"}
    assert server.status(waiting) == {"status": "WAITING_FOR_RESPONSE"}  # from its last step on
    oauth(server.send("GET", uri), 404, "expired_session")
    assert problem(server.attributes(token), 400, "session_state")["session_status"] == "EXPIRED"
    problem(server.send("DELETE", server.session(token)), 400, "session_state")
    server.clock.travel(29 * 60)
    oauth(server.respond(waiting, error="access_denied"), 404, "expired_session")
    server.clock.travel(4 * 3600 - 29 * 60)
    assert server.status(waiting) == {"status": "EXPIRED"}
    problem(server.send("GET", server.session(token)), 404, "unknown_session")


def test_a_success_is_kept_for_five_minutes_and_a_failure_for_four_hours(server: Server) -> None:
    done, cancelled = server.start(), server.start()
    server.present(server.link(done, "cross_device"))
    server.send("DELETE", server.session(cancelled))
    server.clock.travel(299)
    assert server.attributes(done).status == 200
    server.clock.travel(1)
    problem(server.attributes(done), 404, "unknown_session")
    problem(server.send("GET", server.session(done)), 404, "unknown_session")
    server.clock.travel(4 * 3600 - 301)
    assert server.status(cancelled) == {"status": "CANCELLED"}
    server.clock.travel(1)
    problem(server.send("GET", server.session(cancelled)), 404, "unknown_session")


# Trust --------------------------------------------------------------------------------------------


def test_a_type_counts_for_another_when_the_settings_say_so(server: Server) -> None:
    asked = {"credentials": [asking(("given_name",), type_="urn:eudi:pid:1")]}
    token = server.start(dcql_query=asked)
    with pytest.raises(TransportError, match="400"):
        server.present(server.link(token))
    assert server.status(token) == {"status": "FAILED"}

    extending = server.another("extending.example", extending_vct_values={"urn:eudi:pid:1": [NL_PID]})
    token = extending.start(dcql_query=asked)
    extending.present(extending.link(token, "cross_device"))
    (found,) = json.loads(extending.attributes(token).body)
    assert found["attestations"][0]["attestation_type"] == NL_PID


Change = Callable[[dict[str, Any]], None]
UNACCOUNTABLE: dict[str, tuple[str, Change]] = {
    "no attestation_qualification": ("pid", lambda made: made["claims"].pop("attestation_qualification")),
    "no such attestation_qualification": (
        "pid",
        lambda made: made["claims"].update(attestation_qualification="PID"),
    ),
    "no iss": ("pid", lambda made: made.update(issuer=None)),
    "no attestationQualification": (
        "pid-mdoc",
        lambda made: made["further"].pop("attestationQualification"),
    ),
    "no issuerUri": ("pid-mdoc", lambda made: made["further"].pop("issuerUri")),
    "issuerUri of another": (
        "pid-mdoc",
        lambda made: made["further"].update(issuerUri="https://another.example"),
    ),
}


@pytest.mark.parametrize("name", UNACCOUNTABLE)
def test_a_card_that_does_not_say_whose_or_what_it_is_fails_the_session(
    server: Server, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kind, change = UNACCOUNTABLE[name]
    function = "issue_mdoc_batch" if kind == "pid-mdoc" else "issue_sd_jwt_vc_batch"
    issue = getattr(issued_credential, function)

    def otherwise(*keys: Any, **made: Any) -> Any:
        change(made)
        return issue(*keys, **made)

    monkeypatch.setattr(issued_credential, function, otherwise)
    wallet = replace(server, wallet=server.edi.wallet("cor", cards=[kind]))
    token = server.start(
        dcql_query={"credentials": [MDOC if kind == "pid-mdoc" else asking(("given_name",))]}
    )
    with pytest.raises(TransportError, match="400"):
        wallet.present(server.link(token))
    refused = problem(server.attributes(token), 400, "session_state")
    said = name.removeprefix("no ").removeprefix("such ").removesuffix(" of another")
    assert f" {said}" in refused["session_error"]


def test_who_signs_a_card_is_certified_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 6299ff7 a certificate without the usage of document signers signs no card, in either format."""
    monkeypatch.setitem(certificate_issuance._TEMPLATES, "eaa", certificate_issuance._Template())
    type_ = "urn:nlwallet:rental-contract:1"
    cases = {
        "rent": USE_CASES["login"] | {"dcql_query": {"credentials": [asking(("given_name",), type_=type_)]}}
    }
    lenient = replace(NL_WALLET_0_6, issuer_signing_usage=None)
    with Sandbox(profile=lenient, clock=TravellingClock(NOW)) as edi:
        wallet = edi.wallet("frouke", cards=["rental-contract"])
        served = edi.verification_server(cases)
        ended = {}
        for profile in (lenient, NL_WALLET_0_6):
            opened = open_verification_server(
                served.settings,
                clock=edi.clock,
                status_lists=HttpStatusLists(edi.client()),
                profile=profile,
                anchors=edi.anchors,
            )
            edi.serve("verification-server.example", opened.public)
            token = opened.server.start("rent")
            link = opened.server.status(token, session_type="same_device")["ul"]
            with suppress(TransportError):
                wallet.open(str(link)).approve(pin=PIN, despite_warnings=True)
            ended[profile] = opened.server.status(token)["status"]
        assert ended == {lenient: "DONE", NL_WALLET_0_6: "FAILED"}
    with (
        Sandbox(profile=NL_WALLET_0_6, clock=TravellingClock(NOW)) as edi,
        pytest.raises(UntrustedCertificate, match=r"1\.0\.18013\.5\.1\.2"),
    ):
        edi.wallet("frouke", cards=["rental-contract"])


def test_the_nl_wallet_can_tell_who_asks(server: Server) -> None:
    """It reads the number of an organisation at 1.3.6.1.1.15 (6299ff7), and names nobody without it."""
    header = request_object(server.fetch(server.start())).jws.header
    name = CertificateChain.from_x5c(header["x5c"]).leaf.pyca.subject
    for oid in ("2.5.4.97", "1.3.6.1.1.15"):
        (identifier,) = name.get_attributes_for_oid(ObjectIdentifier(oid))
        assert identifier.value == RECORD.identifier


def test_a_revoked_card_fails_the_session(server: Server) -> None:
    before = server.wallet
    lists = server.edi.pid_issuer.status_lists
    known = set(lists.credentials())
    server.wallet = server.edi.wallet("cor")
    for id_ in set(lists.credentials()) - known:
        lists.revoke(id_)
    server.clock.travel(lists.ttl)
    token = server.start()
    with pytest.raises(TransportError, match="400"):
        server.present(server.link(token))
    server.wallet = before
    assert "revoked" in problem(server.attributes(token), 400, "session_state")["session_error"]


def test_a_status_that_nobody_can_tell(server: Server) -> None:
    def unreachable(uri: str, *, accept: str) -> Any:
        raise TransportError("nothing answers there")

    members = server.edi.verification_server(USE_CASES, host="deaf.example").members
    alone = open_verification_server(ServerSettings.of(members), clock=server.clock, status_lists=unreachable)
    assert alone.requester is not None
    server.edi.serve("deaf.example", alone.public)
    server.edi.serve("requester.deaf.example", alone.requester)
    deaf = replace(server, client=server.edi.client())
    deaf.public, deaf.requester = "https://deaf.example", "https://requester.deaf.example"
    token = deaf.start("lenient")
    deaf.present(deaf.link(token, "cross_device"))
    (found,) = json.loads(deaf.attributes(token).body)
    assert found["attestations"][0]["revocation_status"] == "Undetermined"
    token = deaf.start("login")
    with pytest.raises(TransportError, match="400"):
        deaf.present(deaf.link(token, "cross_device"))
    assert deaf.status(token) == {"status": "FAILED"}


# 0.5 ----------------------------------------------------------------------------------------------


def test_in_0_5_a_party_is_a_host_and_every_link_goes_stale(older: Server) -> None:
    token = older.start()
    link = older.link(token)
    assert parse_qs(urlsplit(link).query)["client_id"] == ["x509_san_dns:verification-server.example"]
    uri = parse_qs(urlsplit(link).query)["request_uri"][0]
    assert list(parse_qs(urlsplit(uri).query)) == ["session_type", "ephemeral_id", "time"]
    # The session type is not in what was signed.
    switched = uri.replace("same_device", "cross_device")
    older.clock.travel(11)
    oauth(older.send("GET", uri), 401, "expired_ephemeral_id")
    fresh = older.request_uri(token).replace("same_device", "cross_device")
    assert switched != fresh
    assert older.send("GET", fresh).status == 200


def test_in_0_5_a_use_case_may_have_no_return_url_at_all(older: Server) -> None:
    token = older.start("neither")
    assert older.present(older.link(token)) is None
    ((attestation,),) = [one["attestations"] for one in json.loads(older.attributes(token).body)]
    assert "aki" not in attestation
    assert attestation["attributes"]["given_name"] == older.wallet.pid["given_name"]
    problem(older.post({"usecase": "neither", "return_url_template": TEMPLATE}), 400, "invalid_request")


def test_in_0_5_the_nonce_counts_too(older: Server) -> None:
    token = older.start()
    url = older.present(older.link(token)) or ""
    problem(older.attributes(token), 401, "nonce")
    assert older.attributes(token, f"?nonce={parse_qs(urlsplit(url).query)['nonce'][0]}").status == 200
