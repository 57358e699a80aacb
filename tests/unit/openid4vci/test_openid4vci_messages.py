"""Token, nonce and credential messages: there and back, and what each side refuses to read."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.errors import InvalidCredential, InvalidOffer, IssuanceRefused
from nlwallet.openid4vci import (
    PRE_AUTHORIZED_CODE,
    AuthorizationServerMetadata,
    CredentialRequest,
    CredentialResponse,
    TokenRequest,
    TokenResponse,
    is_https_url,
    is_issuer_identifier,
    parse_nonce_response,
)

SERVER = "https://issuer.example/tenant"


def changed(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


# URLs --------------------------------------------------------------------------------------------


@pytest.mark.req("I-01")
@pytest.mark.parametrize(
    ("url", "is_url", "is_identifier"),
    [
        ("https://issuer.example", True, True),
        ("https://issuer.example:8443/tenant/", True, True),
        ("https://issuer.example?x", True, False),
        ("https://issuer.example/?", True, False),
        ("https://issuer.example#", False, False),
        ("http://issuer.example", False, False),
        ("HTTPS://issuer.example", True, True),
        ("https://u:p@issuer.example", False, False),
        ("https://", False, False),
        ("https://issuer.example:0", False, False),
        ("https://issuer.example:x", False, False),
        ("https://[", False, False),
        ("https://issuer example", False, False),
        ("https://issuer.example/\n", False, False),
        ("https://" + "i" * 2048, False, False),
        (None, False, False),
    ],
)
def test_urls(url: Any, is_url: bool, is_identifier: bool) -> None:
    assert (is_https_url(url), is_issuer_identifier(url)) == (is_url, is_identifier)


# Authorization server ----------------------------------------------------------------------------


def test_authorization_server_metadata_there_and_back() -> None:
    made = AuthorizationServerMetadata(SERVER, f"{SERVER}/token", anonymous_access=True)
    assert AuthorizationServerMetadata.parse(made.as_json(), expected_issuer=SERVER) == made


@pytest.mark.req("AS-06")
def test_without_a_word_an_authorization_server_wants_to_know_its_clients() -> None:
    members = {"issuer": SERVER, "token_endpoint": f"{SERVER}/token"}
    assert AuthorizationServerMetadata.parse(members, expected_issuer=SERVER).anonymous_access is False


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://elsewhere.example"},
        {"issuer": ...},
        {"token_endpoint": ...},
        {"token_endpoint": "http://issuer.example/token"},
        {"token_endpoint": "https://["},
        {"grant_types_supported": PRE_AUTHORIZED_CODE},
        {"pushed_authorization_request_endpoint": "http://issuer.example/par"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"challenge_endpoint": 7},
        {"pre-authorized_grant_anonymous_access_supported": "yes"},
    ],
)
def test_authorization_server_metadata_that_is_discarded(changes: dict[str, Any]) -> None:
    members = changed(AuthorizationServerMetadata(SERVER, f"{SERVER}/token").as_json(), changes)
    with pytest.raises(InvalidOffer) as refused:
        AuthorizationServerMetadata.parse(members, expected_issuer=SERVER)
    assert refused.value.pointer == "/" + next(iter(changes))


# Token -------------------------------------------------------------------------------------------


@pytest.mark.req("AS-03")
@pytest.mark.parametrize(
    "request_",
    [
        TokenRequest(PRE_AUTHORIZED_CODE, "c"),
        TokenRequest(PRE_AUTHORIZED_CODE, "c", tx_code="493536"),
        TokenRequest(PRE_AUTHORIZED_CODE, "c", tx_code="493536", client_id="wallet"),
        TokenRequest("authorization_code", "c", client_id="w", redirect_uri="https://w", code_verifier="v"),
        TokenRequest("refresh_token", "r", client_id="w", authorization_details="[]"),
    ],
    ids=["anonymous", "tx_code", "client", "code", "refresh"],
)
def test_a_token_request_there_and_back(request_: TokenRequest) -> None:
    assert TokenRequest.parse(request_.fields()) == request_
    assert TokenRequest.parse({**request_.fields(), "resource": "x"}) == request_
    assert "493536" not in repr(request_)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_type": ...}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"pre-authorized_code": ...}, "invalid_request"),
        ({"pre-authorized_code": ""}, "invalid_request"),
        ({"pre-authorized_code": "c" * 2049}, "invalid_request"),
        ({"client_id": "c" * 2049}, "invalid_request"),
    ],
)
def test_token_requests_that_are_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(IssuanceRefused) as refused:
        TokenRequest.parse(changed(TokenRequest(PRE_AUTHORIZED_CODE, "c").fields(), changes))
    assert refused.value.code == code


def test_an_empty_parameter_is_one_that_was_left_out() -> None:
    bare = TokenRequest(PRE_AUTHORIZED_CODE, "c")
    assert TokenRequest.parse({**bare.fields(), "tx_code": "", "client_id": ""}) == bare


def test_a_token_response_there_and_back() -> None:
    made = TokenResponse("token", 300)
    assert TokenResponse.parse({**made.as_json(), "scope": "x"}) == made
    assert TokenResponse.parse({"access_token": "t", "token_type": "bearer"}) == TokenResponse("t")
    assert "token" not in repr(made).removeprefix("<nlwallet.openid4vci.token.")


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": ...},
        {"access_token": ""},
        {"access_token": 5},
        {"access_token": "t\u00e9"},
        {"access_token": "t" * 16_385},
        {"token_type": ...},
        {"token_type": "DPoP"},
        {"expires_in": "300"},
        {"expires_in": -1},
        {"authorization_details": [{"type": "openid_credential", "credential_identifiers": ["x"]}]},
    ],
)
def test_token_responses_that_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOffer) as refused:
        TokenResponse.parse(changed(TokenResponse("t", 300).as_json(), changes))
    assert refused.value.pointer == "/" + next(iter(changes))


# Nonce and credential ----------------------------------------------------------------------------


def test_nonce_responses() -> None:
    assert parse_nonce_response({"c_nonce": "wKI4LT17ac15ES9bw8ac4", "c_nonce_expires_in": 5})
    for value in ({}, {"c_nonce": ""}, {"c_nonce": 5}, {"c_nonce": "n" * 2049}):
        with pytest.raises(InvalidOffer):
            parse_nonce_response(value)


@pytest.mark.req("I-14")
def test_a_credential_request_there_and_back() -> None:
    made = CredentialRequest("nl-pid", ("x", "y"))
    assert CredentialRequest.parse({**made.as_json(), "unknown": 1}) == made
    assert "credential_identifier" not in made.as_json()


def test_a_credential_response_there_and_back() -> None:
    for made in (
        CredentialResponse(("a~", "b~")),
        CredentialResponse(("a~",), notification_id="n"),
        CredentialResponse(transaction_id="t", interval=5),
    ):
        assert CredentialResponse.parse({**made.as_json(), "unknown": 1}, proofs=2) == made


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"credentials": []},
        {"credentials": {}},
        {"credentials": [{"credential": "a"}, {"credential": "b"}, {"credential": "c"}]},
        {"credentials": ["a"]},
        {"credentials": [{"credential": {}}]},
        {"credentials": [{"credential": ""}]},
        {"credential": "a"},
        {"transaction_id": "t"},
        {"transaction_id": "t", "interval": 0},
        {"transaction_id": "t", "interval": "5"},
        {"transaction_id": 7, "interval": 5},
        {"transaction_id": "t", "interval": 5, "notification_id": "n"},
        {"credentials": [{"credential": "a"}], "notification_id": 7},
        {"credentials": [{"credential": "a"}], "transaction_id": "t"},
    ],
)
def test_credential_responses_that_are_refused(value: dict[str, Any]) -> None:
    with pytest.raises(InvalidCredential):
        CredentialResponse.parse(value, proofs=2)


def test_a_credential_response_of_a_draft_is_called_that() -> None:
    """EUDIPLO answers so at its deferred credential endpoint (§9.2 refers to §8.3)."""
    with pytest.raises(InvalidCredential, match="as in drafts") as caught:
        CredentialResponse.parse({"credential": "a"}, proofs=1)
    assert caught.value.pointer == "/credential"
