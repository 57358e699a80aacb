"""Fetching the request object: once or more, until when, and encrypted to the wallet (OpenID4VP 1.0 §5.10)."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey, parse_jwe
from nlwallet.errors import InvalidRequest, InvalidResponse
from nlwallet.openid4vp import UnverifiedRequestObject, WalletMetadata, decrypt_request_object
from nlwallet.profiles import HAIP_1_0, OPENID4VP_1_0

DONE = "https://cafe.example/done"
ENCS = ("A128GCM", "A256GCM")
P256 = PrivateKey.generate()


def unsigned_part(text: str) -> dict[str, Any]:
    """All that is in a request object but the signature, which differs each time."""
    received = UnverifiedRequestObject.parse(text, profile=HAIP_1_0)
    return {"header": dict(received.jws.header), "claims": dict(received.claims)}


def metadata(**members: Any) -> dict[str, str]:
    return {"wallet_metadata": json.dumps({"vp_formats_supported": {"dc+sd-jwt": {}}, **members})}


def jwk(key: PrivateKey, **changes: Any) -> dict[str, Any]:
    members = {**key.public.jwk(), "kid": "w1", "alg": "ECDH-ES", "use": "enc", **changes}
    return {name: value for name, value in members.items() if value is not None}


# Once, or more -----------------------------------------------------------------------------------


@pytest.mark.req("V-60", "ADV-028")
def test_by_default_it_may_be_fetched_again_and_is_the_same(make_world: Callable[..., Any]) -> None:
    world = make_world(request_uri_method="post")
    uri = world.link(world.verifier.request()).request_uri
    replies = [world.http(method, uri) for method in ("POST", "GET", "POST", "GET")]
    assert {reply.status_code for reply in replies} == {200}
    first, *others = [unsigned_part(reply.text) for reply in replies]
    assert all(other == first for other in others)


@pytest.mark.parametrize("methods", [("GET", "GET"), ("POST", "GET"), ("GET", "POST")], ids="-".join)
def test_a_one_time_address_works_once(make_world: Callable[..., Any], methods: tuple[str, str]) -> None:
    world = make_world(one_time_request_uri=True)
    request = world.verifier.request()
    uri = world.link(request).request_uri
    first, second = (world.http(method, uri) for method in methods)
    assert first.status_code == 200
    assert second.status_code == 410
    assert second.json()["error"] == "invalid_request"
    assert "eyJ" not in second.text
    asked = world.read(unsigned_part(first.text)["claims"])
    assert world.answer(asked).status_code == 200, "who fetched it first can still answer"
    assert world.verifier.result(request).status == "verified"


def test_of_many_fetches_at_once_exactly_one_gets_a_one_time_request(make_world: Callable[..., Any]) -> None:
    world, threads = make_world(one_time_request_uri=True), 8
    request_id = world.link(world.verifier.request()).request_uri.rpartition("/")[2]
    barrier = Barrier(threads)

    def fetch(_: int) -> bool:
        barrier.wait()
        try:
            world.verifier.endpoints.request_object(request_id)
        except InvalidRequest:
            return False
        return True

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(fetch, range(threads))) == 1


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT"])
def test_looking_at_a_one_time_address_does_not_use_it_up(
    make_world: Callable[..., Any], method: str
) -> None:
    world = make_world(one_time_request_uri=True)
    uri = world.link(world.verifier.request()).request_uri
    reply = world.http(method, uri)
    assert reply.status_code == 405
    assert set(reply.headers["allow"].split(", ")) == {"GET", "POST"}
    assert world.http("GET", uri).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"wallet_metadata": "{"},
        {"wallet_nonce": ""},
        metadata(jwks={"keys": [{"kty": "RSA", "kid": "1", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB"}]}),
    ],
    ids=["no-json", "no-nonce", "no-usable-key"],
)
def test_a_fetch_that_was_refused_does_not_count(
    make_world: Callable[..., Any], fields: dict[str, str]
) -> None:
    world = make_world(one_time_request_uri=True)
    uri = world.link(world.verifier.request()).request_uri
    assert world.http("POST", uri, data=fields).status_code == 400
    assert world.http("GET", uri).status_code == 200


# Until when --------------------------------------------------------------------------------------


@pytest.mark.req("V-37", "ADV-005", "ADV-027")
@pytest.mark.parametrize(
    ("way", "seconds"),
    [({}, 300), ({"flow": "same_device", "redirect_uri": DONE}, 600)],
    ids=["cross_device", "same_device"],
)
def test_a_qr_code_lives_shorter_than_a_link(world: Any, way: dict[str, Any], seconds: int) -> None:
    request = world.verifier.request(**way)
    uri, asked = world.link(request).request_uri, world.fetch(request)
    assert request.expires_at == world.clock.now() + seconds
    world.clock.travel(seconds - 1)
    assert world.http("GET", uri).status_code == 200
    assert world.verifier.result(request).status == "pending"
    world.clock.travel(1)
    assert world.http("GET", uri).status_code == 410
    assert world.answer(asked).status_code == 410
    assert world.verifier.result(request).status == "expired"


def test_in_the_last_second_an_answer_still_counts(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    world.clock.travel(299)
    assert world.answer(asked).status_code == 200
    world.clock.travel(1000)
    assert world.verifier.result(request).claims("pid") == {"age_over_18": True}


def test_the_lifetimes_can_be_chosen(make_world: Callable[..., Any]) -> None:
    for options, expected in (
        ({"cross_device_lifetime": 60}, (60, 600)),
        ({"request_lifetime": 120}, (120, 120)),
        ({"request_lifetime": 900, "cross_device_lifetime": 120}, (120, 900)),
    ):
        world = make_world(**options)
        now, verifier = world.clock.now(), world.verifier
        across, same = verifier.request(), verifier.request(flow="same_device", redirect_uri=DONE)
        assert (across.expires_at - now, same.expires_at - now) == expected


@pytest.mark.req("ADV-027")
def test_what_is_over_and_what_never_was_say_nothing_of_the_session(world: Any) -> None:
    request = world.verifier.request()
    uri = world.link(request).request_uri
    world.answer(world.fetch(request))
    over, unknown = world.http("GET", uri), world.http("GET", uri + "x")
    assert (over.status_code, unknown.status_code) == (410, 404)
    for reply in (over, unknown):
        assert set(reply.json()) == {"error", "error_description"}
        assert request.id not in reply.text
        assert "age_over_18" not in reply.text


# For this wallet only -------------------------------------------------------------------------------


@pytest.mark.req("V-21")
@pytest.mark.parametrize("encs", [None, ["A128GCM"], ["A256GCM"], ["A192GCM", "A256GCM"]], ids=str)
def test_a_wallet_with_a_key_gets_the_signed_object_encrypted(world: Any, encs: list[str] | None) -> None:
    request, key = world.verifier.request(), PrivateKey.generate()
    extra = {} if encs is None else {"request_object_encryption_enc_values_supported": encs}
    fields = {**metadata(jwks={"keys": [jwk(key)]}, **extra), "wallet_nonce": "n-1"}
    reply = world.http("POST", world.link(request).request_uri, data=fields)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/oauth-authz-req+jwt"
    header = parse_jwe(reply.text, encs=ENCS).header
    assert (header["alg"], header["kid"], header["typ"]) == ("ECDH-ES", "w1", "oauth-authz-req+jwt")
    assert header["enc"] in (encs or ["A128GCM"])
    inner = unsigned_part(decrypt_request_object(reply.text, key=key, kid="w1", encs=ENCS))
    plain = unsigned_part(world.http("GET", world.link(request).request_uri).text)
    assert inner["claims"].pop("wallet_nonce") == "n-1"
    assert inner == plain


@pytest.mark.req("V-21")
@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_the_key_of_a_wallet_needs_no_name_and_no_algorithm(world: Any, curve: Any) -> None:
    """As the EU reference wallet's library writes it, which names the algorithms beside the keys."""
    key = PrivateKey.generate(curve)
    fields = metadata(
        jwks={"keys": [jwk(P256, use="sig"), jwk(key, kid=None, alg=None)]},
        request_object_encryption_alg_values_supported=["ECDH-ES+A128KW", "ECDH-ES"],
        request_object_encryption_enc_values_supported=["A256GCM"],
    )
    reply = world.http("POST", world.link(world.verifier.request()).request_uri, data=fields)
    received = parse_jwe(reply.text, encs=ENCS)
    assert (received.header["alg"], received.kid, received.header["cty"]) == ("ECDH-ES", None, "JWT")
    assert received.decrypt(key).count(b".") == 2


