"""Wallets that authenticate with an attestation, in both drafts and both modes, and every way to fail at it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject, parse_jws
from nlwallet.openid4vci import PRE_AUTHORIZED_CODE

Desk = Any
NOW = 1_790_000_000
BASE = "https://pid-issuer.example"
ATTESTATION, POP = "oauth-client-attestation+jwt", "oauth-client-attestation-pop+jwt"
ENDPOINTS = ("/par", "/token")


def refused(reply: httpx.Response, status: int, code: str) -> None:
    assert (reply.status_code, reply.json()["error"]) == (status, code), reply.text
    # Whatever went wrong, the wallet can try again with what came along.
    assert reply.headers["oauth-client-attestation-challenge"]
    assert reply.headers["dpop-nonce"]
    assert reply.headers["cache-control"] == "no-store"


def send(desk: Desk, endpoint: str, **headers: Any) -> httpx.Response:
    """The same wallet at either endpoint; at the token endpoint it is taken when its code is wrong next."""
    if endpoint == "/par":
        return desk.pushed(**headers)  # type: ignore[no-any-return]
    return desk.exchanged("made-up", **headers)  # type: ignore[no-any-return]


def taken(reply: httpx.Response, endpoint: str) -> None:
    if endpoint == "/par":
        assert reply.status_code == 201, reply.text
    else:
        refused(reply, 400, "invalid_grant")


def attestation(desk: Desk, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """An attestation with any claims; ``...`` leaves one out."""
    made = {
        "iss": "https://provider.example",
        "sub": desk.client_id,
        "exp": NOW + 3600,
        "cnf": {"jwk": desk.instance.public.jwk()},
        **claims,
    }
    whole = {"x5c": desk.provider_chain.x5c()} if header is None else header
    return desk.jwt(made.pop("typ", ATTESTATION), made.pop("key", desk.provider_key), whole, made)  # type: ignore[no-any-return]


def pop(desk: Desk, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A proof of possession with any claims; ``...`` leaves one out."""
    made = {
        "iss": desk.client_id,
        "aud": BASE,
        "jti": "one",
        "iat": NOW,
        "challenge": desk.challenge(),
        **claims,
    }
    return desk.jwt(made.pop("typ", POP), made.pop("key", desk.instance), header or {}, made)  # type: ignore[no-any-return]


# Who gets in -------------------------------------------------------------------------------------


@pytest.mark.req("HI-06", "AS-07", "K-01")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_forms_of_draft_07_and_of_draft_10_and_ts3(haip: Desk, endpoint: str) -> None:
    of_07 = {"attestation": haip.attestation(), "pop": haip.pop()}
    of_10 = {"attestation": haip.attestation(issuer=None), "pop": haip.pop(client_id=None)}
    for form in (of_07, of_10):
        taken(send(haip, endpoint, **form), endpoint)
    # What is not understood is ignored: TS3 tells more of the wallet.
    more = {
        "wallet_name": "W",
        "wallet_version": "1",
        "wallet_solution_certification_information": {"a": 1},
        "client_status": {"status": {"status_list": {"idx": 1, "uri": "https://s.example"}}, "exp": NOW},
        "iss": ...,
    }
    taken(send(haip, endpoint, attestation=attestation(haip, **more), pop=pop(haip, more=1)), endpoint)


