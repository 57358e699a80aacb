"""The authorization code flow: pushed, agreed to, exchanged (HAIP 1.0 §4, FAPI 2.0 Security Profile §5.3.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidOffer
from nlwallet.issuer import persona, pid_claims, pid_configuration
from nlwallet.openid4vci import AuthorizationCodeResponse, CredentialOffer, code_challenge, details_parameter
from nlwallet.status import Status

Desk = Any
BASE, SERVER = "https://pid-issuer.example", "https://login.example"
NOW = 1_790_000_000


def refused(reply: httpx.Response, status: int, code: str) -> None:
    assert (reply.status_code, reply.json()["error"]) == (status, code), reply.text
    assert "location" not in reply.headers


def answer(reply: httpx.Response) -> dict[str, str]:
    """What came back to the wallet."""
    assert reply.status_code == 303, reply.text
    assert reply.content == b""
    return dict(parse_qsl(urlsplit(reply.headers["location"]).query))


def details(*ids: str, **members: Any) -> str:
    return json.dumps(
        [{"type": "openid_credential", "credential_configuration_id": id_, **members} for id_ in ids]
    )


@pytest.fixture
def cards(open_haip: Callable[..., Desk]) -> Desk:
    """A desk with two cards of one scope, and one of another."""
    one = pid_configuration()
    others = [replace(one, id="nl-pid-2"), replace(one, id="other", scope="other")]
    return open_haip(configurations=[one, *others])


# From push to token ------------------------------------------------------------------------------


@pytest.mark.req("HI-01", "AS-09", "AS-11")
def test_the_whole_way(haip: Desk) -> None:
    pushed = haip.pushed()
    assert (pushed.status_code, pushed.headers["cache-control"]) == (201, "no-store")
    request_uri = pushed.json()["request_uri"]
    assert request_uri.startswith("urn:ietf:params:oauth:request_uri:")
    assert 0 < pushed.json()["expires_in"] < 600
    said = answer(haip.decide(request_uri))
    assert (said["state"], said["iss"]) == ("state-1", BASE)
    token = haip.exchanged(said["code"])
    assert (token.status_code, token.headers["cache-control"]) == (200, "no-store")
    assert token.json()["token_type"] == "DPoP"
    body = {"credential_configuration_id": "nl-pid", "proofs": {"jwt": [haip.proof()]}}
    assert haip.protected("/credential", token.json()["access_token"], body=body).status_code == 200


@pytest.mark.req("HI-01", "AS-09", "AS-11")
def test_the_metadata_tell_of_it(haip: Desk) -> None:
    metadata = haip.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["pushed_authorization_request_endpoint"] == f"{BASE}/par"
    assert metadata["require_pushed_authorization_requests"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["authorization_details_types_supported"] == ["openid_credential"]


@pytest.mark.req("HI-04")
@pytest.mark.parametrize("scheme", ["openid-credential-offer", "haip-vci", "eu-eaa-offer"])
def test_an_offer_of_the_issuer_leads_to_the_page(haip: Desk, scheme: str) -> None:
    made = haip.issuer.invite("nl-pid", issuer_state="counter-7")
    # On the same device as a link, on another one as a QR code of the reference.
    assert made.link(scheme).startswith(f"{scheme}://?credential_offer_uri=")
    assert "<svg" in made.qr_svg()
    fetched = haip.http.get(made.reference.removeprefix(BASE))
    assert fetched.headers["content-type"] == "application/json"
    offer = CredentialOffer.from_json(fetched.json())
    assert offer == CredentialOffer.parse(made.offer.uri(scheme))
    assert (offer.authorization_code, offer.issuer_state, offer.pre_authorized_code) == (
        True,
        "counter-7",
        None,
    )
    configuration = haip.issuer.issuer_metadata()["credential_configurations_supported"]["nl-pid"]
    changes = {"scope": configuration["scope"], "issuer_state": offer.issuer_state}
    assert haip.exchanged(haip.code(changes)).status_code == 200


@pytest.mark.req("ADV-196")
def test_a_code_of_another_server_is_not_used(haip: Desk) -> None:
    location = haip.decide(haip.pushed().json()["request_uri"]).headers["location"]
    expected = {"redirect_uri": haip.callback, "state": "state-1", "iss_required": True}
    assert AuthorizationCodeResponse.parse(location, issuer=BASE, **expected).code
    with pytest.raises(InvalidOffer) as caught:
        AuthorizationCodeResponse.parse(location, issuer="https://attacker.example", **expected)
    assert caught.value.spec == "RFC 9207 §2.4"


# What is pushed ----------------------------------------------------------------------------------


@pytest.mark.req("HI-01", "AS-11", "ADV-192")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code_challenge": ...}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ...}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"redirect_uri": ...}, "invalid_request"),
        ({"redirect_uri": "http://wallet.example/cb"}, "invalid_request"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_request"),
        ({"redirect_uri": "https://wallet.example/cb#x"}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request": "a.b.c"}, "invalid_request"),
        ({"state": "x" * 2049}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ...}, "unsupported_response_type"),
        ({"scope": ...}, "invalid_scope"),
        ({"scope": "unknown"}, "invalid_scope"),
        ({"dpop_jkt": "x"}, "invalid_request"),
        ({"dpop_jkt": "x" * 43}, "invalid_dpop_proof"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"scope": ..., "authorization_details": "[]"}, "invalid_authorization_details"),
        ({"authorization_details": "{"}, "invalid_authorization_details"),
        ({"authorization_details": details("diploma")}, "invalid_authorization_details"),
        (
            {"authorization_details": '[{"type":"openid_credential","format":"dc+sd-jwt"}]'},
            "invalid_authorization_details",
        ),
        ({"authorization_details": '[{"type":"other"}]'}, "invalid_authorization_details"),
        ({"authorization_details": details("nl-pid", claims=[])}, "invalid_authorization_details"),
        (
            {"authorization_details": details("nl-pid", claims=[{"path": ["a"]}, {"path": ["a"]}])},
            "invalid_authorization_details",
        ),
    ],
)
def test_requests_that_cannot_be_pushed(haip: Desk, changes: dict[str, Any], code: str) -> None:
    refused(haip.pushed(changes), 400, code)


@pytest.mark.req("AS-08")
def test_parameters_that_nobody_knows_are_ignored(haip: Desk) -> None:
    unknown = {"wallet_issuer": "x", "user_hint": "y", "nonce": "z", "": "empty"}
    assert haip.pushed(unknown).status_code == 201
    assert haip.exchanged(haip.code(unknown), unknown).status_code == 200
    known = details("nl-pid", claims=[{"path": ["bsn"], "mandatory": True}], new="x")
    assert haip.pushed({"authorization_details": known, "scope": ...}).status_code == 201


@pytest.mark.req("AS-11", "HI-01")
def test_only_what_was_pushed_is_taken(haip: Desk) -> None:
    direct = {
        "response_type": "code",
        "client_id": haip.client_id,
        "redirect_uri": haip.callback,
        "code_challenge": code_challenge(haip.verifier),
        "code_challenge_method": "S256",
        "scope": "nl-pid",
    }
    refused(haip.http.get("/authorize", params=direct), 400, "invalid_request")
    refused(haip.page("https://attacker.example/request"), 400, "invalid_request_uri")
    refused(haip.page("urn:ietf:params:oauth:request_uri:made-up"), 400, "invalid_request_uri")
    for method in ("GET", "PUT", "DELETE"):
        assert haip.http.request(method, "/par").status_code == 405


@pytest.mark.req("AS-11", "ADV-192")
def test_a_request_uri_is_of_one_client_for_a_short_time_and_decided_once(haip: Desk) -> None:
    request_uri = haip.pushed().json()["request_uri"]
    other = {"client_id": "https://other.example"}
    refused(haip.page(request_uri, params=other), 400, "invalid_request_uri")
    refused(haip.decide(request_uri, fields=other), 400, "invalid_request_uri")
    assert haip.page(request_uri).status_code == 200
    answer(haip.decide(request_uri))
    refused(haip.decide(request_uri), 400, "invalid_request_uri")
    refused(haip.page(request_uri), 400, "invalid_request_uri")
    pushed = haip.pushed().json()
    haip.clock.travel(pushed["expires_in"])
    refused(haip.page(pushed["request_uri"]), 400, "invalid_request_uri")
    refused(haip.decide(pushed["request_uri"]), 400, "invalid_request_uri")


@pytest.mark.req("AS-11", "ADV-192")
def test_of_many_decisions_at_once_one_counts(haip: Desk) -> None:
    request_uri, barrier = haip.pushed().json()["request_uri"], Barrier(8)

    def decide(_: int) -> int:
        barrier.wait()
        return int(haip.decide(request_uri).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(decide, range(8))) == [303] + [400] * 7


# Scopes and authorization details ----------------------------------------------------------------


def granted(desk: Desk, changes: dict[str, Any]) -> dict[str, list[str]]:
    """What a token that was asked for like this is good for; by configuration, with its identifiers."""
    response = desk.bound_token(changes)
    return {
        one["credential_configuration_id"]: one["credential_identifiers"]
        for one in response.get("authorization_details", [])
    }


def gets(desk: Desk, changes: dict[str, Any], *ids: str) -> None:
    token = desk.bound_token(changes)["access_token"]
    for id_ in ("nl-pid", "nl-pid-2", "other"):
        body = {"credential_configuration_id": id_, "proofs": {"jwt": [desk.proof()]}}
        reply = desk.protected("/credential", token, body=body)
        if id_ in ids:
            assert reply.status_code == 200, reply.text
        else:
            refused(reply, 403, "insufficient_scope")


@pytest.mark.req("I-31")
def test_each_scope_value_counts_by_itself_and_unknown_ones_do_not(cards: Desk) -> None:
    gets(cards, {"scope": "other"}, "other")
    gets(cards, {"scope": "unknown other openid"}, "other")
    gets(cards, {"scope": "nl-pid"}, "nl-pid", "nl-pid-2")
    gets(cards, {"scope": "other nl-pid other"}, "nl-pid", "nl-pid-2", "other")


@pytest.mark.req("I-31")
def test_scope_and_authorization_details_count_by_themselves_and_the_details_win(cards: Desk) -> None:
    both = granted(cards, {"scope": "other", "authorization_details": details("nl-pid")})
    assert set(both) == {"nl-pid", "other"}
    same = granted(cards, {"scope": "nl-pid", "authorization_details": details("nl-pid-2")})
    assert set(same) == {"nl-pid-2"}
    assert set(granted(cards, {"scope": "x", "authorization_details": details("other")})) == {"other"}


@pytest.mark.req("AS-02")
def test_details_are_answered_with_identifiers(cards: Desk) -> None:
    response = cards.bound_token({"scope": ..., "authorization_details": details("nl-pid", "other")})
    entries = response["authorization_details"]
    assert {one["type"] for one in entries} == {"openid_credential"}
    assert {one["credential_configuration_id"] for one in entries} == {"nl-pid", "other"}
    identifiers = [one["credential_identifiers"] for one in entries]
    assert all(len(one) == 1 and one[0] for one in identifiers)
    token, proofs = response["access_token"], {"jwt": [cards.proof()]}

    def ask(**named: str) -> httpx.Response:
        return cards.protected("/credential", token, body={**named, "proofs": proofs})  # type: ignore[no-any-return]

    refused(ask(credential_identifier="made-up"), 400, "unknown_credential_identifier")
    assert ask(credential_identifier=identifiers[0][0]).status_code == 200
    assert "authorization_details" not in cards.bound_token({"scope": "other"})


def test_a_wallet_that_uses_no_identifier_gets_the_one_card_that_it_can_mean(cards: Desk) -> None:
    """A wallet must use them (§8.2); an issuer is not told to refuse who does not, and libraries do not."""
    response = cards.bound_token({"scope": ..., "authorization_details": details("nl-pid", "other")})
    token, (first, _) = response["access_token"], response["authorization_details"]

    def ask(**named: str) -> httpx.Response:
        return cards.protected("/credential", token, body={**named, "proofs": {"jwt": [cards.proof()]}})  # type: ignore[no-any-return]

    refused(ask(credential_configuration_id="nl-pid-2"), 403, "insufficient_scope")
    assert ask(credential_configuration_id="nl-pid").status_code == 200
    assert first["credential_configuration_id"] == "nl-pid"
    # It was one data set under two names: it is issued once.
    assert ask(credential_identifier=first["credential_identifiers"][0]).status_code == 401
    assert ask(credential_configuration_id="other").status_code == 200


@pytest.mark.req("AS-02")
def test_details_in_the_token_request_narrow_what_was_authorized(cards: Desk) -> None:
    def narrowed(text: str) -> httpx.Response:
        code = cards.code({"scope": "nl-pid"})
        return cards.exchanged(code, {"authorization_details": text})  # type: ignore[no-any-return]

    (entry,) = narrowed(details("nl-pid")).json()["authorization_details"]
    assert entry["credential_configuration_id"] == "nl-pid"
    assert entry["credential_identifiers"]
    refused(narrowed(details("other")), 400, "invalid_authorization_details")
    code = cards.offer().offer.pre_authorized_code
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        "pre-authorized_code": code,
        "authorization_details": details("nl-pid"),
    }
    assert cards.form("/token", fields).json()["authorization_details"][0]["credential_identifiers"]


@pytest.mark.req("AS-01", "AS-08")
def test_a_server_that_may_serve_others_must_be_told_which_issuer_is_meant(
    open_haip: Callable[..., Desk],
) -> None:
    desk = open_haip(authorization_server=SERVER)
    mine = {"scope": ..., "authorization_details": details_parameter(["nl-pid"], locations=[BASE])}
    assert desk.bound_token(mine)["authorization_details"][0]["credential_identifiers"]
    for wrong in ({}, {"locations": []}, {"locations": ["https://other.example"]}, {"locations": BASE}):
        changes = {"scope": ..., "authorization_details": details("nl-pid", **wrong)}
        refused(desk.pushed(changes), 400, "invalid_authorization_details")
        tokens = {"authorization_details": changes["authorization_details"]}
        refused(desk.exchanged(desk.code(mine), tokens), 400, "invalid_authorization_details")
    # With a scope, resource says it; and it is not an issuer that is not served here.
    assert desk.exchanged(desk.code({"resource": BASE}), {"resource": BASE}).status_code == 200
    refused(desk.pushed({"resource": SERVER}), 400, "invalid_target")
    refused(desk.exchanged(desk.code(), {"resource": SERVER}), 400, "invalid_target")


@pytest.mark.req("AS-01")
def test_the_server_names_itself_and_not_the_issuer(open_haip: Callable[..., Desk]) -> None:
    desk = open_haip(authorization_server=SERVER)
    said = answer(desk.decide(desk.pushed().json()["request_uri"]))
    assert said["iss"] == SERVER
    reply = desk.pushed(pop=desk.pop(audience=BASE))
    refused(reply, 400, "invalid_client")


@pytest.mark.req("AS-01")
def test_an_own_server_needs_no_locations_but_takes_no_others(haip: Desk) -> None:
    assert haip.pushed({"scope": ..., "authorization_details": details("nl-pid")}).status_code == 201
    assert (
        haip.pushed({"scope": ..., "authorization_details": details("nl-pid", locations=[BASE])}).status_code
        == 201
    )
    other = {"scope": ..., "authorization_details": details("nl-pid", locations=["https://other.example"])}
    refused(haip.pushed(other), 400, "invalid_authorization_details")


# issuer_state ------------------------------------------------------------------------------------


@pytest.mark.req("I-32")
@pytest.mark.parametrize(
    "state",
    [
        "jip-7",
        "made-up",
        "<script>alert(1)</script>",
        "'; drop table grants",
        "\r\nLocation: https://evil.example",
        "é\x00",
    ],
)
def test_whatever_issuer_state_says_it_decides_nothing(haip: Desk, state: str) -> None:
    request_uri = haip.pushed({"issuer_state": state}).json()["request_uri"]
    page = haip.page(request_uri)
    assert state not in page.text
    reply = haip.decide(request_uri)
    assert "evil" not in str(reply.headers)
    token = haip.exchanged(answer(reply)["code"]).json()
    assert set(token) == {"access_token", "token_type", "expires_in", "refresh_token"}
    body = {"credential_configuration_id": "nl-pid", "proofs": {"jwt": [haip.proof()]}}
    (card,) = haip.protected("/credential", token["access_token"], body=body).json()["credentials"]
    # Of Frouke, who agreed, and of nobody else.
    bsn = pid_claims(persona("frouke"), now=NOW)["bsn"]
    assert any(bsn in _decoded(one) for one in card["credential"].split("~")[1:-1])


@pytest.mark.req("I-32")
def test_issuer_state_is_bounded_and_told_to_a_policy_as_it_came(open_haip: Callable[..., Desk]) -> None:
    seen: list[Any] = []
    desk = open_haip(login=lambda pushed: seen.append(pushed) or "jip")
    refused(desk.pushed({"issuer_state": "x" * 2049}), 400, "invalid_request")
    answer(desk.page(desk.pushed({"issuer_state": "hostile"}).json()["request_uri"]))
    assert seen[0].request.issuer_state == "hostile"
    assert "hostile" not in repr(seen[0])


def _decoded(disclosure: str) -> str:
    return b64url_decode(disclosure).decode()


# Codes -------------------------------------------------------------------------------------------


@pytest.mark.req("HI-01", "AS-11", "ADV-192")
@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": ...},
        {"code_verifier": "w" * 43},
        {"code_verifier": code_challenge("v" * 43)},
        {"redirect_uri": "https://wallet.example/other"},
        {"client_id": "https://wallet.example/"},
    ],
)
def test_a_code_is_good_for_who_asked_for_it_and_spoilt_by_a_wrong_guess(
    haip: Desk, changes: dict[str, Any]
) -> None:
    code = haip.code()
    reply = haip.exchanged(code, changes)
    if "client_id" in changes:
        # Not even known: the attestation is of another client.
        refused(reply, 400, "invalid_client")
        return
    refused(reply, 400, "invalid_grant")
    refused(haip.exchanged(code), 400, "invalid_grant")


@pytest.mark.req("AS-11", "ADV-192")
def test_a_code_works_once_and_for_a_minute(haip: Desk) -> None:
    code = haip.code()
    assert haip.exchanged(code).status_code == 200
    refused(haip.exchanged(code), 400, "invalid_grant")
    late = haip.code()
    haip.clock.travel(60)
    refused(haip.exchanged(late), 400, "invalid_grant")
    in_time = haip.code()
    haip.clock.travel(59)
    assert haip.exchanged(in_time).status_code == 200


@pytest.mark.req("AS-11", "ADV-192")
def test_of_many_exchanges_at_once_one_gets_a_token(haip: Desk) -> None:
    code, barrier = haip.code(), Barrier(6)

    def exchange(_: int) -> int:
        headers = {"pop": haip.pop(), "dpop": haip.dpop(f"{BASE}/token"), "attestation": haip.attestation()}
        barrier.wait()
        return int(haip.exchanged(code, **headers).status_code)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(exchange, range(6))) == [200] + [400] * 5


@pytest.mark.req("AS-11")
def test_a_code_may_come_without_the_redirect_uri_that_was_pushed(haip: Desk) -> None:
    assert haip.exchanged(haip.code(), {"redirect_uri": ..., "client_id": ...}).status_code == 200


# DPoP --------------------------------------------------------------------------------------------


@pytest.mark.req("AS-10", "HI-01")
def test_tokens_of_the_page_are_bound_to_a_key_or_not_given(haip: Desk) -> None:
    refused(haip.exchanged(haip.code(), dpop=None), 400, "invalid_dpop_proof")
    response = haip.bound_token()
    fields = {"grant_type": "refresh_token", "refresh_token": response["refresh_token"]}
    refused(haip.form("/token", fields, dpop=None), 400, "invalid_dpop_proof")
    token = response["access_token"]
    body = {"credential_configuration_id": "nl-pid", "proofs": {"jwt": [haip.proof()]}}
    url = f"{BASE}/credential"
    stolen = haip.dpop(url, access_token=token, key=PrivateKey.generate())
    reply = haip.protected("/credential", token, body=body, dpop=stolen)
    refused(reply, 401, "invalid_token")
    assert reply.headers["www-authenticate"] == 'DPoP error="invalid_token", algs="ES256"'
    bearer = haip.http.post("/credential", json=body, headers={"Authorization": f"Bearer {token}"})
    refused(bearer, 401, "invalid_token")
    assert haip.protected("/credential", token, body=body).status_code == 200


@pytest.mark.req("AS-10", "ADV-187")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "made-up"}, "use_dpop_nonce"),
        ({"access_token": "another"}, "invalid_dpop_proof"),
        ({"access_token": None}, "invalid_dpop_proof"),
        ({"method": "GET"}, "invalid_dpop_proof"),
        ({"url": f"{BASE}/token"}, "invalid_dpop_proof"),
        ({"now": NOW - 301}, "invalid_dpop_proof"),
        ({"now": NOW + 61}, "invalid_dpop_proof"),
    ],
)
@pytest.mark.parametrize("endpoint", ["/credential", "/deferred", "/notification"])
def test_proofs_for_another_request(haip: Desk, endpoint: str, changes: dict[str, Any], code: str) -> None:
    token = haip.bound_token()["access_token"]
    proof = haip.dpop(**{"url": f"{BASE}{endpoint}", "access_token": token, **changes})
    reply = haip.protected(endpoint, token, body={}, dpop=proof)
    refused(reply, 401, code)
    assert reply.headers["www-authenticate"] == f'DPoP error="{code}", algs="ES256"'
    assert reply.headers["dpop-nonce"]


@pytest.mark.req("AS-10", "ADV-187")
def test_a_proof_comes_once_and_with_a_fresh_nonce(haip: Desk) -> None:
    token = haip.bound_token()["access_token"]
    body = {"credential_configuration_id": "diploma", "proofs": {"jwt": ["x"]}}
    proof = haip.dpop(f"{BASE}/credential", access_token=token)
    refused(
        haip.protected("/credential", token, body=body, dpop=proof), 400, "unknown_credential_configuration"
    )
    refused(haip.protected("/credential", token, body=body, dpop=proof), 401, "invalid_dpop_proof")
    refused(haip.exchanged("x", dpop=haip.dpop(f"{BASE}/token", nonce="made-up")), 400, "use_dpop_nonce")
    refused(haip.exchanged("x", dpop="a.b.c"), 400, "invalid_dpop_proof")
    nonce = haip.dpop_nonce()
    haip.clock.travel(300)
    stale = haip.dpop(f"{BASE}/token", nonce=nonce)
    reply = haip.exchanged("x", dpop=stale)
    refused(reply, 400, "use_dpop_nonce")
    fresh = haip.dpop(f"{BASE}/token", nonce=reply.headers["dpop-nonce"])
    refused(haip.exchanged("x", dpop=fresh), 400, "invalid_grant")


@pytest.mark.req("AS-10")
def test_a_code_can_be_bound_to_a_key_by_its_thumbprint(haip: Desk) -> None:
    thumbprint = b64url_encode(haip.dpop_key.public.thumbprint())
    request_uri = haip.pushed({"dpop_jkt": thumbprint}, dpop=None).json()["request_uri"]
    code = answer(haip.decide(request_uri))["code"]
    mine, haip.dpop_key = haip.dpop_key, PrivateKey.generate()
    refused(haip.exchanged(code), 400, "invalid_grant")
    haip.dpop_key = mine
    assert haip.exchanged(haip.code({"dpop_jkt": thumbprint})).status_code == 200


@pytest.mark.req("HI-01", "AS-10")
def test_a_code_is_of_the_key_that_was_proven_when_it_was_pushed(haip: Desk) -> None:
    code = haip.code()
    haip.dpop_key = PrivateKey.generate()
    refused(haip.exchanged(code), 400, "invalid_grant")


# Refreshing --------------------------------------------------------------------------------------


@pytest.mark.req("HI-01")
def test_a_refresh_token_stays_so_that_a_lost_answer_loses_no_card(haip: Desk) -> None:
    response = haip.bound_token()
    fields = {"grant_type": "refresh_token", "refresh_token": response["refresh_token"]}
    tokens = {response["access_token"]}
    for _ in range(3):
        renewed = haip.form("/token", fields).json()
        assert renewed["refresh_token"] == response["refresh_token"]
        tokens.add(renewed["access_token"])
    assert len(tokens) == 4
    haip.clock.travel(365 * 86_400)
    refused(haip.form("/token", fields), 400, "invalid_grant")


@pytest.mark.req("I-35")
def test_new_credentials_take_nothing_from_the_earlier_ones(haip: Desk) -> None:
    def issue(token: str) -> None:
        body = {"credential_configuration_id": "nl-pid", "proofs": {"jwt": [haip.proof()]}}
        assert haip.protected("/credential", token, body=body).status_code == 200

    response = haip.bound_token()
    issue(response["access_token"])
    fields = {"grant_type": "refresh_token", "refresh_token": response["refresh_token"]}
    issue(haip.form("/token", fields).json()["access_token"])
    issue(haip.bound_token()["access_token"])
    lists = haip.issuer.status_lists
    batches = haip.issuer.issued
    assert len(batches) == 3
    assert {lists.status_of(one.credential_id) for one in batches} == {Status.VALID}
