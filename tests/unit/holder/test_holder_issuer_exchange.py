"""What a wallet says to an issuer, word for word: who it is, what it asks, and what it keeps to itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import hostile_issuer
import pytest
from hostile_issuer import DAY, ISSUER, NL_PID, NOW, Answer, Asked, Middle, World, parts

from nlwallet.crypto import CertificateAuthority, PrivateKey, PublicKey, Subject, parse_jwe
from nlwallet.errors import InvalidOffer, IssuanceRefused, LocalError, RemoteError, TransportError
from nlwallet.holder import LogOutcome, Wallet
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.issuer import Issuer, pid_configuration
from nlwallet.openid4vci import (
    CredentialOffer,
    EncryptionTo,
    KeyAttestationsRequired,
    offer_link,
    verify_attestation_pop,
    verify_dpop,
    verify_key_attestation,
    verify_wallet_attestation,
)
from nlwallet.openid4vci.url import is_offering_issuer
from nlwallet.profiles import HAIP_1_0, TRANSITIONAL
from nlwallet.trust import TrustAnchors

ES256 = frozenset({"ES256"})
CALLBACK = "https://wallet.example/back"


@pytest.fixture
def world() -> World:
    return World()


def by_code(world: World, wallet: Wallet | None = None, **options: Any) -> Wallet:
    wallet = wallet or world.wallet(**options)
    wallet.receive(world.issuer.invite("nl-pid").uri, browser=world.browser())
    return wallet


# Offers -------------------------------------------------------------------------------------------


@pytest.mark.req("HI-04")
@pytest.mark.parametrize("scheme", ["openid-credential-offer", "haip-vci", "eu-eaa-offer"])
@pytest.mark.parametrize("way", ["value", "reference"])
def test_an_offer_by_code_comes_by_link_and_by_qr_code(world: World, scheme: str, way: str) -> None:
    """By value on the same device, and by reference from another screen; the grant is the authorization code."""
    made = world.issuer.invite("nl-pid", issuer_state="a-state")
    uri = made.offer.uri(scheme) if way == "value" else offer_link(made.reference, scheme)
    wallet = world.wallet()
    (card,) = wallet.receive(uri, browser=world.browser())
    assert card.type == NL_PID
    (fetched,) = world.middle.to(urlsplit(made.reference).path) or [None]
    assert (fetched is None) is (way == "value")
    assert world.middle.to("/par")[-1].form["issuer_state"] == "a-state"


@pytest.mark.req("WI-02")
def test_an_offer_by_reference_is_fetched_by_get_as_json(world: World) -> None:
    made = world.offer()
    wallet = world.wallet()
    wallet.open_offer(offer_link(made.reference))
    (fetch,) = world.middle.to(urlsplit(made.reference).path)
    assert (fetch.method, fetch.headers["accept"], fetch.body) == ("GET", ["application/json"], b"")
    assert not {"authorization", "cookie", "dpop", "referer"} & fetch.headers.keys()


@pytest.mark.req("WI-02")
@pytest.mark.parametrize(
    "how", ["http", "jwt", "html", "redirect", "gone", "array", "other origin without https"]
)
def test_an_offer_that_came_another_way_is_not_read(world: World, how: str) -> None:
    made = world.offer()
    path = urlsplit(made.reference).path

    def tampered(answer: Answer) -> Answer:
        kinds = {"jwt": "application/jwt", "html": "text/html"}
        if how in kinds:
            return replace(answer, headers={"content-type": kinds[how]})
        if how == "redirect":
            return replace(answer, status=302, headers={"location": f"{ISSUER}/elsewhere"})
        return answer.saying([], status=404 if how == "gone" else 200)

    world.middle.rules[path] = tampered
    url = (
        made.reference.replace("https:", "http:")
        if "http" in how.split() or "without" in how
        else made.reference
    )
    wallet = world.wallet()
    with pytest.raises(RemoteError) as refused:
        wallet.receive(offer_link(url))
    assert refused.value.code in {"invalid_offer", "transport", "redirect_refused", "malformed"}
    assert (wallet.cards, set(world.middle.paths()) - {path}) == ((), set())
    if url != made.reference:
        assert world.middle.asked == []


@pytest.mark.req("WI-03")
def test_of_several_servers_the_first_that_knows_the_grant_is_asked(world: World) -> None:
    other, asked = "https://other.example", []

    def elsewhere(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "application/json")])
        members = {
            "issuer": other,
            "token_endpoint": f"{other}/token",
            "grant_types_supported": ["authorization_code"],
        }
        return [json.dumps(members).encode()]

    well_known = "/.well-known/openid-credential-issuer"
    world.middle.rules[well_known] = lambda answer: answer.saying(
        answer.members | {"authorization_servers": [other, ISSUER]}
    )
    wallet = world.wallet()
    wallet.mount(other, elsewhere)
    assert wallet.receive(world.offer().uri)
    assert asked == ["/.well-known/oauth-authorization-server"]


def test_a_code_that_was_offered_is_redeemed_where_the_server_forgot_the_grant(world: World) -> None:
    """As the EU reference issuer's server does; the offer says what it is prepared for (§4.1.1)."""
    world.middle.rules["/.well-known/oauth-authorization-server"] = lambda answer: answer.saying(
        answer.members | {"grant_types_supported": ["authorization_code"]}
    )
    assert not world.wallet().open_offer(world.offer().uri).offer().page_needed
    assert world.wallet().receive(world.offer().uri)
    assert world.middle.to("/par") == []