@pytest.mark.req("K-01", "K-02", "HI-06")
def test_what_our_own_wallets_send_in_either_form(haip: Desk) -> None:
    def parts(token: str) -> tuple[Any, dict[str, Any]]:
        jws = parse_jws(token, typ=None, algorithms=("ES256",), what="it")
        return jws.header, jws.claims()

    header, claims = parts(haip.attestation())
    assert (header["typ"], header["alg"]) == (ATTESTATION, "ES256")
    assert header["x5c"] == haip.provider_chain.x5c()
    assert set(claims) == {"iss", "sub", "nbf", "iat", "exp", "cnf"}
    assert (claims["sub"], claims["cnf"]) == (haip.client_id, {"jwk": haip.instance.public.jwk()})
    # Shared by all instances: nothing but the key is of this one (HAIP 1.0 §4.4.1).
    _, other = parts(haip.attestation(instance_key=PrivateKey.generate().public))
    assert {**claims, "cnf": 0} == {**other, "cnf": 0}
    header, claims = parts(haip.pop(challenge="c"))
    assert (header["typ"], header["alg"]) == (POP, "ES256")
    assert claims["exp"] > NOW
    assert {**claims, "jti": 0, "exp": 0} == {
        "iss": haip.client_id, "aud": BASE, "jti": 0, "iat": NOW, "exp": 0, "challenge": "c"
    }  # fmt: skip
    assert set(parts(haip.attestation(issuer=None))[1]) == {"sub", "iat", "exp", "cnf"}
    assert set(parts(haip.pop(client_id=None))[1]) == {"aud", "jti", "iat", "challenge"}


@pytest.mark.req("HI-06", "AS-07", "K-03", "ADV-193")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_wallet_without_both_proofs_is_nobody(haip: Desk, endpoint: str) -> None:
    refused(send(haip, endpoint, attestation=None, pop=None), 400, "invalid_client")
    refused(send(haip, endpoint, attestation=None), 400, "invalid_client")
    refused(send(haip, endpoint, pop=None, dpop=None), 400, "invalid_client")


@pytest.mark.req("HI-06")
def test_a_pre_authorized_code_needs_a_wallet_that_says_who_it_is(haip: Desk) -> None:
    def ask(**headers: Any) -> httpx.Response:
        code = haip.offer().offer.pre_authorized_code
        fields = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code}
        return haip.form("/token", fields, **headers)  # type: ignore[no-any-return]

    refused(ask(attestation=None, pop=None), 400, "invalid_client")
    refused(ask(pop=haip.pop(challenge="made-up")), 400, "use_attestation_challenge")
    assert ask().json()["token_type"] == "DPoP"


def test_where_anybody_may_come_a_wrong_attestation_is_refused_all_the_same(
    open_haip: Callable[..., Desk],
) -> None:
    desk = open_haip(anonymous_access=True)
    code = desk.offer().offer.pre_authorized_code
    fields = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code}
    refused(desk.form("/token", fields, pop=desk.pop(audience="https://x.example")), 400, "invalid_client")
    assert desk.form("/token", fields, attestation=None, pop=None).status_code == 200


@pytest.mark.req("K-03", "ADV-193")
@pytest.mark.parametrize("name", ["OAuth-Client-Attestation", "OAuth-Client-Attestation-PoP", "DPoP"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_each_header_comes_once(haip: Desk, endpoint: str, name: str) -> None:
    url = f"{BASE}{endpoint}"
    made = [
        ("OAuth-Client-Attestation", haip.attestation()),
        ("OAuth-Client-Attestation-PoP", haip.pop()),
        ("DPoP", haip.dpop(url)),
    ]
    second = {**dict(made), "DPoP": haip.dpop(url), "OAuth-Client-Attestation-PoP": haip.pop()}[name]
    reply = haip.http.post(
        endpoint,
        headers=[*made, (name, second)],
        data={"client_id": haip.client_id, "grant_type": "authorization_code", "code": "x", "scope": "nl-pid",
              "response_type": "code", "redirect_uri": haip.callback, "code_challenge": "c" * 43,
              "code_challenge_method": "S256"},
    )  # fmt: skip
    expected = (400, "invalid_dpop_proof") if name == "DPoP" else (400, "invalid_client")
    refused(reply, *expected)


# The attestation ---------------------------------------------------------------------------------


@pytest.mark.req("K-01", "K-04", "ADV-193")
@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "JWT"},
        {"typ": "oauth-client-attestation-pop+jwt"},
        {"sub": ...},
        {"sub": ""},
        {"sub": 7},
        {"exp": ...},
        {"exp": "never"},
        {"cnf": ...},
        {"cnf": {}},
        {"cnf": {"jkt": "x"}},
        {"nbf": NOW + 61},
        {"iat": NOW + 61},
        {"iat": "today"},
    ],
)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_attestations_that_are_refused(haip: Desk, endpoint: str, changes: dict[str, Any]) -> None:
    refused(send(haip, endpoint, attestation=attestation(haip, **changes)), 400, "invalid_client")


