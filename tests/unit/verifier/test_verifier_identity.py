"""Who a verifier may be under its profile (HAIP 1.0 §5, OpenID4VP 1.0 §5.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.openid4vp import RequestSigner, issue_verifier_attestation
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_5, NL_WALLET_0_6, OPENID4VP_1_0, STRICT, TRANSITIONAL
from nlwallet.registration import RelyingPartyCertificates
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import TrustAnchors
from nlwallet.verifier import Verifier

NOW = 1_790_000_000
KEY = PrivateKey.generate()
PREFIXES = ["x509_hash", "x509_san_dns", "decentralized_identifier", "verifier_attestation", "pre-registered"]
CAFE = Subject(common_name="Café De Vrije Val")


def verifier_with(world: Any, chain: CertificateChain, key: PrivateKey, **more: Any) -> Verifier:
    mine = world.verifier
    certificates = RelyingPartyCertificates(
        record=mine.certificates.record,
        access_chain=chain,
        registration_certificates=mine.certificates.registration_certificates,
    )
    options: dict[str, Any] = {"profile": HAIP_1_0, **more}
    return Verifier(
        certificates=certificates,
        key=key,
        anchors=TrustAnchors(),
        base_url="https://cafe.example",
        clock=world.clock,
        types=TypeMetadataRegistry(),
        **options,
    )


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    return CertificateAuthority.create("Access CA", now=NOW)


@pytest.fixture(scope="module")
def good(authority: CertificateAuthority) -> CertificateChain:
    return authority.issue(KEY.public, CAFE, now=NOW, san_dns=("cafe.example",))


@pytest.mark.req("HV-04")
@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT, TRANSITIONAL, OPENID4VP_1_0], ids=lambda one: one.name)
def test_the_anchor_does_not_go_along(
    world: Any, authority: CertificateAuthority, good: CertificateChain, profile: Any
) -> None:
    with pytest.raises(LocalError) as caught:
        verifier_with(world, CertificateChain(good.leaf, (authority.certificate,)), KEY, profile=profile)
    assert "self-signed" in caught.value.message


@pytest.mark.req("HV-04")
def test_a_certificate_that_signed_itself_identifies_nobody(world: Any) -> None:
    root = CertificateAuthority.create("Café", now=NOW)
    with pytest.raises(LocalError):
        verifier_with(world, CertificateChain(root.certificate, ()), root._key)


@pytest.mark.req("HV-04")
@pytest.mark.parametrize("place", ["signer", "cosigners"])
def test_nor_in_the_identity_that_signs_besides(
    world: Any, authority: CertificateAuthority, good: CertificateChain, place: str
) -> None:
    with_anchor = RequestSigner.x509_hash(KEY, CertificateChain(good.leaf, (authority.certificate,)))
    more: dict[str, Any] = {"signer": with_anchor} if place == "signer" else {"cosigners": (with_anchor,)}
    with pytest.raises(LocalError) as caught:
        verifier_with(world, good, KEY, **more)
    assert caught.value.spec == "HAIP 1.0 §5"


def signers_of(key: PrivateKey, chain: CertificateChain) -> dict[str, RequestSigner]:
    attestation = issue_verifier_attestation(
        "cafe.example", key.public, issuer="https://trust.example", key=PrivateKey.generate(), expires_at=NOW
    )
    return {
        "x509_hash": RequestSigner.x509_hash(key, chain),
        "x509_san_dns": RequestSigner.x509_san_dns(key, chain, "cafe.example"),
        "decentralized_identifier": RequestSigner.did_jwk(key),
        "verifier_attestation": RequestSigner.verifier_attestation("cafe.example", key, attestation),
        "pre-registered": RequestSigner.pre_registered("cafe", key),
    }


@pytest.mark.req("HV-03")
@pytest.mark.parametrize("prefix", PREFIXES[1:])
@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT, NL_WALLET_0_6], ids=lambda one: one.name)
def test_haip_knows_the_hash_of_the_certificate_only(
    world: Any, good: CertificateChain, prefix: str, profile: Any
) -> None:
    other = signers_of(KEY, good)[prefix]
    with pytest.raises(LocalError) as caught:
        verifier_with(world, good, KEY, signer=other, profile=profile)
    assert prefix in caught.value.message
    assert "x509_hash" in caught.value.hint
    with pytest.raises(LocalError):
        verifier_with(world, good, KEY, cosigners=(other,), profile=profile)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_signed_prefix_under_the_open_profile(world: Any, good: CertificateChain, prefix: str) -> None:
    one = signers_of(KEY, good)[prefix]
    assert verifier_with(world, good, KEY, signer=one, profile=OPENID4VP_1_0).client_id == one.client_id


@pytest.mark.req("V-25")
def test_without_x509_hash_the_first_host_of_the_certificate_names_the_party(
    world: Any, good: CertificateChain
) -> None:
    mine = verifier_with(world, good, KEY, profile=NL_WALLET_0_5)
    assert mine.client_id == "x509_san_dns:cafe.example"


@pytest.mark.req("V-24", "V-31")
@pytest.mark.parametrize(
    "client_id",
    ["redirect_uri:https://cafe.example/cb", "origin:https://cafe.example", "openid_federation:x"],
)
def test_a_prefix_that_cannot_sign_does_not(world: Any, good: CertificateChain, client_id: str) -> None:
    with pytest.raises(LocalError):
        verifier_with(
            world, good, KEY, signer=RequestSigner.pre_registered(client_id, KEY), profile=OPENID4VP_1_0
        )


@pytest.mark.req("V-11", "V-22")
@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_full_identifier_is_the_audience_under_every_prefix(
    make_world: Callable[..., Any], access: Any, prefix: str
) -> None:
    _, key, chain = access
    mine = signers_of(key, chain)[prefix]
    world = make_world(profile=OPENID4VP_1_0, signer=mine)
    for audience, status in ((mine.client_id, 200), (mine.client_id + "x", 400)):
        request = world.verifier.request()
        asked = world.fetch(request)
        assert world.link(request).client_id == asked.client_id == mine.client_id
        reply = world.answer(asked, {"pid": [world.presentation(asked, audience=audience)]})
        assert reply.status_code == status
