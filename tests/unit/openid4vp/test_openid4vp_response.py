"""The response on the wire (group E)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from nlwallet.crypto import PrivateKey, encrypt_jwe, parse_jwe
from nlwallet.encoding import b64url_decode, b64url_encode, dump_json, parse_json
from nlwallet.errors import InvalidRequest, InvalidResponse, LimitExceeded, MalformedInput, RemoteError
from nlwallet.openid4vp import (
    FORM_MEDIA_TYPE,
    AuthorizationErrorResponse,
    AuthorizationRequest,
    AuthorizationResponse,
    ClientMetadata,
    EncryptedAuthorizationResponse,
    build_response,
    decrypt_response,
    error_form,
    parse_response_form,
)

ENCS = ("A128GCM", "A256GCM")


def decrypt(
    jwe: str, party: Any, *, kid: str = "key-1"
) -> AuthorizationResponse | AuthorizationErrorResponse:
    return decrypt_response(jwe, key=party.encryption_key, kid=kid, encs=ENCS)


def encrypted(party: Any, members: Any, *, enc: str = "A256GCM", kid: str | None = "key-1") -> str:
    plaintext = members if isinstance(members, bytes) else dump_json(members)
    return encrypt_jwe(plaintext, party.encryption_key.public, enc=enc, kid=kid)


def header_of(jwe: str) -> dict[str, Any]:
    header = parse_json(b64url_decode(jwe.partition(".")[0]))
    assert isinstance(header, dict)
    return header


def with_header(jwe: str, **changes: Any) -> str:
    header = {**header_of(jwe), **changes}
    kept = {name: value for name, value in header.items() if value is not None}
    return ".".join([b64url_encode(dump_json(kept)), *jwe.split(".")[1:]])


@pytest.mark.req("E-01", "E-02", "W-29")
def test_what_is_encrypted_can_be_decrypted(party: Any) -> None:
    request = AuthorizationRequest.parse(party.claims())
    form = build_response(request, vp_token={"pid": ["a~b~c"]})
    assert list(form) == ["response"]
    assert form["response"].count(".") == 4
    parsed = parse_response_form(urlencode(form).encode(), FORM_MEDIA_TYPE)
    assert isinstance(parsed, EncryptedAuthorizationResponse)
    answer = decrypt(parsed.jwe, party)
    assert isinstance(answer, AuthorizationResponse)
    assert answer.vp_token == {"pid": ["a~b~c"]}
    assert answer.state == "af0ifjsldkj"


@pytest.mark.req("E-03", "E-05", "HW-01")
def test_header_has_alg_and_kid_of_the_key_and_prefers_a256gcm(party: Any) -> None:
    request = AuthorizationRequest.parse(party.claims())
    header = header_of(build_response(request, vp_token={"pid": ["x"]})["response"])
    assert (header["alg"], header["kid"], header["enc"]) == ("ECDH-ES", "key-1", "A256GCM")


@pytest.mark.req("E-06")
def test_enc_is_one_that_the_verifier_listed_and_a128gcm_by_default(party: Any) -> None:
    metadata = dict(party.claims()["client_metadata"])
    metadata.pop("encrypted_response_enc_values_supported")
    request = AuthorizationRequest.parse(party.claims(client_metadata=metadata))
    assert header_of(build_response(request, vp_token={"pid": ["x"]})["response"])["enc"] == "A128GCM"


@pytest.mark.req("E-07", "ADV-177")
@pytest.mark.parametrize(
    "changes",
    [
        {"use": "sig"},
        {"alg": None},
        {"alg": "RSA-OAEP-256"},
        {"crv": "P-384"},
        {"kty": "RSA"},
        {"x": "AAAA"},
        {"kid": None},
        {"d": "AAAA"},
    ],
)
def test_a_key_that_cannot_be_used_is_not_used(changes: dict[str, Any], party: Any) -> None:
    metadata = dict(party.claims()["client_metadata"])
    jwk = {**metadata["jwks"]["keys"][0], **changes}
    metadata["jwks"] = {"keys": [{name: value for name, value in jwk.items() if value is not None}]}
    with pytest.raises(InvalidRequest) as caught:
        AuthorizationRequest.parse(party.claims(client_metadata=metadata)).client_metadata.encryption_target(
            encs=ENCS
        )
    assert caught.value.pointer.startswith("/client_metadata/jwks")


def test_the_first_usable_key_is_taken(party: Any) -> None:
    metadata = dict(party.claims()["client_metadata"])
    good = metadata["jwks"]["keys"][0]
    metadata["jwks"] = {"keys": [{"kty": "RSA", "kid": "a", "alg": "RSA-OAEP"}, {**good, "kid": "b"}]}
    request = AuthorizationRequest.parse(party.claims(client_metadata=metadata))
    assert request.client_metadata.encryption_target(encs=ENCS).kid == "b"


@pytest.mark.req("ADV-177")
def test_no_common_content_encryption_is_refused(party: Any) -> None:
    metadata = {
        **party.claims()["client_metadata"],
        "encrypted_response_enc_values_supported": ["A128CBC-HS256"],
    }
    request = AuthorizationRequest.parse(party.claims(client_metadata=metadata))
    with pytest.raises(InvalidRequest):
        build_response(request, vp_token={"pid": ["x"]})


@pytest.mark.req("E-04")
def test_two_keys_with_one_kid_are_refused(party: Any) -> None:
    metadata = dict(party.claims()["client_metadata"])
    metadata["jwks"] = {"keys": [metadata["jwks"]["keys"][0]] * 2}
    with pytest.raises(InvalidRequest):
        AuthorizationRequest.parse(party.claims(client_metadata=metadata))


@pytest.mark.req("E-05", "ADV-033")
@pytest.mark.parametrize("kid", [None, "", "key-2", "KEY-1"])
def test_another_kid_is_refused(kid: str | None, party: Any) -> None:
    with pytest.raises(RemoteError) as caught:
        decrypt(encrypted(party, {"vp_token": {"pid": ["x"]}}, kid=kid), party)
    assert caught.value.pointer == "/kid"


@pytest.mark.req("ADV-031", "ADV-032")
def test_a_response_for_another_key_is_refused(party: Any) -> None:
    jwe = encrypt_jwe(b"{}", PrivateKey.generate().public, enc="A256GCM", kid="key-1")
    with pytest.raises(RemoteError):
        decrypt(jwe, party)


@pytest.mark.req("ADV-034", "ADV-035", "ADV-037")
@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "RSA-OAEP"},
        {"alg": "dir"},
        {"alg": "ECDH-ES+A256KW"},
        {"alg": "none"},
        {"alg": "PBES2-HS256+A128KW", "p2c": 2**31, "p2s": "AAAA"},
        {"alg": None},
        {"enc": "A192GCM"},
        {"enc": "A128CBC-HS256"},
        {"enc": None},
        {"zip": "DEF"},
        {"crit": ["exp"], "exp": 1},
        {"epk": None},
        {"epk": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}},
        {"epk": {"kty": "OKP", "crv": "X25519", "x": "AAAA"}},
    ],
)
def test_a_header_that_was_not_offered_is_refused(changes: dict[str, Any], party: Any) -> None:
    jwe = with_header(encrypted(party, {"vp_token": {"pid": ["x"]}}), **changes)
    with pytest.raises(RemoteError):
        decrypt(jwe, party)


@pytest.mark.req("ADV-040", "E-08", "E-09")
def test_apu_and_apv_are_honoured_and_protected(party: Any) -> None:
    request = AuthorizationRequest.parse(party.claims())
    jwe = build_response(request, vp_token={"pid": ["x"]}, apu=b"wallet", apv=b"verifier")["response"]
    assert header_of(jwe)["apu"] == b64url_encode(b"wallet")
    assert isinstance(decrypt(jwe, party), AuthorizationResponse)
    with pytest.raises(RemoteError):
        decrypt(with_header(jwe, apv=b64url_encode(b"somebody")), party)


@pytest.mark.req("ADV-041")
@pytest.mark.parametrize("part", [2, 3, 4])
def test_a_flipped_bit_is_refused(part: int, party: Any) -> None:
    parts = encrypted(party, {"vp_token": {"pid": ["x"]}}).split(".")
    raw = bytearray(b64url_decode(parts[part]))
    raw[0] ^= 1
    parts[part] = b64url_encode(bytes(raw))
    with pytest.raises(RemoteError):
        decrypt(".".join(parts), party)


@pytest.mark.req("ADV-042")
@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"[]",
        b'"x"',
        b"eyJ.eyJ.x",
        b"\xff",
        b'{"vp_token":{"a":["1"]},"vp_token":{"a":["2"]}}',
        b"{}",
        b'{"vp_token":{"a":["1"]},"error":"access_denied"}',
        b'{"vp_token":{"a":["1"]},"state":7}',
        b'{"error":{}}',
        b'{"error":""}',
        b"[" * 100_000,
    ],
)
def test_a_payload_that_is_no_response_is_refused(plaintext: bytes, party: Any) -> None:
    with pytest.raises(RemoteError):
        decrypt(encrypted(party, plaintext), party)


@pytest.mark.req("ADV-043", "ADV-044")
@pytest.mark.parametrize(
    "text", ["", "x", '{"ciphertext":"x"}', "eyJhbGciOiJub25lIn0.e30.", "a.b.c.d.e", "...."]
)
def test_what_is_no_compact_jwe_is_refused(text: str, party: Any) -> None:
    with pytest.raises(RemoteError):
        decrypt(text, party)


@pytest.mark.req("V-41")
def test_unknown_members_and_fields_are_ignored(party: Any) -> None:
    jwe = encrypted(party, {"vp_token": {"pid": ["x"]}, "iss": "me", "presentation_submission": {}})
    body = urlencode({"response": jwe, "foo": "bar"}).encode()
    form = parse_response_form(body, "application/x-www-form-urlencoded; charset=UTF-8")
    assert isinstance(form, EncryptedAuthorizationResponse)
    assert isinstance(decrypt(form.jwe, party), AuthorizationResponse)


@pytest.mark.req("V-58", "W-31")
def test_an_error_is_read_unencrypted_and_encrypted(party: Any) -> None:
    form = error_form("access_denied", "the holder said no", "af0ifjsldkj")
    expected = AuthorizationErrorResponse("access_denied", "the holder said no", "af0ifjsldkj")
    assert parse_response_form(urlencode(form).encode(), FORM_MEDIA_TYPE) == expected
    assert decrypt(encrypted(party, form), party) == expected
    assert error_form("access_denied") == {"error": "access_denied"}


@pytest.mark.req("ADV-024")
def test_text_of_an_error_is_made_harmless_and_short() -> None:
    hostile = 'a"\\\r\n\x1b[31m<é>' + "x" * 5000
    form = error_form("access_denied", hostile)
    assert not set('"\\\r\n\x1bé') & set(form["error_description"])
    body = urlencode({"error": hostile, "error_description": hostile, "state": "s"}).encode()
    read = parse_response_form(body, FORM_MEDIA_TYPE)
    assert isinstance(read, AuthorizationErrorResponse)
    for text in (read.code, read.description):
        assert len(text) <= 500
        assert text.isascii()
        assert text.isprintable()


@pytest.mark.req("ADV-018", "ADV-019", "ADV-020")
@pytest.mark.parametrize(
    "fields",
    [
        {"vp_token": '{"pid":["x"]}', "state": "s"},
        {"vp_token": "x", "response": "a.b.c.d.e"},
        {"vp_token": "x", "error": "access_denied"},
        {"response": "a.b.c.d.e", "error": "access_denied"},
        {"state": "s"},
        {"response": ""},
        {},
    ],
)
def test_forms_that_mix_or_lack_are_refused(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidResponse):
        parse_response_form(urlencode(fields).encode(), FORM_MEDIA_TYPE)


@pytest.mark.req("ADV-022")
@pytest.mark.parametrize("name", ["response", "state", "error", "vp_token", "foo"])
def test_a_field_that_comes_twice_is_refused(name: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_response_form(f"{name}=a&{name}=b".encode(), FORM_MEDIA_TYPE)
    assert caught.value.spec == "RFC 6749 §3.1"


@pytest.mark.req("V-59", "ADV-021")
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "multipart/form-data",
        "text/plain",
        "application/x-www-form-urlencoded; charset=latin-1",
    ],
)
def test_another_media_type_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidResponse) as caught:
        parse_response_form(b"response=a.b.c.d.e", content_type)
    assert caught.value.code == "unsupported_media_type"


@pytest.mark.parametrize("body", [b"\xff=1", b"error=%ff", b"error", b"response=%C3%28"])
def test_a_form_that_is_not_utf8_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedInput):
        parse_response_form(body, FORM_MEDIA_TYPE)


def test_forms_are_bounded() -> None:
    with pytest.raises(LimitExceeded):
        parse_response_form(b"response=" + b"a" * 1_100_000, FORM_MEDIA_TYPE)
    with pytest.raises(LimitExceeded):
        parse_response_form("&".join(f"f{n}=1" for n in range(100)).encode(), FORM_MEDIA_TYPE)


def test_nothing_secret_is_in_a_repr(party: Any) -> None:
    jwe = encrypted(party, {"vp_token": {"pid": ["secret"]}, "state": "state-secret"})
    assert jwe not in repr(EncryptedAuthorizationResponse(jwe))
    assert "secret" not in repr(decrypt(jwe, party))


@pytest.mark.req("E-01")
def test_the_example_of_the_specification_decrypts() -> None:
    # OpenID4VP 1.0 §8.3, the key and the response of the example.
    key = PrivateKey.from_jwk(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "YO4epjifD-KWeq1sL2tNmm36BhXnkJ0He-WqMYrp9Fk",
            "y": "Hekpm0zfK7C-YccH5iBjcIXgf6YdUvNUac_0At55Okk",
            "d": "Et-3ce0omz8_TuZ96Df9lp0GAaaDoUnDe6X-CRO7Aww",
        }
    )
    jwe = (
        "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSIsImtpZCI6ImFjIiwiZXBrIjp7Imt0eSI6IkVDIiwieCI6Im5ubVZwbTNW"
        "M2piaGNhZlFhUkJrU1ZOSGx3Wkh3dC05ck9wSnVmeVlJdWsiLCJ5IjoicjRmakRxd0p5czlxVU9QLV9iM21SNVNaRy0tQ3dPMm1p"
        "YzVWU05UWU45ZyIsImNydiI6IlAtMjU2In19..uAYcHRUSSn2X0WPX.yVzlGSYG4qbg0bq18JcUiDRw56yVnbKR8E7S7YlEtzT00"
        "RqE3Pw5oTpUG3hdLN4taHZ9gC1kwak8JOnJgQ.1wR024_3-qtAlx1oFIUpQQ"
    )
    answer = decrypt_response(jwe, key=key, kid="ac", encs=ENCS)
    assert isinstance(answer, AuthorizationResponse)
    assert answer.vp_token == {"example_credential_id": ["eyJhb...YMetA"]}


def test_members_of_the_epk_that_nobody_asked_for_are_ignored(party: Any) -> None:
    # Some wallets put a kid into epk; it is protected by the tag, so it can only be tested as a header.
    jwe = encrypted(party, {"vp_token": {"pid": ["x"]}})
    epk = {**header_of(jwe)["epk"], "kid": "ephemeral"}
    assert parse_jwe(with_header(jwe, epk=epk), encs=ENCS).header["epk"]["kid"] == "ephemeral"


@pytest.mark.req("V-13", "HV-06")
def test_metadata_of_a_verifier_lists_formats_and_both_encryptions(party: Any) -> None:
    metadata = ClientMetadata.for_request(
        party.encryption_key.public, "k", encs=("A128GCM", "A256GCM"), algorithms={"ES256"}
    ).as_json()
    assert set(metadata) == {"jwks", "encrypted_response_enc_values_supported", "vp_formats_supported"}
    assert metadata["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
    assert metadata["vp_formats_supported"] == {
        "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}
    }
    (jwk,) = metadata["jwks"]["keys"]
    assert set(jwk) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
