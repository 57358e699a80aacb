"""Keys that a wallet provider attests: in the header of a proof, or as the proof itself (OpenID4VCI 1.0 §D, §F)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.issuer import pid_configuration
from nlwallet.openid4vci import KeyAttestationsRequired, sign_proof
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import X5cIssuer, verify_sd_jwt_vc

Desk = Any
NOW = 1_790_000_000
BASE = "https://pid-issuer.example"
TYP = "key-attestation+jwt"


@pytest.fixture
def strict(open_haip: Callable[..., Desk]) -> Desk:
    """A desk whose cards need keys that resist an attacker of moderate means."""
    wanted = KeyAttestationsRequired(("iso_18045_moderate",), ("iso_18045_basic", "https://example.org/pin"))
    configuration = replace(pid_configuration(batch_size=3), key_attestations_required=wanted)
    return open_haip(configurations=[configuration], anonymous_access=True)


def ask(desk: Desk, kind: str, *proofs: Any, token: str | None = None) -> httpx.Response:
    body = {"credential_configuration_id": "nl-pid", "proofs": {kind: list(proofs)}}
    headers = {"Authorization": f"Bearer {token or token_of(desk)}"}
    return desk.http.post("/credential", json=body, headers=headers)  # type: ignore[no-any-return]


def token_of(desk: Desk) -> str:
    return str(desk.token(desk.offer().offer.pre_authorized_code).json()["access_token"])


def refused(reply: httpx.Response, code: str = "invalid_proof") -> None:
    assert (reply.status_code, reply.json()["error"]) == (400, code), reply.text


def attested(
    desk: Desk, key: PrivateKey, *others: PrivateKey, nonce: str | None = None, **changes: Any
) -> str:
    """A proof by ``key`` with an attestation of it and the others in its header."""
    nonce = nonce or desk.nonce()
    attestation = desk.key_attestation(key, *others, **{"nonce": nonce, **changes})
    return sign_proof(key, audience=BASE, nonce=nonce, now=NOW, key_attestation=attestation)


def made(desk: Desk, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A key attestation with any claims; ``...`` leaves one out."""
    members = {
        "iat": NOW,
        "exp": NOW + 600,
        "attested_keys": [PrivateKey.generate().public.jwk()],
        "key_storage": ["iso_18045_high"],
        "user_authentication": ["iso_18045_high"],
        "nonce": desk.nonce(),
        **claims,
    }
    whole = {"x5c": desk.provider_chain.x5c()} if header is None else header
    return desk.jwt(members.pop("typ", TYP), members.pop("key", desk.provider_key), whole, members)  # type: ignore[no-any-return]


def keys_of(desk: Desk, reply: httpx.Response) -> list[Any]:
    assert reply.status_code == 200, reply.text
    issuer = X5cIssuer((desk.root.certificate,))
    return [
        verify_sd_jwt_vc(one["credential"], issuer_key=issuer, now=NOW, profile=HAIP_1_0).holder_key
        for one in reply.json()["credentials"]
    ]


# The good cases ----------------------------------------------------------------------------------


@pytest.mark.req("I-24")
def test_one_proof_with_an_attestation_gets_a_credential_for_each_attested_key(strict: Desk) -> None:
    keys = [PrivateKey.generate() for _ in range(3)]
    reply = ask(strict, "jwt", attested(strict, *keys))
    assert keys_of(strict, reply) == [key.public for key in keys]


def signed_by(
    desk: Desk, number: int, keys: list[PrivateKey], names: list[str | None], header: dict[str, Any]
) -> str:
    """A proof by one of ``keys``, all of them attested, with ``names`` as their ``kid`` where they have one."""
    nonce = desk.nonce()
    jwks = [
        one.public.jwk() | ({} if name is None else {"kid": name})
        for one, name in zip(keys, names, strict=True)
    ]
    claims = {"aud": BASE, "iat": NOW, "nonce": nonce}
    whole = {"key_attestation": made(desk, attested_keys=jwks, nonce=nonce), **header}
    return desk.jwt("openid4vci-proof+jwt", keys[number], whole, claims)  # type: ignore[no-any-return]


