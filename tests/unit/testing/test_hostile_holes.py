"""One known hole for each case, generated: the case that aims at it finds it, and no case that aims elsewhere does.

The verifier here (:mod:`weak_verifier`) makes its checks by itself and is wrong on purpose. First every case is run
against it without a hole, and it says what it found wrong; that becomes the hole. Where the holes of two cases are the
same, they are two ways to the same hole.

It reads SD-JWT VCs over a link alone, so the groups in :data:`NOT_THERE` have nothing to aim at here: what mdocs and
transactions find is shown with our own verifier, one check off at a time (``test_hostile_switched_off.py``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from weak_verifier import WeakVerifier

from nlwallet.clock import TravellingClock
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile import Attack, HostileWallet, Verdict, attacks
from nlwallet.testing.hostile.cases.dc_api import DC_API
from nlwallet.testing.hostile.cases.mdoc import MDOC
from nlwallet.testing.hostile.cases.mdoc_session import MDOC_SESSION
from nlwallet.testing.hostile.cases.metadata import METADATA
from nlwallet.testing.hostile.cases.too_much import TOO_MUCH
from nlwallet.testing.hostile.cases.transaction import TRANSACTION


def asked(name: str, *claims: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "format": "dc+sd-jwt",
        "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
        "claims": list(claims),
    }


NAME = {"path": ["given_name"]}
AGE = {"path": ["age_over_18"], "values": [True]}
ONE_CARD = {"credentials": [asked("pid", NAME, AGE)]}
TWO_CARDS = {
    "credentials": [asked("name", NAME), asked("age", AGE)],
    "credential_sets": [{"options": [["name", "age"]]}],
}
NOT_THERE = frozenset(
    {
        *(one.title for one in (MDOC, MDOC_SESSION, METADATA, DC_API, TRANSACTION, TOO_MUCH)),
        "ADV-058/sd-jwt",
    }
)
"""Groups and cases that aim at what the weak verifier does not do."""
REFUSED = {
    one.id: one
    for one in attacks("rp")
    if one.expects == "refused" and NOT_THERE.isdisjoint({one.group, one.id})
}

OF_BEHAVIOUR = {
    "ADV-010": "nobody has to come back",
    "ADV-011": "any code will do",
    "ADV-012": "a code can be used again",
    "ADV-013": "any browser will do",
    "ADV-014": "nobody has to come back",
    "ADV-016": "an error of the wallet is refused",
    "ADV-017/code": "unknown errors are not caught",
    "ADV-017/state": "errors without state are not caught",
    "ADV-024": "long errors are not caught",
    "ADV-025": "wallet_nonce is forgotten",
    "ADV-026": "it fetches what a wallet names",
    "ADV-027/path": "ids are paths",
    "ADV-027/unknown": "any request is there",
    "ADV-030": "nonces are counted",
    "ADV-146": "status comes first",
}
"""Holes that are no fault of an answer, but something that the verifier does."""

SLOW = frozenset({"ADV-030", "ADV-037/bomb", "ADV-138", "ADV-147/bomb", "ADV-141/oversize"})
"""Not tried against the holes of others."""


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock()) as made:
        yield made


@pytest.fixture(scope="module")
def wallet(edi: Sandbox) -> HostileWallet:
    return HostileWallet(edi)


class Survey:
    """What a verifier without holes finds wrong with each case; looked up when it is needed."""

    def __init__(self, edi: Sandbox, wallet: HostileWallet) -> None:
        self._edi, self._wallet = edi, wallet
        self._whole = {
            name: WeakVerifier(edi, query, encrypted=name == "one card")
            for name, query in (("one card", ONE_CARD), ("two cards", TWO_CARDS))
        }
        self._known: dict[str, tuple[str, frozenset[str]]] = {}

    def of(self, attack: Attack) -> tuple[str, frozenset[str]]:
        """At which verifier, and which faults."""
        if attack.id not in self._known:
            self._known[attack.id] = self._look(attack)
        return self._known[attack.id]

    def _look(self, attack: Attack) -> tuple[str, frozenset[str]]:
        for name, party in self._whole.items():
            party.found.clear()
            result = self._wallet.attack(party, attack)
            assert result.verdict in (Verdict.SURVIVED, Verdict.NOT_APPLICABLE), result.story()
            if result.verdict is Verdict.SURVIVED:
                hole = OF_BEHAVIOUR.get(attack.id)
                return name, frozenset({f"hole: {hole}"} if hole else party.found)
        pytest.fail(f"{attack.id} has nothing to aim at")

    def with_holes(self, name: str, holes: frozenset[str]) -> WeakVerifier:
        query: Mapping[str, Any] = self._whole[name].query
        return WeakVerifier(self._edi, query, holes, encrypted=name == "one card")


@pytest.fixture(scope="module")
def survey(edi: Sandbox, wallet: HostileWallet) -> Survey:
    return Survey(edi, wallet)


@pytest.mark.parametrize(("query", "encrypted"), [(ONE_CARD, True), (TWO_CARDS, False)])
def test_without_a_hole_it_accepts_the_honest(
    query: Mapping[str, Any], encrypted: bool, edi: Sandbox, wallet: HostileWallet
) -> None:
    party = WeakVerifier(edi, query, encrypted=encrypted)
    result = wallet.honest(party)
    assert result.verdict is Verdict.SURVIVED, result.story()
    assert not party.found
    for one in attacks("rp"):
        if one.expects == "accepted":
            wallet.attack(party, one).check()


@pytest.mark.parametrize("attack", REFUSED.values())
def test_its_hole_is_found_and_no_other(attack: Attack, wallet: HostileWallet, survey: Survey) -> None:
    name, holes = survey.of(attack)
    assert holes, f"nothing is wrong with {attack.id}"
    party = survey.with_holes(name, holes)
    result = wallet.attack(party, attack)
    assert result.verdict is Verdict.HOLE, f"{attack.id}: {result.seen}; the hole was {sorted(holes)}"
    assert wallet.honest(party).verdict is Verdict.SURVIVED
    for other in _others(attack):
        found = wallet.attack(party, other)
        if found.verdict is Verdict.HOLE:
            assert survey.of(other)[1] == holes, (
                f"{other.id} is caught by the hole of {attack.id}: {found.seen}"
            )


def _others(attack: Attack) -> list[Attack]:
    """Some of all others, other ones for each case; all of them with ``make holes``."""
    everybody = [one for one in REFUSED.values() if one is not attack and one.id not in SLOW]
    if "NLWALLET_ALL_HOLES" in os.environ:
        return everybody
    start = sum(map(ord, attack.id)) % 24
    return everybody[start::24]


def test_most_holes_are_of_one_case_alone(survey: Survey) -> None:
    """The kit tells apart where a verifier is weak, not only that it is."""
    holes = [survey.of(one)[1] for one in REFUSED.values() if one.id not in SLOW]
    assert len(set(holes)) > len(holes) * 3 // 4
