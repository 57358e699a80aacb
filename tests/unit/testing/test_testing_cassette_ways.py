"""What comes through the browser, and cards that are fetched: recorded, told, and nothing of whom it happened to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from attribute_values import values_found, values_in

from nlwallet.errors import NlWalletError, RefusedByProfile
from nlwallet.http import HttpExchange
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.testing.cassette import Opened, Prompted, Refused, Returned, read_cassette
from nlwallet.testing.cassette_recorder import Recorder, record
from nlwallet.testing.cassette_story import explain_cassette
from nlwallet.testing.ecosystem import Ecosystem, WatchedWallet
from nlwallet.testing.hostile import HostileParties, OwnWallet, attacks
from nlwallet.verifier import Verifier

SHOP = "https://shop.example"


@pytest.fixture(scope="module")
def world() -> Iterator[Ecosystem]:
    with Ecosystem(profile=OPENID4VP_1_0) as made:
        yield made


@pytest.fixture
def edi(world: Ecosystem) -> Iterator[Ecosystem]:
    with world.undone():
        yield world


@pytest.fixture
def shop(edi: Ecosystem) -> Verifier:
    return edi.party("shop.example", "family_name", "birthdate")


def asked_by_page(
    wallet: WatchedWallet, shop: Verifier, *, agrees: bool = True, **options: Any
) -> tuple[Any, Any]:
    request = shop.dc_api_request(origins=[SHOP], **options)
    prompt = wallet.open_dc_api([{"protocol": request.protocol, "data": request.data}], origin=SHOP)
    return request, (prompt.approve() if agrees else prompt.deny()).data


def kept(recorder: Recorder) -> Any:
    """As it comes out of its file."""
    return read_cassette(recorder.cassette().as_text())


# Through the browser ------------------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_page_that_asks_and_what_it_got_is_recorded(
    edi: Ecosystem, shop: Verifier, *, encrypted: bool
) -> None:
    wallet = edi.wallet("frouke")
    with record(wallet, clock=edi.clock.now) as recorder:
        request, _ = asked_by_page(wallet, shop, encrypted=encrypted)
    text = recorder.cassette().as_text()
    values = {value for card in wallet.cards for value, _ in values_in(card.claims, "")}
    assert not values_found(text)
    for hidden in {*values, request.data["request"], *request.data["request"].split(".")}:
        assert hidden not in text
    cassette = kept(recorder)
    opened = next(one for one in cassette.steps if isinstance(one, Opened))
    (asked,) = opened.link["requests"]
    payload = asked["data"]["request"]["payload"]
    assert (opened.link["origin"], payload["expected_origins"]) == (SHOP, [SHOP])
    assert payload["response_mode"] == ("dc_api.jwt" if encrypted else "dc_api")
    assert [one["path"] for one in payload["dcql_query"]["credentials"][0]["claims"]] == [
        ["family_name"],
        ["birthdate"],
    ]
    returned = next(one for one in cassette.steps if isinstance(one, Returned))
    if encrypted:
        assert returned.data["response"]["kind"] == "jwe"
    else:
        (shown,) = returned.data["vp_token"]["pid"]
        assert [one["name"] for one in shown["disclosures"]] == ["family_name", "birthdate"]
        assert shown["key_binding"]["payload"]["nonce"] == payload["nonce"]


def test_the_story_of_a_page(edi: Ecosystem, shop: Verifier) -> None:
    wallet = edi.wallet("frouke")
    with record(wallet, clock=edi.clock.now) as recorder:
        asked_by_page(wallet, shop, agrees=False)
    story = str(explain_cassette(kept(recorder)))
    assert f"The page at {SHOP} asked through the browser, by openid4vp-v1-signed" in story
    assert "It gave the page an error: error" in story
    assert "the wallet or its holder" in story
    told = str(wallet.seen)
    assert f"opened a request of the page at {SHOP} by openid4vp-v1-signed" in told
    assert "gave the page error" in told


def test_a_page_is_refused_what_the_profile_refuses(edi: Ecosystem, shop: Verifier) -> None:
    """haip-strict ends a request at a MUST that the wallet itself could live with; through the browser too."""
    request = shop.dc_api_request(origins=[SHOP], encrypted=False)
    asked = [{"protocol": request.protocol, "data": request.data}]
    edi.wallet("frouke").open_dc_api(asked, origin=SHOP)
    wallet = edi.wallet("frouke", behaves_as="haip-strict")
    with pytest.raises(RefusedByProfile) as refused, record(wallet, clock=edi.clock.now) as recorder:
        wallet.open_dc_api(asked, origin=SHOP)
    assert refused.value.spec.endswith("HV-14")
    assert refused.value.pointer == "/response_mode"
    fault = explain_cassette(kept(recorder)).fault
    assert fault is not None
    assert fault.side == "the other party"
    assert [entry.outcome for entry in wallet.log][-1] == "failed"


# Cards --------------------------------------------------------------------------------------------


def test_an_offer_and_the_card_that_came_of_it_are_recorded(edi: Ecosystem) -> None:
    wallet = edi.wallet("frouke")
    exchanges: list[HttpExchange] = []
    wallet._http.watch(exchanges.append)
    offer = edi.offer("diploma", "frouke")
    with record(wallet, clock=edi.clock.now) as recorder:
        (diploma,) = wallet.receive(offer.uri)
        with suppress(NlWalletError):
            wallet.receive(offer.uri)
    text = recorder.cassette().as_text()
    codes = {one.form["pre-authorized_code"] for one in exchanges if "pre-authorized_code" in one.form}
    bodies = [(one.reply.body if one.reply else b"").decode("latin-1") for one in exchanges]
    issued = next(body for body in bodies if '"credentials"' in body)
    assert (len(codes), "~" in issued) == (1, True)
    values = {value for value, _ in values_in(diploma.claims, "")}
    assert len(values) > 2
    for hidden in {*codes, *values, *(part for part in issued.split("~")[1:-1])}:
        assert hidden not in text
    cassette = kept(recorder)
    first, again = (one for one in cassette.steps if isinstance(one, Prompted))
    assert (first.about, [one.type for one in first.cards]) == ("fetch", ["urn:nlwallet:diploma:1"])
    assert again == first
    (refused,) = (one for one in cassette.steps if isinstance(one, Refused))
    assert (refused.what, refused.error.code) == ("card", "invalid_grant")
    story = explain_cassette(cassette)
    assert "It asked its holder whether to fetch cards of Testregister Diploma's" in str(story)
    assert story.fault is not None
    assert story.fault.code == "invalid_grant"
    assert "offer anew" in story.fault.next


@pytest.mark.parametrize(("id_", "what"), [("ADV-195/type", "card"), ("ADV-194/http", "offer")])
def test_what_the_wallet_does_not_take_of_an_issuer_is_told(edi: Ecosystem, id_: str, what: str) -> None:
    wallet = edi.wallet("frouke")
    (attack,) = attacks("wallet", only=[id_])
    with record(wallet, clock=edi.clock.now) as recorder:
        HostileParties(edi).attack(OwnWallet(wallet), attack).check()
    cassette = kept(recorder)
    (refused,) = (one for one in cassette.steps if isinstance(one, Refused))
    assert refused.what == what
    story = explain_cassette(cassette)
    assert story.fault is not None
    assert story.fault.what == refused.error.message
    assert f"It refused the {what}" in str(story)
    assert f"refused the {what}: " in str(wallet.seen)