@pytest.mark.req("I-23", "I-24")
@pytest.mark.parametrize(
    ("number", "names", "header"),
    [
        (0, (None, None), {"kid": "0"}),  # as in the example of §F.1, and as the EU reference wallet does
        (1, (None, None), {"kid": "1"}),
        (0, (None, None), {}),  # TS3 1.5: by the first one
        (1, ("a", "b"), {"kid": "b"}),
        (1, ("1", "0"), {"kid": "0"}),
    ],
)
def test_the_attested_key_that_signed_is_named(
    strict: Desk, number: int, names: tuple[str | None, ...], header: dict[str, Any]
) -> None:
    keys = [PrivateKey.generate() for _ in range(2)]
    reply = ask(strict, "jwt", signed_by(strict, number, keys, list(names), header))
    assert keys_of(strict, reply) == [key.public for key in keys]


@pytest.mark.req("I-23", "I-24", "ADV-183")
def test_the_attested_key_that_signed_is_named_wrongly(strict: Desk) -> None:
    token, keys = token_of(strict), [PrivateKey.generate() for _ in range(2)]
    for number, header in (
        (0, {"kid": "1"}),
        (1, {"kid": "0"}),
        (1, {}),
        (0, {"kid": "2"}),
        (0, {"kid": "100"}),
        (0, {"kid": "00"}),
        (0, {"kid": "-1"}),
        (1, {"kid": "-1"}),
        (0, {"kid": "\u0660"}),  # a digit, but no ASCII one
        (0, {"kid": ""}),
        (0, {"kid": 0}),
        (0, {"kid": None}),
        (0, {"kid": "0", "jwk": keys[0].public.jwk()}),
        (0, {"kid": "0", "x5c": strict.provider_chain.x5c()}),
        (0, {"x5c": strict.provider_chain.x5c()}),
    ):
        refused(ask(strict, "jwt", signed_by(strict, number, keys, [None, None], header), token=token))
    claims = {"aud": BASE, "iat": NOW, "nonce": strict.nonce()}
    for unattested in ({"kid": "0"}, {}):
        proof = strict.jwt("openid4vci-proof+jwt", keys[0], unattested, claims)
        refused(ask(strict, "jwt", proof, token=token))
    assert ask(strict, "jwt", attested(strict, *keys), token=token).status_code == 200


@pytest.mark.req("I-25")
def test_an_attestation_is_a_proof_by_itself(strict: Desk) -> None:
    keys = [PrivateKey.generate() for _ in range(2)]
    reply = ask(strict, "attestation", strict.key_attestation(*keys))
    assert keys_of(strict, reply) == [key.public for key in keys]


@pytest.mark.req("I-24", "I-26")
@pytest.mark.parametrize("level", ["iso_18045_high", "iso_18045_moderate"])
def test_keys_that_are_kept_well_enough_or_better(strict: Desk, level: str) -> None:
    changes = {"key_storage": ["https://example.org/hsm", level], "user_authentication": [level]}
    assert ask(strict, "jwt", attested(strict, PrivateKey.generate(), **changes)).status_code == 200
    own = {"key_storage": [level], "user_authentication": ["https://example.org/pin"]}
    assert ask(strict, "jwt", attested(strict, PrivateKey.generate(), **own)).status_code == 200


@pytest.mark.req("I-25", "HI-07")
def test_an_attestation_that_is_the_proof_may_have_no_end(strict: Desk) -> None:
    assert ask(strict, "attestation", made(strict, exp=...)).status_code == 200
    # What is not understood is ignored: who issued it, and where the keys were certified.
    more = made(strict, iss="https://provider.example", certification="https://c.example", status={})
    assert ask(strict, "attestation", more).status_code == 200


def test_more_attested_keys_than_a_batch_has_get_no_more_credentials(strict: Desk) -> None:
    keys = [PrivateKey.generate() for _ in range(5)]
    reply = ask(strict, "attestation", strict.key_attestation(*keys))
    assert keys_of(strict, reply) == [key.public for key in keys[:3]]