# Authorization ------------------------------------------------------------------------------------


@pytest.mark.req("WI-12", "HI-01")
def test_what_is_pushed(world: World) -> None:
    opened: list[str] = []
    browser = world.browser()

    def noting(url: str) -> str:
        opened.append(url)
        return browser(url)

    wallet = world.wallet()
    wallet.receive(world.issuer.invite("nl-pid").uri, browser=noting)
    form = world.middle.to("/par")[-1].form
    assert form.keys() == {
        *(
            "response_type",
            "client_id",
            "redirect_uri",
            "code_challenge",
            "code_challenge_method",
            "state",
            "scope",
        )
    }
    assert (form["response_type"], form["scope"]) == ("code", "nl-pid")
    assert (form["client_id"], form["redirect_uri"]) == (world.provider.client_id, CALLBACK)
    assert form["code_challenge_method"] == "S256"
    # Nothing but the reference goes through the browser (RFC 9126 §4).
    (url,) = opened
    assert parse_qs(urlsplit(url).query).keys() == {"client_id", "request_uri"}
    token = world.middle.to("/token")[-1].form
    assert token.keys() == {"grant_type", "code", "client_id", "redirect_uri", "code_verifier"}


def test_each_authorization_has_a_state_and_a_verifier_of_its_own(world: World) -> None:
    wallet = by_code(world)
    by_code(world, wallet)
    pushed = [one.form for one in world.middle.to("/par")]
    assert len({one["state"] for one in pushed}) == len({one["code_challenge"] for one in pushed}) == 2


@pytest.mark.req("WI-12", "HI-06")
def test_the_wallet_authenticates_at_par_as_at_the_token_endpoint(world: World) -> None:
    by_code(world)
    for path in ("/par", "/token"):
        asked = world.middle.to(path)[-1]
        assert len(asked.headers["oauth-client-attestation"]) == 1
        assert len(asked.headers["oauth-client-attestation-pop"]) == 1
        assert len(asked.headers["dpop"]) == 1
    # And nobody else is shown the attestation: not the endpoints of the credential issuer, nor the page.
    for one in world.middle.asked:
        if one.path not in ("/par", "/token"):
            assert not {"oauth-client-attestation", "oauth-client-attestation-pop"} & one.headers.keys()


def test_an_authorization_endpoint_may_have_a_query(world: World) -> None:
    well_known = "/.well-known/oauth-authorization-server"
    world.middle.rules[well_known] = lambda answer: answer.saying(
        answer.members | {"authorization_endpoint": f"{ISSUER}/authorize?tenant=1"}
    )
    seen: list[str] = []

    def browser(url: str) -> str:
        seen.append(url)
        return f"{CALLBACK}?error=access_denied"

    with pytest.raises(RemoteError):
        world.wallet().receive(world.issuer.invite("nl-pid").uri, browser=browser)
    fields = parse_qsl(urlsplit(seen[0]).query)
    assert [name for name, _ in fields] == ["tenant", "client_id", "request_uri"]


@pytest.mark.req("ADV-196", "HI-01")
@pytest.mark.parametrize(
    "how", ["other server", "no iss", "other state", "no state", "twice", "other address"]
)
def test_a_mixed_up_answer_spends_no_code(world: World, how: str) -> None:
    """The code of an honest server must not get to the token endpoint of another one (RFC 9207)."""
    browser = world.browser()

    def mixed_up(url: str) -> str:
        back = browser(url)
        base, _, query = back.partition("?")
        fields = dict(parse_qsl(query))
        changed = {
            "other server": fields | {"iss": "https://attacker.example"},
            "no iss": {name: value for name, value in fields.items() if name != "iss"},
            "other state": fields | {"state": "x"},
            "no state": {name: value for name, value in fields.items() if name != "state"},
        }.get(how, fields)
        text = "&".join(f"{name}={quote(value)}" for name, value in changed.items())
        base = "https://wallet.example/elsewhere" if how == "other address" else base
        return f"{base}?{text}" + (f"&code={quote(fields['code'])}" if how == "twice" else "")

    wallet = world.wallet()
    with pytest.raises(InvalidOffer) as refused:
        wallet.receive(world.issuer.invite("nl-pid").uri, browser=mixed_up)
    assert refused.value.code == "invalid_offer"
    assert world.middle.to("/token") == []
    assert (wallet.cards, [entry.outcome for entry in wallet.log]) == ((), [LogOutcome.FAILED])


