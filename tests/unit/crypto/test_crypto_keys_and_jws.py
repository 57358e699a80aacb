"""Keys and signatures: published values, and everything that must be refused before a key is looked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.crypto import PrivateKey, PublicKey, jws_from_parts, parse_jws, sign_jws
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidSignature,
    LimitExceeded,
    LocalError,
    MalformedInput,
    RemoteError,
)

CURVES = ("P-256", "P-384", "P-521", "Ed25519")
ES256 = frozenset({"ES256"})
ALL = frozenset({"ES256", "ES384", "ES512", "EdDSA", "Ed25519"})

# RFC 7515 appendix A.3: key, header, payload and signature of an ES256 JWS.
RFC7515_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
RFC7515_JWS = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
# RFC 8037 appendix A.1 and A.3: an Ed25519 key and its thumbprint.
RFC8037_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
RFC8037_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def public(jwk: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in jwk.items() if name != "d"}


def token(header: Any, payload: bytes = b"{}", key: PrivateKey | None = None) -> str:
    protected = b64url_encode(header if isinstance(header, bytes) else json.dumps(header).encode())
    signing_input = f"{protected}.{b64url_encode(payload)}"
    signature = key.sign(signing_input.encode()) if key else b"\x01" * 64
    return f"{signing_input}.{b64url_encode(signature)}"


def read(text: str, algorithms: frozenset[str] = ES256):
    return parse_jws(text, typ=None, algorithms=algorithms, what="the token")


# Keys --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_signs_and_travels(curve: str) -> None:
    key = PrivateKey.generate(curve)
    key.public.verify(key.sign(b"data"), b"data")
    for again in (PrivateKey.from_jwk(key.private_jwk()), PrivateKey.from_pem(key.pem())):
        assert again.public == key.public
    assert PublicKey.from_pem(key.public.pem()) == PublicKey.from_jwk(key.public.jwk()) == key.public
    with pytest.raises(InvalidSignature):
        key.public.verify(key.sign(b"data"), b"other")
    with pytest.raises(InvalidSignature):
        PrivateKey.generate(curve).public.verify(key.sign(b"data"), b"data")


@pytest.mark.parametrize(("curve", "size"), [("P-256", 32), ("P-384", 48), ("P-521", 66)])
@pytest.mark.parametrize(
    "integer", [1, 0x7F, 0x80, 0xFF00, 2**247, 2**255, 2**256 - 1, 2**383, 2**519, 2**521 - 1]
)
def test_r_and_s_are_of_one_length_each(
    curve: str, size: int, integer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Signs:
        def __init__(self, r: int, s: int) -> None:
            self.sign = lambda *_: encode_dss_signature(r, s)

    key = PrivateKey.generate(curve)
    value = integer % 2 ** (8 * size) or 1
    for r, s in ((value, 5), (5, value), (value, value)):
        monkeypatch.setattr(key, "pyca", Signs(r, s))
        assert key.sign(b"x") == r.to_bytes(size) + s.to_bytes(size)


def test_a_key_has_its_coordinates_however_it_was_read() -> None:
    for curve in CURVES:
        made = PrivateKey.generate(curve).public
        read = PublicKey.from_jwk(made.jwk())
        assert read.coordinates == made.coordinates == PublicKey.from_pem(made.pem()).coordinates
        assert [b64url_encode(each) for each in made.coordinates] == [
            made.jwk()[name] for name in "xy" if name in made.jwk()
        ]


def test_published_keys_and_thumbprints() -> None:
    assert b64url_encode(PublicKey.from_jwk(public(RFC8037_KEY)).thumbprint()) == RFC8037_THUMBPRINT
    assert PrivateKey.from_jwk(RFC8037_KEY).private_jwk() == RFC8037_KEY
    # OpenID4VP 1.0 §B.2.6.1 prints the thumbprint of its example key; RFC 7638 §3.1 fixes the members and their order.
    key = PublicKey.from_jwk({**public(RFC7515_KEY), "use": "sig", "kid": "1", "alg": "ES256"})
    assert key.jwk() == public(RFC7515_KEY)
    assert list(key.jwk()) == ["crv", "kty", "x", "y"]


def test_a_key_does_not_show_itself() -> None:
    key = PrivateKey.from_jwk(RFC7515_KEY)
    assert RFC7515_KEY["d"] not in repr(key)
    assert "d" not in key.public.jwk()


@pytest.mark.parametrize(
    ("jwk", "error"),
    [
        (RFC7515_KEY, MalformedInput),
        ({"kty": "oct", "k": "AAAA"}, MalformedInput),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, AlgorithmNotAllowed),
        ({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}, AlgorithmNotAllowed),
        ({"kty": "OKP", "crv": "X25519", "x": "AA"}, AlgorithmNotAllowed),
        ({**public(RFC7515_KEY), "y": RFC7515_KEY["x"]}, MalformedInput),
        ({**public(RFC7515_KEY), "x": RFC7515_KEY["x"][:-2]}, MalformedInput),
        ({**public(RFC7515_KEY), "x": RFC7515_KEY["x"] + "="}, MalformedInput),
        ({**public(RFC7515_KEY), "x": 7}, MalformedInput),
        (
            {"kty": "EC", "crv": "P-256", "x": b64url_encode(bytes(32)), "y": b64url_encode(bytes(32))},
            MalformedInput,
        ),
        ({"kty": "EC", "crv": ["P-256"]}, AlgorithmNotAllowed),
        ({}, AlgorithmNotAllowed),
        ("not an object", MalformedInput),
    ],
)
def test_keys_that_are_refused(jwk: Any, error: type[RemoteError]) -> None:
    with pytest.raises(error):
        PublicKey.from_jwk(jwk)


def test_private_keys_that_are_refused() -> None:
    other = PrivateKey.generate().public.jwk()
    for jwk in (
        {**RFC7515_KEY, **other},
        {**RFC7515_KEY, "d": b64url_encode(bytes(32))},
        public(RFC7515_KEY),
    ):
        with pytest.raises(MalformedInput):
            PrivateKey.from_jwk(jwk)
    with pytest.raises(LocalError):
        PrivateKey.generate("P-224")
    with pytest.raises(MalformedInput):
        PrivateKey.from_pem(b"-----BEGIN PRIVATE KEY-----\n")


def test_an_rsa_key_in_pem_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization

    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(AlgorithmNotAllowed):
        PrivateKey.from_pem(pem)


# JWS ---------------------------------------------------------------------------------------------


def test_the_published_jws() -> None:
    jws = read(RFC7515_JWS)
    jws.verify(PublicKey.from_jwk(public(RFC7515_KEY)))
    assert jws.claims()["iss"] == "joe"


@pytest.mark.parametrize("curve", CURVES)
def test_a_jws_there_and_back(curve: str) -> None:
    key = PrivateKey.generate(curve)
    jws = parse_jws(
        sign_jws({"a": 1}, key, typ="x", header={"kid": "k"}), typ={"x"}, algorithms=ALL, what="it"
    )
    jws.verify(key.public)
    assert (jws.claims(), jws.header["kid"], jws.header["alg"]) == ({"a": 1}, "k", key.alg)


def test_the_fully_specified_name_of_eddsa_is_read() -> None:
    key = PrivateKey.generate("Ed25519")
    read(token({"alg": "Ed25519"}, key=key), ALL).verify(key.public)


@pytest.mark.req("S-04", "S-17", "ADV-064", "ADV-065")
@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "HS256", "HS512", "RS256", "ES384", "ES256K", "", None, 7, ["ES256"]]
)
def test_algorithms_are_refused_before_any_key(alg: Any) -> None:
    with pytest.raises(AlgorithmNotAllowed):
        read(token({"alg": alg}))


def test_no_caller_can_allow_a_symmetric_or_empty_algorithm() -> None:
    for alg in ("none", "HS256"):
        with pytest.raises(AlgorithmNotAllowed):
            read(token({"alg": alg}), frozenset({alg}))


def test_the_algorithm_must_be_that_of_the_key() -> None:
    key = PrivateKey.generate("P-384")
    with pytest.raises(AlgorithmNotAllowed):
        read(token({"alg": "ES256"}, key=key)).verify(key.public)


@pytest.mark.req("ADV-066")
def test_signatures_in_another_shape() -> None:
    key = PrivateKey.generate()
    jws = read(token({"alg": "ES256"}, key=key))
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    r, s = int.from_bytes(jws.signature[:32]), int.from_bytes(jws.signature[32:])
    for wrong in (
        bytes(64),
        jws.signature[:-1],
        b"",
        encode_dss_signature(r, s),
        jws.signature + b"\0",
        b"\xff" * 64,
    ):
        with pytest.raises(InvalidSignature):
            key.public.verify(wrong, jws.signing_input)


@pytest.mark.req("ADV-068")
def test_keys_and_addresses_in_the_header_are_not_used() -> None:
    attacker, issuer = PrivateKey.generate(), PrivateKey.generate()
    header = {
        "alg": "ES256",
        "jwk": attacker.public.jwk(),
        "jku": "https://a.example",
        "x5u": "https://a.example",
    }
    with pytest.raises(InvalidSignature):
        read(token(header, key=attacker)).verify(issuer.public)


@pytest.mark.parametrize(
    "header",
    [{"alg": "ES256", "crit": ["exp"]}, {"alg": "ES256", "b64": False}, [], "x", b"\xff", b'{"alg":', b""],
)
def test_headers_that_are_refused(header: Any) -> None:
    with pytest.raises(MalformedInput):
        read(token(header))


@pytest.mark.parametrize(
    "text", ["", ".", "a.b", "a.b.c.d", "!.e30.AA", "e30.e30.AA=", " ." + ".", "é.e30.AA"]
)
def test_texts_that_are_no_jws(text: str) -> None:
    with pytest.raises(RemoteError):
        read(text)


def test_types_are_compared() -> None:
    key = PrivateKey.generate()
    text = sign_jws({}, key, typ="kb+jwt")
    with pytest.raises(MalformedInput, match="typ"):
        parse_jws(text, typ={"dc+sd-jwt"}, algorithms=ES256, what="it")
    with pytest.raises(MalformedInput, match="typ"):
        parse_jws(token({"alg": "ES256"}), typ={"dc+sd-jwt"}, algorithms=ES256, what="it")
    for other in (["dc+sd-jwt"], {"dc+sd-jwt": 1}, None, 7, True):
        with pytest.raises(MalformedInput, match="typ"):
            parse_jws(token({"alg": "ES256", "typ": other}), typ={"dc+sd-jwt"}, algorithms=ES256, what="it")


def test_what_is_too_long() -> None:
    with pytest.raises(LimitExceeded):
        read("a" * 2_000_000)
    with pytest.raises(LimitExceeded):
        read(token({"alg": "ES256", "x": "y" * 200_000}))
    with pytest.raises(LimitExceeded):
        read(token({"alg": "ES256"}, b"[" * 500 + b"]" * 500)).claims()


def test_a_payload_that_is_no_object() -> None:
    for payload in (b"[]", b"1", b"", b"\xff"):
        with pytest.raises(MalformedInput):
            read(token({"alg": "ES256"}, payload)).claims()


def test_parts_of_a_json_serialization() -> None:
    protected, payload, signature = RFC7515_JWS.split(".")
    jws = jws_from_parts(protected, payload, signature, typ=None, algorithms=ES256, what="it")
    jws.verify(PublicKey.from_jwk(public(RFC7515_KEY)))
    with pytest.raises(MalformedInput):
        jws_from_parts(protected, "é", signature, typ=None, algorithms=ES256, what="it")


@given(
    st.one_of(
        st.text(max_size=60),
        st.from_regex(r"[A-Za-z0-9_-]{0,20}(\.[A-Za-z0-9_-]{0,20}){0,4}", fullmatch=True),
    )
)
def test_any_text_is_a_jws_or_a_typed_error(text: str) -> None:
    try:
        read(text)
    except RemoteError:
        return


@given(st.binary(max_size=80))
def test_base64url_there_and_back(data: bytes) -> None:
    assert b64url_decode(b64url_encode(data)) == data


@pytest.mark.parametrize("text", ["a", "a+b/", "YQ==", "Y Q", "YQ\n", "é", "====", "YWJjZ"])
def test_what_is_no_base64url(text: str) -> None:
    with pytest.raises(MalformedInput):
        b64url_decode(text)