@pytest.mark.req("V-56", "V-20")
@pytest.mark.parametrize(
    "members",
    [
        {},
        {"vp_formats_supported": {"mso_mdoc": {"issuerauth_alg_values": [-7]}}},
        {"client_id_prefixes_supported": ["redirect_uri"]},
        {"response_modes_supported": ["fragment"], "response_types_supported": ["code"]},
        {"request_object_signing_alg_values_supported": ["EdDSA"]},
        {
            "issuer": "https://wallet.example",
            "wallet_name": "Wallet 1.2.3 of Frouke",
            "jwks_uri": "https://x",
        },
        {"jwks": {"keys": []}},
    ],
    ids=["empty", "formats", "prefixes", "modes", "algorithms", "name", "no-keys"],
)
def test_the_object_is_the_same_for_every_wallet(world: Any, members: dict[str, Any]) -> None:
    request = world.verifier.request()
    uri = world.link(request).request_uri
    before, stored = unsigned_part(world.http("GET", uri).text), world.verifier._store.by_id(request.id)
    reply = world.http("POST", uri, data=metadata(**members))
    assert reply.status_code == 200
    assert unsigned_part(reply.text) == before
    assert world.verifier._store.by_id(request.id) == stored, "nothing of the wallet is kept"


@pytest.mark.req("V-56")
def test_nor_does_the_user_agent_of_the_wallet_matter(world: Any) -> None:
    uri = world.link(world.verifier.request()).request_uri
    seen = [
        world.http("GET", uri, headers=headers)
        for headers in ({}, {"user-agent": "Wallet/1"}, {"accept": "*/*", "accept-language": "nl"})
    ]
    first = unsigned_part(seen[0].text)
    assert all(unsigned_part(reply.text) == first for reply in seen)
    assert all("set-cookie" not in reply.headers and "vary" not in reply.headers for reply in seen)


