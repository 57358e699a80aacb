"""A recorded relying party, played again to another wallet: the same story, or what is different."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from nlwallet.errors import LocalError, NlWalletError
from nlwallet.testing import denies
from nlwallet.testing.cassette import Cassette, read_cassette
from nlwallet.testing.cassette_recorder import record
from nlwallet.testing.cassette_replay import replay
from nlwallet.testing.cassette_story import explain_cassette
from nlwallet.testing.ecosystem import Ecosystem

PID = "urn:eudi:pid:nl:1"


@pytest.fixture(scope="module")
def edi() -> Iterator[Ecosystem]:
    with Ecosystem() as made:
        yield made


def query(*claims: str, **more: Any) -> dict[str, Any]:
    paths = [{"path": one.split(".")} for one in claims]
    asked = {"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, "claims": paths}
    return {"credentials": [{**asked, **more}]}


def recorded(edi: Ecosystem, asked: Any, *, profile: str | None = None, deny: bool = False) -> Cassette:
    """As it comes out of its file: nothing else is left of what was recorded."""
    wallet = edi.wallet("frouke", behaves_as=profile)
    party = edi.party("shop.example", "family_name", "age_over_18")
    with record(wallet, clock=edi.clock.now) as recorder, suppress(NlWalletError):
        prompt = wallet.open(party.request(asked).uri)
        denies(prompt) if deny else prompt.approve(despite_warnings=True)
    return read_cassette(recorder.cassette().as_text())


@pytest.mark.parametrize(
    ("asked", "profile"),
    [
        (query("family_name", "age_over_18"), None),
        (query("family_name", "birthdate"), None),  # more than is registered
        (query("family_name", multiple=True), "nl-wallet-0.6"),  # refused
    ],
)
def test_another_wallet_does_the_same(edi: Ecosystem, asked: Any, profile: str | None) -> None:
    cassette = recorded(edi, asked, profile=profile)
    with Ecosystem() as other, other.undone():
        played = replay(cassette, other, other.wallet("yusuf", behaves_as=profile))
    assert played.differences == ()
    before, now = (explain_cassette(one).fault for one in (cassette, played.cassette))
    assert before == now


def test_a_refusal_is_played_as_a_refusal(edi: Ecosystem) -> None:
    cassette = recorded(edi, query("family_name"), deny=True)
    with Ecosystem() as other:
        played = replay(cassette, other, other.wallet("yusuf"))
    assert played.same
    assert [one.outcome for one in played.cassette.steps if one.step == "ended"] == ["denied"]


def test_a_wallet_that_behaves_otherwise_is_told_apart(edi: Ecosystem) -> None:
    cassette = recorded(edi, query("family_name", multiple=True))
    with Ecosystem() as other:
        played = replay(cassette, other, other.wallet("yusuf", behaves_as="nl-wallet-0.6"))
    assert not played.same
    assert any(one.startswith("only this time: refused: ") for one in played.differences)


def test_what_was_wrong_with_the_request_is_wrong_again(edi: Ecosystem) -> None:
    """A request object from which the nonce was taken before it was recorded."""
    told = json.loads(recorded(edi, query("family_name")).as_text())
    (request,) = [one for one in told["steps"] if one.get("what") == "the request object"]
    del request["received"]["payload"]["nonce"]
    with Ecosystem() as other:
        played = replay(read_cassette(json.dumps(told)), other, other.wallet("yusuf"))
    fault = explain_cassette(played.cassette).fault
    assert fault is not None
    assert fault.pointer == "/nonce"


def test_a_reply_is_played_with_its_status(edi: Ecosystem) -> None:
    told = json.loads(recorded(edi, query("family_name")).as_text())
    (response,) = [one for one in told["steps"] if one.get("what") == "the response"]
    response |= {"status": 400, "received": {"kind": "json", "members": {"error": "invalid_request"}}}
    with Ecosystem() as other:
        played = replay(read_cassette(json.dumps(told)), other, other.wallet("yusuf"))
    assert played.same
    assert "HTTP status 400" in str(explain_cassette(played.cassette))


def test_keys_and_nonces_are_fresh_and_equal_where_they_were(edi: Ecosystem) -> None:
    cassette = recorded(edi, query("family_name"))
    seen: list[Any] = []
    with Ecosystem() as other:
        wallet = other.wallet("yusuf")
        wallet._http.watch(seen.append)
        replay(cassette, other, wallet)
    link = next(one.url for one in seen if one.what == "the request object")
    answer = next(one.url for one in seen if one.what == "the response")
    assert "<" not in link
    assert link.rpartition("/")[2] == answer.rpartition("/")[2]


def test_a_cassette_without_a_request_is_not_played(edi: Ecosystem) -> None:
    empty = {
        "format": "nlwallet-cassette",
        "version": 1,
        "made_by": "",
        "recorded_at": 1,
        "profile": "x",
        "steps": [],
    }
    with pytest.raises(LocalError):
        replay(read_cassette(json.dumps(empty)), edi, edi.wallet("yusuf"))


def test_it_is_played_where_the_recorded_party_is_known(edi: Ecosystem) -> None:
    cassette = recorded(edi, query("family_name"))
    assert replay(cassette, edi, edi.wallet("yusuf")).differences == ()
