"""The issuer's rules that one request does not show: where it lives, who asks, what it will not do."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from nlwallet.claim_path import expand
from nlwallet.crypto import PrivateKey, Subject, parse_jws, sign_jws
from nlwallet.encoding import b64url_decode
from nlwallet.errors import LocalError
from nlwallet.issuer import CredentialConfiguration, pid_configuration
from nlwallet.openid4vci import (
    PRE_AUTHORIZED_CODE,
    CredentialIssuerMetadata,
    CredentialOffer,
    CredentialResponse,
    TokenRequest,
    authorization_server_metadata_url,
    issuer_metadata_url,
    sign_proof,
)
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import SdJwtVc, TypeMetadataRegistry, X5cIssuer, known_types, verify_sd_jwt_vc

Desk = Any
BASE = "https://pid-issuer.example"
PASS = b'{"vct":"urn:example:pass","claims":[{"path":["number"],"sd":"always","mandatory":true}]}'


def refused(reply: httpx.Response, status: int, code: str) -> None:
    assert (reply.status_code, reply.json().get("error")) == (status, code), reply.text
    assert reply.headers["cache-control"] == "no-store"


def card(desk: Desk, text: str) -> SdJwtVc:
    resolver = X5cIssuer((desk.root.certificate,))
    return verify_sd_jwt_vc(text, issuer_key=resolver, now=desk.clock.now(), profile=HAIP_1_0)


# Where it lives, and what it says of itself ------------------------------------------------------


@pytest.mark.req("I-02", "I-03")
def test_an_issuer_with_a_path_is_found_and_serves_below_it(open_desk: Callable[..., Desk]) -> None:
    base = "https://issuers.example/town/hall"
    desk = open_desk(base=base)
    url = issuer_metadata_url(base).removeprefix("https://issuers.example")
    assert url == "/.well-known/openid-credential-issuer/town/hall"
    metadata = CredentialIssuerMetadata.parse(desk.http.get(url).json(), expected_issuer=base)
    assert metadata.credential_endpoint == f"{base}/credential"
    server = authorization_server_metadata_url(base).removeprefix("https://issuers.example")
    assert desk.http.get(server).json()["token_endpoint"] == f"{base}/token"
    assert desk.credential(desk.request(desk.proof())).status_code == 200
    assert desk.http.get("/.well-known/openid-credential-issuer").status_code == 404
    assert desk.http.post("/nonce").status_code == 404


def test_a_slash_at_the_end_is_part_of_the_identifier_and_not_doubled(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(base="https://issuers.example/")
    metadata = desk.http.get("/.well-known/openid-credential-issuer").json()
    assert metadata["credential_issuer"] == "https://issuers.example/"
    assert metadata["credential_endpoint"] == "https://issuers.example/credential"


@pytest.mark.req("I-01")
@pytest.mark.parametrize(
    "identifier",
    ["http://i.example", "https://i.example?x=1", "https://i.example#x", "i.example", "https://u@i.example"],
)
def test_an_issuer_has_an_https_url_as_its_name(desk: Desk, identifier: str) -> None:
    chain = desk.root.issue(desk.key.public, Subject("PID"), now=desk.clock.now(), san_uris=(identifier,))
    with pytest.raises(LocalError, match="https URL"):
        desk.another(credential_issuer=identifier, chain=chain)


def test_an_issuer_that_could_issue_nothing(desk: Desk) -> None:
    for configurations in ([], [pid_configuration(), pid_configuration()]):
        with pytest.raises(LocalError, match="id of its own"):
            desk.another(configurations=configurations)
    with pytest.raises(LocalError, match="type metadata"):
        desk.another(types=TypeMetadataRegistry())
    for wrong in ({"id": ""}, {"vct": ""}, {"batch_size": 0}, {"lifetime_days": 0}):
        with pytest.raises(LocalError, match="configuration has"):
            replace(pid_configuration(), **wrong)


@pytest.mark.req("HI-02")
def test_what_haip_wants_of_the_metadata(desk: Desk) -> None:
    metadata = desk.http.get("/.well-known/openid-credential-issuer").json()
    assert metadata["nonce_endpoint"] == f"{BASE}/nonce"
    assert all(entry["scope"] for entry in metadata["credential_configurations_supported"].values())
    assert desk.http.get("/.well-known/oauth-authorization-server").json()["issuer"] == BASE


@pytest.mark.req("I-07", "HI-05")
def test_the_batch_size_is_one_that_every_configuration_takes(desk: Desk) -> None:
    def said(*sizes: int) -> Any:
        configurations = [
            replace(pid_configuration(batch_size=size), id=f"pid-{n}") for n, size in enumerate(sizes)
        ]
        return desk.another(configurations=configurations).issuer_metadata().get("batch_credential_issuance")

    assert said(5, 3) == {"batch_size": 3}
    assert said(5, 1) is None


def test_the_metadata_shows_the_card_as_its_type_does(desk: Desk) -> None:
    entry = desk.issuer.issuer_metadata()["credential_configurations_supported"]["nl-pid"]
    shown = {display["locale"][:2]: display for display in entry["credential_metadata"]["display"]}
    assert shown["nl"]["name"] == "Persoonsgegevens"
    assert shown["nl"]["background_color"].startswith("#")
    paths = [tuple(claim["path"]) for claim in entry["credential_metadata"]["claims"]]
    assert sorted(paths) == sorted(pid_configuration().disclosable)
    # A wallet reads it: the claims are neither repeated nor contradictory (§B.3).
    metadata = CredentialIssuerMetadata.parse(desk.issuer.issuer_metadata(), expected_issuer=BASE)
    assert metadata.configuration("nl-pid").type_metadata_uri == f"{BASE}/type-metadata/nl-pid"


def test_the_documents_behind_vct_integrity(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(configurations=[replace(pid_configuration(), id="nl/pid é")])
    metadata = CredentialIssuerMetadata.parse(desk.issuer.issuer_metadata(), expected_issuer=BASE)
    uri = metadata.configuration("nl/pid é").type_metadata_uri
    assert uri is not None
    reply = desk.http.get(uri.removeprefix(BASE))
    documents = [b64url_decode(document) for document in reply.json()]
    assert documents == [known_types().raw("urn:eudi:pid:nl:1"), known_types().raw("urn:eudi:pid:1")]
    digest = base64.b64encode(hashlib.sha256(documents[0]).digest()).decode()
    issued = card(desk, desk.issuer.issue("nl/pid é", desk.claims, PrivateKey.generate().public))
    assert issued.claims["vct#integrity"] == f"sha256-{digest}"
    assert desk.http.get("/type-metadata/diploma").status_code == 404


# Token -------------------------------------------------------------------------------------------


@pytest.mark.req("I-33")
def test_a_token_that_is_bound_to_no_key_is_short_lived(desk: Desk) -> None:
    token = desk.token(desk.offer().offer.pre_authorized_code).json()
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] <= 300
    desk.clock.travel(token["expires_in"])
    refused(desk.credential(desk.request(), token["access_token"]), 401, "invalid_token")


def test_parameters_that_nobody_knows_are_passed_over_and_those_of_others_refused(desk: Desk) -> None:
    code = desk.offer().offer.pre_authorized_code
    refused(desk.token(code, authorization_details="[]"), 400, "invalid_authorization_details")
    # As the library of the EU reference wallet sends it to the token endpoint.
    twice = desk.token(code, authorization_details="%5B%7B%22type%22%3A%22openid_credential%22%7D%5D")
    refused(twice, 400, "invalid_authorization_details")
    assert "percent-encoded twice" in twice.json()["error_description"]
    assert desk.token(code, purpose="x", client_assertion="y").status_code == 200


@pytest.mark.req("AS-03")
def test_the_wallet_s_own_token_request_is_understood(desk: Desk) -> None:
    made = desk.offer(tx_code=True)
    fields = TokenRequest(
        PRE_AUTHORIZED_CODE, made.offer.pre_authorized_code or "", tx_code=made.tx_code
    ).fields()
    assert desk.http.post("/token", data=fields).status_code == 200


@pytest.mark.req("ADV-191", "AS-05")
def test_many_guesses_at_once_get_no_further_than_a_few(desk: Desk) -> None:
    made = desk.offer(tx_code=True)
    code = made.offer.pre_authorized_code
    wrong = [f"{(int(made.tx_code) + n) % 1_000_000:06}" for n in range(1, 21)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda guess: desk.token(code, tx_code=guess), wrong))
    assert {reply.status_code for reply in replies} == {400}
    refused(desk.token(code, tx_code=made.tx_code), 400, "invalid_grant")


def test_a_missing_tx_code_costs_no_attempt(desk: Desk) -> None:
    made = desk.offer(tx_code=True)
    for _ in range(5):
        refused(desk.token(made.offer.pre_authorized_code), 400, "invalid_request")
    assert desk.token(made.offer.pre_authorized_code, tx_code=made.tx_code).status_code == 200


# Credential --------------------------------------------------------------------------------------


@pytest.mark.req("I-23")
def test_a_wallet_that_said_who_it_is_may_say_so_in_its_proof(desk: Desk) -> None:
    def token(**fields: str) -> str:
        return str(desk.token(desk.offer().offer.pre_authorized_code, **fields).json()["access_token"])

    def proof(client_id: str | None) -> str:
        return sign_proof(
            PrivateKey.generate(),
            audience=BASE,
            nonce=desk.nonce(),
            now=desk.clock.now(),
            client_id=client_id,
        )

    known = token(client_id="https://wallet.example")
    refused(desk.credential(desk.request(proof("another")), known), 400, "invalid_proof")
    assert desk.credential(desk.request(proof("https://wallet.example")), known).status_code == 200
    assert desk.credential(desk.request(proof(None)), token(client_id="w")).status_code == 200
    refused(desk.credential(desk.request(proof("w")), token()), 400, "invalid_proof")


@pytest.mark.req("ADV-181", "I-22")
def test_proofs_without_a_nonce_of_ours(desk: Desk) -> None:
    key, elsewhere = PrivateKey.generate(), desk.another()
    claims = {"aud": BASE, "iat": desk.clock.now()}
    bare = sign_jws(claims, key, typ="openid4vci-proof+jwt", header={"jwk": key.public.jwk()})
    refused(desk.credential(desk.request(bare)), 400, "invalid_proof")
    foreign = desk.proof(nonce=type(desk.http)(elsewhere).post("/nonce").json()["c_nonce"])
    refused(desk.credential(desk.request(foreign)), 400, "invalid_nonce")


@pytest.mark.req("ADV-184")
def test_one_bad_proof_spoils_the_batch_and_the_token_is_kept(desk: Desk) -> None:
    token, nonce = desk.access_token(), desk.nonce()
    good, bad = desk.proof(nonce=nonce), desk.proof(nonce=nonce, aud="https://elsewhere.example")
    refused(desk.credential(desk.request(good, bad), token), 400, "invalid_proof")
    too_many = [desk.proof(nonce=nonce) for _ in range(4)]
    refused(desk.credential(desk.request(*too_many), token), 400, "invalid_proof")
    assert desk.credential(desk.request(good), token).status_code == 200


@pytest.mark.req("ADV-187")
def test_a_token_must_come_as_a_token_and_be_for_this_credential(open_desk: Callable[..., Desk]) -> None:
    configurations = [pid_configuration(), replace(pid_configuration(), id="other")]
    desk = open_desk(configurations=configurations)
    token, body = desk.access_token(), desk.request()
    in_query = desk.http.post(f"/credential?access_token={token}", json=body)
    assert (in_query.status_code, in_query.headers["www-authenticate"]) == (401, 'DPoP algs="ES256", Bearer')
    for value in (f"DPoP {token}", token, "Bearer", "Bearer  "):
        assert desk.http.post("/credential", json=body, headers={"Authorization": value}).status_code == 401
    reply = desk.credential({**body, "credential_configuration_id": "other"}, token)
    refused(reply, 403, "insufficient_scope")
    assert reply.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'
    refused(
        desk.credential({**body, "credential_configuration_id": "diploma"}, token),
        400,
        "unknown_credential_configuration",
    )
    assert desk.credential(body, token).status_code == 200


@pytest.mark.req("I-21")
def test_the_body_of_a_credential_request_is_json_in_the_clear(desk: Desk) -> None:
    def send(kind: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {desk.access_token()}", "Content-Type": kind}
        reply: httpx.Response = desk.http.post("/credential", content=b"a.b.c.d.e", headers=headers)
        return reply

    refused(send("application/jwt"), 400, "invalid_encryption_parameters")
    refused(send("application/x-www-form-urlencoded"), 400, "invalid_credential_request")
    refused(send("application/json"), 400, "invalid_credential_request")
    for path in ("/credential", "/nonce", "/token"):
        assert desk.http.get(path).status_code == 405


def test_who_has_no_token_is_not_read(desk: Desk) -> None:
    headers = {"Authorization": "Bearer made-up", "Content-Type": "application/json"}
    refused(desk.http.post("/credential", content=b"{" * 300_000, headers=headers), 401, "invalid_token")


def test_of_two_requests_at_once_one_gets_the_credential(desk: Desk) -> None:
    token = desk.access_token()
    bodies = [desk.request() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda body: desk.credential(body, token), bodies))
    assert sorted(reply.status_code for reply in replies) == [200] + [401] * 7


# What is issued ----------------------------------------------------------------------------------


def test_the_credential_is_what_the_nl_wallet_expects(desk: Desk) -> None:
    reply = desk.credential(desk.request(desk.proof()))
    (text,) = CredentialResponse.parse(reply.json(), proofs=1).credentials
    jws = parse_jws(text.split("~")[0], typ={"dc+sd-jwt"}, algorithms={"ES256"}, what="it")
    assert jws.header["x5c"] == desk.chain.x5c()
    payload = jws.claims(what="it")
    in_clear = {
        "vct",
        "vct#integrity",
        "iss",
        "iat",
        "exp",
        "cnf",
        "_sd",
        "_sd_alg",
        "attestation_qualification",
        "status",
    }
    assert set(payload) == in_clear
    assert payload["iss"] in desk.chain.leaf.san_uris
    assert payload["attestation_qualification"] == "PuB-EAA"
    assert text.endswith("~")
    assert len(text.split("~")) == 1 + 13 + 1


def test_the_address_can_be_shown_by_part(desk: Desk) -> None:
    issued = card(desk, desk.issuer.issue("nl-pid", desk.claims, PrivateKey.generate().public))
    wanted = {at for path in pid_configuration().disclosable for at in expand(desk.claims, path)}
    assert set(issued.disclosable_paths()) == wanted


def test_an_issuer_does_not_offer_what_it_cannot_issue(desk: Desk) -> None:
    with pytest.raises(LocalError, match="exp"):
        desk.issuer.offer("nl-pid", {**desk.claims, "exp": 1})
    incomplete = {name: value for name, value in desk.claims.items() if name != "bsn"}
    with pytest.raises(LocalError, match="bsn") as caught:
        desk.issuer.issue("nl-pid", incomplete, PrivateKey.generate().public)
    assert caught.value.code == "invalid_claims"


def test_what_was_offered_does_not_change_afterwards(desk: Desk) -> None:
    made = desk.offer()
    desk.claims["address"]["locality"] = "Utrecht"
    token = desk.token(made.offer.pre_authorized_code).json()["access_token"]
    reply = desk.credential(desk.request(), token)
    issued = card(desk, reply.json()["credentials"][0]["credential"])
    assert issued.claims["address"]["locality"] == "Amsterdam"


def test_any_type_of_card(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    library = CredentialConfiguration("pass", "urn:example:pass", "pass", (("number",),), lifetime_days=1)
    issuer = desk.another(configurations=[library], types=known_types().adding([PASS]))
    issued = card(desk, issuer.issue("pass", {"number": "42"}, PrivateKey.generate().public))
    assert issued.claims["number"] == "42"
    assert issued.expires_at == desk.clock.now() // 3600 * 3600 + 86_400
    assert "attestation_qualification" not in issued.claims


@pytest.mark.req("I-11")
def test_an_offer_names_no_authorization_server_because_there_is_one(desk: Desk) -> None:
    made = desk.offer(tx_code=True)
    (grant,) = made.offer.as_json()["grants"].values()
    assert set(grant) == {"pre-authorized_code", "tx_code"}
    assert grant["tx_code"] == {"input_mode": "numeric", "length": 6}
    assert CredentialOffer.parse(made.uri) == made.offer