@pytest.mark.req("I-06")
def test_the_metadata_tell_what_is_wanted_of_keys(strict: Desk, desk: Desk) -> None:
    supported = strict.issuer.issuer_metadata()["credential_configurations_supported"]["nl-pid"]
    for kind in ("jwt", "attestation"):
        assert supported["proof_types_supported"][kind] == {
            "proof_signing_alg_values_supported": ["ES256"],
            "key_attestations_required": {
                "key_storage": ["iso_18045_moderate"],
                "user_authentication": ["iso_18045_basic", "https://example.org/pin"],
            },
        }
    plain = desk.issuer.issuer_metadata()["credential_configurations_supported"]["nl-pid"]
    assert plain["proof_types_supported"] == {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}}


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.req("I-24", "ADV-185")
def test_a_missing_attestation_or_weaker_keys(strict: Desk) -> None:
    token, key = token_of(strict), PrivateKey.generate()
    refused(ask(strict, "jwt", strict.proof(), token=token))
    for weak in (
        {"key_storage": ["iso_18045_enhanced-basic"]},
        {"key_storage": ["iso_18045_basic"]},
        {"key_storage": ["https://example.org/hsm"]},
        {"key_storage": ["ISO_18045_HIGH"]},
        {"user_authentication": ["something"]},
    ):
        refused(ask(strict, "jwt", attested(strict, key, **weak), token=token))
        refused(ask(strict, "attestation", strict.key_attestation(key, **weak), token=token))
    refused(ask(strict, "attestation", made(strict, key_storage=...), token=token))
    refused(ask(strict, "attestation", made(strict, user_authentication=...), token=token))
    # Of two proofs one has none: none of them counts.
    nonce = strict.nonce()
    mixed = (attested(strict, key, nonce=nonce), strict.proof(nonce=nonce))
    refused(ask(strict, "jwt", *mixed, token=token))
    assert ask(strict, "jwt", attested(strict, key), token=token).status_code == 200


@pytest.mark.req("I-24", "ADV-185")
def test_a_proof_by_a_key_that_is_not_attested(strict: Desk) -> None:
    nonce, other = strict.nonce(), PrivateKey.generate()
    attestation = strict.key_attestation(other, nonce=nonce)
    proof = sign_proof(
        PrivateKey.generate(), audience=BASE, nonce=nonce, now=NOW, key_attestation=attestation
    )
    refused(ask(strict, "jwt", proof))


@pytest.mark.req("I-24", "I-25", "ADV-185")
def test_an_attestation_with_another_nonce(strict: Desk) -> None:
    token, key = token_of(strict), PrivateKey.generate()
    other = strict.key_attestation(key, nonce="made-up")
    proof = sign_proof(key, audience=BASE, nonce=strict.nonce(), now=NOW, key_attestation=other)
    refused(ask(strict, "jwt", proof, token=token), "invalid_nonce")
    refused(ask(strict, "attestation", made(strict, nonce="made-up"), token=token), "invalid_nonce")
    refused(ask(strict, "attestation", made(strict, nonce=...), token=token))
    refused(ask(strict, "attestation", made(strict, nonce=7), token=token))
    used = strict.nonce()
    assert ask(strict, "attestation", made(strict, nonce=used)).status_code == 200
    refused(ask(strict, "attestation", made(strict, nonce=used), token=token), "invalid_nonce")
    old = made(strict)
    strict.clock.travel(300)
    refused(ask(strict, "attestation", old), "invalid_nonce")


@pytest.mark.req("I-26", "I-24", "ADV-185")
@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "JWT"},
        {"typ": "keyattestation+jwt"},
        {"typ": "openid4vci-proof+jwt"},
        {"iat": ...},
        {"iat": "today"},
        {"exp": NOW},
        {"exp": "never"},
        {"attested_keys": ...},
        {"attested_keys": []},
        {"attested_keys": {}},
        {"attested_keys": ["x"]},
        {"attested_keys": [{"kty": "EC"}]},
        {"attested_keys": [{"kty": "oct", "k": "AAAA"}]},
        {"attested_keys": [dict(PrivateKey.generate().private_jwk())]},
        {"attested_keys": [PrivateKey.generate().public.jwk()] * 101},
        {"key_storage": []},
        {"key_storage": "iso_18045_high"},
        {"user_authentication": []},
        {"user_authentication": [1]},
    ],
)
def test_attestations_that_do_not_hold(strict: Desk, changes: dict[str, Any]) -> None:
    refused(ask(strict, "attestation", made(strict, **changes)))


