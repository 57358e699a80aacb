"""The EU reference verifier's interface: the browser's API, encrypted requests, codes, uses, other origins."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey, PublicKey
from nlwallet.http import HttpClient, HttpReply
from nlwallet.issuer import persona, pid_claims
from nlwallet.openid4vp import UnverifiedRequestObject, WalletMetadata, as_form, decrypt_request_object
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import pilot
from nlwallet.verifier import Verifier
from nlwallet.verifier.eu_server import EuRefusal, EuServer, TransactionRequest, eu_app

NOW = 1_790_000_000
PIN = Sandbox.PIN
HOST = "eu-verifier.example"
PAGE = f"https://{HOST}"
OTHER = "https://other.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PID = "urn:eudi:pid:nl:1"
ADULT = [{"path": ["age_over_18"]}]
QUERY = {
    "credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, "claims": ADULT}]
}
MDOC_QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "mso_mdoc",
            "meta": {"doctype_value": PID},
            "claims": [{"path": [PID, "age_over_18"]}],
        }
    ]
}
ASKED: dict[str, Any] = {"dcql_query": QUERY, "nonce": "n-0S6_WzA2Mj"}
TEMPLATE = {"wallet_response_redirect_uri_template": f"{PAGE}/done?code={{RESPONSE_CODE}}"}


@dataclass
class Front:
    """The front end of a relying party that has this verifier."""

    edi: Sandbox
    party: Verifier
    client: HttpClient
    wallet: Wallet

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        given = {"Content-Type": "application/json"} if body is not None else {}
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        url = path if path.startswith("https:") else f"{PAGE}{path}"
        return self.client.send(method, url, body=data, headers={**given, **(headers or {})}, what="test")

    def get(self, path: str) -> Any:
        reply = self.send("GET", path)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def begin(self, path: str = "/ui/presentations/v2", **members: Any) -> dict[str, Any]:
        reply = self.send("POST", path, ASKED | members)
        assert reply.status == 200, reply.body
        return dict(json.loads(reply.body))

    def in_browser(self, **members: Any) -> dict[str, Any]:
        return self.begin("/ui/presentations/dc-api", **{"origin": PAGE, **members})

    def answer(self, begun: Mapping[str, Any], origin: str = PAGE) -> dict[str, str]:
        """What the page posts, once its visitor agreed."""
        asked = {"protocol": "openid4vp-v1-signed", "data": {"request": begun["request"]}}
        return as_form(
            self.wallet.open_dc_api([asked], origin=origin).approve(pin=PIN, despite_warnings=True).data or {}
        )

    def post(self, begun: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[int, str]:
        path = f"/ui/presentations/{begun['transaction_id']}/dc-api"
        reply = self.send("POST", path, urlencode(fields).encode(), FORM)
        return reply.status, json.loads(reply.body)["error"] if reply.body else ""

    def events(self, begun: Mapping[str, Any]) -> list[dict[str, Any]]:
        return list(self.get(f"/ui/presentations/{begun['transaction_id']}/events")["events"])


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    clock = TravellingClock(NOW)
    with Sandbox(clock=clock, profile=OPENID4VP_1_0) as edi:

        def app(party: Verifier) -> Any:
            return eu_app(EuServer(party, clock=clock, result_needs_code=True), allow_origins=[OTHER])

        record = pilot("cafe-de-vrije-val").record
        party = edi.register(record, host=HOST, identity="x509_hash", app=app)
        wallet = edi.wallet("frouke")
        wallet.receive(edi.pid_issuer.offer("nl-pid-mdoc", pid_claims(persona("frouke"), now=NOW)).uri)
        yield Front(edi, party, edi.client(), wallet)


# Through the browser ------------------------------------------------------------------------------


@pytest.mark.req("A-04", "HV-14")
@pytest.mark.parametrize("query", [QUERY, MDOC_QUERY], ids=["SD-JWT VC", "mdoc"])
def test_a_page_asks_and_hands_the_answer_on(front: Front, query: dict[str, Any]) -> None:
    reply = front.send("POST", "/ui/presentations/dc-api", ASKED | {"origin": PAGE, "dcql_query": query})
    begun = json.loads(reply.body)
    assert (reply.status, set(begun)) == (200, {"request", "transaction_id"})
    assert reply.headers["transaction-id"] == begun["transaction_id"]
    claims = UnverifiedRequestObject.parse(begun["request"], profile=OPENID4VP_1_0).claims
    assert (claims["response_mode"], claims["expected_origins"]) == ("dc_api.jwt", [PAGE])
    assert (claims["nonce"], claims["client_id"]) == (ASKED["nonce"], front.party.client_id)
    assert "response_uri" not in claims
    assert "state" not in claims
    again = f"/ui/presentations/dc-api/{begun['transaction_id']}/request"
    assert front.get(again) == begun
    fields = front.answer(begun)
    assert list(fields) == ["response"]
    assert front.post(begun, fields) == (200, "")
    assert front.send("GET", again).status == 400
    result = front.get(f"/ui/presentations/{begun['transaction_id']}")
    assert [len(items) for items in result["vp_token"].values()] == [1]
    assert [one["event"] for one in front.events(begun)] == [
        "DC Api Transaction initialized", "Wallet response posted", "Verifier got wallet response",
    ]  # fmt: skip
    assert front.post(begun, fields) == (400, "PresentationNotInExpectedState")


@pytest.mark.req("A-10")
def test_an_answer_that_was_made_on_another_page_does_not_count(front: Front) -> None:
    begun = front.in_browser(expected_origins=[PAGE, OTHER])
    fields = front.answer(begun, origin=OTHER)
    assert front.post(begun, fields) == (400, "InvalidVpToken")
    assert front.send("GET", f"/ui/presentations/{begun['transaction_id']}").status == 400


def test_what_is_wrong_with_an_answer_of_a_page(front: Front) -> None:
    begun, other = front.in_browser(), front.in_browser()
    of_another = front.answer(other)
    for fields, name in (
        ({"vp_token": "{}"}, "UnexpectedResponseMode"),
        ({}, "UnexpectedResponseMode"),
        ({"response": "e30.a.b.c.d"}, "InvalidEncryptedResponse"),
        (of_another, "InvalidEncryptedResponse"),
    ):
        assert front.post(begun, fields) == (400, name)
    assert front.post({"transaction_id": "nope"}, of_another) == (400, "PresentationNotFound")
    assert front.post(front.begin(), of_another) == (400, "UnexpectedResponseMode")
    assert front.send("POST", f"/ui/presentations/{begun['transaction_id']}/dc-api", b"{}", {}).status == 415
    assert front.post(begun, {"error": "access_denied", "error_description": "no"}) == (200, "")
    assert front.get(f"/ui/presentations/{begun['transaction_id']}")["error"] == "access_denied"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no query": ({"dcql_query": None}, "MissingPresentationQuery"),
    "no nonce": ({"nonce": ""}, "MissingNonce"),
    "no page": ({"origin": None}, ""),
    "no origin": ({"origin": f"{PAGE}/path"}, ""),
    "http": ({"origin": "http://eu-verifier.example"}, ""),
    "no strings": ({"expected_origins": [PAGE, 1]}, ""),
    "not its own": ({"expected_origins": [OTHER]}, ""),
    "too many": ({"expected_origins": [PAGE] * 17}, ""),
    "no chain": ({"issuer_chain": "x"}, "InvalidIssuerChain"),
    "unknown use": ({"intended_use_id": "nope"}, "UnknownIntendedUseId"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_start(front: Front, case: str) -> None:
    members, name = WRONG[case]
    reply = front.send("POST", "/ui/presentations/dc-api", ASKED | {"origin": PAGE} | members)
    assert reply.status == 400
    assert (json.loads(reply.body)["error"] if reply.body else "") == name


def test_through_the_browser_haip_counts_always() -> None:
    body = json.dumps(ASKED | {"origin": PAGE}).encode()
    with pytest.raises(EuRefusal) as caught:
        TransactionRequest.parse_for_browser(body, x509_hash=False)
    assert caught.value.name == "HaipNotSupported.ClientIdPrefixX509HashMustBeUsed"


def test_of_many_answers_one_counts(front: Front) -> None:
    begun = front.in_browser()
    fields = front.answer(begun)
    barrier, statuses = threading.Barrier(4), []

    def run() -> None:
        barrier.wait()
        statuses.append(front.post(begun, fields)[0])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 400, 400, 400]


# Encrypted requests -------------------------------------------------------------------------------


def of_wallet(key: PublicKey | None = None, **more: Any) -> bytes:
    metadata = WalletMetadata.of_wallet(OPENID4VP_1_0, prefix="x509_hash", key=key, kid="w1")
    return urlencode({"wallet_metadata": metadata.as_form_value(), **more}).encode()


@pytest.mark.req("V-19", "V-21")
def test_a_request_is_encrypted_to_the_wallet_that_brings_a_key(front: Front) -> None:
    key = PrivateKey.generate("P-256")
    uri = front.begin(request_uri_method="post")["request_uri"]
    reply = front.send("POST", uri, of_wallet(key.public, wallet_nonce="w-1"), FORM)
    assert (reply.status, reply.content_type) == (200, "application/oauth-authz-req+jwt")
    encs = OPENID4VP_1_0.encryption_encs
    inner = decrypt_request_object(reply.body.decode(), key=key, kid="w1", encs=encs)
    claims = UnverifiedRequestObject.parse(inner, profile=OPENID4VP_1_0).claims
    assert (claims["nonce"], claims["wallet_nonce"]) == (ASKED["nonce"], "w-1")
    plain = front.send("POST", front.begin(request_uri_method="post")["request_uri"], of_wallet(), FORM)
    assert plain.body.count(b".") == 2


def test_metadata_that_is_none_uses_nothing_up(front: Front) -> None:
    begun = front.begin(request_uri_method="post")
    no_key = urlencode({"wallet_metadata": json.dumps({"jwks": {"keys": [{"kty": "RSA"}]}})}).encode()
    for body in (b"wallet_metadata=x", no_key, urlencode({"wallet_nonce": "n" * 1025}).encode()):
        assert front.send("POST", begun["request_uri"], body, FORM).status == 400
    assert front.send("POST", begun["request_uri"], of_wallet(), FORM).status == 200
    assert [one["event"] for one in front.events(begun)].count("FailedToRetrieve request") == 2


# Codes, keys, uses, other origins -----------------------------------------------------------------


def test_a_result_that_needs_its_code(front: Front) -> None:
    begun = front.begin(**TEMPLATE)
    id_ = begun["transaction_id"]
    url = front.wallet.open(begun["authorization_request_uri"]).approve(pin=PIN).redirect_uri or ""
    code = parse_qs(urlsplit(url).query)["code"][0]
    for query in ("", "?response_code=", "?response_code=x"):
        assert front.send("GET", f"/ui/presentations/{id_}{query}").status == 400
    assert "vp_token" in front.get(f"/ui/presentations/{id_}?response_code={code}")
    assert all("wallet_response" not in one for one in front.events(begun))
    begun = front.begin()  # a page that shows a QR code gets no code, and asks without
    front.wallet.open(begun["authorization_request_uri"]).approve(pin=PIN)
    assert "vp_token" in front.get(f"/ui/presentations/{begun['transaction_id']}")
    assert "vp_token" in front.events(begun)[-1]["wallet_response"]


def test_the_registered_uses_and_asking_for_one(front: Front) -> None:
    (use,) = front.get("/ui/intended-uses")["intended_uses"]
    registered = front.party.certificates.record.intended_uses[0]
    certificate = front.party.certificates.registration_certificates[registered.id]
    assert use == {
        "intended_use_id": registered.id,
        "description": registered.purpose.en,
        "registration_certificate": certificate,
    }
    for members in (
        {"intended_use_id": use["intended_use_id"]},
        {"registration_certificate": use["registration_certificate"]},
    ):
        claims = UnverifiedRequestObject.parse(
            front.in_browser(**members)["request"], profile=OPENID4VP_1_0
        ).claims
        assert [one["data"] for one in claims["verifier_info"]] == [certificate]


def test_the_key_that_signs(front: Front) -> None:
    reply = front.send("GET", "/wallet/public-keys.json")
    assert reply.content_type == "application/jwk-set+json"
    (jwk,) = json.loads(reply.body)["keys"]
    assert "d" not in jwk
    assert PublicKey.from_jwk(jwk) == front.party.certificates.access_chain.leaf.public_key
    assert jwk["x5c"] == front.party.certificates.access_chain.x5c()


def test_pages_of_another_origin(front: Front) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    reply = front.send("OPTIONS", "/ui/presentations", headers={"Origin": OTHER, **preflight})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, OTHER)
    assert "content-type" in reply.headers["access-control-allow-headers"]
    reply = front.send("POST", "/ui/presentations/v2", ASKED, {"Origin": OTHER})
    assert reply.headers["access-control-allow-origin"] == OTHER
    exposed = reply.headers["access-control-expose-headers"].lower().split(", ")
    assert exposed == ["transaction-id", "authorization-request-uri"]
    refused = front.send("POST", "/ui/presentations", {}, {"Origin": OTHER})
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (400, OTHER)
    for method in ("OPTIONS", "POST"):
        headers = {"Origin": "https://evil.example", **preflight}
        stranger = front.send(method, "/ui/presentations", ASKED, headers)
        assert "access-control-allow-origin" not in stranger.headers
