"""One known hole for each case, generated: the case that aims at it finds it, and no case that aims elsewhere does.

The verifier here (:mod:`weak_verifier`) makes its checks by itself and is wrong on purpose. First every case is run
against it without a hole, and it says what it found wrong; that becomes the hole. Where the holes of two cases are the
same, they are two ways to the same hole; where one is part of the other, a party with the greater has the lesser.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import weak_metadata
from weak_metadata import Web
from weak_transaction import Order
from weak_verifier import WeakVerifier

from nlwallet.clock import TravellingClock
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile import Attack, HostileWallet, Verdict, attacks


def asked(name: str, *claims: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "format": "dc+sd-jwt",
        "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
        "claims": list(claims),
    }


NAME = {"path": ["given_name"]}
AGE = {"path": ["age_over_18"], "values": [True]}
PID = "urn:eudi:pid:nl:1"
DOCUMENT = {
    "id": "document",
    "format": "mso_mdoc",
    "meta": {"doctype_value": PID},
    "claims": [{"path": [PID, "given_name"]}, {"path": [PID, "age_over_18"]}],
}
ENTRIES = tuple(
    base64.urlsafe_b64encode(
        json.dumps(
            {
                "type": "urn:eudi:sca:payment:1",
                "credential_ids": ["name"],
                "transaction_data_hashes_alg": ["sha-256"],
                "payload": {"transaction_id": f"8D8AC61{number}", "amount": 12.5, "currency": "EUR"},
            }
        ).encode()
    )
    .rstrip(b"=")
    .decode()
    for number in range(2)
)
TWO = [asked("name", NAME), asked("age", AGE)]


@dataclass(frozen=True)
class Kind:
    """A way in which the weak verifier asks."""

    query: Mapping[str, Any]
    encrypted: bool = True
    order: Order | None = None

    def party(self, edi: Sandbox, web: Web, holes: frozenset[str] = frozenset()) -> WeakVerifier:
        return WeakVerifier(edi, self.query, web, holes, encrypted=self.encrypted, order=self.order)


KINDS = {
    "one card": Kind({"credentials": [asked("pid", NAME, AGE)]}),
    "two cards": Kind(
        {"credentials": TWO, "credential_sets": [{"options": [["name", "age"]]}]}, encrypted=False
    ),
    "a document": Kind({"credentials": [DOCUMENT]}),
    "a document, not encrypted": Kind({"credentials": [DOCUMENT]}, encrypted=False),
    "two payments": Kind({"credentials": TWO}, order=Order(ENTRIES, "name", ("sha-256",))),
}
"""Each case is tried with the first that has what it aims at."""

NO_HOLE = {
    "ADV-052": "the honest presentation of who asks for something optional is the same",
    **{
        f"ADV-061/{name}": "only the NL Wallet's servers look at it: test_hostile_associations.py has the holes"
        for name in ("no-proof", "other-key", "one-signature", "not-signed", "audience", "wallet", "replay")
    },
    "ADV-063": "the honest presentation of who asks for no key binding is the same",
    "ADV-112": "the honest presentation has no other key",
    "SLOW-01": "it needs a socket: test_hostile_slow.py has who serves one at a time",
    "SLOW-02": "it needs a socket: test_hostile_slow.py has who waits for longer",
}
"""Cases that a verifier in process cannot have a hole for, and why."""
OBSERVED = frozenset(
    [
        "ADV-002",
        "ADV-020",
        "ADV-028",
        "ADV-033/missing",
        "ADV-048/beside",
        "ADV-055",
        "ADV-061",
        "ADV-070/anchor",
        "ADV-087",
        "ADV-088/a-minute",
        "ADV-089/huge",
        "ADV-090/vc",
        "ADV-094/chain",
        "ADV-095",
        "ADV-097/control",
        "ADV-097/html",
        "ADV-097/megabyte",
        "ADV-097/proto",
        "ADV-097/surrogate",
        "ADV-098",
        "ADV-105/two-hours",
        "ADV-126/beside",
        "ADV-130/control",
        "ADV-143/file",
        "ADV-143/localhost",
        "ADV-143/mapped",
        "ADV-143/metadata",
        "ADV-145",
        "ADV-154/algorithm",
        "ADV-154/length",
        "ADV-154/mismatch",
    ]
)
"""Cases in which a sound party may do either; what it may do, the case itself says."""
AIMED = {one.id: one for one in attacks("rp") if one.expects != "observed" and one.id not in NO_HOLE}

OF_BEHAVIOUR = {
    "ADV-010": {"hole: nobody has to come back"},
    "ADV-011": {"hole: any code will do"},
    "ADV-012": {"hole: a code can be used again"},
    "ADV-013": {"hole: any browser will do"},
    "ADV-014": {"hole: nobody has to come back"},
    "ADV-016": {"hole: an error of the wallet is refused"},
    "ADV-017/code": {"hole: unknown errors are not caught"},
    "ADV-017/state": {"hole: errors without state are not caught"},
    "ADV-023": {"hole: fields that nobody knows are refused"},
    "ADV-024": {"hole: long errors are not caught"},
    "ADV-025": {"hole: wallet_nonce is forgotten"},
    "ADV-025/odd": {"hole: a wallet_nonce goes into a header"},
    "ADV-026/address": {"hole: it fetches what a wallet names"},
    "ADV-026/huge": {"hole: forms have no bound"},
    "ADV-026/json": {"hole: wallet_metadata that is no JSON breaks it"},
    "ADV-026/key": {"hole: keys of a wallet break it"},
    "ADV-027/path": {"hole: ids are paths"},
    "ADV-027/unknown": {"hole: any request is there"},
    "ADV-030": {"hole: nonces are counted"},
    "ADV-029": {"hole: two answers are looked at before one is noted"},
    "ADV-040/present": {"hole: apu is refused"},
    "ADV-084/absent": {"hole: _sd_alg is required"},
    "ADV-106/skew": {"hole: clocks have to agree"},
    "ADV-146": {"hole: status comes first"},
    "ADV-150/attacker": {weak_metadata.KEYS},
    "ADV-150/loopback": {weak_metadata.ISSUER_HERE},
    "ADV-150/mapped": {weak_metadata.ISSUER_MAPPED},
    "ADV-151/issuer": {weak_metadata.KEYS, weak_metadata.FOREIGN},
    "ADV-151/both": {weak_metadata.KEYS, weak_metadata.BOTH},
    "ADV-151/internal": {weak_metadata.KEYS, weak_metadata.KEYS_INSIDE},
    "ADV-152": {weak_metadata.INSTEAD},
    "ADV-153/extends": {weak_metadata.EXTENDS},
    "ADV-153/endless": {weak_metadata.ENDLESS},
    "ADV-153/loopback": {weak_metadata.TYPE_HERE},
    "ADV-153/redirect": {weak_metadata.PLAIN},
    "ADV-155/chain": {weak_metadata.CHAIN},
    "ADV-155/cycle": {weak_metadata.CYCLE},
    "ADV-155/weakened": {weak_metadata.EXTENDS, weak_metadata.WEAKENS},
    "ADV-158/control": {"hole: pages are refused"},
    "ADV-160/error": {"hole: errors through a browser are not caught"},
}
"""Holes that are no fault of an answer, but something that the verifier does."""

SLOW = frozenset(
    [
        "ADV-024",
        "ADV-026/huge",
        "ADV-030",
        "ADV-037/bomb",
        "ADV-138",
        "ADV-141/oversize",
        "ADV-147/bomb",
        "ADV-153/endless",
        "ADV-155/chain",
        "ADV-155/cycle",
        "DEEP-01/arrays",
        "DEEP-01/objects",
        "DEEP-02",
        "LARGE-01",
        "LARGE-02",
        "MANY-01",
        "MANY-02",
        "MANY-03",
    ]
)
"""Not tried against the holes of others."""
SAMPLE = 40
"""Each case is tried against the holes of one in so many others."""


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock()) as made:
        yield made


@pytest.fixture(scope="module")
def wallet(edi: Sandbox) -> HostileWallet:
    return HostileWallet(edi)


@dataclass(frozen=True)
class Found:
    """What a case is about: at which verifier, and by which holes it gets in."""

    at: str
    holes: frozenset[str]


class Survey:
    """What a verifier without holes finds wrong with each case; looked up when it is needed."""

    def __init__(self, edi: Sandbox, wallet: HostileWallet) -> None:
        self._edi, self._wallet, self.web = edi, wallet, Web.of(edi)
        self._whole = {name: kind.party(edi, self.web) for name, kind in KINDS.items()}
        self._known: dict[str, Found] = {}

    def of(self, attack: Attack) -> Found:
        """Looked up once."""
        if attack.id not in self._known:
            self._known[attack.id] = self._look(attack)
        return self._known[attack.id]

    def _look(self, attack: Attack) -> Found:
        for name, party in self._whole.items():
            party.found.clear()
            result = self._wallet.attack(party, attack)
            assert result.verdict in (Verdict.SURVIVED, Verdict.NOT_APPLICABLE), result.story()
            if result.verdict is Verdict.SURVIVED:
                return Found(name, frozenset(OF_BEHAVIOUR.get(attack.id, party.found)))
        pytest.fail(f"{attack.id} has nothing to aim at")

    def has_to_get_in(self, attack: Attack, at: str, holes: frozenset[str]) -> bool:
        """Whether an attack is about no more than these holes of a verifier that asks in this way."""
        found = self.of(attack)
        if found.holes <= holes:
            return True
        party = self._whole[at]
        party.found.clear()
        self._wallet.attack(party, attack)
        return bool(party.found) and party.found <= holes

    def with_holes(self, name: str, holes: frozenset[str]) -> WeakVerifier:
        return KINDS[name].party(self._edi, self.web, holes)


@pytest.fixture(scope="module")
def survey(edi: Sandbox, wallet: HostileWallet) -> Survey:
    return Survey(edi, wallet)


def test_every_case_has_a_hole_or_a_reason_why_not() -> None:
    """A case that is new has to have a hole, or a place in one of the two small tables."""
    cases = {one.id: one for one in attacks("rp")}
    assert {name for name, one in cases.items() if one.expects == "observed"} == OBSERVED
    assert cases.keys() - OBSERVED - NO_HOLE.keys() == AIMED.keys()
    assert NO_HOLE.keys() | OF_BEHAVIOUR.keys() <= cases.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_hole_it_accepts_the_honest(kind: str, edi: Sandbox, wallet: HostileWallet) -> None:
    party = KINDS[kind].party(edi, Web.of(edi))
    result = wallet.honest(party)
    assert result.verdict is Verdict.SURVIVED, result.story()
    assert not party.found
    for one in attacks("rp"):
        if one.expects == "accepted":
            wallet.attack(party, one).check()


@pytest.mark.parametrize("attack", AIMED.values())
def test_its_hole_is_found_and_no_other(attack: Attack, wallet: HostileWallet, survey: Survey) -> None:
    found = survey.of(attack)
    at, holes = found.at, found.holes
    assert holes, f"nothing is wrong with {attack.id}"
    party = survey.with_holes(at, holes)
    result = wallet.attack(party, attack)
    assert result.verdict is Verdict.HOLE, f"{attack.id}: {result.seen}; the hole was {sorted(holes)}"
    honest = wallet.honest(party)
    assert honest.verdict is Verdict.SURVIVED, honest.story()
    for other in _others(attack):
        judged = wallet.attack(party, other)
        if judged.verdict is Verdict.HOLE:
            assert survey.has_to_get_in(other, at, holes), (
                f"{other.id} gets in by the hole of {attack.id}, {sorted(holes)}: {judged.seen}"
            )


def _others(attack: Attack) -> list[Attack]:
    """Some of all others, other ones for each case; all of them with ``make holes``."""
    everybody = [one for one in AIMED.values() if one is not attack and one.id not in SLOW]
    if "NLWALLET_ALL_HOLES" in os.environ:
        return everybody
    start = sum(map(ord, attack.id)) % SAMPLE
    return everybody[start::SAMPLE]


def test_most_holes_are_of_one_case_alone(survey: Survey) -> None:
    """The kit tells apart where a verifier is weak, not only that it is."""
    holes = [survey.of(one).holes for one in AIMED.values() if one.id not in SLOW]
    assert len(set(holes)) > len(holes) * 3 // 4