def test_what_the_holder_refuses_at_the_page_is_told_by_its_code(world: World) -> None:
    with pytest.raises(IssuanceRefused) as refused:
        world.wallet().receive(world.issuer.invite("nl-pid").uri, browser=world.browser(agrees=False))
    assert refused.value.code == "access_denied"
    assert world.middle.to("/token") == []


def without_scope(world: World, **server: Any) -> None:
    def configurations(answer: Answer) -> Answer:
        members = answer.members
        members["credential_configurations_supported"]["nl-pid"].pop("scope")
        return answer.saying(members)

    world.middle.rules["/.well-known/openid-credential-issuer"] = configurations
    world.middle.rules["/.well-known/oauth-authorization-server"] = lambda answer: answer.saying(
        {**answer.members, "authorization_details_types_supported": ["openid_credential"], **server}
    )


@pytest.mark.req("WI-05")
def test_without_a_scope_authorization_details_ask_and_an_identifier_fetches(world: World) -> None:
    without_scope(world)
    by_code(world, profile=TRANSITIONAL)
    form = world.middle.to("/par")[-1].form
    assert "scope" not in form
    assert json.loads(form["authorization_details"]) == [
        {"type": "openid_credential", "credential_configuration_id": "nl-pid"}
    ]
    asked = world.middle.to("/credential")[-1].json
    assert isinstance(asked["credential_identifier"], str)
    assert "credential_configuration_id" not in asked


@pytest.mark.req("WI-05")
def test_with_a_scope_the_configuration_fetches(world: World) -> None:
    by_code(world)
    asked = world.middle.to("/credential")[-1].json
    assert asked["credential_configuration_id"] == "nl-pid"
    assert "credential_identifier" not in asked


@pytest.mark.req("HI-02")
@pytest.mark.parametrize(
    ("profile", "server"),
    [(HAIP_1_0, {}), (TRANSITIONAL, {"authorization_details_types_supported": ["other"]})],
)
def test_what_there_is_no_way_to_ask_for_is_not_asked(
    world: World, profile: Any, server: dict[str, Any]
) -> None:
    without_scope(world, **server)
    with pytest.raises(InvalidOffer, match="no scope"):
        by_code(world, profile=profile)
    assert world.middle.to("/par") == []


def granting(*details: tuple[str, list[str]]) -> Callable[[Answer], Answer]:
    """A token response that hands out these identifiers."""
    value = [
        {"type": "openid_credential", "credential_configuration_id": one, "credential_identifiers": names}
        for one, names in details
    ]
    return lambda answer: (
        answer.saying({**answer.members, "authorization_details": value}) if answer.status == 200 else answer
    )


@pytest.mark.req("WI-05")
def test_each_data_set_is_asked_for_by_its_own_identifier(world: World) -> None:
    world.middle.rules["/token"] = granting(("nl-pid", ["a", "b", "a"]), ("other", ["c"]))
    with pytest.raises(IssuanceRefused) as refused:
        world.wallet().receive(world.offer().uri)
    assert refused.value.code in {"unknown_credential_identifier", "invalid_credential_request"}
    assert [one.json["credential_identifier"] for one in world.middle.to("/credential")] == ["a"]


@pytest.mark.req("WI-05")
@pytest.mark.parametrize("details", [("other", ["a"]), ("nl-pid", [f"id-{n}" for n in range(65)])])
def test_a_token_for_something_else_fetches_nothing(world: World, details: tuple[str, list[str]]) -> None:
    world.middle.rules["/token"] = granting(details)
    with pytest.raises(InvalidOffer):
        world.wallet().receive(world.offer().uri)
    assert world.middle.to("/credential") == []


# DPoP ---------------------------------------------------------------------------------------------


def nonce_of(asked: Asked) -> str | None:
    payload = asked.token("dpop")[1]
    found = payload.get("nonce")
    assert found is None or isinstance(found, str)
    return found


def noncing(middle: Middle, *paths: str) -> dict[str, list[str]]:
    """Count the nonces that answers of these paths bring, and give them names."""
    given: dict[str, list[str]] = {path: [] for path in paths}

    def rule(path: str) -> Callable[[Answer], Answer]:
        before = middle.rules.get(path)

        def add(answer: Answer) -> Answer:
            answer = (before(answer) if before else None) or answer
            given[path].append(answer.headers["dpop-nonce"])
            return answer

        return add

    for path in paths:
        middle.rules[path] = rule(path)
    return given


