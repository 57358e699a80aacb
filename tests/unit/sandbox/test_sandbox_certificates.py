"""The sandbox's own certificates keep to their profiles, and what they point to is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nlwallet import Sandbox
from nlwallet.crypto import Certificate, CertificateChain, CertificateRevocationList
from nlwallet.crypto.extensions import extensions_of
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_6, Profile
from nlwallet.registration import ACCESS
from nlwallet.report import Outcome
from nlwallet.trust import (
    ATTESTATION_PROVIDER,
    AUTHORITY,
    DOCUMENT_SIGNER_PROFILE,
    IACA,
    LIST_SIGNER,
    PID_PROVIDER,
    REGISTRATION_SIGNER,
    STATUS_SIGNER,
    WALLET_PROVIDER,
    Category,
    CertificateProfile,
)


@pytest.fixture(scope="module", params=[HAIP_1_0, NL_WALLET_0_6], ids=lambda one: one.name)
def edi(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(profile=request.param) as made:
        made.issuer("diploma")
        yield made


def objections(
    profile: CertificateProfile,
    certificate: Certificate,
    issuer: Certificate | None,
    edi: Sandbox,
    rules: Profile,
) -> list[str]:
    results = profile.check(certificate, issuer=issuer, now=edi.clock.now(), rules=rules)
    return [one.rule.id for one in results if one.outcome is Outcome.FAILED]


def signers(edi: Sandbox) -> Iterator[tuple[CertificateProfile, CertificateChain, Certificate]]:
    party = edi.relying_party("cafe-de-vrije-val")
    pid, access = edi.anchors.of(Category.PID_PROVIDER)[0], edi.anchors.of(Category.ACCESS_CA)[0]
    yield PID_PROVIDER, edi.pid_issuer._signer.chain, pid
    yield DOCUMENT_SIGNER_PROFILE, edi.pid_issuer._signer.chain, pid
    yield ACCESS, party.certificates.access_chain, access
    yield WALLET_PROVIDER, edi._wallet_provider._chain, edi._wallet_provider.anchor
    yield REGISTRATION_SIGNER, edi.registrar._office._signer_chain, edi.registrar.registration_anchor
    diploma = edi.issuer("diploma")._signer.chain
    issued_by = next(
        one
        for category in (Category.EAA_PROVIDER, Category.PUB_EAA_PROVIDER, Category.QEAA_PROVIDER)
        for one in edi.anchors.of(category)
        if one.subject_key_id == diploma.leaf.authority_key_id
    )
    yield ATTESTATION_PROVIDER, diploma, issued_by
    lists = edi._authorities.status_lists(
        Category.PID_PROVIDER, edi.pid_issuer._signer.chain.leaf.subject, "https://x.example"
    )
    if lists is not None:
        yield STATUS_SIGNER, lists._chain, pid


@pytest.mark.req("Reg_11")
def test_every_signer_keeps_to_its_profile(edi: Sandbox) -> None:
    seen = set()
    for profile, chain, issuer in signers(edi):
        assert objections(profile, chain.leaf, issuer, edi, edi.profile) == [], profile.title
        seen.add(profile.name)
    assert len(seen) >= 6


def test_every_authority_keeps_to_its_profile(edi: Sandbox) -> None:
    for category in Category:
        for anchor in edi.anchors.of(category):
            assert objections(AUTHORITY, anchor, None, edi, edi.profile) == [], category
    for anchor in edi.anchors.of(Category.PID_PROVIDER):
        assert objections(IACA, anchor, None, edi, edi.profile) == []


def test_the_signer_of_the_lists_keeps_to_its_profile(edi: Sandbox) -> None:
    assert objections(LIST_SIGNER, edi.registrar.lists.signer, None, edi, edi.profile) == []


def test_what_a_certificate_points_to_is_there(edi: Sandbox) -> None:
    http = edi._hosting.client()
    for _, chain, issuer in signers(edi):
        found = extensions_of(chain.leaf)
        for url in found.ca_issuers:
            assert Certificate.from_der(http.get(url, accept="*/*", what="it").body) == issuer
        for url in found.crl_urls:
            revoked = CertificateRevocationList.from_der(http.get(url, accept="*/*", what="it").body)
            revoked.verify(issuer, now=edi.clock.now())
            assert not revoked.revokes(chain.leaf)