def test_an_attestation_of_nobody_hears_that_sub_is_missing(haip: Desk) -> None:
    answer = send(haip, ENDPOINTS[0], attestation=attestation(haip, sub=""))
    assert "sub, the client_id of the wallet, is missing" in answer.json()["error_description"]


@pytest.mark.req("K-04", "ADV-193")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_client_id_that_is_not_the_attested_one(haip: Desk, endpoint: str) -> None:
    other = "https://other.example"
    forms = {"attestation": haip.attestation(client_id=other), "pop": haip.pop(client_id=other)}
    refused(send(haip, endpoint, **forms), 400, "invalid_client")


@pytest.mark.req("K-04", "ADV-193")
def test_a_private_key_is_not_attested(haip: Desk) -> None:
    wrong = attestation(haip, cnf={"jwk": dict(haip.instance.private_jwk())})
    refused(haip.pushed(attestation=wrong), 400, "invalid_client")


@pytest.mark.req("AS-07", "K-04", "HI-08", "ADV-193")
def test_who_attests_must_be_a_wallet_provider_that_is_trusted(haip: Desk) -> None:
    key = PrivateKey.generate()
    elsewhere = CertificateAuthority.create("Another CA", now=NOW)
    subject = Subject("Wallet provider")
    chain = elsewhere.issue(key.public, subject, now=NOW)
    own = CertificateAuthority.create("Own CA", now=NOW)
    header, payload, _ = attestation(haip).split(".")
    none = haip.jwt(ATTESTATION, haip.provider_key, {"alg": "none"}, {}).split(".")[0]
    mac = haip.jwt(ATTESTATION, haip.provider_key, {"alg": "HS256"}, {}).split(".")[0]
    p384 = PrivateKey.generate("P-384")
    for wrong in (
        haip.attestation(key=key, chain=chain),
        haip.attestation(key=key),
        attestation(haip, header={}),
        attestation(haip, header={"x5c": []}),
        attestation(haip, header={"kid": "1"}),
        haip.attestation(chain=CertificateChain(haip.provider_chain.leaf, (haip.provider.certificate,))),
        haip.attestation(chain=CertificateChain(own.certificate)),
        haip.attestation(key=p384, chain=haip.provider.issue(p384.public, subject, now=NOW)),
        f"{none}.{payload}.",
        f"{mac}.{payload}.AAAA",
        f"{header}.{payload}.{'A' * 86}",
        "x",
        "a.b.c",
        "x" * 40_000,
    ):
        refused(haip.pushed(attestation=wrong), 400, "invalid_client")
    assert haip.pushed().status_code == 201


@pytest.mark.req("K-08", "K-04", "ADV-193")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_attestation_that_is_too_old_is_to_be_renewed(haip: Desk, endpoint: str) -> None:
    aged = haip.attestation(lifetime=3600)
    haip.clock.travel(3600)
    refused(send(haip, endpoint, attestation=aged), 400, "use_fresh_attestation")
    taken(send(haip, endpoint), endpoint)
    long_lived = haip.attestation(lifetime=365 * 86_400)
    haip.clock.travel(86_400)
    taken(send(haip, endpoint, attestation=long_lived), endpoint)
    haip.clock.travel(1)
    refused(send(haip, endpoint, attestation=long_lived), 400, "use_fresh_attestation")


# The proof of possession -------------------------------------------------------------------------


