"""The EU reference verifier's interface: bodies of both versions, results, events, pictures, and its errors by name.

What is expected was read from eudi-srv-verifier-endpoint (December 2025).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority
from nlwallet.errors import TransportError
from nlwallet.http import HttpClient, HttpReply
from nlwallet.openid4vp import UnverifiedRequestObject
from nlwallet.profiles import HAIP_1_0
from nlwallet.sandbox import pilot
from nlwallet.trust import Category
from nlwallet.verifier.eu_server import EuServer, eu_app

NOW = 1_790_000_000
PIN = Sandbox.PIN
HOST = "eu-verifier.example"
BASE = f"https://{HOST}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
            "claims": [{"path": ["age_over_18"]}],
        }
    ]
}
ASKED: dict[str, Any] = {"dcql_query": QUERY, "nonce": "n-0S6_WzA2Mj"}


@dataclass
class Front:
    """The front end of a relying party that has this verifier."""

    edi: Sandbox
    clock: TravellingClock
    client: HttpClient
    wallet: Wallet

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        given = {"Content-Type": "application/json"} if body is not None else {}
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        url = path if path.startswith("https:") else BASE + path
        return self.client.send(method, url, body=data, headers={**given, **(headers or {})}, what="test")

    def begin(self, version: str = "/v2", **members: Any) -> dict[str, Any]:
        reply = self.send("POST", f"/ui/presentations{version}", ASKED | members)
        assert reply.status == 200, reply.body
        return dict(json.loads(reply.body))

    def result(self, transaction_id: str, query: str = "") -> HttpReply:
        return self.send("GET", f"/ui/presentations/{transaction_id}{query}")

    def events(self, transaction_id: str) -> list[str]:
        return [one["event"] for one in json.loads(self.result(f"{transaction_id}/events").body)["events"]]

    def error(self, **members: Any) -> str:
        reply = self.send("POST", "/ui/presentations/v2", ASKED | members)
        assert reply.status == 400
        return str(json.loads(reply.body)["error"]) if reply.body else ""


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    clock = TravellingClock(NOW)
    # The reference allows all of OpenID4VP; a wallet that reads it all shows that.
    with Sandbox(clock=clock, profile="openid4vp-1.0") as edi:
        edi.register(
            pilot("cafe-de-vrije-val").record,
            host=HOST,
            identity="x509_hash",
            app=lambda party: eu_app(EuServer(party, clock=clock)),
        )
        yield Front(edi, clock, edi.client(), edi.wallet("frouke"))


def test_a_transaction_in_both_versions(front: Front) -> None:
    reply = front.send("POST", "/ui/presentations/v2", ASKED)
    members = json.loads(reply.body)
    assert list(members) == [
        "transaction_id", "client_id", "request_uri", "request_uri_method", "authorization_request_uri"
    ]  # fmt: skip
    assert members["request_uri_method"] == "get"
    assert members["request_uri"].startswith(f"{BASE}/wallet/request.jwt/")
    assert reply.headers["transaction-id"] == members["transaction_id"]
    assert reply.headers["authorization-request-uri"] == members["authorization_request_uri"]
    fields = parse_qs(urlsplit(members["authorization_request_uri"]).query)
    assert fields == {name: [members[name]] for name in ("client_id", "request_uri", "request_uri_method")}
    assert members["transaction_id"] not in members["authorization_request_uri"]
    old = front.send("POST", "/ui/presentations", ASKED)
    assert list(json.loads(old.body)) == ["transaction_id", "client_id", "request_uri", "request_uri_method"]
    assert "authorization-request-uri" not in old.headers


def test_the_answer_comes_back_as_the_wallet_sent_it(front: Front) -> None:
    members = front.begin()
    id_ = members["transaction_id"]
    assert (front.result(id_).status, front.result(id_).body) == (400, b"")
    assert front.wallet.open(members["authorization_request_uri"]).approve(pin=PIN).redirect_uri is None
    for _ in range(2):
        reply = front.result(id_)
        assert (reply.status, reply.content_type) == (200, "application/json")
    answered = json.loads(reply.body)
    assert list(answered) == ["vp_token"]
    (presentation,) = answered["vp_token"]["pid"]
    assert presentation.count("~") == 2  # the credential, one disclosure, the key binding
    assert front.events(id_) == [
        "Transaction initialized", "Verifier failed to get wallet", "Verifier failed to get wallet",
        "Request object retrieved", "Wallet response posted",
        "Verifier got wallet response", "Verifier got wallet response",
    ]  # fmt: skip
    feed = json.loads(front.result(f"{id_}/events").body)
    assert (feed["transaction_id"], feed["last_updated"]) == (id_, front.clock.now() * 1000)
    assert {one["actor"] for one in feed["events"]} == {"Verifier", "Wallet"}


@pytest.mark.req("V-49")
def test_what_does_not_pass_is_not_handed_on_beside_what_does(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, shown = EuServer.receive, []

    def with_forged_ones(server: EuServer, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
        fields = dict(parse_qsl(body.decode()))
        (good,) = json.loads(fields["vp_token"])["pid"]
        issued, _, rest = good.partition("~")
        payload, _, signature = issued.rpartition(".")
        forged = f"{payload}.{signature[::-1]}~{rest}"
        shown.extend([good, forged])
        fields["vp_token"] = json.dumps({"pid": [forged, good, forged]})
        return taken(server, request_id, urlencode(fields).encode(), content_type)

    monkeypatch.setattr(EuServer, "receive", with_forged_ones)
    query = {"credentials": [QUERY["credentials"][0] | {"multiple": True}]}
    members = front.begin(dcql_query=query, response_mode="direct_post")
    front.wallet.open(members["authorization_request_uri"]).approve(pin=PIN)
    good, forged = shown
    assert json.loads(front.result(members["transaction_id"]).body) == {"vp_token": {"pid": [good]}}
    assert forged.encode() not in front.result(f"{members['transaction_id']}/events").body


def test_the_request_has_the_nonce_of_the_front_end(front: Front) -> None:
    members = front.begin(request_uri_method="post")
    reply = front.send("POST", members["request_uri"], b"wallet_nonce=w-1", FORM)
    assert (reply.status, reply.content_type) == (200, "application/oauth-authz-req+jwt")
    claims = UnverifiedRequestObject.parse(reply.body.decode(), profile=HAIP_1_0).claims
    assert (claims["nonce"], claims["wallet_nonce"], claims["dcql_query"]) == (ASKED["nonce"], "w-1", QUERY)
    assert claims["response_uri"].startswith(f"{BASE}/wallet/direct_post/")


@pytest.mark.parametrize("asked", ["get", "post", "post_get"])
@pytest.mark.parametrize("used", ["GET", "POST"])
def test_a_request_is_fetched_once_by_get_or_by_the_method_of_the_link(
    front: Front, asked: str, used: str
) -> None:
    members = front.begin(request_uri_method=asked)
    uri = members["request_uri"]
    assert front.send("HEAD", uri).status == 405
    if (asked, used) == ("get", "POST"):
        assert front.send("POST", uri, headers=FORM).status == 400
        used = "GET"
    # A wallet that does not know POST uses GET all the same (OpenID4VP 1.0 §5.1).
    assert front.send(used, uri, headers=FORM).status == 200
    assert front.send(used, uri, headers=FORM).status == 400
    assert "FailedToRetrieve request" in front.events(members["transaction_id"])


def test_an_unknown_request_is_not_found(front: Front) -> None:
    assert front.send("GET", "/wallet/request.jwt/nope").status == 404


def test_same_device_with_a_response_code(front: Front) -> None:
    members = front.begin(
        wallet_response_redirect_uri_template="https://rp.example/done?code={RESPONSE_CODE}"
    )
    id_ = members["transaction_id"]
    url = front.wallet.open(members["authorization_request_uri"]).approve(pin=PIN).redirect_uri or ""
    assert url.startswith("https://rp.example/done?code=")
    code = parse_qs(urlsplit(url).query)["code"][0]
    assert front.result(id_, "?response_code=other").status == 400
    assert front.result(id_, f"?response_code={code}").status == 200
    assert front.result(id_).status == 200  # as the reference does


def test_a_holder_who_says_no(front: Front) -> None:
    members = front.begin()
    front.wallet.open(members["authorization_request_uri"]).deny()
    reply = front.result(members["transaction_id"])
    assert (reply.status, json.loads(reply.body)) == (200, {"error": "access_denied"})


@pytest.mark.parametrize(
    "members",
    [{"response_mode": "direct_post"}, {"jar_mode": "by_value"}, {"profile": "haip"}],
    ids=["not encrypted", "by value", "haip"],
)
def test_other_ways_of_asking(front: Front, members: dict[str, Any]) -> None:
    begun = front.begin(**members)
    assert ("request" in begun) is (members.get("jar_mode") == "by_value")
    front.wallet.open(begun["authorization_request_uri"]).approve(pin=PIN)
    assert front.result(begun["transaction_id"]).status == 200
    feed = json.loads(front.result(f"{begun['transaction_id']}/events").body)["events"]
    assert (feed[0]["response"], feed[0]["profile"]) == (begun, members.get("profile", "openid4vp"))


def test_the_start_of_the_link(front: Front) -> None:
    assert front.begin(authorization_request_scheme="eudi-wallet")["authorization_request_uri"].startswith(
        "eudi-wallet://?client_id="
    )
    link = front.begin(authorization_request_uri="https://wallet.example/open")["authorization_request_uri"]
    assert link.startswith("https://wallet.example/open?client_id=")
    begun = front.begin(authorization_request_uri="https://wallet.example/open?from=shop")
    link = begun["authorization_request_uri"]
    assert link.startswith("https://wallet.example/open?from=shop&client_id=")
    front.wallet.open(link).approve(pin=PIN)
    assert front.result(begun["transaction_id"]).status == 200


def test_a_qr_code_as_a_picture(front: Front) -> None:
    for version in ("", "/v2"):
        reply = front.send("POST", f"/ui/presentations{version}", ASKED, {"Accept": "image/png"})
        assert (reply.status, reply.content_type) == (200, "image/png")
        assert reply.body.startswith(b"\x89PNG")
        width = int.from_bytes(reply.body[16:20])
        assert 125 < width <= 250
        assert reply.headers["authorization-request-uri"].startswith("openid4vp://")
        assert front.events(reply.headers["transaction-id"]) == ["Transaction initialized"]


def test_only_the_issuers_of_this_transaction_count(front: Front) -> None:
    theirs = CertificateAuthority.create("Somebody else", now=NOW).certificate.pem()
    begun = front.begin(issuer_chain=theirs)
    with pytest.raises(TransportError, match="400: InvalidVpToken"):
        front.wallet.open(begun["authorization_request_uri"]).approve(pin=PIN)
    assert front.result(begun["transaction_id"]).status == 400
    ours = "\n".join(one.pem() for one in front.edi.anchors.of(Category.PID_PROVIDER))
    begun = front.begin(issuer_chain=ours)
    front.wallet.open(begun["authorization_request_uri"]).approve(pin=PIN)
    assert front.result(begun["transaction_id"]).status == 200


BOTH_URIS = {"authorization_request_scheme": "a", "authorization_request_uri": "b://"}
ERRORS: dict[str, dict[str, Any]] = {
    "MissingPresentationQuery": {"dcql_query": None},
    "MissingNonce": {"nonce": None},
    "UnsupportedFormat": {"dcql_query": {"credentials": [{"id": "a", "format": "jwt_vc_json", "meta": {}}]}},
    "InvalidWalletResponseTemplate": {"wallet_response_redirect_uri_template": "https://rp.example/"},
    "InvalidTransactionData": {"transaction_data": [{"type": "x"}]},
    "InvalidIssuerChain": {"issuer_chain": "-----BEGIN"},
    "ContainsBothAuthorizationRequestUriAndAuthorizationRequestScheme": BOTH_URIS,
    "InvalidAuthorizationRequestScheme": {"authorization_request_scheme": "not a scheme"},
    "InvalidAuthorizationRequestUri": {"authorization_request_uri": "nothing"},
    "UnknownIntendedUseId": {"intended_use_id": "nope"},
    "InvalidRegistrationCertificate": {"registration_certificate": "x"},
    "OnlyRegistrationCertificateOrIntendedUseIdMustBeProvided": {
        "registration_certificate": "a.b.c",
        "intended_use_id": "x",
    },
    "HaipNotSupported.ResponseModeDirectPostJwtMustBeUsed": {
        "profile": "haip",
        "response_mode": "direct_post",
    },
    "HaipNotSupported.AuthorizationRequestMustBeProvidedByReference": {
        "profile": "haip",
        "jar_mode": "by_value",
    },
}


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_by_its_name(front: Front, name: str) -> None:
    assert front.error(**ERRORS[name]) == name


def test_a_page_on_http_is_no_place_to_come_back_to(front: Front) -> None:
    """As the reference begins, and no wallet follows it (OpenID4VP 1.0 §8.2)."""
    template = "http://rp.example/done?code={RESPONSE_CODE}"
    assert front.error(wallet_response_redirect_uri_template=template) == "InvalidWalletResponseTemplate"


def test_haip_wants_the_hash_of_the_certificate() -> None:
    with Sandbox(profile="openid4vp-1.0") as edi:
        edi.register(
            pilot("cafe-de-vrije-val").record,
            host=HOST,
            identity="x509_san_dns",
            app=lambda party: eu_app(EuServer(party, clock=edi.clock)),
        )
        reply = edi.client().post_json(
            f"{BASE}/ui/presentations", ASKED | {"profile": "haip"}, accept="*/*", what="test"
        )
        assert json.loads(reply.body)["error"] == "HaipNotSupported.ClientIdPrefixX509HashMustBeUsed"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        ({**ASKED, "dcql_query": {}}, {}, 400),
        ({**ASKED, "response_mode": "fragment"}, {}, 400),
        ({**ASKED, "profile": 1}, {}, 400),
        (ASKED, {"Content-Type": "text/plain"}, 415),
        (b"x" * 1_100_000, {}, 413),
    ],
)
def test_a_body_that_is_none_gets_a_bare_status(front: Front, body: Any, headers: Any, status: int) -> None:
    assert front.send("POST", "/ui/presentations", body, headers).status == status


def posted(front: Front, uri: str, **form: str) -> tuple[int, str]:
    reply = front.send("POST", uri, urlencode(form).encode(), FORM)
    return reply.status, str(json.loads(reply.body).get("error"))


def test_what_is_wrong_with_an_answer(front: Front) -> None:
    assert posted(front, "/wallet/direct_post/nope", error="x") == (400, "PresentationNotFound")

    def fetched(**members: Any) -> tuple[str, str, dict[str, Any]]:
        begun = front.begin(**members)
        jar = front.send("GET", begun["request_uri"]).body.decode()
        claims = dict(UnverifiedRequestObject.parse(jar, profile=HAIP_1_0).claims)
        return begun["transaction_id"], claims["response_uri"], claims

    begun = front.begin()
    at = f"/wallet/direct_post/{begun['request_uri'].rpartition('/')[2]}"
    assert posted(front, at, error="access_denied") == (400, "PresentationNotInExpectedState")
    id_, uri, claims = fetched()
    assert posted(front, uri, error="access_denied", state="other") == (400, "IncorrectState")
    assert posted(front, uri, response="e30.a.b.c.d") == (400, "InvalidEncryptedResponse")
    assert posted(front, uri, vp_token="{}", state=claims["state"]) == (400, "UnexpectedResponseMode")
    assert posted(front, uri, state=claims["state"]) == (400, "UnexpectedResponseMode")
    assert front.result(id_).status == 400
    refusal = {"error": "access_denied", "error_description": "Not today."}
    assert posted(front, uri, state=claims["state"], **refusal)[0] == 200
    assert json.loads(front.result(id_).body) == refusal
    assert posted(front, uri, error="access_denied", state=claims["state"]) == (
        400,
        "PresentationNotInExpectedState",
    )
    _, uri, claims = fetched(response_mode="direct_post")
    assert posted(front, uri, state=claims["state"]) == (400, "MissingVpToken")
    assert posted(front, uri, state=claims["state"], response="a.b.c.d.e") == (400, "UnexpectedResponseMode")
    unanswered = (400, "RequiredCredentialSetNotSatisfied")
    assert posted(front, uri, state=claims["state"], vp_token="{}") == unanswered
    credential_sets = [{"options": [["pid"]]}]
    _, uri, claims = fetched(
        response_mode="direct_post", dcql_query=QUERY | {"credential_sets": credential_sets}
    )
    assert posted(front, uri, state=claims["state"], vp_token="{}") == unanswered
    id_, uri, claims = fetched(response_mode="direct_post")
    assert posted(front, uri, state=claims["state"], vp_token='{"pid": ["a~b"]}') == (400, "InvalidVpToken")
    assert front.events(id_)[-1] == "Wallet failed to post response"


def test_of_many_wallets_one_gets_the_request(front: Front) -> None:
    uri = front.begin()["request_uri"]
    barrier, statuses = threading.Barrier(6), []

    def run() -> None:
        barrier.wait()
        statuses.append(front.send("GET", uri).status)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 5


def test_a_transaction_ends(front: Front) -> None:
    members = front.begin()
    id_ = members["transaction_id"]
    front.clock.travel(601)
    assert front.result(id_).status == 400
    assert front.events(id_)[-2:] == ["Presentation expired", "Verifier failed to get wallet"]
    assert front.send("GET", members["request_uri"]).status == 400
    assert front.result("nope").status == 404
    assert front.result("nope/events").status == 404
