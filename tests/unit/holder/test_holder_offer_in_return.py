"""An answer to a presentation may bring the wallet an offer: taken for what it is, and nothing else than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.encoding import dump_json
from nlwallet.errors import InvalidOffer, MalformedInput, RemoteError
from nlwallet.holder import LogOutcome
from nlwallet.openid4vci import OFFER_SCHEMES

HOST = "https://cafe-de-vrije-val.example"
OFFER = '{"credential_issuer":"https://issuer.example","credential_configuration_ids":["a"]}'


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(1_790_000_000)) as one:
        yield one


def answered(edi: Sandbox, redirect_uri: Any) -> tuple[Any, Any]:
    """A wallet whose presentation is answered with this redirect_uri, and what it makes of it."""
    body = dump_json({"redirect_uri": redirect_uri})

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    wallet = edi.wallet("frouke")
    prompt = wallet.open(edi.relying_party("cafe-de-vrije-val").request().uri)
    wallet.mount(HOST, answer)
    return wallet, prompt


@pytest.mark.parametrize("scheme", OFFER_SCHEMES)
@pytest.mark.parametrize(
    "query",
    [
        f"credential_offer={OFFER}",
        f"nonce=HzFJiqkzAkB6m0jGMDqLUN7kVZLlOPZY&credential_offer={OFFER}",  # as the NL Wallet's server writes it
        "credential_offer_uri=https://issuer.example/offer/1",
    ],
)
@pytest.mark.req("HW-02", "WI-01")
def test_an_offer_comes_back_and_waits_to_be_opened(edi: Sandbox, scheme: str, query: str) -> None:
    wallet, prompt = answered(edi, f"{scheme}://?{query}")
    outcome = prompt.approve(pin=Sandbox.PIN)
    assert outcome.offer == outcome.redirect_uri == f"{scheme}://?{query}"
    assert outcome.told("en") == "You can now get one or more cards."
    assert outcome.response_code is None
    # Nothing went to that issuer: it is not even there.
    assert wallet.log[-1].outcome is LogOutcome.SHARED


@pytest.mark.parametrize(
    "uri",
    [
        "openid-credential-offer://",
        "openid-credential-offer://?credential_offer={}",
        f"openid-credential-offer://?credential_offer={OFFER}&credential_offer={OFFER}",
        f"openid-credential-offer://?credential_offer={OFFER}&credential_offer_uri=https://issuer.example/1",
        "openid-credential-offer://?credential_offer_uri=http://issuer.example/1",
        "openid-credential-offer://?credential_offer_uri=https://user@issuer.example/1",
        "openid-credential-offer://?credential_offer=" + "x" * 20_000,
        "haip-vci://?credential_offer=[",
    ],
)
@pytest.mark.req("ADV-194")
def test_an_offer_that_is_none_is_refused(edi: Sandbox, uri: str) -> None:
    wallet, prompt = answered(edi, uri)
    with pytest.raises(RemoteError) as caught:
        prompt.approve(pin=Sandbox.PIN)
    assert isinstance(caught.value, InvalidOffer | MalformedInput)
    assert wallet.log[-1].outcome is LogOutcome.POSSIBLY_SHARED


@pytest.mark.parametrize(
    "uri",
    ["openid4vp://?client_id=x", "javascript:alert(1)", "openid-credential-offers://?a", "haip-vp://", "", 7],
)
def test_no_other_scheme_is_followed(edi: Sandbox, uri: Any) -> None:
    _, prompt = answered(edi, uri)
    with pytest.raises(MalformedInput):
        prompt.approve(pin=Sandbox.PIN)


def test_an_https_address_stays_what_it_was(edi: Sandbox) -> None:
    _, prompt = answered(edi, "https://cafe-de-vrije-val.example/#response_code=1")
    outcome = prompt.approve(pin=Sandbox.PIN)
    assert (outcome.offer, outcome.nothing_to_issue, outcome.told("nl")) == (None, False, "")
    assert outcome.response_code == "1"