@pytest.mark.req("WI-12")
def test_the_nonce_of_each_answer_is_in_the_next_proof(world: World) -> None:
    given = noncing(world.middle, "/par", "/token", "/nonce", "/credential", "/notification")
    by_code(world)
    par, token = world.middle.to("/par"), world.middle.to("/token")
    assert [nonce_of(one) for one in par] == [None, given["/par"][0]]
    assert [nonce_of(one) for one in token] == [given["/par"][1]]
    # That of the nonce endpoint counts at the credential endpoint (OpenID4VCI 1.0 §7.2).
    assert [nonce_of(one) for one in world.middle.to("/credential")] == [given["/nonce"][0]]
    assert [nonce_of(one) for one in world.middle.to("/notification")] == [given["/credential"][0]]


@pytest.mark.req("WI-12")
def test_proofs_are_by_one_key_for_their_own_request_and_token(world: World) -> None:
    given: list[str] = []
    world.middle.rules["/token"] = lambda answer: given.append(answer.members["access_token"])  # type: ignore[func-returns-value]
    by_code(world)
    proofs = {path: world.middle.to(path)[-1] for path in ("/par", "/token", "/credential", "/notification")}
    read = {
        path: verify_dpop(
            one.headers["dpop"][0],
            method="POST",
            url=ISSUER + path,
            now=NOW,
            algorithms=ES256,
            access_token=given[-1] if "authorization" in one.headers else None,
        )
        for path, one in proofs.items()
    }
    assert len({proof.thumbprint for proof in read.values()}) == 1
    assert len({proof.jti for proof in read.values()}) == 4
    assert proofs["/credential"].headers["authorization"] == [f"DPoP {given[-1]}"]


@pytest.mark.req("WI-12")
@pytest.mark.parametrize("path", ["/token", "/par", "/credential", "/notification"])
@pytest.mark.parametrize("said", ["header", "body"])
def test_a_server_may_ask_for_its_nonce_once_at_any_endpoint(world: World, path: str, said: str) -> None:
    """A resource says so in WWW-Authenticate only (RFC 9449 §9)."""
    given: list[str] = []

    def refuse(_: Asked) -> Answer | None:
        if given:
            return None
        given.append(world.issuer._dpop.nonce(now=NOW))
        challenge = world.issuer._clients.challenge(now=NOW)
        headers = {"dpop-nonce": given[0], "oauth-client-attestation-challenge": challenge}
        if said == "header":
            return Answer(
                401, headers | {"www-authenticate": 'DPoP error="use_dpop_nonce", algs="ES256"'}, b""
            )
        return Answer(400, headers | {"content-type": "application/json"}, b'{"error":"use_dpop_nonce"}')

    world.middle.instead[path] = refuse
    by_code(world)
    assert nonce_of(world.middle.to(path)[1]) == given[0]
    assert world.middle.told == ["credential_accepted"] * (2 if path == "/notification" else 1)


def test_a_server_that_never_likes_a_nonce_is_left_alone(world: World) -> None:
    world.middle.rules["/token"] = lambda answer: answer.saying({"error": "use_dpop_nonce"}, status=400)
    with pytest.raises(IssuanceRefused) as refused:
        world.wallet().receive(world.offer().uri)
    assert refused.value.code == "use_dpop_nonce"
    assert len(world.middle.to("/token")) == 2


@pytest.mark.req("WI-07", "WI-12")
def test_the_deferred_endpoint_gets_the_newest_nonce_too() -> None:
    world = World(configuration=replace(pid_configuration(batch_size=3), deferred=True))
    given = noncing(world.middle, "/credential", "/deferred")
    wallet = world.wallet()
    assert wallet.receive(world.offer().uri) == ()
    world.clock.travel(wallet.promised[0].ask_at - NOW)
    assert wallet.collect() == ()
    (asked,) = world.middle.to("/deferred")
    assert nonce_of(asked) == given["/credential"][-1]


# Who this wallet is -------------------------------------------------------------------------------


@pytest.mark.req("K-01", "K-02", "K-03", "HI-06")
def test_the_attestation_and_its_proof(world: World) -> None:
    by_code(world)
    asked = world.middle.to("/token")[-1]
    header, claims = asked.token("oauth-client-attestation")
    assert (header["typ"], header["alg"]) == ("oauth-client-attestation+jwt", "ES256")
    assert len(header["x5c"]) == 1
    assert {"iss", "sub", "exp", "cnf"} <= claims.keys()
    assert claims["sub"] == world.provider.client_id == asked.form["client_id"]
    assert NOW < claims["exp"] < NOW + DAY
    assert "d" not in claims["cnf"]["jwk"]
    attestation = verify_wallet_attestation(
        asked.headers["oauth-client-attestation"][0],
        anchors=[world.provider.anchor],
        now=NOW,
        algorithms=ES256,
        client_id=claims["sub"],
    )
    header, claims = asked.token("oauth-client-attestation-pop")
    assert (header["typ"], header["alg"]) == ("oauth-client-attestation-pop+jwt", "ES256")
    assert (claims["iss"], claims["aud"], claims["iat"]) == (world.provider.client_id, ISSUER, NOW)
    assert {"jti", "challenge"} <= claims.keys()
    verify_attestation_pop(
        asked.headers["oauth-client-attestation-pop"][0],
        attestation,
        audience=ISSUER,
        now=NOW,
        algorithms=ES256,
    )


