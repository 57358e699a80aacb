"""A link by itself: nobody learns that there is a wallet before its holder says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hostile_issuer import ISSUER, World

from nlwallet.errors import PromptClosed, RemoteError
from nlwallet.holder import LogOutcome
from nlwallet.openid4vci import offer_link


@pytest.fixture
def world() -> World:
    return World()


def by_value(world: World) -> str:
    return world.offer().offer.uri()


def by_reference(world: World) -> str:
    return offer_link(world.offer().reference)


@pytest.mark.req("WI-11")
@pytest.mark.parametrize("link", [by_value, by_reference])
def test_a_link_is_not_followed_until_the_holder_says_so(world: World, link: Callable[[World], str]) -> None:
    wallet = world.wallet()
    notice = wallet.notice_offer(link(world))
    assert notice.website == "issuer.example"
    assert "issuer.example" in notice.text("nl")
    assert "issuer.example" in str(notice)
    assert world.middle.asked == []
    assert wallet.log == ()
    prompt = notice.go_on()
    assert world.middle.asked != []
    assert prompt.fetch().keep()


@pytest.mark.req("WI-11")
@pytest.mark.parametrize("link", [by_value, by_reference])
def test_nobody_hears_of_a_link_that_the_holder_does_not_want(
    world: World, link: Callable[[World], str]
) -> None:
    wallet = world.wallet()
    notice = wallet.notice_offer(link(world))
    notice.decline()
    assert world.middle.asked == []
    (entry,) = wallet.log
    assert (entry.outcome, entry.party.host) == (LogOutcome.DENIED, "issuer.example")
    for again in (notice.go_on, notice.decline):
        with pytest.raises(PromptClosed):
            again()
    assert world.middle.asked == []


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://issuer.example/offer",
        "openid-credential-offer://",
        "openid-credential-offer://?credential_offer=x",
        "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fissuer.example",
        f"openid-credential-offer://?credential_offer_uri={quote(ISSUER)}&credential_offer=%7B%7D",
        "openid-credential-offer://?credential_offer="
        + quote('{"credential_issuer":"http://issuer.example"}'),
    ],
)
def test_a_link_that_is_no_offer_is_refused_there(world: World, link: str) -> None:
    wallet = world.wallet()
    with pytest.raises(RemoteError):
        wallet.notice_offer(link)
    assert world.middle.asked == []
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.FAILED]


def test_a_website_that_does_not_answer_may_be_tried_again(world: World) -> None:
    made = world.offer()
    wallet = world.wallet()
    notice = wallet.notice_offer(offer_link(made.reference))
    path = made.reference.removeprefix(ISSUER)
    world.middle.down.add(path)
    with pytest.raises(RemoteError):
        notice.go_on()
    world.middle.down.clear()
    assert notice.go_on().fetch().keep()


def test_an_address_is_shown_as_it_is_looked_up(world: World) -> None:
    """A host in letters that look like others is ASCII here, or no address at all."""
    notice = world.wallet().notice_offer(offer_link("https://xn--mstrdam-8of.example/offer"))
    assert notice.website == "xn--mstrdam-8of.example"
    with pytest.raises(RemoteError):
        world.wallet().notice_offer(offer_link("https://\u0430msterdam.example/offer"))


def test_both_languages_and_no_other(world: World) -> None:
    notice = world.wallet(language="nl").notice_offer(by_value(world))
    assert notice.text().startswith("Een website wil u iets")
    assert notice.text("en").startswith("A website wants")
    unknown: Any = "fy"
    with pytest.raises(Exception, match="no language"):
        notice.text(unknown)