@pytest.mark.req("K-02", "K-05", "ADV-193")
@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "JWT"},
        {"typ": ATTESTATION},
        {"iss": "https://other.example"},
        {"iss": 7},
        {"aud": ...},
        {"aud": "https://other.example"},
        {"aud": f"{BASE}/token"},
        {"aud": [BASE, "https://other.example"]},
        {"iat": ...},
        {"iat": NOW - 301},
        {"iat": NOW + 61},
        {"iat": True},
        {"nbf": NOW + 61},
        {"exp": NOW},
        {"exp": "never"},
        {"jti": ...},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 257},
        {"challenge": 7},
    ],
)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_proofs_that_are_refused(haip: Desk, endpoint: str, changes: dict[str, Any]) -> None:
    refused(send(haip, endpoint, pop=pop(haip, **changes)), 400, "invalid_client")


@pytest.mark.req("K-02", "K-05", "HI-08", "ADV-193")
def test_a_proof_is_by_the_attested_key(haip: Desk) -> None:
    header, payload, _ = pop(haip).split(".")
    none = haip.jwt(POP, haip.instance, {"alg": "none"}, {}).split(".")[0]
    p384 = PrivateKey.generate("P-384")
    for wrong in (
        pop(haip, key=PrivateKey.generate()),
        pop(haip, key=haip.dpop_key),
        pop(haip, key=haip.provider_key),
        f"{none}.{payload}.",
        f"{header}.{payload}.{'A' * 86}",
        "x",
    ):
        refused(haip.pushed(pop=wrong), 400, "invalid_client")
    of_p384 = {"attestation": haip.attestation(instance_key=p384.public), "pop": pop(haip, key=p384)}
    refused(haip.pushed(**of_p384), 400, "invalid_client")


@pytest.mark.req("K-05", "ADV-193")
def test_a_proof_comes_once_also_with_another_challenge(haip: Desk) -> None:
    assert haip.pushed(pop=pop(haip, jti="same")).status_code == 201
    refused(haip.pushed(pop=pop(haip, jti="same")), 400, "invalid_client")
    proof = pop(haip, jti="other")
    assert haip.pushed(pop=proof).status_code == 201
    refused(haip.pushed(pop=proof), 400, "use_attestation_challenge")


@pytest.mark.req("K-05")
def test_of_equal_proofs_at_once_one_is_taken(haip: Desk) -> None:
    proof, barrier = haip.pop(), Barrier(8)
    nonces = [haip.dpop(f"{BASE}/par") for _ in range(8)]

    def push(dpop: str) -> int:
        barrier.wait()
        return int(haip.pushed(pop=proof, dpop=dpop).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(push, nonces)) == [201] + [400] * 7


# Challenges --------------------------------------------------------------------------------------


@pytest.mark.req("K-06")
def test_the_challenge_endpoint(haip: Desk) -> None:
    metadata = haip.http.get("/.well-known/oauth-authorization-server").json()
    path = metadata["challenge_endpoint"].removeprefix(BASE)
    first, second = haip.http.post(path), haip.http.post(path)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/json")
    assert "no-store" in first.headers["cache-control"]
    assert first.json()["attestation_challenge"] != second.json()["attestation_challenge"]
    assert haip.http.get(path).status_code == 405


@pytest.mark.req("K-06")
def test_the_challenge_of_the_last_answer_is_good_for_the_next_request(haip: Desk) -> None:
    challenge = haip.pushed().headers["oauth-client-attestation-challenge"]
    assert haip.pushed(pop=haip.pop(challenge=challenge)).status_code == 201