@pytest.mark.req("K-02", "K-06")
def test_each_proof_has_its_own_challenge(world: World) -> None:
    """One of the endpoint first, then the one that the last answer brought."""
    given: dict[str, list[str]] = {"/challenge": [], "/par": [], "/token": []}
    for path, found in given.items():

        def note(answer: Answer, path: str = path, found: list[str] = found) -> None:
            header = answer.headers.get("oauth-client-attestation-challenge", "")
            found.append(answer.members["attestation_challenge"] if path == "/challenge" else header)

        world.middle.rules[path] = note
    by_code(world)
    used = [
        one.token("oauth-client-attestation-pop")[1]
        for path in ("/par", "/token")
        for one in world.middle.to(path)
    ]
    assert [one["challenge"] for one in used] == [given["/challenge"][0], *given["/par"]]
    assert len({one["jti"] for one in used}) == len(used)
    (asked,) = world.middle.to("/challenge")
    assert (asked.method, asked.headers["accept"]) == ("POST", ["application/json"])


@pytest.mark.req("K-06")
def test_a_challenge_that_is_none_is_not_used(world: World) -> None:
    world.middle.rules["/challenge"] = lambda answer: answer.saying({"attestation_challenge": 5})
    with pytest.raises(InvalidOffer, match="attestation_challenge"):
        world.wallet().receive(world.offer().uri)
    assert world.middle.to("/token") == []


@pytest.mark.parametrize(
    ("code", "header"),
    [
        ("use_attestation_challenge", "oauth-client-attestation-pop"),
        ("use_fresh_attestation", "oauth-client-attestation"),
    ],
)
def test_a_server_may_want_a_fresher_proof_or_attestation(world: World, code: str, header: str) -> None:
    first: list[str] = []

    def refuse(answer: Answer) -> Answer | None:
        if first:
            return None
        first.append(code)
        return answer.saying({"error": code}, status=400)

    world.middle.rules["/par"] = refuse
    by_code(world)
    before, after = world.middle.to("/par")[:2]
    assert before.headers[header] != after.headers[header]


@pytest.mark.req("WI-13")
def test_two_issuers_cannot_tell_that_it_is_one_wallet(world: World) -> None:
    wallet = by_code(world)
    other = World()
    other.provider, other.clock = world.provider, world.clock
    url = "https://other.example"
    chain = world.pid.issue(world.key.public, Subject("Ander"), now=NOW, san_uris=[url])
    issuer = Issuer(
        key=world.key,
        chain=chain,
        credential_issuer=url,
        configurations=[pid_configuration(batch_size=3)],
        clock=world.clock,
        wallet_anchors=[world.provider.anchor],
    )
    middle = Middle(issuer.app)
    wallet.mount(url, middle)
    wallet.receive(issuer.offer("nl-pid", world.claims).uri)
    first, second = world.middle.to("/token")[-1], middle.to("/token")[-1]
    ours, theirs = (one.token("oauth-client-attestation")[1] for one in (first, second))
    assert ours.pop("cnf") != theirs.pop("cnf")
    assert ours == theirs  # the same for every instance of this wallet solution
    assert first.headers["oauth-client-attestation"] != second.headers["oauth-client-attestation"]
    assert first.token("dpop")[0]["jwk"] != second.token("dpop")[0]["jwk"]
    keys = [
        {
            json.dumps(parts(proof)[0]["jwk"])
            for one in app.to("/credential")
            for proof in one.json["proofs"]["jwt"]
        }
        for app in (world.middle, middle)
    ]
    assert len(keys[0]) == len(keys[1]) == 3
    assert not keys[0] & keys[1]


@pytest.mark.req("WI-13")
def test_nor_that_two_wallets_are_two(world: World) -> None:
    """What the provider says is the same for every instance, but for the key."""
    by_code(world)
    by_code(world)
    first, second = (one.token("oauth-client-attestation")[1] for one in world.middle.to("/token")[-2:])
    assert first.pop("cnf") != second.pop("cnf")
    assert first == second