@pytest.mark.req("I-24")
def test_an_attestation_in_a_proof_says_until_when_it_counts(strict: Desk) -> None:
    key, nonce = PrivateKey.generate(), strict.nonce()
    endless = made(strict, exp=..., nonce=nonce, attested_keys=[key.public.jwk()])
    refused(ask(strict, "jwt", sign_proof(key, audience=BASE, nonce=nonce, now=NOW, key_attestation=endless)))


@pytest.mark.req("I-25", "ADV-185")
def test_there_is_exactly_one_attestation(strict: Desk) -> None:
    nonce = strict.nonce()
    one, two = (strict.key_attestation(PrivateKey.generate(), nonce=nonce) for _ in range(2))
    for wrong in ([one, two], [one, one], [], [7], [{"attestation": one}], one):
        body = {"credential_configuration_id": "nl-pid", "proofs": {"attestation": wrong}}
        headers = {"Authorization": f"Bearer {token_of(strict)}"}
        refused(strict.http.post("/credential", json=body, headers=headers))
    both = {"attestation": [one], "jwt": [strict.proof()]}
    body = {"credential_configuration_id": "nl-pid", "proofs": both}
    refused(
        strict.http.post("/credential", json=body, headers={"Authorization": f"Bearer {token_of(strict)}"})
    )


@pytest.mark.req("HI-07", "HI-08", "ADV-185")
def test_who_attests_keys_must_be_trusted_for_it(strict: Desk) -> None:
    key = PrivateKey.generate()
    elsewhere = CertificateAuthority.create("Another CA", now=NOW)
    own = CertificateAuthority.create("Own CA", now=NOW)
    chain = elsewhere.issue(key.public, Subject("Provider"), now=NOW)
    p384 = PrivateKey.generate("P-384")
    header, payload, _ = made(strict).split(".")
    none = strict.jwt(TYP, strict.provider_key, {"alg": "none"}, {}).split(".")[0]
    for wrong in (
        made(strict, key=key, header={"x5c": chain.x5c()}),
        made(strict, key=key),
        made(strict, header={}),
        made(strict, header={"kid": "1"}),
        made(strict, header={"jwk": strict.provider_key.public.jwk()}),
        made(
            strict,
            header={
                "x5c": CertificateChain(strict.provider_chain.leaf, (strict.provider.certificate,)).x5c()
            },
        ),
        made(strict, header={"x5c": CertificateChain(own.certificate).x5c()}),
        made(
            strict,
            key=p384,
            header={"x5c": strict.provider.issue(p384.public, Subject("Provider"), now=NOW).x5c()},
        ),
        f"{none}.{payload}.",
        f"{header}.{payload}.{'A' * 86}",
        "x",
    ):
        refused(ask(strict, "attestation", wrong))


@pytest.mark.req("HI-08", "I-24")
def test_a_key_of_another_curve_proves_nothing_here(strict: Desk) -> None:
    p384 = PrivateKey.generate("P-384")
    refused(ask(strict, "jwt", attested(strict, p384)))


def test_an_issuer_that_trusts_no_wallet_provider_takes_no_attestation(desk: Desk, strict: Desk) -> None:
    refused(ask(desk, "attestation", strict.key_attestation(PrivateKey.generate(), nonce=desk.nonce())))


def test_a_card_for_attested_keys_alone_needs_somebody_to_attest_them(desk: Desk, strict: Desk) -> None:
    wanting = replace(pid_configuration(), key_attestations_required=KeyAttestationsRequired())
    with pytest.raises(LocalError) as caught:
        desk.another(configurations=[wanting])
    assert "wallet_anchors" in caught.value.hint
    desk.another(configurations=[wanting], wallet_anchors=[strict.root.certificate])
