"""The published tokens of attestation-based client authentication, draft -10, carried over in client_attestation.json.

Their attester has no certificate and no published key, so what it says can be read, and must be refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, PublicKey, parse_jws
from nlwallet.errors import IssuanceRefused
from nlwallet.openid4vci import (
    ATTESTATION_HEADER,
    POP_HEADER,
    POP_MAX_AGE,
    WalletAttestation,
    verify_attestation_pop,
    verify_wallet_attestation,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "client_attestation.json").read_text())
ATTESTATIONS = [one for one in VECTORS["tokens"] if one["given"]["header_name"] == ATTESTATION_HEADER]
POPS = [one for one in VECTORS["tokens"] if one["given"]["header_name"] == POP_HEADER]
KEY = PublicKey.from_jwk(VECTORS["keys"]["client_instance"])
CLIENT = "https://client.example.com"
SENT_AT = 1_772_487_595
ES256 = {"ES256"}


def by_id(tokens: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("token", [pytest.param(one, id=one["id"]) for one in tokens])


def attested(key: PublicKey = KEY, client_id: str = CLIENT) -> WalletAttestation:
    """What the attestation would say, if its attester were known."""
    return WalletAttestation(client_id, key, ATTESTATIONS[0]["expected"]["payload"])


def test_there_are_four_of_each() -> None:
    assert (len(ATTESTATIONS), len(POPS)) == (4, 4)
    assert len(VECTORS["tokens"]) == 8


@pytest.mark.req("K-01")
@by_id(ATTESTATIONS)
def test_an_attestation_names_the_client_and_the_key_of_its_instance(token: dict[str, Any]) -> None:
    jws = parse_jws(
        token["given"]["jwt"], typ={"oauth-client-attestation+jwt"}, algorithms=ES256, what="the attestation"
    )
    claims = jws.claims(what="the attestation")
    assert jws.header == token["expected"]["header"]
    assert claims == token["expected"]["payload"]
    assert claims["sub"] == CLIENT
    assert PublicKey.from_jwk(claims["cnf"]["jwk"]) == KEY


@pytest.mark.req("HI-06", "K-04")
@by_id(ATTESTATIONS)
def test_an_attestation_without_certificates_is_refused(token: dict[str, Any]) -> None:
    anchor = CertificateAuthority.create("Wallet Provider CA", now=SENT_AT).certificate
    with pytest.raises(IssuanceRefused) as caught:
        verify_wallet_attestation(token["given"]["jwt"], anchors=[anchor], now=SENT_AT, algorithms=ES256)
    assert caught.value.code == "invalid_client"
    assert "x5c" in caught.value.message


@pytest.mark.req("K-02")
@by_id(POPS)
def test_a_proof_of_possession_verifies_with_the_key_of_the_instance(token: dict[str, Any]) -> None:
    claims = token["expected"]["payload"]
    proof = verify_attestation_pop(
        token["given"]["jwt"], attested(), audience=claims["aud"], now=SENT_AT, algorithms=ES256
    )
    assert (proof.jti, proof.challenge) == (claims["jti"], claims["challenge"])


@pytest.mark.req("K-05", "ADV-193")
@by_id(POPS)
@pytest.mark.parametrize("wrong", ["key", "audience", "too old", "ahead", "signature", "algorithm"])
def test_a_proof_of_possession_that_is_not_for_this_server_now(token: dict[str, Any], wrong: str) -> None:
    jwt, audience = token["given"]["jwt"], token["expected"]["payload"]["aud"]
    if wrong == "signature":
        head, _, signature = jwt.rpartition(".")
        jwt = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    with pytest.raises(IssuanceRefused) as caught:
        verify_attestation_pop(
            jwt,
            attested(PrivateKey.generate().public) if wrong == "key" else attested(),
            audience="https://other.example.com" if wrong == "audience" else audience,
            now=SENT_AT + {"too old": POP_MAX_AGE + 1, "ahead": -86_400}.get(wrong, 0),
            algorithms={"ES384"} if wrong == "algorithm" else ES256,
        )
    assert caught.value.code == "invalid_client"
