"""Whose status lists count: of each category its own, and never those of another."""

from __future__ import annotations

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.trust import STATUS_CATEGORIES, Category, TrustAnchors, status_anchors, status_signers

NOW = 1_790_000_000
AUTHORITIES = {category: CertificateAuthority.create(category.value, now=NOW) for category in Category}
EVERYBODY = TrustAnchors({category: (one.certificate,) for category, one in AUTHORITIES.items()})
PROVIDERS = [
    Category.PID_PROVIDER,
    Category.PUB_EAA_PROVIDER,
    Category.QEAA_PROVIDER,
    Category.EAA_PROVIDER,
    Category.ACCESS_CA,
    Category.REGISTRATION_CERTIFICATE_PROVIDER,
    Category.WALLET_PROVIDER,
]


def anchor(category: Category) -> object:
    return AUTHORITIES[category].certificate


def leaf(category: Category) -> CertificateChain:
    return AUTHORITIES[category].issue(PrivateKey.generate().public, Subject("Issuer"), now=NOW)


@pytest.mark.parametrize("category", PROVIDERS)
def test_the_anchors_of_its_status_count_and_no_others(category: Category) -> None:
    of_status = STATUS_CATEGORIES.get(category, category)
    assert status_anchors(EVERYBODY, category) == (anchor(of_status), anchor(Category.STATUS_PROVIDER))


@pytest.mark.parametrize("category", PROVIDERS)
def test_where_nobody_told_of_status_anchors_those_of_the_provider_count(category: Category) -> None:
    (own,) = EVERYBODY.of(category)
    strangers = {
        one: EVERYBODY.of(one) for one in STATUS_CATEGORIES.values() if one != STATUS_CATEGORIES.get(category)
    }
    assert status_anchors(TrustAnchors({**strangers, category: (own,)}), category) == (own,)
    assert status_anchors(TrustAnchors(strangers), category) == ()


def test_who_issued_a_credential_says_whose_status_lists_count() -> None:
    attestations = (Category.PUB_EAA_PROVIDER, Category.QEAA_PROVIDER, Category.EAA_PROVIDER)
    for category in attestations:
        found = status_signers(leaf(category), EVERYBODY, attestations, now=NOW)
        assert found == status_anchors(EVERYBODY, category)
    assert status_signers(leaf(Category.PID_PROVIDER), EVERYBODY, attestations, now=NOW) == ()
    assert len(status_signers(None, EVERYBODY, attestations, now=NOW)) == 4
