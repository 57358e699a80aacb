"""Credential requests and responses, encrypted: who must, to which key, and what stays in the clear (§8.2, §10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from nlwallet.crypto import PrivateKey, encrypt_jwe, parse_jwe
from nlwallet.encoding import dump_json
from nlwallet.issuer import pid_configuration
from nlwallet.openid4vci import CredentialIssuerMetadata, EncryptionTo, decrypt_message

Desk = Any
BASE = "https://pid-issuer.example"
KEY = PrivateKey.generate("P-256")
TO = EncryptionTo(KEY.public, "A256GCM", "key-1")


def refused(reply: httpx.Response) -> None:
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_encryption_parameters"), reply.text
    assert reply.headers["content-type"] == "application/json"


def to_issuer(desk: Desk) -> EncryptionTo:
    to = CredentialIssuerMetadata.parse(
        desk.issuer.issuer_metadata(), expected_issuer=BASE
    ).request_encryption
    assert to is not None
    return to


def sealed(
    desk: Desk, body: dict[str, Any], *, token: str | None = None, path: str = "/credential"
) -> httpx.Response:
    return posted(desk, to_issuer(desk).encrypt(body), token=token, path=path)


def posted(
    desk: Desk,
    text: str,
    *,
    token: str | None = None,
    kind: str = "application/jwt",
    path: str = "/credential",
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or desk.access_token()}", "Content-Type": kind}
    reply: httpx.Response = desk.http.post(path, content=text, headers=headers)
    return reply


def compressed(body: bytes, to: EncryptionTo) -> str:
    """A JWE that is right in all but this: it is compressed, and nobody offered that."""
    header = {"alg": "ECDH-ES", "enc": to.enc, "kid": to.kid, "zip": "DEF"}
    key = ECKey.import_key(dict(to.key.jwk()))
    return str(jwe.encrypt_compact(header, body, key, algorithms=["ECDH-ES", to.enc, "DEF"]))


@pytest.fixture
def strict(open_desk: Callable[..., Desk]) -> Desk:
    """A desk that takes nothing in the clear."""
    desk = open_desk()
    desk.issuer = desk.another(encryption_required=True)
    desk.http = type(desk.http)(desk.issuer)
    return desk


# What the metadata say ---------------------------------------------------------------------------


@pytest.mark.req("I-20")
@pytest.mark.parametrize("required", [True, False])
def test_the_metadata_say_how(desk: Desk, required: bool) -> None:
    metadata = desk.another(encryption_required=required).issuer_metadata()
    request, response = metadata["credential_request_encryption"], metadata["credential_response_encryption"]
    (jwk,) = request["jwks"]["keys"]
    assert (jwk["alg"], jwk["use"], jwk["kty"]) == ("ECDH-ES", "enc", "EC")
    assert jwk["kid"]
    assert "d" not in jwk
    assert response["alg_values_supported"] == ["ECDH-ES"]
    for one in (request, response):
        assert set(one["enc_values_supported"]) == {"A128GCM", "A256GCM"}
        assert one["encryption_required"] is required
        assert "zip_values_supported" not in one


# Responses ---------------------------------------------------------------------------------------


@pytest.mark.req("I-18", "I-20")
@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("kid", ["key-1", None])
def test_who_asks_for_an_encrypted_response_gets_one(desk: Desk, enc: str, kid: str | None) -> None:
    to = EncryptionTo(KEY.public, enc, kid)
    reply = sealed(desk, {**desk.request(), "credential_response_encryption": to.as_json()})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/jwt")
    header = parse_jwe(reply.text, encs=("A128GCM", "A256GCM")).header
    assert (header["alg"], header["enc"], header.get("kid")) == ("ECDH-ES", enc, kid)
    assert "zip" not in header
    assert len(decrypt_message(reply.text, key=KEY, kid="key-1")["credentials"]) == 1


@pytest.mark.req("I-18")
def test_who_does_not_ask_gets_json_also_for_an_encrypted_request(desk: Desk) -> None:
    for reply in (sealed(desk, desk.request()), desk.credential(desk.request())):
        assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
        assert reply.json()["credentials"]


@pytest.mark.req("I-18")
def test_an_error_is_never_encrypted(desk: Desk) -> None:
    for changes, code in (
        ({"credential_configuration_id": "diploma"}, "unknown_credential_configuration"),
        ({"proofs": {"jwt": [desk.proof(nonce="made-up")]}}, "invalid_nonce"),
        ({"proofs": {"jwt": ["x"]}}, "invalid_proof"),
    ):
        reply = sealed(desk, {**desk.request(), "credential_response_encryption": TO.as_json(), **changes})
        assert (reply.status_code, reply.json()["error"]) == (400, code)
        assert reply.headers["content-type"] == "application/json"


@pytest.mark.req("I-18", "I-27")
def test_a_promise_is_encrypted_too_and_each_answer_to_the_key_of_its_own_request(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(configurations=[replace(pid_configuration(), deferred=True)])
    token, other = desk.access_token(), PrivateKey.generate("P-256")
    body = {**desk.request(), "credential_response_encryption": TO.as_json()}
    promise = sealed(desk, body, token=token)
    assert (promise.status_code, promise.headers["content-type"]) == (202, "application/jwt")
    id_ = decrypt_message(promise.text, key=KEY, kid="key-1")["transaction_id"]
    again = {
        "transaction_id": id_,
        "credential_response_encryption": EncryptionTo(other.public, "A128GCM", "key-2").as_json(),
    }
    pending = sealed(desk, again, token=token, path="/deferred")
    assert pending.status_code == 202
    assert decrypt_message(pending.text, key=other, kid="key-2")["transaction_id"] == id_
    desk.issuer.waiting[0].approve()
    # This time the wallet did not ask for encryption, whatever it wanted before.
    ready = sealed(desk, {"transaction_id": id_}, token=token, path="/deferred")
    assert (ready.status_code, ready.headers["content-type"]) == (200, "application/json")


# Requests ----------------------------------------------------------------------------------------


@pytest.mark.req("I-19", "ADV-188")
def test_an_encrypted_response_cannot_be_asked_for_in_the_clear(desk: Desk) -> None:
    token = desk.access_token()
    refused(desk.credential({**desk.request(), "credential_response_encryption": TO.as_json()}, token))
    # Nothing was used up by that.
    assert desk.credential(desk.request(), token).status_code == 200


@pytest.mark.req("I-19", "ADV-188")
def test_where_encryption_is_required_nothing_goes_in_the_clear(strict: Desk) -> None:
    token = strict.access_token()
    refused(strict.credential(strict.request(), token))
    refused(sealed(strict, strict.request(), token=token))
    body = {**strict.request(), "credential_response_encryption": TO.as_json()}
    refused(strict.credential(body, token))
    reply = sealed(strict, body, token=token)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/jwt")


@pytest.mark.req("I-19")
def test_where_encryption_is_required_deferred_requests_are_encrypted_too(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk()
    desk.issuer = desk.another(
        encryption_required=True, configurations=[replace(pid_configuration(), deferred=True)]
    )
    desk.http = type(desk.http)(desk.issuer)
    token = desk.access_token()
    body = {**desk.request(), "credential_response_encryption": TO.as_json()}
    id_ = decrypt_message(sealed(desk, body, token=token).text, key=KEY, kid="key-1")["transaction_id"]
    headers = {"Authorization": f"Bearer {token}"}
    refused(desk.http.post("/deferred", json={"transaction_id": id_}, headers=headers))
    refused(sealed(desk, {"transaction_id": id_}, token=token, path="/deferred"))
    encrypted = {"transaction_id": id_, "credential_response_encryption": TO.as_json()}
    assert sealed(desk, encrypted, token=token, path="/deferred").status_code == 202


@pytest.mark.req("I-20", "ADV-188")
@pytest.mark.parametrize(
    "encryption",
    [
        "x",
        {},
        {"enc": "A256GCM"},
        {"jwk": {**KEY.public.jwk(), "alg": "ECDH-ES"}},
        {"jwk": KEY.public.jwk(), "enc": "A256GCM"},
        {"jwk": {**KEY.public.jwk(), "alg": "RSA-OAEP"}, "enc": "A256GCM"},
        {"jwk": {**KEY.public.jwk(), "alg": "ECDH-ES+A128KW"}, "enc": "A256GCM"},
        {"jwk": {**KEY.public.jwk(), "alg": "ECDH-ES", "use": "sig"}, "enc": "A256GCM"},
        {"jwk": {**KEY.private_jwk(), "alg": "ECDH-ES"}, "enc": "A256GCM"},
        {"jwk": {**KEY.public.jwk(), "alg": "ECDH-ES", "x": "AAAA"}, "enc": "A256GCM"},
        {"jwk": {**KEY.public.jwk(), "alg": "ECDH-ES"}, "enc": "A128CBC-HS256"},
        {"jwk": {**KEY.public.jwk(), "alg": "ECDH-ES"}, "enc": "none"},
        {"jwk": {**KEY.public.jwk(), "alg": "ECDH-ES"}, "enc": "A256GCM", "zip": "DEF"},
    ],
)
def test_keys_and_algorithms_that_nothing_can_be_encrypted_with(desk: Desk, encryption: Any) -> None:
    refused(sealed(desk, {**desk.request(), "credential_response_encryption": encryption}))


@pytest.mark.req("I-20", "ADV-188")
def test_requests_that_are_encrypted_wrongly(desk: Desk) -> None:
    token, to = desk.access_token(), to_issuer(desk)
    body = dump_json(desk.request())
    other = PrivateKey.generate("P-256").public
    for text in (
        encrypt_jwe(body, other, enc=to.enc, kid=to.kid),
        encrypt_jwe(body, to.key, enc=to.enc, kid="another"),
        encrypt_jwe(body, to.key, enc=to.enc),
        encrypt_jwe(b"[]", to.key, enc=to.enc, kid=to.kid),
        encrypt_jwe(b"{", to.key, enc=to.enc, kid=to.kid),
        compressed(body, to),
        to.encrypt(desk.request())[:-4] + "AAAA",
        "a.b.c",
        "",
    ):
        refused(posted(desk, text, token=token))
    # An encrypted request is application/jwt, and says so.
    reply = posted(desk, to.encrypt(desk.request()), token=token, kind="application/json")
    assert reply.json()["error"] == "invalid_credential_request"
    assert posted(desk, to.encrypt(desk.request()), token=token).status_code == 200