@pytest.mark.req("K-07")
def test_where_a_server_takes_one_proof_for_both_the_wallet_sends_one(world: World) -> None:
    well_known = "/.well-known/oauth-authorization-server"
    world.middle.rules[well_known] = lambda answer: answer.saying(
        answer.members | {"token_endpoint_auth_methods_supported": ["attest_jwt_client_auth_dpop"]}
    )
    given: list[str] = []
    world.middle.rules["/challenge"] = lambda answer: given.append(answer.members["attestation_challenge"])  # type: ignore[func-returns-value]
    by_code(world)
    for path in ("/par", "/token"):
        asked = world.middle.to(path)[-1]
        assert "oauth-client-attestation-pop" not in asked.headers
        attested = asked.token("oauth-client-attestation")[1]["cnf"]["jwk"]
        header, payload = asked.token("dpop")
        assert PublicKey.from_jwk(header["jwk"]) == PublicKey.from_jwk(attested)
        assert payload["nonce"]
    assert nonce_of(world.middle.to("/par")[0]) == given[0]


def test_a_server_that_wants_to_know_the_wallet_is_told_nothing_by_one_that_nobody_vouches_for() -> None:
    world = World(anonymous_access=False)
    with pytest.raises(InvalidOffer, match="which wallet"):
        world.wallet(provider=None).receive(world.offer().uri)
    assert world.middle.to("/token") == []


# Keys ---------------------------------------------------------------------------------------------


@pytest.mark.req("WI-14", "WI-15", "HI-07")
@pytest.mark.parametrize("proof_type", ["jwt", "attestation"])
def test_one_attestation_for_all_keys_of_a_batch(proof_type: str) -> None:
    wanted = KeyAttestationsRequired(key_storage=("iso_18045_moderate",))
    world = World(configuration=replace(pid_configuration(batch_size=3), key_attestations_required=wanted))

    def only(answer: Answer) -> Answer:
        members = answer.members
        types = members["credential_configurations_supported"]["nl-pid"]["proof_types_supported"]
        types.pop("jwt" if proof_type == "attestation" else "attestation")
        return answer.saying(members)

    world.middle.rules["/.well-known/openid-credential-issuer"] = only
    (card,) = world.wallet().receive(world.offer().uri)
    proofs = world.middle.to("/credential")[-1].json["proofs"]
    assert list(proofs) == [proof_type]
    (proof,) = proofs[proof_type]
    token = proof if proof_type == "attestation" else parts(proof)[0]["key_attestation"]
    header, payload = parts(token)
    assert header["typ"] == "key-attestation+jwt"
    attested = verify_key_attestation(
        token, anchors=[world.provider.anchor], now=NOW, algorithms=ES256, with_proof=proof_type == "jwt"
    )
    assert {copy.key.public for copy in card.copies.all} == set(attested.keys)
    assert len(card.copies) == len(attested.keys) == 3
    assert payload["nonce"]
    if proof_type == "jwt":
        assert PublicKey.from_jwk(parts(proof)[0]["jwk"]) in attested.keys


@pytest.mark.req("WI-15")
def test_a_batch_comes_by_one_request(world: World) -> None:
    (card,) = world.wallet().receive(world.offer().uri)
    (asked,) = world.middle.to("/credential")
    assert len(asked.json["proofs"]["jwt"]) == len(card.copies) == 3
    assert len({parts(proof)[0]["jwk"]["x"] for proof in asked.json["proofs"]["jwt"]}) == 3


@pytest.mark.req("WI-15")
@pytest.mark.parametrize(("at_most", "copies"), [(1, 1), (2, 2), (50, 3), (None, 3)])
def test_as_many_copies_as_issuer_and_wallet_want(world: World, at_most: int | None, copies: int) -> None:
    (card,) = world.wallet(batch_size=at_most).receive(world.offer().uri)
    assert len(card.copies) == copies


@pytest.mark.req("WI-14")
def test_keys_that_nobody_attests_get_no_card() -> None:
    world = World(
        configuration=replace(pid_configuration(), key_attestations_required=KeyAttestationsRequired())
    )
    with pytest.raises(InvalidOffer, match="attested"):
        world.wallet(provider=None).receive(world.offer().uri)


# Encryption ---------------------------------------------------------------------------------------


