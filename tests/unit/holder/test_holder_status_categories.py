"""What tells a wallet that something was revoked is signed by an anchor of its own category, and by no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hostile_issuer import World

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import UntrustedCertificate
from nlwallet.issuer import StatusLists
from nlwallet.profiles import STRICT
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
ISSUER = "https://issuer.example"
STRANGERS = [
    one
    for one in Category
    if one not in (Category.PID_PROVIDER, Category.PID_STATUS, Category.STATUS_PROVIDER)
]

Register = Callable[..., Any]


def issuing(status: CertificateAuthority | None = None) -> World:
    """An issuer whose status lists an authority signs, or it itself; wallets get to see them."""
    world = World()
    if status is not None:
        key = PrivateKey.generate()
        chain = status.issue(key.public, Subject("Status"), now=world.clock.now())
        lists = StatusLists(base_url=ISSUER, key=key, chain=chain, clock=world.clock)
        world.issuer = world.serving(status_lists=lists)
        world.middle.app = world.issuer.app
    world.middle.unsigned = False
    return world


@pytest.mark.parametrize("category", STRANGERS)
def test_a_card_whose_status_list_is_of_another_category_does_not_come_in(category: Category) -> None:
    stranger = CertificateAuthority.create("Stranger", now=NOW)
    world = issuing(stranger)
    world.anchors = world.anchors.adding(category, stranger.certificate)
    wallet = world.wallet()
    with pytest.raises(UntrustedCertificate):
        wallet.receive(world.offer().uri)
    assert wallet.cards == ()


def test_a_card_whose_status_list_is_of_its_status_provider_comes_in() -> None:
    status = CertificateAuthority.create("Status", now=NOW)
    world = issuing(status)
    world.anchors = world.anchors.adding(Category.PID_STATUS, status.certificate)
    wallet = world.wallet()
    (card,) = wallet.receive(world.offer().uri)
    assert wallet.check_cards() == ()
    world.issuer.status_lists.revoke(next(iter(world.issuer.status_lists.credentials())))
    world.clock.travel(300)
    assert [one.id for one in wallet.check_cards()] == [card.id]


def test_a_card_cannot_be_revoked_by_a_list_of_another_category() -> None:
    """The issuer's address is taken over by somebody who is trusted, but for other things."""
    world = issuing()
    wallet = world.wallet(anchors=world.anchors.adding(Category.EAA_PROVIDER, world.access.certificate))
    wallet.receive(world.offer().uri)
    (credential_id,) = world.issuer.status_lists.credentials()
    genuine = world.issuer.status_lists
    key, (own_key, own_chain) = PrivateKey.generate(), (genuine._key, genuine._chain)
    genuine._key, genuine._chain = key, world.access.issue(key.public, Subject("X"), now=world.clock.now())
    genuine.revoke(credential_id)
    world.clock.travel(300)
    assert wallet.check_cards() == ()
    assert [card.status for card in wallet.cards] == ["valid"]
    genuine._key, genuine._chain = own_key, own_chain
    world.clock.travel(300)
    assert [card.status for card in wallet.check_cards()] == ["revoked"]


def codes(prompt: Any) -> list[str]:
    return [warning.code for warning in prompt.warnings]


@pytest.mark.parametrize("category", [Category.PID_PROVIDER, Category.ACCESS_CA, Category.PID_STATUS])
def test_the_status_of_a_registration_is_told_by_nobody_else(
    world: Any, register: Register, category: Category
) -> None:
    """The anchor that signs the list is one of another category, and the right category has another anchor."""
    party = register()
    assert codes(party.mount(world.wallet()).open(party.link())) == []
    other = CertificateAuthority.create("Other", now=world.clock.now())
    by_category = {**world.anchors.by_category, Category.REGISTRATION_STATUS: (other.certificate,)}
    by_category[category] = (*by_category.get(category, ()), world.registration.certificate)
    world.anchors = TrustAnchors(by_category)
    assert codes(party.mount(world.wallet()).open(party.link())) == ["registration_status_unknown"]


@pytest.mark.req("RPACANot_03b")
def test_the_list_of_revoked_access_certificates_is_of_who_was_notified_for_that(
    world: Any, register: Register
) -> None:
    """Here another than the authority itself: its list then counts no more, and a strict wallet stops."""
    party = register()
    world.revoked_serials.append(party.chain.leaf.serial)
    other = CertificateAuthority.create("Other", now=world.clock.now())
    world.anchors = world.anchors.adding(Category.ACCESS_STATUS, other.certificate)
    party.mount(world.wallet()).open(party.link())  # nothing that counts says that it was revoked
    with pytest.raises(UntrustedCertificate, match="whose lists of revoked certificates count"):
        party.mount(world.wallet(profile=STRICT)).open(party.link())


@pytest.mark.req("RPACANot_03b")
def test_an_authority_may_sign_its_list_with_another_key(world: Any, register: Register) -> None:
    party = register()
    authority = world.access
    world.access = CertificateAuthority.create("Toegang CA", now=world.clock.now())  # the key for its lists
    world.revoked_serials.append(party.chain.leaf.serial)
    assert world.access.certificate.subject == authority.certificate.subject
    world.anchors = world.anchors.adding(Category.ACCESS_STATUS, world.access.certificate)
    with pytest.raises(UntrustedCertificate) as refused:
        party.mount(world.wallet()).open(party.link())
    assert refused.value.code == "certificate_revoked"