@pytest.mark.req("ADV-026")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        '{"vp_formats_supported":{},"vp_formats_supported":{}}',
        '{"vp_formats_supported":[]}',
        '{"client_id_prefixes_supported":[]}',
        '{"client_id_prefixes_supported":"x509_hash"}',
        '{"jwks":[]}',
        '{"jwks":{"keys":[1]}}',
        '{"jwks":{"keys":[{}]}}',
        '{"x":' + "[" * 100 + "]" * 100 + "}",
        '{"x":"' + "a" * 40_000 + '"}',
        json.dumps({"jwks": {"keys": [jwk(P256, use="sig")]}}),
        json.dumps({"jwks": {"keys": [jwk(P256, alg="RSA-OAEP")]}}),
        json.dumps({"jwks": {"keys": [jwk(P256, crv="P-384")]}}),
        json.dumps(
            {
                "jwks": {"keys": [jwk(P256, alg=None)]},
                "request_object_encryption_alg_values_supported": ["ECDH-ES+A256KW"],
            }
        ),
        json.dumps({"jwks": {"keys": [jwk(P256, x="AAAA")]}}),
        json.dumps(
            {
                "jwks": {"keys": [jwk(P256)]},
                "request_object_encryption_enc_values_supported": ["A128CBC-HS256"],
            }
        ),
        json.dumps({"response_modes_supported": ["x"] * 1000}),
    ],
    ids=range(21),
)
def test_rubbish_as_wallet_metadata_is_refused_and_harms_nothing(world: Any, text: str) -> None:
    request = world.verifier.request()
    uri = world.link(request).request_uri
    reply = world.http("POST", uri, data={"wallet_metadata": text})
    assert reply.status_code == 400
    assert reply.json()["error"] == "invalid_request"
    assert world.answer(world.fetch(request)).status_code == 200