@pytest.mark.req("WI-08")
@pytest.mark.parametrize("encs", [["A256GCM", "A128GCM"], ["A128GCM"]])
def test_a_response_that_must_be_encrypted_is_asked_for_in_an_encrypted_request(encs: list[str]) -> None:
    world = World(encryption_required=True)

    def limited(answer: Answer) -> Answer:
        members = answer.members
        for name in ("credential_request_encryption", "credential_response_encryption"):
            members[name]["enc_values_supported"] = encs
        return answer.saying(members)

    world.middle.rules["/.well-known/openid-credential-issuer"] = limited
    sealed: list[Answer] = []
    world.middle.rules["/credential"] = sealed.append  # type: ignore[assignment]
    assert world.wallet().receive(world.offer().uri)
    (asked,) = world.middle.to("/credential")
    assert asked.headers["content-type"] == ["application/jwt"]
    jwe = parse_jwe(asked.body.decode(), encs=(encs[0],), what="the request")
    assert jwe.kid == "1"
    inside = world.issuer._encryption.decrypt(asked.body.decode())["credential_response_encryption"]
    assert (inside["enc"], inside["jwk"]["alg"]) == (encs[0], "ECDH-ES")
    assert "d" not in inside["jwk"]
    assert sealed[0].headers["content-type"] == "application/jwt"
    assert (
        parse_jwe(sealed[0].body.decode(), encs=(encs[0],), what="the response").kid == inside["jwk"]["kid"]
    )


@pytest.mark.req("WI-08")
def test_each_response_is_encrypted_to_a_key_of_its_own() -> None:
    world = World(encryption_required=True)
    wallet = world.wallet()
    wallet.receive(world.offer().uri)
    wallet.receive(world.offer().uri)
    keys = [
        world.issuer._encryption.decrypt(one.body.decode())["credential_response_encryption"]["jwk"]["x"]
        for one in world.middle.to("/credential")
    ]
    assert len(set(keys)) == 2


@pytest.mark.req("WI-08")
@pytest.mark.parametrize(
    "terms",
    [
        {"alg_values_supported": ["RSA-OAEP"]},
        {"enc_values_supported": ["A128CBC-HS256"]},
        {"enc_values_supported": []},
    ],
)
def test_what_must_be_encrypted_in_a_way_that_the_wallet_has_not_is_not_asked_for(
    terms: dict[str, Any],
) -> None:
    world = World(encryption_required=True)

    def other(answer: Answer) -> Answer:
        members = answer.members
        members["credential_response_encryption"] |= terms
        return answer.saying(members)

    world.middle.rules["/.well-known/openid-credential-issuer"] = other
    with pytest.raises(InvalidOffer) as refused:
        world.wallet().receive(world.offer().uri)
    assert refused.value.pointer == "/credential_response_encryption"
    assert world.middle.to("/token") == []


@pytest.mark.req("WI-08")
@pytest.mark.parametrize("status", [200, 201])
def test_a_response_in_the_clear_is_not_taken_where_it_was_to_be_encrypted(status: int) -> None:
    world = World(encryption_required=True)
    world.middle.rules["/credential"] = lambda answer: replace(
        answer.saying({"credentials": [{"credential": "x"}]}), status=status
    )
    with pytest.raises(InvalidOffer, match="the response was to be encrypted") as refused:
        world.wallet().receive(world.offer().uri)
    assert refused.value.spec == "OpenID4VCI 1.0 §10"


@pytest.mark.req("WI-08")
@pytest.mark.parametrize("how", ["other key", "error that decrypts", "other enc"])
def test_a_response_that_is_not_encrypted_to_this_wallet_is_not_taken(how: str) -> None:
    world = World(encryption_required=True)

    def tampered(answer: Answer) -> Answer:
        if how == "error that decrypts":
            return replace(answer, status=400)
        stranger = EncryptionTo(PrivateKey.generate().public, "A128GCM" if how == "other enc" else "A256GCM")
        return replace(answer, body=stranger.encrypt({"credentials": []}).encode())

    world.middle.rules["/credential"] = tampered
    wallet = world.wallet()
    with pytest.raises(RemoteError) as refused:
        wallet.receive(world.offer().uri)
    assert refused.value.code in {
        "invalid_offer",
        "decryption_failed",
        "unexpected_reply",
        "algorithm_not_allowed",
    }
    assert wallet.cards == ()


# Signed metadata ----------------------------------------------------------------------------------


def signed(world: World) -> World:
    world.middle.unsigned = False
    return world


def test_an_issuer_that_signs_is_asked_for_that_and_shown_by_its_certificate(world: World) -> None:
    prompt = signed(world).wallet().open_offer(world.offer().uri)
    (asked,) = world.middle.to("/.well-known/openid-credential-issuer")
    assert asked.headers["accept"] == ["application/jwt, application/json;q=0.9"]
    offer = prompt.offer("en")
    assert (offer.verified, offer.issuer) == (True, "De Uitgever")
    assert "Your wallet has checked that issuer.example belongs to De Uitgever." in offer.notes
    assert not any("calls itself" in note for note in offer.notes)
    assert prompt.fetch().keep_unasked()


def test_a_name_on_another_host_is_not_vouched_for(world: World) -> None:
    """Whoever has some access certificate must not lend its name to any website."""
    world.signed_by(world.access, host="gemeente.example")
    offer = world.wallet().open_offer(world.offer().uri).offer("en")
    assert (offer.verified, offer.issuer) == (False, "De Uitgever")
    assert any("calls itself" in note for note in offer.notes)