@pytest.mark.req("K-05", "K-08", "ADV-193")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_challenge_that_is_not_a_fresh_one_of_this_server(haip: Desk, endpoint: str) -> None:
    refused(send(haip, endpoint, pop=haip.pop(challenge=None)), 400, "use_attestation_challenge")
    refused(send(haip, endpoint, pop=haip.pop(challenge="made-up")), 400, "use_attestation_challenge")
    refused(send(haip, endpoint, pop=haip.pop(challenge=haip.dpop_nonce())), 400, "use_attestation_challenge")
    other = type(haip)().challenge()
    refused(send(haip, endpoint, pop=haip.pop(challenge=other)), 400, "use_attestation_challenge")
    old = haip.challenge()
    haip.clock.travel(300)
    reply = send(haip, endpoint, pop=haip.pop(challenge=old))
    refused(reply, 400, "use_attestation_challenge")
    fresh = reply.headers["oauth-client-attestation-challenge"]
    taken(send(haip, endpoint, pop=haip.pop(challenge=fresh)), endpoint)


# One DPoP proof for both (draft -10 §5.2) --------------------------------------------------------


@pytest.mark.req("K-07")
def test_one_dpop_proof_by_the_attested_key_serves_for_both(haip: Desk) -> None:
    def proof(endpoint: str, **changes: Any) -> str:
        arguments = {"key": haip.instance, "nonce": haip.challenge(), **changes}
        return haip.dpop(f"{BASE}{endpoint}", **arguments)  # type: ignore[no-any-return]

    code = haip.offer().offer.pre_authorized_code
    fields = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code}
    assert haip.pushed(pop=None, dpop=proof("/par")).status_code == 201
    assert haip.form("/token", fields, pop=None, dpop=proof("/token")).json()["token_type"] == "DPoP"
    # By another key, with a nonce that is no challenge, for another endpoint, with no attestation, or used before.
    refused(haip.pushed(pop=None, dpop=proof("/par", key=haip.dpop_key)), 400, "invalid_client")
    refused(
        haip.pushed(pop=None, dpop=proof("/par", nonce=haip.dpop_nonce())), 400, "use_attestation_challenge"
    )
    refused(haip.pushed(pop=None, dpop=proof("/par", nonce="made-up")), 400, "use_attestation_challenge")
    refused(haip.pushed(pop=None, dpop=proof("/token")), 400, "invalid_dpop_proof")
    refused(haip.pushed(pop=None, attestation=None, dpop=proof("/par")), 400, "use_dpop_nonce")
    used = proof("/par")
    assert haip.pushed(pop=None, dpop=used).status_code == 201
    refused(haip.pushed(pop=None, dpop=used), 400, "invalid_dpop_proof")
    # With a proof of possession of its own, DPoP is DPoP: another key, and its own nonce.
    refused(haip.pushed(dpop=haip.dpop(f"{BASE}/par", nonce=haip.challenge())), 400, "use_dpop_nonce")
    assert haip.pushed().status_code == 201


# What it is bound to -----------------------------------------------------------------------------


@pytest.mark.req("K-09")
def test_codes_and_refresh_tokens_are_of_the_instance_and_not_of_the_wallet_solution(haip: Desk) -> None:
    code, refresh = haip.code(), haip.bound_token()["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": refresh}
    mine, haip.instance = haip.instance, PrivateKey.generate()
    refused(haip.exchanged(code), 400, "invalid_grant")
    refused(haip.form("/token", fields), 400, "invalid_grant")
    haip.instance = mine
    assert haip.form("/token", fields).status_code == 200
    key, haip.dpop_key = haip.dpop_key, PrivateKey.generate()
    refused(haip.form("/token", fields), 400, "invalid_grant")
    haip.dpop_key = key
    refused(haip.form("/token", fields, attestation=None, pop=None), 400, "invalid_client")
    assert haip.form("/token", fields).status_code == 200


# What the metadata say ---------------------------------------------------------------------------


@pytest.mark.req("K-10")
def test_the_metadata_tell_how_wallets_authenticate(haip: Desk) -> None:
    metadata = haip.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["token_endpoint_auth_methods_supported"] == [
        "attest_jwt_client_auth",
        "attest_jwt_client_auth_dpop",
    ]
    for name in (
        "client_attestation_signing_alg_values_supported",
        "client_attestation_pop_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
    ):
        assert metadata[name] == ["ES256"]
