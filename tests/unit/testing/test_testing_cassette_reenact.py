"""A recorded exchange re-enacted at a relying party: the same again, or what it does otherwise now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from nlwallet.errors import LocalError, NlWalletError
from nlwallet.testing.cassette import Cassette, Exchanged, Opened, WalletCard, read_cassette
from nlwallet.testing.cassette_recorder import record
from nlwallet.testing.ecosystem import Ecosystem, WatchedWallet
from nlwallet.testing.hostile import VerifierParty
from nlwallet.testing.under_test import PartyUnderTest
from nlwallet.verifier import Verifier

SHOP = "https://shop.example"


@pytest.fixture(scope="module")
def edi() -> Iterator[Ecosystem]:
    with Ecosystem() as made:
        yield made


@pytest.fixture(scope="module")
def shop(edi: Ecosystem) -> Verifier:
    return edi.party("shop.example", "family_name", "birthdate")


@pytest.fixture(scope="module")
def frouke(edi: Ecosystem) -> WatchedWallet:
    return edi.wallet("frouke")


def under_test(edi: Ecosystem, shop: Verifier, start: Any = None, *, app: Any = None) -> PartyUnderTest:
    return edi.under_test(
        SHOP,
        app or shop.app,
        start or shop.request,
        outcome=lambda begun: shop.result(begun).status == "verified",
    )


def recorded(edi: Ecosystem, wallet: WatchedWallet, shop: Verifier, *, denies: bool = False) -> Cassette:
    with record(wallet, clock=edi.clock.now) as recorder:
        prompt = wallet.open(shop.request().uri)
        prompt.deny() if denies else prompt.approve()
    return read_cassette(recorder.cassette().as_text())


def test_the_same_again(edi: Ecosystem, shop: Verifier, frouke: WatchedWallet) -> None:
    for denies, outcome in ((False, "succeeded"), (True, "pending")):
        played = under_test(edi, shop).replays(recorded(edi, frouke, shop, denies=denies))
        assert played.same, played.differences
        assert played.outcomes == (outcome,)


def test_every_secret_is_another_one(edi: Ecosystem, shop: Verifier, frouke: WatchedWallet) -> None:
    """Sent again as it was, a sound party refuses it: that is another test, ADV-004 and ADV-006."""
    sent: list[str] = []
    frouke._http.watch(lambda exchange: sent.extend(exchange.form.values()))
    cassette = recorded(edi, frouke, shop)
    under_test(edi, shop).replays(cassette, frouke)
    first, again = sent
    assert first != again


def test_a_party_that_asks_otherwise_now_is_told(
    edi: Ecosystem, shop: Verifier, frouke: WatchedWallet
) -> None:
    cassette = recorded(edi, frouke, shop)
    query = {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                "claims": [{"path": ["family_name"]}],
            }
        ]
    }
    played = under_test(edi, shop, lambda: shop.request(query)).replays(cassette, frouke)
    told = [one for one in played.differences if "/dcql_query/credentials/0/claims/1" in one]
    assert told == [
        "only in the recording: the request object/payload/dcql_query/credentials/0/claims/1/path/0: birthdate"
    ]


def test_a_party_that_does_not_take_it_any_more_is_told(
    edi: Ecosystem, shop: Verifier, frouke: WatchedWallet
) -> None:
    cassette = recorded(edi, frouke, shop)
    broken = Starlette(
        routes=[
            Route(
                "/response/{id}", lambda _: JSONResponse({"error": "invalid_request"}, 400), methods=["POST"]
            ),
            Mount("/", shop.app),
        ]
    )
    played = under_test(edi, shop, app=broken).replays(cassette, frouke)
    assert played.outcomes == ("pending",)
    assert "only in the recording: the response: POST 200" in played.differences
    assert "only this time: the response: POST 400 invalid_request" in played.differences
    frouke.mount(SHOP, shop.app)


def test_a_request_that_the_wallet_refused_is_refused_again(edi: Ecosystem, shop: Verifier) -> None:
    wallet = edi.wallet("frouke", behaves_as="nl-wallet-0.6")
    query = {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                "claims": [{"path": ["family_name"]}],
                "multiple": True,
            }
        ]
    }
    with record(wallet, clock=edi.clock.now) as recorder, suppress(NlWalletError):
        wallet.open(shop.request(query).uri)
    cassette = recorder.cassette()
    party = under_test(edi, shop, lambda: shop.request(query))
    assert party.replays(cassette).same
    mended = under_test(edi, shop).replays(cassette)
    assert not mended.same
    assert any("only in the recording: refused" in one for one in mended.differences)


def test_through_the_browser(edi: Ecosystem, shop: Verifier, frouke: WatchedWallet) -> None:
    request = shop.dc_api_request(origins=[SHOP])
    with record(frouke, clock=edi.clock.now) as recorder:
        asked = [{"protocol": request.protocol, "data": request.data}]
        data = frouke.open_dc_api(asked, origin=SHOP).approve().data
    shop.receive_dc_api(request, data, origin=SHOP)
    cassette = recorder.cassette()
    played = edi.under_test(SHOP, shop.app, VerifierParty(shop)).replays(cassette)
    assert played.same, played.differences
    assert played.outcomes == ("succeeded",)
    with pytest.raises(LocalError, match="no way to begin so"):
        under_test(edi, shop).replays(cassette)


def test_what_cannot_be_re_enacted_is_told(edi: Ecosystem, shop: Verifier, frouke: WatchedWallet) -> None:
    cassette = recorded(edi, frouke, shop)
    offer_only = cassette.model_copy(
        update={"steps": [Opened(link={"kind": "link", "parameters": {"credential_offer": "x"}})]}
    )
    with pytest.raises(LocalError, match="no request on this cassette"):
        under_test(edi, shop).replays(offer_only)
    foreign = cassette.model_copy(update={"cards": [WalletCard(format="dc+sd-jwt", types=["urn:x:library"])]})
    with pytest.raises(LocalError, match="urn:x:library"):
        under_test(edi, shop).replays(foreign)
    assert under_test(edi, shop).replays(foreign, frouke).same
    assert any(isinstance(one, Exchanged) for one in cassette.steps)
