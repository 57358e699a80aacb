"""Every error that an issuer or its authorization server answers with over HTTP: code, status, what comes along."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.issuer import pid_configuration
from nlwallet.openid4vci import PRE_AUTHORIZED_CODE, ErrorCode, details_parameter

Desk = Any
BASE = "https://pid-issuer.example"
TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


@dataclass(frozen=True)
class Case:
    """One way to be refused; ``code`` is empty where the protocol wants none."""

    name: str
    status: int
    code: str
    send: Callable[[Desk], httpx.Response]
    www_authenticate: str | None = None

    def __str__(self) -> str:
        return self.name


# Credential, deferred credential and notification endpoint ---------------------------------------


def credential(desk: Desk, **changes: Any) -> httpx.Response:
    """A good request with changes, by a wallet with a token for it; ``...`` leaves a member out."""
    token = desk.bound_token()["access_token"]
    body = {"credential_configuration_id": "nl-pid", "proofs": {"jwt": [desk.proof()]}, **changes}
    return desk.protected("/credential", token, body={n: v for n, v in body.items() if v is not ...})  # type: ignore[no-any-return]


def protected(desk: Desk, endpoint: str, token: str | None = None, **parts: Any) -> httpx.Response:
    token = desk.bound_token()["access_token"] if token is None else token
    return desk.protected(endpoint, token, **{"body": {}, **parts})  # type: ignore[no-any-return]


def plain(desk: Desk, endpoint: str, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return desk.http.post(endpoint, json={}, headers=headers)  # type: ignore[no-any-return]


def with_proof(desk: Desk, endpoint: str, **changes: Any) -> httpx.Response:
    token = desk.bound_token()["access_token"]
    proof = desk.dpop(f"{BASE}{endpoint}", **{"access_token": token, **changes})
    return protected(desk, endpoint, token, dpop=proof)


def used_up(desk: Desk) -> httpx.Response:
    token = desk.bound_token()["access_token"]
    replies = [
        desk.protected(
            "/credential",
            token,
            body={"credential_configuration_id": "nl-pid", "proofs": {"jwt": [desk.proof()]}},
        )
        for _ in range(2)
    ]
    assert replies[0].status_code == 200
    return replies[1]  # type: ignore[no-any-return]


def revoked(desk: Desk) -> httpx.Response:
    made = desk.offer()
    fields = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": made.offer.pre_authorized_code}
    token = desk.form("/token", fields).json()["access_token"]
    desk.issuer.status_lists.allocate(made.credential_id)
    desk.issuer.status_lists.revoke(made.credential_id)
    body = {"credential_configuration_id": "nl-pid", "proofs": {"jwt": [desk.proof()]}}
    return desk.protected("/credential", token, body=body)  # type: ignore[no-any-return]


def expired(desk: Desk, endpoint: str) -> httpx.Response:
    token = desk.bound_token()["access_token"]
    desk.clock.travel(3600)
    return protected(desk, endpoint, token)


RESOURCE = ("/credential", "/deferred", "/notification")
NO_TOKEN, BAD_TOKEN = 'DPoP algs="ES256", Bearer', 'Bearer error="invalid_token"'


def dpop(code: str) -> str:
    return f'DPoP error="{code}", algs="ES256"'


AT_EACH_RESOURCE = [
    case
    for at in RESOURCE
    for case in (
        Case(f"{at} no token", 401, "", lambda d, at=at: plain(d, at, None), NO_TOKEN),
        Case(f"{at} no bearer", 401, "", lambda d, at=at: plain(d, at, "Basic x"), NO_TOKEN),
        Case(f"{at} unknown token", 401, "invalid_token", lambda d, at=at: plain(d, at, "Bearer x"), BAD_TOKEN),
        Case(f"{at} unknown bound", 401, "invalid_token",
             lambda d, at=at: protected(d, at, "x"), dpop("invalid_token")),
        Case(f"{at} expired", 401, "invalid_token", lambda d, at=at: expired(d, at), dpop("invalid_token")),
        Case(f"{at} other key", 401, "invalid_token",
             lambda d, at=at: with_proof(d, at, key=PrivateKey.generate()), dpop("invalid_token")),
        Case(f"{at} bad proof", 401, "invalid_dpop_proof",
             lambda d, at=at: with_proof(d, at, method="GET"), dpop("invalid_dpop_proof")),
        Case(f"{at} no proof", 401, "invalid_dpop_proof",
             lambda d, at=at: plain(d, at, f"DPoP {d.bound_token()['access_token']}"), dpop("invalid_dpop_proof")),
        Case(f"{at} nonce", 401, "use_dpop_nonce",
             lambda d, at=at: with_proof(d, at, nonce="x"), dpop("use_dpop_nonce")),
    )
]  # fmt: skip

AT_THE_ISSUER = [
    Case("two names", 400, "invalid_credential_request", lambda d: credential(d, credential_identifier="x")),
    Case("no name", 400, "invalid_credential_request", lambda d: credential(d, credential_configuration_id=...)),
    Case("draft 13", 400, "invalid_credential_request",
         lambda d: credential(d, credential_configuration_id=..., format="dc+sd-jwt", vct="urn:eudi:pid:nl:1")),
    Case("name is no string", 400, "invalid_credential_request",
         lambda d: credential(d, credential_configuration_id=["nl-pid"])),
    Case("no object", 400, "invalid_credential_request", lambda d: protected(d, "/credential", body=[])),
    Case("a form", 400, "invalid_credential_request",
         lambda d: protected(d, "/credential", headers={"Content-Type": "application/x-www-form-urlencoded"})),
    Case("unknown configuration", 400, "unknown_credential_configuration",
         lambda d: credential(d, credential_configuration_id="diploma")),
    Case("unknown identifier", 400, "unknown_credential_identifier",
         lambda d: credential(d, credential_configuration_id=..., credential_identifier="x")),
    Case("no proofs", 400, "invalid_proof", lambda d: credential(d, proofs=...)),
    Case("the proof of drafts", 400, "invalid_proof",
         lambda d: credential(d, proofs=..., proof={"proof_type": "jwt", "jwt": d.proof()})),
    Case("unknown proof type", 400, "invalid_proof", lambda d: credential(d, proofs={"ldp_vp": [{}]})),
    Case("no jwt", 400, "invalid_proof", lambda d: credential(d, proofs={"jwt": ["x"]})),
    Case("no nonce", 400, "invalid_proof", lambda d: credential(d, proofs={"jwt": [d.proof(nonce="x", aud="y")]})),
    Case("foreign nonce", 400, "invalid_nonce", lambda d: credential(d, proofs={"jwt": [d.proof(nonce="x")]})),
    Case("encrypted response in the clear", 400, "invalid_encryption_parameters",
         lambda d: credential(d, credential_response_encryption={
             "jwk": {**PrivateKey.generate().public.jwk(), "alg": "ECDH-ES"}, "enc": "A256GCM"})),
    Case("no encryption", 400, "invalid_encryption_parameters",
         lambda d: credential(d, credential_response_encryption={})),
    Case("another card", 403, "insufficient_scope", lambda d: credential(d, credential_configuration_id="other"),
         'DPoP error="insufficient_scope", algs="ES256"'),
    Case("used token", 401, "invalid_token", used_up, dpop("invalid_token")),
    Case("revoked", 400, "credential_request_denied", revoked),
    Case("unknown transaction", 400, "invalid_transaction_id",
         lambda d: protected(d, "/deferred", body={"transaction_id": "x"})),
    Case("no transaction", 400, "invalid_transaction_id", lambda d: protected(d, "/deferred")),
    Case("unknown notification", 400, "invalid_notification_id",
         lambda d: protected(d, "/notification", body={"notification_id": "x", "event": "credential_accepted"})),
    Case("no notification", 400, "invalid_notification_request", lambda d: protected(d, "/notification")),
    Case("no JSON", 400, "invalid_notification_request", lambda d: protected(d, "/notification", body=[])),
]  # fmt: skip


# Authorization server ----------------------------------------------------------------------------


def offered(desk: Desk, *, tx_code: bool = False, headers: Any = None, **fields: Any) -> httpx.Response:
    code = desk.offer(tx_code=tx_code).offer.pre_authorized_code
    form = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code, **fields}
    return desk.form("/token", form, **(headers or {}))  # type: ignore[no-any-return]


def old_attestation(desk: Desk) -> httpx.Response:
    old = desk.attestation(lifetime=60)
    desk.clock.travel(60)
    return desk.pushed(attestation=old)  # type: ignore[no-any-return]


AT_THE_SERVER = [
    Case("no client", 400, "invalid_client", lambda d: d.pushed(attestation=None, pop=None)),
    Case("no client at the token endpoint", 400, "invalid_client",
         lambda d: d.exchanged("x", attestation=None, pop=None)),
    Case("by a password", 401, "invalid_client",
         lambda d: d.oauth.post("/token", data={"grant_type": "authorization_code", "code": "x", "code_verifier": "y"},
                                headers={"Authorization": "Basic eDp5"}), 'Bearer error="invalid_client"'),
    Case("anonymous", 400, "invalid_client",
         lambda d: offered(d, headers={"attestation": None, "pop": None})),
    Case("wrong client", 400, "invalid_client", lambda d: d.pushed({"client_id": "https://other.example"})),
    Case("no client_id", 400, "invalid_client", lambda d: d.pushed({"client_id": ...})),
    Case("challenge", 400, "use_attestation_challenge", lambda d: d.pushed(pop=d.pop(challenge="x"))),
    Case("old attestation", 400, "use_fresh_attestation", old_attestation),
    Case("no PKCE", 400, "invalid_request", lambda d: d.pushed({"code_challenge": ...})),
    Case("no redirect_uri", 400, "invalid_request", lambda d: d.pushed({"redirect_uri": ...})),
    Case("implicit", 400, "unsupported_response_type", lambda d: d.pushed({"response_type": "token"})),
    Case("unknown scope", 400, "invalid_scope", lambda d: d.pushed({"scope": "x"})),
    Case("unknown details", 400, "invalid_authorization_details", lambda d: d.pushed({"authorization_details": "[]"})),
    Case("another resource", 400, "invalid_target", lambda d: d.pushed({"resource": "https://other.example"})),
    Case("bad DPoP", 400, "invalid_dpop_proof", lambda d: d.pushed(dpop="x")),
    Case("DPoP nonce", 400, "use_dpop_nonce", lambda d: d.pushed(dpop=d.dpop(f"{BASE}/par", nonce="x"))),
    Case("bad DPoP at the token endpoint", 400, "invalid_dpop_proof", lambda d: d.exchanged("x", dpop="x")),
    Case("DPoP nonce at the token endpoint", 400, "use_dpop_nonce",
         lambda d: d.exchanged("x", dpop=d.dpop(f"{BASE}/token", nonce="x"))),
    Case("no DPoP", 400, "invalid_dpop_proof", lambda d: d.exchanged(d.code(), dpop=None)),
    Case("no grant_type", 400, "invalid_request", lambda d: d.exchanged("x", {"grant_type": ...})),
    Case("unknown grant", 400, "unsupported_grant_type", lambda d: d.exchanged("x", {"grant_type": "password"})),
    Case("no code", 400, "invalid_request", lambda d: d.exchanged("x", {"code": ...})),
    Case("unknown code", 400, "invalid_grant", lambda d: d.exchanged("x")),
    Case("wrong verifier", 400, "invalid_grant", lambda d: d.exchanged(d.code(), {"code_verifier": "w" * 43})),
    Case("unknown refresh token", 400, "invalid_grant",
         lambda d: d.form("/token", {"grant_type": "refresh_token", "refresh_token": "x"})),
    Case("unknown pre-authorized code", 400, "invalid_grant",
         lambda d: offered(d, **{"pre-authorized_code": "x"})),
    Case("tx_code is missing", 400, "invalid_request", lambda d: offered(d, tx_code=True)),
    Case("tx_code is not expected", 400, "invalid_request",
         lambda d: d.form("/token", {"grant_type": PRE_AUTHORIZED_CODE, "tx_code": "123456",
                                     "pre-authorized_code": d.offer().offer.pre_authorized_code})),
    Case("wrong tx_code", 400, "invalid_grant",
         lambda d: d.form("/token", {"grant_type": PRE_AUTHORIZED_CODE, "tx_code": "x",
                                     "pre-authorized_code": d.offer(tx_code=True).offer.pre_authorized_code})),
    Case("details of another card", 400, "invalid_authorization_details",
         lambda d: offered(d, authorization_details=details_parameter(["other"]))),
]  # fmt: skip

AT_THE_PAGE = [
    Case("unknown request_uri", 400, "invalid_request_uri", lambda d: d.page("x")),
    Case("no PAR", 400, "invalid_request", lambda d: d.http.get("/authorize?client_id=x&response_type=code")),
    Case("a form from elsewhere", 400, "access_denied",
         lambda d: d.decide(d.pushed().json()["request_uri"], headers={"Origin": "https://x.example"})),
]  # fmt: skip

CASES = [*AT_EACH_RESOURCE, *AT_THE_ISSUER, *AT_THE_SERVER, *AT_THE_PAGE]


@pytest.fixture
def shop(open_haip: Callable[..., Desk]) -> Desk:
    """A desk with two cards of two scopes."""
    one = pid_configuration(batch_size=3)
    return open_haip(configurations=[one, replace(one, id="other", scope="other")])


@pytest.mark.req("I-21", "ADV-186", "AS-04")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_error_has_its_code_and_status(shop: Desk, case: Case) -> None:
    reply = case.send(shop)
    assert reply.status_code == case.status, reply.text
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"
    said = reply.json()
    # RFC 6750 §3.1: who sent no token is told no code.
    assert said.get("error", "") == case.code
    assert set(said) <= {"error", "error_description"}
    assert TEXT.fullmatch(said.get("error_description", ""))
    assert reply.headers.get("www-authenticate") == case.www_authenticate
    # RFC 9110 §15.5.2: who is asked to authenticate is told how.
    assert (reply.status_code == 401) <= ("www-authenticate" in reply.headers)
    if case.code == "use_dpop_nonce":
        assert reply.headers["dpop-nonce"]
    if case.code == "use_attestation_challenge":
        assert reply.headers["oauth-client-attestation-challenge"]
    for secret in (BASE, "eyJ"):
        assert secret not in said.get("error_description", "")


def test_every_code_that_there_is_has_a_row() -> None:
    # The route that would answer with it is not there where its grant is not.
    nowhere = {ErrorCode.UNAUTHORIZED_CLIENT}
    assert {case.code for case in CASES} - {""} == {*map(str, ErrorCode)} - nowhere


@pytest.mark.parametrize("path", ["/token", "/par", "/credential", "/deferred", "/notification", "/nonce"])
def test_another_method_is_told_so(haip: Desk, path: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert haip.http.request(method, path).status_code == 405
    assert haip.http.get("/no-such-path").status_code == 404


def test_a_body_without_end_is_not_read(haip: Desk) -> None:
    token = haip.bound_token()["access_token"]
    for path in ("/credential", "/deferred", "/notification"):
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": haip.dpop(f"{BASE}{path}", access_token=token),
            "Content-Type": "application/json",
        }
        assert haip.http.post(path, content=b" " * 300_000, headers=headers).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/par", "/token", "/authorize"):
        assert haip.http.post(path, content=b"a" * 300_000, headers=form).status_code == 413
