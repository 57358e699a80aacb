"""What the fuzz run found in messages of issuance, kept."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.errors import InvalidOffer, IssuanceRefused
from nlwallet.openid4vci import AuthorizationCodeResponse, AuthorizationRequest, EncryptionTo, code_challenge
from nlwallet.openid4vci.encryption import encryption_of_issuer

ED25519: dict[str, Any] = {**PrivateKey.generate("Ed25519").public.jwk(), "alg": "ECDH-ES", "use": "enc"}


def test_a_key_that_only_signs_is_no_key_to_encrypt_to() -> None:
    with pytest.raises(IssuanceRefused) as refused:
        EncryptionTo.of_response({"jwk": ED25519, "enc": "A256GCM"})
    assert refused.value.code == "invalid_encryption_parameters"
    with pytest.raises(InvalidOffer):
        encryption_of_issuer({"jwks": {"keys": [ED25519]}, "enc_values_supported": ["A256GCM"]})
    good = {**PrivateKey.generate().public.jwk(), "alg": "ECDH-ES", "use": "enc", "kid": "2"}
    found = encryption_of_issuer({"jwks": {"keys": [ED25519, good]}, "enc_values_supported": ["A256GCM"]})
    assert found.kid == "2"


def test_the_code_of_an_error_cannot_write_on_a_terminal() -> None:
    with pytest.raises(IssuanceRefused) as refused:
        AuthorizationCodeResponse.parse(
            "https://wallet.example/cb?state=s&error=%1b%5d0;title%07%0aaccess_denied",
            redirect_uri="https://wallet.example/cb",
            state="s",
            issuer="https://issuer.example",
            iss_required=False,
        )
    assert refused.value.code == "?]0;title??access_denied"
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("no+issuer_state", "the issuer says: no issuer_state"),
        ("%1b%0a%C3%A9", ""),
        ("a" * 500, "the issuer says: " + "a" * 200),
    ],
)
def test_what_an_issuer_says_of_its_refusal_is_told(said: str, hint: str) -> None:
    with pytest.raises(IssuanceRefused) as refused:
        AuthorizationCodeResponse.parse(
            f"https://wallet.example/cb?state=s&error=invalid_request&error_description={said}",
            redirect_uri="https://wallet.example/cb",
            state="s",
            issuer="https://issuer.example",
            iss_required=False,
        )
    assert refused.value.hint == hint


def test_an_authorization_response_of_many_parameters() -> None:
    with pytest.raises(InvalidOffer):
        AuthorizationCodeResponse.parse(
            "https://wallet.example/cb?code=c&state=s" + "&a=b" * 40,
            redirect_uri="https://wallet.example/cb",
            state="s",
            issuer="https://issuer.example",
            iss_required=False,
        )


@pytest.mark.parametrize(
    "uri",
    [
        "org.example.app://[",
        "org.example.app://[x]/",
        "https://[",
        "a:b",
        "",
        "http://wallet.example/cb",
        "http://localhost:8402/back",
        "http://127.0.0.1.wallet.example/cb",
        "http://127.1/cb",
        "http://2130706433/cb",
        "http://0177.0.0.1/cb",
        "http://10.0.0.1/cb",
        "http://[::]/cb",
        "http://[::1%25lo]/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "http://me@127.0.0.1/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:x/cb",
        "http://127.0.0.1/cb#x",
        "http://127.0.0.1\\@wallet.example/cb",
        "http:127.0.0.1/cb",
        "http:///cb",
    ],
)
def test_a_redirect_uri_that_is_none(uri: str) -> None:
    fields = {
        "response_type": "code",
        "client_id": "wallet",
        "redirect_uri": uri,
        "scope": "pid",
        "code_challenge": code_challenge("v" * 43),
        "code_challenge_method": "S256",
    }
    with pytest.raises(IssuanceRefused, match="redirect_uri"):
        AuthorizationRequest.parse(fields, credential_issuer="https://issuer.example")
    for taken in (
        "org.example.app:/cb",
        "https://wallet.example/cb",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:51004/cb?a=b",
        "http://[::1]:51004/cb",
    ):
        fields["redirect_uri"] = taken
        assert AuthorizationRequest.parse(fields, credential_issuer="https://issuer.example").scope == (
            "pid",
        )


def test_an_issuer_on_this_machine_lets_a_wallet_come_back_to_localhost() -> None:
    fields = {
        "response_type": "code",
        "client_id": "http://localhost:8085",
        "redirect_uri": "http://localhost:8085/callback",
        "scope": "pid",
        "code_challenge": code_challenge("v" * 43),
        "code_challenge_method": "S256",
    }
    for local in ("https://localhost:7600", "https://127.0.0.1:7600/pid"):
        read = AuthorizationRequest.parse(fields, credential_issuer=local)
        assert read.redirect_uri == "http://localhost:8085/callback"
    for afar in ("https://issuer.example", "https://localhost.example"):
        with pytest.raises(IssuanceRefused, match=r"http://127\.0\.0\.1") as refused:
            AuthorizationRequest.parse(fields, credential_issuer=afar)
        assert refused.value.spec == "RFC 8252 §8.3"
    fields["redirect_uri"] = "http://localhost.wallet.example/callback"
    with pytest.raises(IssuanceRefused, match="another machine") as refused:
        AuthorizationRequest.parse(fields, credential_issuer="https://localhost:7600")
    assert refused.value.pointer == "/redirect_uri"
