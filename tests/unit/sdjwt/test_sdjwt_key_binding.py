"""The key binding JWT: every reason of RFC 9901 §7.3 to refuse it."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from sdjwt_forge import (
    AUDIENCE,
    BOUND,
    CNF,
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    STRANGER,
    b64url,
    bound,
    digest_of,
    disclosure,
    forged,
    hidden,
    refused,
    signed,
    verify,
)

from nlwallet.crypto import PrivateKey
from nlwallet.errors import AlgorithmNotAllowed, InvalidKeyBinding, InvalidSdJwt, LocalError, MalformedInput
from nlwallet.sdjwt import ExpectedKeyBinding

NAME = disclosure("salt", "given_name", "Frouke")
TOWN = disclosure("salt2", "town", "Sneek")
SD_JWT = forged({**hidden(NAME, TOWN), **CNF}, NAME)
LONG_AGO = NOW - 365 * 86_400


def wrong(text: str, *, pointer: str | None = None, saying: str = "", **terms: Any) -> None:
    error = refused(
        text, InvalidKeyBinding, saying=saying, pointer=pointer, **({"key_binding": BOUND} | terms)
    )
    assert error.hint


@pytest.mark.req("S-15", "S-30")
def test_what_is_right_is_accepted_and_its_claims_are_handed_out() -> None:
    sd_jwt = verify(bound(SD_JWT, {"transaction_data_hashes": ["x"]}), key_binding=BOUND)
    assert sd_jwt.key_binding == {
        "iat": NOW,
        "aud": AUDIENCE,
        "nonce": NONCE,
        "sd_hash": digest_of(SD_JWT),
        "transaction_data_hashes": ["x"],
    }


@pytest.mark.req("S-15", "S-16")
@pytest.mark.parametrize("hash_algorithm", ["sha-256", "sha-384", "sha-512"])
def test_what_a_holder_makes_has_exactly_the_claims_of_the_specification(hash_algorithm: str) -> None:
    name = hash_algorithm.replace("-", "")
    held = verify(forged({"_sd": [digest_of(NAME, name)], "_sd_alg": hash_algorithm, **CNF}, NAME))
    made = held.present([("given_name",)], holder_key=HOLDER, audience=AUDIENCE, nonce=NONCE, now=NOW)
    sd_jwt, _, kb_jwt = made.rpartition("~")
    header, payload, _ = kb_jwt.split(".")
    decoded = [json.loads(urlsafe_b64decode(part + "==")) for part in (header, payload)]
    assert decoded[0] == {"alg": "ES256", "typ": "kb+jwt"}
    assert decoded[1] == {
        "iat": NOW,
        "aud": AUDIENCE,
        "nonce": NONCE,
        "sd_hash": digest_of(sd_jwt + "~", name),
    }
    with pytest.raises(LocalError):
        held.present(
            [], holder_key=HOLDER, audience="a", nonce="n", now=NOW, key_binding_claims={"nonce": "x"}
        )


@pytest.mark.req("S-28", "S-29")
def test_whether_it_is_required_is_decided_before() -> None:
    wrong(SD_JWT, saying="required")
    refused(bound(SD_JWT), InvalidSdJwt)
    optional = ExpectedKeyBinding(AUDIENCE, NONCE, required=False)
    assert verify(SD_JWT, key_binding=optional).key_binding is None
    assert verify(bound(SD_JWT), key_binding=optional).key_binding is not None
    wrong(bound(SD_JWT, {"nonce": "other"}), key_binding=optional)


@pytest.mark.req("S-30", "ADV-100")
@pytest.mark.parametrize("nonce", ["other", NONCE + " ", NONCE.lower(), 5, "", None, [NONCE]])
def test_another_nonce_is_refused(nonce: Any) -> None:
    wrong(bound(SD_JWT, {"nonce": nonce}), pointer="/key_binding/payload/nonce")
    wrong(bound(SD_JWT, without="nonce"), pointer="/key_binding/payload/nonce")


@pytest.mark.req("S-15", "S-30", "ADV-101")
@pytest.mark.parametrize(
    "aud", ["other", AUDIENCE.partition(":")[2], AUDIENCE + "/", "", None, [AUDIENCE], {}]
)
def test_another_audience_is_refused(aud: Any) -> None:
    wrong(bound(SD_JWT, {"aud": aud}), pointer="/key_binding/payload/aud")
    wrong(bound(SD_JWT, without="aud"), pointer="/key_binding/payload/aud")


@pytest.mark.req("S-16", "S-30", "ADV-102")
@pytest.mark.parametrize(
    "sd_hash",
    [
        digest_of(SD_JWT, "sha512"),
        digest_of(SD_JWT[:-1]),
        digest_of(SD_JWT.partition("~")[0]),
        digest_of(SD_JWT) + "=",
        hashlib.sha256(SD_JWT.encode()).hexdigest(),
        "",
        None,
        5,
    ],
    ids=["sha-512", "cut", "JWT alone", "padded", "hex", "empty", "null", "number"],
)
def test_another_sd_hash_is_refused(sd_hash: Any) -> None:
    wrong(bound(SD_JWT, {"sd_hash": sd_hash}), pointer="/key_binding/payload/sd_hash")
    wrong(bound(SD_JWT, without="sd_hash"), pointer="/key_binding/payload/sd_hash")


@pytest.mark.req("S-16", "ADV-103")
def test_disclosures_cannot_be_taken_away_or_added_after_binding() -> None:
    kb_jwt = bound(SD_JWT).rpartition("~")[2]
    fewer = SD_JWT.partition("~")[0] + "~"
    wrong(fewer + kb_jwt, pointer="/key_binding/payload/sd_hash")
    wrong(SD_JWT + TOWN + "~" + kb_jwt, pointer="/key_binding/payload/sd_hash")
    both = f"{fewer}{NAME}~{TOWN}~"
    other_order = f"{fewer}{TOWN}~{NAME}~"
    wrong(other_order + bound(both).rpartition("~")[2], pointer="/key_binding/payload/sd_hash")


@pytest.mark.req("S-30", "ADV-104")
def test_the_kb_jwt_of_another_sd_jwt_of_the_same_holder_is_refused() -> None:
    other = forged({"other": True, **CNF})
    wrong(SD_JWT + bound(other).rpartition("~")[2], pointer="/key_binding/payload/sd_hash")


@pytest.mark.req("S-30", "ADV-105", "ADV-106")
@pytest.mark.parametrize(
    ("iat", "accepted"),
    [
        (NOW - 900, True),
        (NOW - 901, False),
        (LONG_AGO, False),
        (0, False),
        (NOW + 60, True),
        (NOW + 61, False),
        (NOW + 365 * 86_400, False),
        (NOW + 0.5, True),
    ],
)
def test_the_window_of_iat(iat: float, accepted: bool) -> None:
    expected = ExpectedKeyBinding(AUDIENCE, NONCE, max_age=900, max_ahead=60)
    text = bound(SD_JWT, {"iat": iat})
    if accepted:
        assert verify(text, key_binding=expected).key_binding is not None
    else:
        wrong(text, pointer="/key_binding/payload/iat", key_binding=expected)


@pytest.mark.req("S-15", "ADV-107")
@pytest.mark.parametrize("iat", [None, str(NOW), True, [NOW], 2**63, -NOW])
def test_an_iat_that_is_no_time_is_refused(iat: Any) -> None:
    wrong(bound(SD_JWT, {"iat": iat}), pointer="/key_binding/payload/iat")
    wrong(bound(SD_JWT, without="iat"), pointer="/key_binding/payload/iat")


@pytest.mark.req("S-15", "S-30", "ADV-108")
@pytest.mark.parametrize("typ", ["JWT", "dc+sd-jwt", "KB+JWT", "kb+jwt ", "application/kb+jwt", None, ""])
def test_another_type_is_refused(typ: Any) -> None:
    wrong(bound(SD_JWT, typ=typ), pointer="/key_binding/header/typ")


@pytest.mark.req("S-30", "ADV-109")
@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "RS256", None])
def test_another_algorithm_is_refused(alg: Any) -> None:
    claims = {"iat": NOW, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": digest_of(SD_JWT)}
    parts = [b64url(json.dumps(part).encode()) for part in ({"alg": alg, "typ": "kb+jwt"}, claims)]
    secret = json.dumps(HOLDER.public.jwk()).encode()
    mac = hmac.new(secret, ".".join(parts).encode(), hashlib.sha256).digest()
    for signature in (b"", mac, HOLDER.sign(".".join(parts).encode())):
        wrong(SD_JWT + ".".join((*parts, b64url(signature))), pointer="/key_binding/header/alg")


@pytest.mark.req("S-30", "ADV-109")
def test_an_algorithm_of_another_key_type_is_refused() -> None:
    other = PrivateKey.generate("P-384")
    text = bound(SD_JWT, key=other)
    wrong(text, algorithms={"ES256", "ES384"}, pointer="/key_binding/header/alg")


@pytest.mark.req("S-30", "ADV-110")
@pytest.mark.parametrize("key", [STRANGER, ISSUER])
def test_only_the_key_in_cnf_counts(key: PrivateKey) -> None:
    wrong(bound(SD_JWT, key=key))
    wrong(bound(SD_JWT, key=key, jwk=key.public.jwk()))
    header = bound(SD_JWT, jwk=STRANGER.public.jwk())
    assert verify(header, key_binding=BOUND).holder_key == HOLDER.public


@pytest.mark.req("ADV-111", "C-05")
@pytest.mark.parametrize("cnf", [{}, {"cnf": {}}, {"cnf": {"kid": "somewhere"}}, {"cnf": {"jwk": None}}])
def test_without_a_key_in_the_credential_nothing_is_bound(cnf: dict[str, Any]) -> None:
    wrong(bound(forged(cnf)), pointer="/payload/cnf")


@pytest.mark.req("ADV-111")
def test_a_key_that_came_as_disclosure_is_refused() -> None:
    cnf = disclosure("salt", "cnf", CNF["cnf"])
    refused(bound(forged(hidden(cnf), cnf)), InvalidSdJwt, key_binding=BOUND)


@pytest.mark.req("ADV-112")
def test_a_minimal_key_is_enough() -> None:
    assert set(CNF["cnf"]["jwk"]) == {"kty", "crv", "x", "y"}
    assert verify(bound(SD_JWT), key_binding=BOUND).holder_key == HOLDER.public


@pytest.mark.req("ADV-113")
def test_a_private_key_or_a_point_beside_the_curve_is_refused() -> None:
    off_curve = {**HOLDER.public.jwk(), "x": b64url(bytes(31) + b"\x05")}
    for jwk, kind in (
        (HOLDER.private_jwk(), MalformedInput),
        (off_curve, MalformedInput),
        ({"kty": "oct", "k": "AAAA"}, MalformedInput),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, AlgorithmNotAllowed),
    ):
        for _ in range(2):  # keys are remembered, refusals must not be forgotten
            refused(bound(forged({"cnf": {"jwk": jwk}})), kind, key_binding=BOUND)


@pytest.mark.req("S-30", "ADV-114")
@pytest.mark.parametrize(
    ("claim", "value"),
    [("exp", NOW), ("exp", NOW - 1), ("nbf", NOW + 1), ("exp", "soon"), ("nbf", None), ("exp", 2**62)],
)
def test_a_kb_jwt_outside_its_own_validity_is_refused(claim: str, value: Any) -> None:
    wrong(bound(SD_JWT, {claim: value}), pointer=f"/key_binding/payload/{claim}")
    inside = {"exp": NOW + 1, "nbf": NOW}
    assert verify(bound(SD_JWT, inside), key_binding=BOUND).key_binding is not None


@pytest.mark.req("S-30", "ADV-096")
def test_a_kb_jwt_that_is_no_jwt_is_refused() -> None:
    for payload in (b"[]", b"text", b'{"nonce":"a","nonce":"b"}', b""):
        wrong(SD_JWT + signed(payload, key=HOLDER, typ="kb+jwt"), pointer="/key_binding/payload")
    wrong(SD_JWT + "a.b")
    wrong(SD_JWT + bound(SD_JWT).rpartition("~")[2][:-4])


def test_nothing_empty_is_ever_expected() -> None:
    for audience, nonce in (("", NONCE), (AUDIENCE, "")):
        with pytest.raises(LocalError):
            ExpectedKeyBinding(audience, nonce)
