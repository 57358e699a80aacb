"""The hostile wallet against our own verifier, in each of its ways of asking; and against parties that are weak."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.errors import LocalError
from nlwallet.issuer import card
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.pilots import pilot
from nlwallet.testing.hostile import (
    HONEST,
    Attack,
    CallableParty,
    HostileWallet,
    RelyingPartyUnderTest,
    SessionOutcome,
    Verdict,
    VerifierParty,
    attacks,
)
from nlwallet.testing.hostile.attack import AttackGroup
from nlwallet.testing.hostile.cases.association import ASSOCIATION
from nlwallet.testing.hostile.cases.key_binding import KEY_BINDING
from nlwallet.testing.hostile.cases.session import SESSION
from nlwallet.testing.hostile.cases.vp_token import VP_TOKEN
from nlwallet.testing.hostile.party import outcome_of

PID = "urn:eudi:pid:nl:1"
NAME = {
    "id": "name",
    "format": "dc+sd-jwt",
    "meta": {"vct_values": [PID]},
    "claims": [
        {"path": ["given_name"], "values": ["Frouke"]},
        {"path": ["address", "locality"]},
        {"path": ["nationalities", None]},
    ],
}
DIPLOMA = {
    "id": "diploma",
    "format": "dc+sd-jwt",
    "meta": {"vct_values": [card("diploma").configuration.vct]},
    "claims": [{"path": ["given_name"]}],
}
OF_AGE = {
    "id": "age",
    "format": "dc+sd-jwt",
    "meta": {"vct_values": [PID]},
    "claims": [{"path": ["age_over_18"]}],
}
CARDS = {
    "credentials": [NAME, DIPLOMA, OF_AGE],
    "credential_sets": [{"options": [["name", "diploma"]]}, {"options": [["age"]], "required": False}],
}
DOCUMENT = {
    "id": "document",
    "format": "mso_mdoc",
    "meta": {"doctype_value": PID},
    "claims": [
        {"path": [PID, "given_name"]},
        {"path": [PID, "age_over_18"]},
        {"path": [f"{PID}.address", "locality"]},
    ],
}
PAYMENT: dict[str, Any] = {
    "type": "urn:eudi:sca:payment:1",
    "credential_ids": ["name"],
    "transaction_data_hashes_alg": ["sha-256"],
    "payload": {
        "transaction_id": "8D8AC610",
        "amount": 12.5,
        "currency": "EUR",
        "payee": {"name": "Fietsenmaker Bel", "id": "NL00BANK0123456789"},
    },
}
PAYMENTS = [PAYMENT, {**PAYMENT, "payload": {**PAYMENT["payload"], "amount": 1000}}]
PARTIES = (
    "several cards",
    "not encrypted",
    "without holder binding",
    "an mdoc",
    "an mdoc, not encrypted",
    "two payments",
)
JUDGED = [
    pytest.param(
        one,
        id=one.id,
        marks=[pytest.mark.req(one.id.partition("/")[0])]
        if one.expects != "observed" and one.id.startswith("ADV-")
        else [],
    )
    for one in attacks("rp", without=["SLOW-01", "SLOW-02", *(one.id for one in ASSOCIATION.attacks)])
]
"""The first two need a socket (``test_hostile_slow.py``), the others a party of the NL Wallet's kind
(``test_hostile_associations.py``)."""
NO_ATTACK = {
    "ADV-140": "ADV-130 and ADV-131 are it: read the other way round, their entries are valid",
    "ADV-148": "no relying party asks how a card stood in the past",
}
"""Cases of the list that no attack has, and why."""


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(), profile=OPENID4VP_1_0) as made:
        yield made


@pytest.fixture(scope="module")
def wallet(edi: Sandbox) -> HostileWallet:
    return HostileWallet(edi)


@pytest.fixture(scope="module")
def parties(edi: Sandbox) -> dict[str, RelyingPartyUnderTest]:
    bar = edi.relying_party("cafe-de-vrije-val")
    city = edi.register(
        pilot("gemeente-amsterdam").record, host="mijn.amsterdam.example", request_uri_method="post"
    )
    return {
        "several cards": VerifierParty(bar, CARDS),
        "not encrypted": VerifierParty(city, {"credentials": [OF_AGE]}, {"response_mode": "direct_post"}),
        "without holder binding": VerifierParty(
            bar, {"credentials": [{**OF_AGE, "require_cryptographic_holder_binding": False}]}
        ),
        "an mdoc": VerifierParty(bar, {"credentials": [DOCUMENT]}),
        "an mdoc, not encrypted": VerifierParty(
            bar, {"credentials": [DOCUMENT]}, {"response_mode": "direct_post"}
        ),
        "two payments": VerifierParty(bar, CARDS, {"transaction_data": PAYMENTS}),
    }


@pytest.mark.parametrize("name", PARTIES)
def test_an_honest_presentation_is_accepted(
    name: str, wallet: HostileWallet, parties: dict[str, RelyingPartyUnderTest]
) -> None:
    result = wallet.honest(parties[name])
    assert result.verdict is Verdict.SURVIVED, result.story()


@pytest.mark.parametrize("attack", JUDGED)
def test_our_verifier_survives(
    attack: Attack, wallet: HostileWallet, parties: dict[str, RelyingPartyUnderTest]
) -> None:
    """Each case at the first of its ways of asking that has what the case aims at."""
    for party in parties.values():
        result = wallet.attack(party, attack)
        result.check()
        assert result.verdict is not Verdict.NOT_JUDGED, result.story()
        if result.verdict is not Verdict.NOT_APPLICABLE:
            return
    pytest.fail(f"no way of asking has what {attack.id} aims at")


@pytest.mark.parametrize("group", [SESSION, VP_TOKEN, KEY_BINDING], ids=lambda group: group.title)
def test_it_survives_where_only_state_binds_the_answer(
    group: AttackGroup, wallet: HostileWallet, parties: dict[str, RelyingPartyUnderTest]
) -> None:
    for result in wallet.attack_all(parties["without holder binding"], group.attacks):
        result.check()


# the rule ---------------------------------------------------------------------------------------


def gullible(edi: Sandbox, **changes: Any) -> CallableParty:
    """The bar, but its application makes up its mind by itself."""
    bar = edi.relying_party("cafe-de-vrije-val")

    def start() -> tuple[str, Any]:
        request = bar.request()

        def see() -> Any:
            outcome = outcome_of(bar.result(request))
            return changes.get(outcome.state, outcome)

        return request.uri, see

    return CallableParty(start, name="a gullible bar")


def the(id_: str) -> Attack:
    (found,) = attacks(only=[id_])
    return found


def test_a_session_that_succeeds_all_the_same_is_a_hole(edi: Sandbox, wallet: HostileWallet) -> None:
    result = wallet.attack(gullible(edi, failed=True), the("ADV-100/wrong"))
    assert result.verdict is Verdict.HOLE
    assert "succeeded" in result.seen
    with pytest.raises(AssertionError, match="compare nonce"):
        result.check()


def test_attributes_without_success_are_a_hole_too(edi: Sandbox, wallet: HostileWallet) -> None:
    party = gullible(edi, failed=SessionOutcome("failed", {"age_over_18": True}))
    result = wallet.attack(party, the("ADV-074"))
    assert result.verdict is Verdict.HOLE
    assert "attributes" in result.seen


def test_who_refuses_everybody_fails_the_honest_case(edi: Sandbox, wallet: HostileWallet) -> None:
    party = gullible(edi, succeeded=False)
    assert wallet.attack(party, the("ADV-100/wrong")).verdict is Verdict.SURVIVED
    assert wallet.attack(party, HONEST).verdict is Verdict.HOLE
    assert wallet.attack(party, the("ADV-112")).verdict is Verdict.HOLE


def test_a_case_at_the_edge_is_only_observed(edi: Sandbox, wallet: HostileWallet) -> None:
    for party in (gullible(edi, failed=True), gullible(edi)):
        assert wallet.attack(party, the("ADV-105/two-hours")).verdict is Verdict.OBSERVED


def test_a_case_that_is_none_is_our_mistake() -> None:
    with pytest.raises(LocalError, match="ADV-999"):
        attacks(only=["ADV-999"])
    assert len(attacks(without=["ADV-100"])) == len(attacks()) - 4


def test_every_case_of_the_list_is_an_attack_or_has_a_reason() -> None:
    with (Path(__file__).parents[3] / "docs/conformance/requirements.csv").open(encoding="utf-8") as lines:
        listed = {
            row["id"]
            for row in csv.DictReader(lines)
            if row["id"].startswith("ADV-") and "RP" in row["level"].strip("case ()").split(",")
        }
    assert len(listed) > 150
    known = {one.id.partition("/")[0] for one in attacks("rp")}
    assert listed - known == NO_ATTACK.keys()


def test_time_is_turned_back_afterwards(edi: Sandbox, wallet: HostileWallet) -> None:
    before = edi.clock.now()
    wallet.attack(gullible(edi), the("ADV-005"))
    assert edi.clock.now() == before