@pytest.mark.req("V-19", "ADV-025")
def test_two_nonces_get_two_objects(world: Any) -> None:
    uri = world.link(world.verifier.request()).request_uri
    one, other = (
        unsigned_part(world.http("POST", uri, data={"wallet_nonce": nonce}).text)["claims"]
        for nonce in ("nonce-one", "nonce-other")
    )
    assert (one.pop("wallet_nonce"), other.pop("wallet_nonce")) == ("nonce-one", "nonce-other")
    assert one == other


def test_what_a_wallet_of_ours_sends_is_understood(make_world: Callable[..., Any]) -> None:
    world, key = make_world(profile=OPENID4VP_1_0), PrivateKey.generate()
    ours = WalletMetadata.of_wallet(OPENID4VP_1_0, prefix="x509_hash", key=key.public, kid="k")
    uri = world.link(world.verifier.request()).request_uri
    reply = world.http("POST", uri, data={"wallet_metadata": ours.as_form_value()})
    assert decrypt_request_object(reply.text, key=key, kid="k", encs=ENCS).count(".") == 2


# One address for all answers ------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_at_one_address_each_answer_finds_its_own_request(make_world: Callable[..., Any], mode: str) -> None:
    world = make_world(profile=OPENID4VP_1_0, fixed_response_uri=True)
    requests = [world.verifier.request(response_mode=mode) for _ in range(3)]
    asked = [world.fetch(request) for request in requests]
    assert {one.response_uri for one in asked} == {"https://cafe.example/response"}
    assert world.answer(asked[1]).status_code == 200
    assert [world.verifier.result(request).status for request in requests] == [
        "pending",
        "verified",
        "pending",
    ]
    assert world.answer(asked[1]).status_code == 410


@pytest.mark.req("ADV-001", "V-37", "ADV-003")
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_at_one_address_a_mixture_of_two_requests_is_refused(
    make_world: Callable[..., Any], mode: str
) -> None:
    world = make_world(profile=OPENID4VP_1_0, fixed_response_uri=True)
    mine, other = (world.verifier.request(response_mode=mode) for _ in range(2))
    asked, others = world.fetch(mine), world.fetch(other)
    token = {"pid": [world.presentation(asked)]}
    if mode == "direct_post":
        reply = world.post(asked, {"vp_token": json.dumps(token), "state": "unknown"})
        assert reply.status_code == 404
    else:
        mixed = asked.model_copy(update={"state": others.state})
        assert world.answer(mixed, token).status_code == 400
    assert world.http("POST", asked.response_uri, data={"error": "access_denied"}).status_code == 404
    assert {world.verifier.result(one).status for one in (mine, other)} == {"pending"}


# What the page knows, and can end -----------------------------------------------------------------


def test_the_page_learns_that_a_wallet_has_the_request(make_world: Callable[..., Any]) -> None:
    world = make_world()
    request = world.verifier.request()
    assert not world.verifier.result(request).fetched

    assert world.http("GET", world.link(request).request_uri).status_code == 200

    result = world.verifier.result(request)
    assert (result.fetched, result.status) == (True, "pending")


def test_a_request_that_is_withdrawn_is_over_for_every_wallet(make_world: Callable[..., Any]) -> None:
    world = make_world()
    request = world.verifier.request()
    uri = world.link(request).request_uri
    asked = world.read(unsigned_part(world.http("GET", uri).text)["claims"])

    assert world.verifier.withdraw(request).status == "expired"

    assert world.http("GET", uri).status_code == 410
    assert world.answer(asked).status_code == 410
    assert world.verifier.result(request).status == "expired"


def test_a_request_that_was_answered_is_not_withdrawn(make_world: Callable[..., Any]) -> None:
    world = make_world()
    request = world.verifier.request()
    claims = unsigned_part(world.http("GET", world.link(request).request_uri).text)["claims"]
    assert world.answer(world.read(claims)).status_code == 200

    assert world.verifier.withdraw(request).status == "verified"


def test_only_the_session_that_asked_withdraws(make_world: Callable[..., Any]) -> None:
    verifier = make_world().verifier
    request = verifier.request(browser_session="mine")

    with pytest.raises(InvalidResponse, match="another session"):
        verifier.withdraw(request, browser_session="another")
    assert verifier.result(request, browser_session="mine").status == "pending"
