"""Signed issuer metadata as a wallet reads it: who signed, about whom, and when (OpenID4VCI 1.0 §12.2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import (
    CertificateAuthority,
    CertificateChain,
    PrivateKey,
    Subject,
    parse_jws,
    sign_jws,
)
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidOffer,
    InvalidSignature,
    LimitExceeded,
    MalformedInput,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.openid4vci import SIGNED_METADATA_TYP, sign_issuer_metadata, verify_issuer_metadata

NOW = 1_790_000_000
ISSUER = "https://issuer.example/tenant"
METADATA = {
    "credential_issuer": ISSUER,
    "credential_endpoint": f"{ISSUER}/credential",
    "nonce_endpoint": f"{ISSUER}/nonce",
    "credential_configurations_supported": {},
}
AUTHORITY = CertificateAuthority.create("Access CA", now=NOW)
KEY = PrivateKey.generate()
CHAIN = AUTHORITY.issue(KEY.public, Subject("Issuer"), now=NOW)


def signed(key: PrivateKey = KEY, chain: CertificateChain = CHAIN) -> str:
    return sign_issuer_metadata(METADATA, key=key, chain=chain, now=NOW, lifetime=3600)


def other(header: dict[str, Any] | None = None, *, typ: str = SIGNED_METADATA_TYP, **claims: Any) -> str:
    """The same, with other claims or another header; ``...`` leaves a claim out."""
    members = {**METADATA, "sub": ISSUER, "iat": NOW, **claims}
    made = {name: value for name, value in members.items() if value is not ...}
    return sign_jws(made, KEY, typ=typ, header={"x5c": CHAIN.x5c()} if header is None else header)


def verified(token: str, **changes: Any) -> Any:
    arguments: dict[str, Any] = {
        "expected_issuer": ISSUER, "anchors": [AUTHORITY.certificate], "now": NOW, "algorithms": ("ES256",)
    }  # fmt: skip
    return verify_issuer_metadata(token, **{**arguments, **changes})


def refused(token: str, kind: type[RemoteError], **changes: Any) -> RemoteError:
    with pytest.raises(kind) as caught:
        verified(token, **changes)
    return caught.value


@pytest.mark.req("I-04", "HI-03")
def test_what_is_signed_there_and_back() -> None:
    jws = parse_jws(signed(), typ=None, algorithms=("ES256",), what="it")
    assert jws.header == {
        "alg": "ES256",
        "typ": "openidvci-issuer-metadata+jwt",
        "x5c": CHAIN.x5c(),
    }
    claims = jws.claims()
    assert claims == {**METADATA, "sub": ISSUER, "iat": NOW, "exp": NOW + 3600}
    read = verified(signed())
    assert read.metadata == claims
    assert (read.issued_at, read.expires_at) == (NOW, NOW + 3600)
    assert read.signer == CHAIN.leaf
    assert read.path[-1] == AUTHORITY.certificate
    assert "credential_endpoint" not in repr(read)


@pytest.mark.req("I-04")
@pytest.mark.parametrize(
    ("claims", "pointer"),
    [
        ({"sub": ...}, "/sub"),
        ({"sub": "https://issuer.example"}, "/sub"),
        ({"sub": [ISSUER]}, "/sub"),
        ({"iat": ...}, "/iat"),
        ({"iat": str(NOW)}, "/iat"),
        ({"iat": True}, "/iat"),
        ({"iat": NOW + 61}, "/iat"),
        ({"exp": NOW}, "/exp"),
        ({"exp": "never"}, "/exp"),
        ({"iss": 7}, "/iss"),
    ],
)
def test_claims_that_do_not_hold(claims: dict[str, Any], pointer: str) -> None:
    assert refused(other(**claims), InvalidOffer).pointer == pointer


def test_what_may_be_left_out() -> None:
    assert verified(other()).expires_at is None
    assert verified(other(iss="https://registrar.example", iat=NOW + 60)).issued_at == NOW + 60


@pytest.mark.req("I-04")
def test_another_typ_or_algorithm() -> None:
    refused(other(typ="JWT"), MalformedInput)
    refused(signed(), AlgorithmNotAllowed, algorithms=("ES384",))
    header, payload, _ = signed().split(".")
    none = sign_jws({}, KEY, typ=SIGNED_METADATA_TYP, header={"alg": "none"}).split(".")[0]
    refused(f"{none}.{payload}.", AlgorithmNotAllowed)
    symmetric = sign_jws({}, KEY, typ=SIGNED_METADATA_TYP, header={"alg": "HS256"}).split(".")[0]
    refused(f"{symmetric}.{payload}.AAAA", AlgorithmNotAllowed)
    refused(f"{header}.{payload}.{'A' * 86}", InvalidSignature)


@pytest.mark.req("HI-03")
def test_who_signed_must_be_somebody_who_is_trusted() -> None:
    assert refused(other({}), InvalidOffer).pointer == "/header/x5c"
    refused(other({"x5c": []}), RemoteError)
    with_anchor = CertificateChain(CHAIN.leaf, (AUTHORITY.certificate,))
    assert refused(signed(chain=with_anchor), UntrustedCertificate).spec == "HAIP 1.0 §5"
    assert verified(signed(chain=with_anchor), anchor_in_x5c="accepted").signer == CHAIN.leaf
    own = CertificateAuthority.create("Issuer", now=NOW)
    refused(signed(chain=CertificateChain(own.certificate)), UntrustedCertificate, anchors=[own.certificate])
    refused(signed(chain=own.issue(KEY.public, Subject("Issuer"), now=NOW)), UntrustedCertificate)
    refused(signed(), UntrustedCertificate, anchors=[])
    refused(signed(), OutsideValidity, now=NOW + 400 * 86_400)
    refused(signed(key=PrivateKey.generate()), InvalidSignature)


def test_no_metadata_at_all() -> None:
    refused("a.b", MalformedInput)
    refused(other()[:-2], RemoteError)
    refused("x" * 3_000_000, LimitExceeded)
