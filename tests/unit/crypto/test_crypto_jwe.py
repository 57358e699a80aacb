"""Encrypted responses at the level of JOSE: the published one, and what is refused before a key is used."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.crypto import PrivateKey, encrypt_jwe, parse_jwe
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import DecryptionFailed, LimitExceeded, LocalError, RemoteError

ENCS = ("A128GCM", "A256GCM")
KEY = PrivateKey.generate()


def changed(text: str, **members: Any) -> str:
    head, *rest = text.split(".")
    header = {**json.loads(b64url_decode(head)), **members}
    kept = {name: value for name, value in header.items() if value is not ...}
    return ".".join((b64url_encode(json.dumps(kept).encode()), *rest))


def flipped(text: str, part: int) -> str:
    parts = text.split(".")
    data = bytearray(b64url_decode(parts[part]))
    data[0] ^= 1
    parts[part] = b64url_encode(bytes(data))
    return ".".join(parts)


RIGHT = encrypt_jwe(b"secret", KEY.public, enc="A256GCM", kid="k", apu=b"u", apv=b"v")


@pytest.mark.req("E-08", "HV-05")
@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_there_and_back(enc: str, curve: str) -> None:
    key = PrivateKey.generate(curve)
    jwe = parse_jwe(encrypt_jwe(b"secret", key.public, enc=enc, kid="k", apu=b"u", apv=b"v"), encs=ENCS)
    assert jwe.decrypt(key) == b"secret"
    assert (jwe.kid, jwe.header["apu"], jwe.header["apv"]) == ("k", b64url_encode(b"u"), b64url_encode(b"v"))


@pytest.mark.req("ADV-034", "E-03")
@pytest.mark.parametrize(
    "alg", ["RSA-OAEP", "dir", "ECDH-ES+A256KW", "A256KW", "none", "PBES2-HS256+A128KW", None]
)
def test_another_alg(alg: str | None) -> None:
    with pytest.raises(RemoteError):
        parse_jwe(changed(RIGHT, alg=alg, p2c=2**31), encs=ENCS)


@pytest.mark.req("ADV-035", "E-06")
def test_an_enc_that_was_not_offered() -> None:
    for enc in ("A192GCM", "A128CBC-HS256", "A128GCM", None, ["A256GCM"], {}, 7):
        with pytest.raises(RemoteError):
            parse_jwe(changed(RIGHT, enc=enc), encs=frozenset({"A256GCM"}))


@pytest.mark.req("ADV-036")
@pytest.mark.parametrize(
    "epk",
    [
        None,
        {},
        "x",
        {**KEY.public.jwk(), "y": KEY.public.jwk()["x"]},
        {"kty": "EC", "crv": "P-256", "x": b64url_encode(bytes(32)), "y": b64url_encode(bytes(32))},
        {"kty": "OKP", "crv": "X25519", "x": b64url_encode(bytes(32))},
        {"kty": "OKP", "crv": "Ed25519", "x": PrivateKey.generate("Ed25519").public.jwk()["x"]},
        PrivateKey.generate("P-384").public.jwk(),
        PrivateKey.generate().private_jwk(),
    ],
    ids=["none", "empty", "text", "off the curve", "zero", "X25519", "Ed25519", "other curve", "private"],
)
def test_a_wrong_ephemeral_key(epk: Any) -> None:
    with pytest.raises(RemoteError):
        parse_jwe(changed(RIGHT, epk=epk), encs=ENCS).decrypt(KEY)


@pytest.mark.req("ADV-037", "ADV-038", "ADV-039")
@pytest.mark.parametrize(
    "member", [{"zip": "DEF"}, {"crit": ["exp"], "exp": 1}, {"p2c": 2**31}, {"p2s": "AA"}]
)
def test_headers_that_are_refused(member: dict[str, Any]) -> None:
    with pytest.raises(RemoteError):
        parse_jwe(changed(RIGHT, **member), encs=ENCS)


@pytest.mark.req("ADV-040", "E-08")
@pytest.mark.parametrize(
    "change", [{"apu": b64url_encode(b"x")}, {"apv": ...}, {"kid": "other"}, {"extra": 1}]
)
def test_the_header_is_protected(change: dict[str, Any]) -> None:
    with pytest.raises(DecryptionFailed):
        parse_jwe(changed(RIGHT, **change), encs=ENCS).decrypt(KEY)


@pytest.mark.req("ADV-041")
@pytest.mark.parametrize("part", [2, 3, 4])
def test_flipped_bits(part: int) -> None:
    with pytest.raises(DecryptionFailed):
        parse_jwe(flipped(RIGHT, part), encs=ENCS).decrypt(KEY)


@pytest.mark.req("ADV-041", "ADV-043", "ADV-044")
def test_other_shapes() -> None:
    head, _, iv, text, tag = RIGHT.split(".")
    for wrong in (
        f"{head}.{b64url_encode(b'key')}.{iv}.{text}.{tag}",
        f"{head}..{iv}.{text}.{b64url_encode(b64url_decode(tag)[:4])}",
        f"{head}..{b64url_encode(bytes(16))}.{text}.{tag}",
        f"{head}.{text}.{tag}",
        json.dumps({"protected": head, "iv": iv, "ciphertext": text, "tag": tag}),
        "",
    ):
        with pytest.raises(RemoteError):
            parse_jwe(wrong, encs=ENCS)


@pytest.mark.req("ADV-031", "ADV-032")
def test_another_key() -> None:
    with pytest.raises(DecryptionFailed):
        parse_jwe(RIGHT, encs=ENCS).decrypt(PrivateKey.generate())


def test_what_is_too_long() -> None:
    with pytest.raises(LimitExceeded):
        parse_jwe(RIGHT + "a" * 2_000_000, encs=ENCS)


def test_what_cannot_be_made() -> None:
    with pytest.raises(LocalError):
        encrypt_jwe(b"x", KEY.public, enc="A128CBC-HS256")
    with pytest.raises(LocalError):
        encrypt_jwe(b"x", PrivateKey.generate("Ed25519").public, enc="A256GCM")


@given(
    st.one_of(
        st.text(max_size=60), st.from_regex(r"[A-Za-z0-9_-]{0,20}(\.[A-Za-z0-9_-]{0,20}){4}", fullmatch=True)
    )
)
def test_any_text_is_a_jwe_or_a_typed_error(text: str) -> None:
    try:
        parse_jwe(text, encs=ENCS).decrypt(KEY)
    except RemoteError:
        return
