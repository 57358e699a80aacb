"""Hostile issuers against our own wallet, and against one that keeps whatever it is given."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile import Attack, HostileParties, OwnWallet, Verdict, WalletOutcome, attacks
from nlwallet.testing.hostile.cases.wallet_offers import WALLET_OFFERS

OFFERS = WALLET_OFFERS.attacks


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock()) as made:
        yield made


@pytest.fixture(scope="module")
def parties(edi: Sandbox) -> HostileParties:
    return HostileParties(edi)


@pytest.fixture(scope="module")
def wallet(edi: Sandbox) -> OwnWallet:
    return OwnWallet(edi.wallet("frouke"), edi.browser("frouke"))


def test_the_honest_offer_is_taken(parties: HostileParties, wallet: OwnWallet) -> None:
    before = len(wallet.wallet.cards)
    result = parties.honest_offer(wallet)
    assert result.verdict is Verdict.SURVIVED, result.story()
    assert result.seen == "kept"
    assert len(wallet.wallet.cards) == before + 1


@pytest.mark.parametrize("attack", OFFERS)
def test_our_wallet_survives(attack: Attack, parties: HostileParties, wallet: OwnWallet) -> None:
    result = parties.attack(wallet, attack)
    result.check()
    assert result.verdict in (Verdict.SURVIVED, Verdict.OBSERVED), result.story()


def test_each_is_refused_for_what_is_wrong_with_it(parties: HostileParties, wallet: OwnWallet) -> None:
    """Each spoils one thing: were all refused for the same reason, the honest part would not be honest."""
    seen = set()
    for attack in OFFERS:
        if attack.id != "ADV-157":
            steps = parties.attack(wallet, attack).steps
            seen.add(steps[-1].received.splitlines()[0])
    assert len(seen) > len(OFFERS) // 2, seen


@dataclass
class Gullible:
    """Takes any offer; where its own wallet refuses, it goes on regardless."""

    inner: OwnWallet
    edi: Sandbox
    name: str = "a gullible wallet"
    tells: bool = True
    links: list[str] = field(default_factory=list)

    def open(self, link: str, *, agrees: bool = True) -> WalletOutcome:
        return self.inner.open(link, agrees=agrees)

    def open_in_browser(self, requests: Sequence[Mapping[str, Any]], *, origin: str) -> WalletOutcome | None:
        return None

    def receive(self, offer: str) -> WalletOutcome:
        self.inner.receive(offer)
        return WalletOutcome("done")


OF_TYPES = [one for one in OFFERS if one.id.startswith(("ADV-153", "ADV-155")) and one.expects == "refused"]


@pytest.mark.parametrize(
    "attack", [one for one in OFFERS if one.expects == "refused" and one not in OF_TYPES]
)
def test_a_gullible_wallet_is_caught(
    attack: Attack, edi: Sandbox, parties: HostileParties, wallet: OwnWallet
) -> None:
    result = parties.attack(Gullible(wallet, edi), attack)
    assert (result.verdict, result.seen) == (Verdict.HOLE, "a card is kept")


@dataclass
class Curious(Gullible):
    """Reads all that there is about the type of a card, wherever it leads."""

    http: HttpClient = field(default_factory=HttpClient)

    def receive(self, offer: str) -> WalletOutcome:
        (offered,) = parse_qs(urlsplit(offer).query)["credential_offer"]
        issuer = json.loads(offered)["credential_issuer"]
        metadata = self._read(f"{issuer}/.well-known/openid-credential-issuer")
        (configuration,) = metadata["credential_configurations_supported"].values()
        following = configuration["vct"]
        for _ in range(60):
            following = self._read(following).get("extends")
            if following is None:
                break
        return WalletOutcome("done")

    def _read(self, url: str) -> dict[str, Any]:
        if urlsplit(url).hostname == "127.0.0.1":
            socket.create_connection(("127.0.0.1", urlsplit(url).port or 443)).close()
            return {}
        reply = self.http.send("GET", url, what="anything")
        if reply.status == 302:
            return self._read(reply.headers["location"])
        return dict(json.loads(reply.body)) if reply.body.strip() else {}


@pytest.mark.parametrize("attack", OF_TYPES)
def test_a_curious_wallet_is_caught(
    attack: Attack, edi: Sandbox, parties: HostileParties, wallet: OwnWallet
) -> None:
    http = edi.client()
    http.policy = HttpPolicy(max_response_bytes=100_000_000)
    result = parties.attack(Curious(wallet, edi, http=http), attack)
    assert result.verdict is Verdict.HOLE, result.story()
    assert {"inside": "port", "redirect": "port", "endless": "megabytes"}.get(
        attack.id.partition("/")[2], "60 documents"
    ) in result.seen


@pytest.mark.parametrize("attack", attacks("wallet", only=["ADV-154"]))
def test_type_metadata_that_are_not_those_meant_are_refused(
    attack: Attack, parties: HostileParties, wallet: OwnWallet
) -> None:
    result = parties.attack(wallet, attack)
    assert result.seen == "refused"
    assert "invalid_type_metadata" in result.steps[-1].received


def test_without_the_honest_offer_no_offer_is_judged(edi: Sandbox, parties: HostileParties) -> None:
    @dataclass
    class Shy(Gullible):
        def receive(self, offer: str) -> WalletOutcome:
            return WalletOutcome("refused", "no room")

    report = parties.report(Shy(OwnWallet(edi.wallet("frouke")), edi), attacks("wallet", only=["ADV-194"]))
    assert report.honest.verdict is Verdict.SURVIVED
    assert {one.verdict for one in report.results} == {Verdict.NOT_JUDGED}
    assert len(report.results) == 5
