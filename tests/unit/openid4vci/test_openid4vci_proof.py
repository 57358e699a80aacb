"""Key proofs: the published one, our own, and each reason to refuse one (OpenID4VCI 1.0 §F.1, §F.4)."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.crypto import PrivateKey, PublicKey, parse_jws, sign_jws
from nlwallet.encoding import b64url_encode
from nlwallet.errors import IssuanceRefused
from nlwallet.openid4vci import sign_proof, verify_proof

ISSUER = "https://credential-issuer.example.com"
NOW = 1_701_960_444
ES256 = frozenset({"ES256"})

# OpenID4VCI 1.0 §F.1, the example of a jwt proof: token, then what it holds.
PUBLISHED = (
    "eyJ0eXAiOiJvcGVuaWQ0dmNpLXByb29mK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4"
    "IjoiblVXQW9BdjNYWml0aDhFN2kxOU9kYXhPTFlGT3dNLVoyRXVNMDJUaXJUNCIsInkiOiJIc2tIVThCalVpMVU5WHFpN1N3bWo4Z3dB"
    "S18weGtjRGpFV183MVNvc0VZIn19.eyJhdWQiOiJodHRwczovL2NyZWRlbnRpYWwtaXNzdWVyLmV4YW1wbGUuY29tIiwiaWF0IjoxNzA"
    "xOTYwNDQ0LCJub25jZSI6IkxhclJHU2JtVVBZdFJZTzZCUTR5bjgifQ.-a3EDsxClUB4O3LeDD5DVGEnNMT01FCQW4P6-2-BNBqc_Zxf"
    "0Qw4CWayLEpqkAomlkLb9zioZoipdP-jvh1WlA"
)
PUBLISHED_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "nUWAoAv3XZith8E7i19OdaxOLYFOwM-Z2EuM02TirT4",
    "y": "HskHU8BjUi1U9Xqi7Swmj8gwAK_0xkcDjEW_71SosEY",
}

MINE = PrivateKey.generate()


def verify(proof: Any, *, client_id: str | None = None) -> tuple[PublicKey, str]:
    proven = verify_proof(
        proof, audience=ISSUER, now=NOW, algorithms=ES256, client_id=client_id, pointer="/proofs/jwt/0"
    )
    (key,), (nonce,) = proven.keys, proven.nonces
    return key, nonce


def made(
    key: PrivateKey = MINE, *, header: dict[str, Any] | None = None, typ: str = "", **claims: Any
) -> str:
    """A proof in which any claim or header member is changed, or left out by ``...``."""
    payload = {"aud": ISSUER, "iat": NOW, "nonce": "n", **claims}
    members = {"jwk": key.public.jwk(), **(header or {})}
    return sign_jws(
        {name: value for name, value in payload.items() if value is not ...},
        key,
        typ=typ or "openid4vci-proof+jwt",
        header={name: value for name, value in members.items() if value is not ...},
    )


def refused(proof: Any, **options: Any) -> IssuanceRefused:
    with pytest.raises(IssuanceRefused) as caught:
        verify(proof, **options)
    assert caught.value.code == "invalid_proof"
    assert caught.value.pointer.count("/proofs/jwt/0") == 1
    return caught.value


def test_the_published_proof() -> None:
    key, nonce = verify(PUBLISHED)
    assert key == PublicKey.from_jwk(PUBLISHED_KEY)
    assert nonce == "LarRGSbmUPYtRYO6BQ4yn8"


@pytest.mark.req("WI-06")
def test_ours_has_what_it_must_and_nothing_about_the_wallet() -> None:
    proof = sign_proof(MINE, audience=ISSUER, nonce="n", now=NOW)
    assert verify(proof) == (MINE.public, "n")
    jws = parse_jws(proof, typ={"openid4vci-proof+jwt"}, algorithms=ES256, what="the proof")
    assert set(jws.header) == {"alg", "typ", "jwk"}
    assert set(jws.header["jwk"]) == {"kty", "crv", "x", "y"}
    assert jws.claims(what="the proof") == {"aud": ISSUER, "iat": NOW, "nonce": "n"}


@pytest.mark.req("I-22", "I-23", "ADV-182")
@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": ISSUER + "/"},
        {"aud": [ISSUER]},
        {"aud": ...},
        {"iat": NOW - 301},
        {"iat": NOW + 61},
        {"iat": 1e300},
        {"iat": str(NOW)},
        {"iat": True},
        {"iat": ...},
        {"nonce": ...},
        {"nonce": 7},
        {"nonce": None},
    ],
)
def test_claims_that_are_wrong(claims: dict[str, Any]) -> None:
    assert refused(made(**claims)).pointer == f"/proofs/jwt/0/payload/{next(iter(claims))}"


@pytest.mark.parametrize("iat", [NOW - 300, NOW + 60, NOW + 0.5])
def test_the_edges_of_the_time_window(iat: float) -> None:
    assert verify(made(iat=iat))[0] == MINE.public


@pytest.mark.req("I-23", "ADV-183")
@pytest.mark.parametrize(
    "header",
    [
        {"kid": "k"},
        {"x5c": ["AAAA"]},
        {"jwk": ...},
        {"jwk": ..., "kid": "k"},
        {"jwk": ..., "x5c": ["AAAA"]},
        {"jwk": MINE.private_jwk()},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": {**MINE.public.jwk(), "y": MINE.public.jwk()["x"]}},
        {"jwk": "key"},
        {"crit": ["exp"]},
        {"key_attestation": "x.y.z"},
    ],
)
def test_headers_that_are_wrong(header: dict[str, Any]) -> None:
    refused(made(header=header))


@pytest.mark.req("ADV-182")
@pytest.mark.parametrize("typ", ["JWT", "openid4vci-proof", "kb+jwt", "openid4vci-proof+JWT2"])
def test_a_jwt_of_another_kind_is_no_proof(typ: str) -> None:
    refused(made(typ=typ))


@pytest.mark.req("I-22", "ADV-182")
def test_signatures_that_prove_nothing() -> None:
    other = PrivateKey.generate()
    refused(made(header={"jwk": other.public.jwk()}))
    refused(made()[:-4] + "AAAA")
    head, body, _ = made().split(".")
    unsigned = {"alg": "none", "typ": "openid4vci-proof+jwt", "jwk": MINE.public.jwk()}
    refused(f"{b64url_encode(json.dumps(unsigned).encode())}.{body}.")
    symmetric = b64url_encode(json.dumps({**unsigned, "alg": "HS256"}).encode())
    mac = hmac.digest(json.dumps(MINE.public.jwk()).encode(), f"{symmetric}.{body}".encode(), hashlib.sha256)
    refused(f"{symmetric}.{body}.{b64url_encode(mac)}")
    refused(f"{head}.{body}")


@pytest.mark.req("I-23")
def test_only_the_algorithms_of_the_metadata() -> None:
    """A P-384 key would sign with ES384, which the metadata does not list."""
    refused(made(PrivateKey.generate("P-384")))


@pytest.mark.req("I-23")
def test_iss_is_the_client_id_of_the_token_request_and_absent_for_an_anonymous_wallet() -> None:
    named = sign_proof(MINE, audience=ISSUER, nonce="n", now=NOW, client_id="wallet")
    assert verify(named, client_id="wallet")[0] == MINE.public
    assert verify(made(), client_id="wallet")[0] == MINE.public  # iss is optional (§F.1)
    assert "client_id" in refused(named, client_id="another").message
    assert "anonymous" in refused(named).message
    refused(made(iss=None))


@given(st.one_of(st.text(max_size=300), st.none(), st.integers(), st.lists(st.text(max_size=5), max_size=3)))
def test_anything_is_a_proof_or_refused(value: Any) -> None:
    refused(value)