def test_metadata_in_the_clear_is_taken_where_signed_metadata_is_only_preferred(world: World) -> None:
    offer = world.wallet().open_offer(world.offer().uri).offer("en")
    assert not offer.verified
    with pytest.raises(InvalidOffer, match="nobody signed"):
        world.wallet(profile=replace(HAIP_1_0, signed_issuer_metadata="required")).open_offer(
            world.offer().uri
        )


@pytest.mark.req("WI-04", "HI-03")
@pytest.mark.parametrize("how", ["stranger", "changed", "other issuer", "unasked"])
def test_metadata_that_is_signed_wrongly_is_not_read_as_if_it_were_not_signed(world: World, how: str) -> None:
    if how == "stranger":
        world.signed_by(CertificateAuthority.create("Other CA", now=NOW))

    def tampered(answer: Answer) -> Answer | None:
        header, payload, signature = answer.body.decode().split(".")
        if how == "changed":
            return replace(answer, body=f"{header}.{payload[:-4]}AAAA.{signature}".encode())
        if how == "other issuer":
            other = {**world.issuer.issuer_metadata(), "credential_issuer": "https://a.example"}
            token = world.signer.sign(other, now=NOW)
            return replace(answer, body=token.encode())
        return None

    signed(world).middle.rules["/.well-known/openid-credential-issuer"] = tampered
    options = {}
    if how == "unasked":  # a wallet that trusts nobody for it asks for JSON, and gets a JWT all the same
        options = {"anchors": TrustAnchors()}
        token = world.signer.sign(world.issuer.issuer_metadata(), now=NOW)
        world.middle.rules["/.well-known/openid-credential-issuer"] = lambda answer: Answer(
            200, {"content-type": "application/jwt"}, token.encode()
        )
    wallet = world.wallet(**options)
    with pytest.raises(RemoteError) as refused:
        wallet.open_offer(world.offer().uri)
    assert refused.value.code in {"untrusted_certificate", "invalid_signature", "invalid_offer", "malformed"}
    assert [one.path for one in world.middle.asked] == ["/.well-known/openid-credential-issuer"]


# Wallet-initiated ---------------------------------------------------------------------------------


def test_the_holder_may_go_to_an_issuer_herself(world: World) -> None:
    wallet = world.wallet()
    prompt = wallet.open_issuer(ISSUER, "nl-pid")
    assert prompt.offer("en").page_needed
    assert world.middle.to("/par") == []
    assert prompt.fetch(browser=world.browser()).keep_unasked()
    assert "issuer_state" not in world.middle.to("/par")[-1].form


@pytest.mark.req("WI-01")
@pytest.mark.parametrize(
    "issuer", ["http://issuer.example", f"{ISSUER}?a=b", f"{ISSUER}/other", "https://127.0.0.1"]
)
def test_the_same_is_checked_of_an_issuer_that_the_holder_chose(world: World, issuer: str) -> None:
    wish = CredentialOffer(issuer, ("nl-pid",), authorization_code=True)
    errors = []
    for go in (lambda w: w.open_issuer(issuer, "nl-pid"), lambda w: w.open_offer(wish.uri())):
        with pytest.raises((RemoteError, LocalError)) as refused:
            go(world.wallet())
        errors.append(refused.value.code)
    assert errors[0] == errors[1]
    assert {one.path for one in world.middle.asked} <= {"/.well-known/openid-credential-issuer/other"}


def test_an_issuer_under_test_that_speaks_http_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    local = "http://localhost:3000"
    monkeypatch.setattr(hostile_issuer, "ISSUER", local)
    monkeypatch.setattr("nlwallet.issuer.prerequisites.is_issuer_identifier", is_offering_issuer)
    world = World()
    assert len(world.wallet().receive(world.offer().uri)) == 1
    assert {one.path for one in world.middle.asked} >= {"/token", "/nonce", "/credential"}

    stranger = Wallet(
        anchors=world.anchors,
        http=HttpClient(HttpPolicy(insecure_allow_private_addresses=True)),
        clock=world.clock,
    )
    with pytest.raises(TransportError) as refused:
        stranger.open_offer(world.offer().uri)
    assert refused.value.code == "https_required"


def test_no_issuer_on_this_machine_or_network(world: World) -> None:
    wallet = Wallet(anchors=world.anchors, http=HttpClient(), clock=world.clock)
    for host in ("127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "localhost"):
        offer = CredentialOffer(f"https://{host}", ("x",), authorization_code=True)
        with pytest.raises(TransportError):
            wallet.open_offer(offer.uri())
        with pytest.raises(TransportError):
            wallet.open_offer(offer_link(f"https://{host}/offer"))
