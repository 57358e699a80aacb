"""The issuer over its HTTP face: offers, tokens, nonces, proofs, credentials, and every way to be refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from nlwallet.crypto import PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.issuer import Issuer, pid_configuration
from nlwallet.openid4vci import PRE_AUTHORIZED_CODE, CredentialOffer
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import X5cIssuer, check_against_type_metadata, known_types, verify_sd_jwt_vc

BASE = "https://pid-issuer.example"
NOW = 1_790_000_000
Desk = Any
"""The desk of conftest: an issuer and a client."""


def refused(reply: httpx.Response, status: int, code: str) -> None:
    assert (reply.status_code, reply.json().get("error")) == (status, code), reply.text
    assert reply.headers["cache-control"] == "no-store"


# Metadata ----------------------------------------------------------------------------------------


@pytest.mark.req("I-02", "I-03")
def test_issuer_metadata(desk: Desk) -> None:
    reply = desk.http.get("/.well-known/openid-credential-issuer")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    metadata = reply.json()
    assert metadata["credential_issuer"] == BASE
    assert metadata["credential_endpoint"].startswith(BASE)


@pytest.mark.req("I-05", "I-06", "I-08")
def test_the_configuration_of_the_pid(desk: Desk) -> None:
    configuration = desk.issuer.issuer_metadata()["credential_configurations_supported"]["nl-pid"]
    assert (configuration["format"], configuration["vct"]) == ("dc+sd-jwt", "urn:eudi:pid:nl:1")
    assert configuration["cryptographic_binding_methods_supported"] == ["jwk"]
    assert configuration["proof_types_supported"] == {
        "jwt": {"proof_signing_alg_values_supported": ["ES256"]}
    }
    assert configuration["credential_signing_alg_values_supported"] == ["ES256"]


@pytest.mark.req("I-07")
def test_batch_size(desk: Desk) -> None:
    assert desk.issuer.issuer_metadata()["batch_credential_issuance"] == {"batch_size": 3}


@pytest.mark.req("AS-06")
def test_nothing_is_advertised_that_is_not_there(desk: Desk) -> None:
    metadata = desk.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["grant_types_supported"] == [PRE_AUTHORIZED_CODE]
    assert metadata["pre-authorized_grant_anonymous_access_supported"] is True
    assert not {
        "authorization_endpoint",
        "pushed_authorization_request_endpoint",
        "challenge_endpoint",
        "code_challenge_methods_supported",
    } & set(metadata)
    assert metadata["token_endpoint_auth_methods_supported"] == ["none"]
    for path in ("/par", "/authorize", "/challenge"):
        assert desk.http.post(path).status_code == 404


# Offer and token ---------------------------------------------------------------------------------


@pytest.mark.req("I-09", "I-10")
def test_an_offer_there_and_back(desk: Desk) -> None:
    made = desk.offer()
    read = CredentialOffer.parse(made.uri)
    assert read == made.offer
    assert read.credential_configuration_ids == ("nl-pid",)
    assert made.offer.pre_authorized_code not in repr(made)


@pytest.mark.req("I-11", "AS-04")
def test_a_code_works_once_and_for_ten_minutes(desk: Desk) -> None:
    code = desk.offer().offer.pre_authorized_code
    assert desk.token(code).json()["token_type"] == "Bearer"
    refused(desk.token(code), 400, "invalid_grant")
    late = desk.offer().offer.pre_authorized_code
    desk.clock.travel(600)
    refused(desk.token(late), 400, "invalid_grant")


@pytest.mark.req("AS-03", "AS-04")
def test_tx_code(desk: Desk) -> None:
    made = desk.offer(tx_code=True)
    assert made.tx_code is not None
    assert made.tx_code not in made.uri
    assert made.tx_code not in repr(made)
    code = made.offer.pre_authorized_code
    refused(desk.token(code), 400, "invalid_request")
    wrong = f"{(int(made.tx_code) + 1) % 1_000_000:06}"
    refused(desk.token(code, tx_code=wrong), 400, "invalid_grant")
    assert desk.token(code, tx_code=made.tx_code).status_code == 200
    refused(desk.token(desk.offer().offer.pre_authorized_code, tx_code="123456"), 400, "invalid_request")


@pytest.mark.req("AS-05")
def test_tx_code_cannot_be_guessed(desk: Desk) -> None:
    made = desk.offer(tx_code=True)
    assert made.tx_code is not None
    wrong = f"{(int(made.tx_code) + 1) % 1_000_000:06}"
    for _ in range(3):
        refused(desk.token(made.offer.pre_authorized_code, tx_code=wrong), 400, "invalid_grant")
    refused(desk.token(made.offer.pre_authorized_code, tx_code=made.tx_code), 400, "invalid_grant")


def test_of_two_at_once_one_gets_the_token(desk: Desk) -> None:
    code = desk.offer().offer.pre_authorized_code
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(reply.status_code for reply in pool.map(lambda _: desk.token(code), range(8)))
    assert statuses == [200] + [400] * 7


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type"),
        ({"a": "b"}, "invalid_request"),
        ({"grant_type": PRE_AUTHORIZED_CODE}, "invalid_request"),
        ({"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": "x"}, "invalid_grant"),
    ],
)
def test_wrong_token_requests(desk: Desk, fields: dict[str, str], error: str) -> None:
    refused(desk.http.post("/token", data=fields), 400, error)


def test_a_token_request_is_a_form(desk: Desk) -> None:
    refused(desk.http.post("/token", json={}), 415, "invalid_request")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    twice = urlencode([("grant_type", PRE_AUTHORIZED_CODE), ("grant_type", "x")])
    refused(desk.http.post("/token", content=twice, headers=form), 400, "invalid_request")
    refused(desk.http.post("/token", content=b"a=%ff%fe", headers=form), 400, "invalid_request")
    refused(desk.http.post("/token", content=b"a" * 300_000, headers=form), 413, "invalid_request")
    assert desk.http.get("/token").status_code == 405


# Credential --------------------------------------------------------------------------------------


@pytest.mark.req("I-13", "I-16", "I-29")
def test_a_credential_is_issued_to_the_proven_key(desk: Desk) -> None:
    key = PrivateKey.generate()
    reply = desk.credential(desk.request(desk.proof(key)))
    assert reply.status_code == 200
    (entry,) = reply.json()["credentials"]
    card = verify_sd_jwt_vc(
        entry["credential"],
        issuer_key=X5cIssuer((desk.root.certificate,)),
        now=desk.clock.now(),
        profile=HAIP_1_0,
    )
    assert card.holder_key == key.public
    assert card.issuer == BASE
    assert desk.claims.items() <= card.claims.items()
    metadata = known_types().effective(card.vct, integrity=card.claims["vct#integrity"])
    check_against_type_metadata(card.claims, card.disclosable_paths(), metadata, complete=True)


@pytest.mark.req("I-17", "S-35", "I-36")
def test_a_batch_cannot_be_linked(desk: Desk) -> None:
    keys, nonce = [PrivateKey.generate() for _ in range(3)], desk.nonce()
    reply = desk.credential(desk.request(*(desk.proof(key, nonce=nonce) for key in keys)))
    texts = [entry["credential"] for entry in reply.json()["credentials"]]
    resolver = X5cIssuer((desk.root.certificate,))
    cards = [verify_sd_jwt_vc(t, issuer_key=resolver, now=desk.clock.now(), profile=HAIP_1_0) for t in texts]
    assert [card.holder_key for card in cards] == [key.public for key in keys]
    disclosures = [set(text.split("~")[1:-1]) for text in texts]
    assert not set.intersection(*disclosures)
    assert len({card.issued_at for card in cards}) == 1
    hour = desk.clock.now() // 3600 * 3600
    assert cards[0].issued_at == max(hour, desk.chain.leaf.not_before)


@pytest.mark.req("I-15", "I-17")
def test_more_proofs_than_the_batch_or_the_same_key_twice(desk: Desk) -> None:
    key, nonce = PrivateKey.generate(), desk.nonce()
    refused(desk.credential(desk.request(*(desk.proof(nonce=nonce) for _ in range(4)))), 400, "invalid_proof")
    refused(
        desk.credential(desk.request(desk.proof(key, nonce=nonce), desk.proof(key, nonce=nonce))),
        400,
        "invalid_proof",
    )


@pytest.mark.req("I-22", "I-23")
@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": ...},
        {"iat": NOW - 301},
        {"iat": NOW + 61},
        {"iat": ...},
        {"iat": True},
        {"iss": "client"},
        {"typ": "JWT"},
        {"header": {}},
        {"header": {"kid": "k"}},
        {"nonce": "x", "aud": BASE, "header": {"jwk": PrivateKey.generate().public.jwk()}},
        {"header": {"jwk": PrivateKey.generate().private_jwk()}, "aud": BASE},
        {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}, "aud": BASE},
    ],
)
def test_wrong_proofs(desk: Desk, changes: dict[str, Any]) -> None:
    refused(desk.credential(desk.request(desk.proof(**dict(changes)))), 400, "invalid_proof")


@pytest.mark.req("I-12", "I-34")
def test_a_nonce_works_once(desk: Desk) -> None:
    nonce = desk.nonce()
    assert desk.credential(desk.request(desk.proof(nonce=nonce))).status_code == 200
    refused(desk.credential(desk.request(desk.proof(nonce=nonce))), 400, "invalid_nonce")
    refused(desk.credential(desk.request(desk.proof(nonce="made-up"))), 400, "invalid_nonce")
    old = desk.nonce()
    desk.clock.travel(300)
    refused(desk.credential(desk.request(desk.proof(nonce=old))), 400, "invalid_nonce")
    reply = desk.http.post("/nonce")
    assert reply.headers["cache-control"] == "no-store"
    assert len(reply.json()["c_nonce"]) >= 22


@pytest.mark.req("I-14", "I-21")
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"credential_configuration_id": "diploma"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": ...}, "invalid_credential_request"),
        ({"credential_identifier": "x"}, "invalid_credential_request"),
        ({"credential_identifier": "x", "credential_configuration_id": ...}, "unknown_credential_identifier"),
        (
            {"credential_configuration_id": ..., "format": "dc+sd-jwt", "vct": "x"},
            "invalid_credential_request",
        ),
        ({"proofs": ...}, "invalid_proof"),
        ({"proofs": {"jwt": []}}, "invalid_proof"),
        ({"proofs": {"jwt": [7]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["x"], "attestation": ["y"]}}, "invalid_proof"),
        ({"proofs": ..., "proof": {"proof_type": "jwt", "jwt": "x"}}, "invalid_proof"),
        ({"credential_response_encryption": {"jwk": {}, "enc": "A128GCM"}}, "invalid_encryption_parameters"),
    ],
)
def test_wrong_credential_requests(desk: Desk, change: dict[str, Any], error: str) -> None:
    body = {name: value for name, value in {**desk.request(), **change}.items() if value is not ...}
    refused(desk.credential(body), 400, error)


def test_a_wallet_may_correct_itself_and_then_the_token_is_gone(desk: Desk) -> None:
    token = desk.access_token()
    refused(desk.credential(desk.request("rubbish"), token), 400, "invalid_proof")
    assert desk.credential(desk.request(), token).status_code == 200
    refused(desk.credential(desk.request(), token), 401, "invalid_token")


def test_access_tokens(desk: Desk) -> None:
    reply = desk.credential(desk.request(), "made-up")
    refused(reply, 401, "invalid_token")
    assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    bare = desk.http.post("/credential", json=desk.request())
    assert (bare.status_code, bare.json(), bare.headers["www-authenticate"]) == (
        401,
        {},
        'DPoP algs="ES256", Bearer',
    )
    token = desk.access_token()
    desk.clock.travel(300)
    refused(desk.credential(desk.request(), token), 401, "invalid_token")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a":1,"a":2}', b"[" * 5000, b"\xff"])
def test_rubbish_instead_of_a_request(desk: Desk, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {desk.access_token()}", "Content-Type": "application/json"}
    reply = desk.http.post("/credential", content=body, headers=headers)
    assert 400 <= reply.status_code < 500
    assert json.loads(reply.content)["error"]


# Construction ------------------------------------------------------------------------------------


def test_an_issuer_needs_a_certificate_that_names_it(desk: Desk) -> None:
    key = PrivateKey.generate()
    chain = desk.root.issue(key.public, Subject("PID issuer"), now=NOW)
    parts = {
        "credential_issuer": BASE,
        "configurations": [pid_configuration()],
        "clock": desk.clock,
        "types": known_types(),
    }
    with pytest.raises(LocalError, match="subjectAltName"):
        Issuer(key=key, chain=chain, **parts)
    with pytest.raises(LocalError, match="signing key"):
        Issuer(key=PrivateKey.generate(), chain=chain, **parts)
    with pytest.raises(LocalError, match="nl-pid"):
        desk.issuer.offer("diploma", {})
