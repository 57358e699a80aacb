"""npm jose reads our JWE and JWS and we read jose's; tampered, both refuse."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import PrivateKey, encrypt_jwe, parse_jwe, parse_jws, sign_jws
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import AlgorithmNotAllowed, DecryptionFailed, InvalidSignature, RemoteError

pytestmark = pytest.mark.node

ENCS = ["A128GCM", "A256GCM"]
CURVES = ["P-256", "P-384", "P-521"]
PARTIES = [
    pytest.param(b"", b"", id="no-apu-no-apv"),
    pytest.param(b"mdoc generated nonce", b"", id="apu"),
    pytest.param(b"", b"nonce", id="apv"),
    pytest.param(b"\x00\xff" * 20, "één".encode(), id="apu-and-apv"),
]
PLAINTEXTS = [b'{"vp_token":{}}', b"", bytes(range(256)) * 64]
TYP = "oauth-authz-req+jwt"


def flipped(token: str, part: int) -> str:
    """The compact token with one bit of one of its parts turned over."""
    parts = token.split(".")
    octets = bytearray(b64url_decode(parts[part]))
    octets[len(octets) // 2] ^= 1
    parts[part] = b64url_encode(bytes(octets))
    return ".".join(parts)


@pytest.mark.req("E-08")
@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(("apu", "apv"), PARTIES)
def test_jose_decrypts_ours(curve: str, enc: str, apu: bytes, apv: bytes, peers: Any) -> None:
    key = PrivateKey.generate(curve)
    for plaintext in PLAINTEXTS:
        token = encrypt_jwe(plaintext, key.public, enc=enc, kid="k1", apu=apu, apv=apv)
        opened = peers("jose.decrypt", token=token, jwk=key.private_jwk(), enc=enc)
        assert b64url_decode(opened["plaintext"]) == plaintext
        assert opened["header"]["kid"] == "k1"
        assert b64url_decode(opened["header"].get("apu", "")) == apu
        assert b64url_decode(opened["header"].get("apv", "")) == apv


@pytest.mark.req("E-08")
@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(("apu", "apv"), PARTIES)
def test_we_decrypt_joses(curve: str, enc: str, apu: bytes, apv: bytes, peers: Any) -> None:
    key = PrivateKey.generate(curve)
    parties = {name: b64url_encode(value) for name, value in (("apu", apu), ("apv", apv)) if value}
    for plaintext in PLAINTEXTS:
        token = peers(
            "jose.encrypt",
            plaintext=b64url_encode(plaintext),
            jwk=key.public.jwk(),
            enc=enc,
            kid="k1",
            **parties,
        )
        jwe = parse_jwe(token, encs=[enc])
        assert jwe.kid == "k1"
        assert jwe.decrypt(key) == plaintext


def test_a_response_with_a_portrait_both_ways(peers: Any) -> None:
    """Well below our limit of a message (1 MiB), and what a PID with a photograph amounts to."""
    key = PrivateKey.generate()
    plaintext = bytes(range(256)) * 400
    ours = encrypt_jwe(plaintext, key.public, enc="A256GCM")
    assert b64url_decode(peers("jose.decrypt", token=ours, jwk=key.private_jwk(), enc="A256GCM")["plaintext"])
    theirs = peers("jose.encrypt", plaintext=b64url_encode(plaintext), jwk=key.public.jwk(), enc="A256GCM")
    assert parse_jwe(theirs, encs=ENCS).decrypt(key) == plaintext


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_both_refuse_a_tampered_jwe(part: int, peers: Any, refusal: type[Exception]) -> None:
    key = PrivateKey.generate()
    ours = encrypt_jwe(b"secret", key.public, enc="A256GCM", apu=b"a", apv=b"b")
    theirs = peers("jose.encrypt", plaintext=b64url_encode(b"secret"), jwk=key.public.jwk(), enc="A256GCM")
    for token in (ours, theirs):
        with pytest.raises(RemoteError):
            parse_jwe(flipped(token, part), encs=ENCS).decrypt(key)
        with pytest.raises(refusal):
            peers("jose.decrypt", token=flipped(token, part), jwk=key.private_jwk(), enc="A256GCM")


def test_both_refuse_another_key_and_another_enc(peers: Any, refusal: type[Exception]) -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    token = encrypt_jwe(b"secret", key.public, enc="A256GCM")
    theirs = peers("jose.encrypt", plaintext=b64url_encode(b"secret"), jwk=key.public.jwk(), enc="A256GCM")
    with pytest.raises(DecryptionFailed):
        parse_jwe(theirs, encs=ENCS).decrypt(other)
    with pytest.raises(AlgorithmNotAllowed):
        parse_jwe(theirs, encs=["A128GCM"])
    with pytest.raises(refusal):
        peers("jose.decrypt", token=token, jwk=other.private_jwk(), enc="A256GCM")
    with pytest.raises(refusal):
        peers("jose.decrypt", token=token, jwk=key.private_jwk(), enc="A128GCM")


SIGNING = [("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512"), ("Ed25519", "EdDSA")]


@pytest.mark.parametrize(("curve", "alg"), SIGNING)
def test_jws_both_ways(curve: str, alg: str, peers: Any) -> None:
    key = PrivateKey.generate(curve)
    ours = sign_jws({"iss": "één"}, key, typ=TYP, header={"kid": "k1"})
    read = peers("jose.verify", token=ours, jwk=key.public.jwk(), alg=alg)
    assert read["header"] == {"alg": alg, "typ": TYP, "kid": "k1"}
    assert b64url_decode(read["payload"]) == '{"iss":"één"}'.encode()

    payload = b64url_encode(b'{"iss":"x"}')
    theirs = peers("jose.sign", payload=payload, jwk=key.private_jwk(), alg=alg, header={"typ": TYP})
    jws = parse_jws(theirs, typ=[TYP], algorithms={alg}, what="request object")
    jws.verify(key.public)
    assert jws.claims() == {"iss": "x"}


@pytest.mark.parametrize(("curve", "alg"), SIGNING)
@pytest.mark.parametrize("part", [1, 2])
def test_both_refuse_a_tampered_jws(
    curve: str, alg: str, part: int, peers: Any, refusal: type[Exception]
) -> None:
    key = PrivateKey.generate(curve)
    ours = sign_jws(b'{"a":1}', key, typ=TYP)
    theirs = peers(
        "jose.sign", payload=b64url_encode(b'{"a":1}'), jwk=key.private_jwk(), alg=alg, header={"typ": TYP}
    )
    with pytest.raises(refusal):
        peers("jose.verify", token=flipped(ours, part), jwk=key.public.jwk(), alg=alg)
    with pytest.raises(InvalidSignature):
        parse_jws(flipped(theirs, part), typ=[TYP], algorithms={alg}, what="x").verify(key.public)
