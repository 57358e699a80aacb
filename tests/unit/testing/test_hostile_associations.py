"""The hostile wallet of the NL Wallet's kind: it has a key for each card, and what it does with their proof is seen.

As in ``test_hostile_holes.py`` the holes are generated: what a check of its own (:func:`faults`) finds wrong with a
case becomes the hole of the party that this case, and no other, has to find.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import PublicKey
from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidResponse
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.loopback import Loopback
from nlwallet.testing.hostile import HostileWallet, NlVerifierParty, Verdict, VerifierParty, attacks
from nlwallet.testing.hostile.cases.association import ASSOCIATION
from nlwallet.verifier.proof_of_association import Association

CASES = {one.id.partition("/")[2]: one for one in ASSOCIATION.attacks}
TWO_CARDS = "baanvinder"


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(), profile="nl-wallet-0.6") as made:
        yield made


@pytest.fixture(scope="module")
def party(edi: Sandbox) -> VerifierParty:
    return VerifierParty(edi.relying_party(TWO_CARDS))


def faults(poa: Any, keys: Any, audience: str, nonce: str, issuers: Any) -> set[str]:
    """What is wrong with a proof of the hostile wallet; it shares no check with the library."""
    if poa is None:
        return {"none"}
    claims = json.loads(b64url_decode(poa["payload"]))
    named = [PublicKey.from_jwk(one) for one in claims["jwks"]]
    found = {name for name, right in (("aud", audience), ("nonce", nonce)) if claims[name] != right}
    if claims["iss"] not in issuers:
        found.add("iss")
    if {one.thumbprint() for one in named} != {one.thumbprint() for one in keys}:
        found.add("keys")
    if len(poa["signatures"]) != len(named):
        found.add("count")
    for key, one in zip(named, poa["signatures"], strict=False):
        signed = f"{one['protected']}.{poa['payload']}".encode()
        try:
            key.verify(b64url_decode(one["signature"]), signed)
        except Exception:  # noqa: BLE001 - whatever it is, it is no signature
            found.add("signature")
    return found


def with_holes(monkeypatch: pytest.MonkeyPatch, holes: set[str], seen: set[str]) -> None:
    def check(self: Association, keys: Any, *, audience: str, nonce: str, **_: Any) -> None:
        found = faults(self.poa, keys, audience, nonce, self.issuers)
        seen.update(found)
        if found - holes:
            raise InvalidResponse("there is something wrong with the proof")

    monkeypatch.setattr(Association, "check", check)


@pytest.mark.parametrize("name", CASES)
def test_each_case_finds_its_hole_and_no_other(
    name: str, edi: Sandbox, party: VerifierParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet = HostileWallet(edi)
    assert wallet.honest(party).verdict is Verdict.SURVIVED
    assert wallet.attack(party, CASES[name]).verdict is Verdict.SURVIVED
    holes: set[str] = set()
    with_holes(monkeypatch, set(), holes)
    assert wallet.honest(party).verdict is Verdict.SURVIVED
    assert holes == set()
    assert wallet.attack(party, CASES[name]).verdict is Verdict.SURVIVED
    assert len(holes) == 1
    with_holes(monkeypatch, holes, set())
    verdicts = {other: wallet.attack(party, one).verdict for other, one in CASES.items()}
    assert verdicts == {other: Verdict.HOLE if other == name else Verdict.SURVIVED for other in CASES}


def test_where_nobody_looks_at_the_proof_all_cases_say_so(edi: Sandbox) -> None:
    with Sandbox(clock=TravellingClock()) as other:
        blind = VerifierParty(other.relying_party(TWO_CARDS))
        report = HostileWallet(other, associates=True).report(blind, list(CASES.values()))
        assert report.honest.verdict is Verdict.SURVIVED
        assert report.count(Verdict.HOLE) == len(CASES)
        wallet = HostileWallet(other)  # one of that profile makes none
        (seen,) = {wallet.attack(blind, one).seen for one in CASES.values()}
        assert "NL Wallet's kind" in seen
    one_card = VerifierParty(edi.relying_party("cafe-de-vrije-val"))
    (seen,) = {HostileWallet(edi).attack(one_card, one).seen for one in CASES.values()}
    assert seen == "it asks for one card"


def test_the_nl_wallets_server_is_sound(tmp_path: Path) -> None:
    hosting, anchor = Loopback(), tmp_path / "tls.pem"
    with Sandbox(hosting=hosting, profile="nl-wallet-0.6") as edi:
        served = edi.verification_server(
            {"jobs": {"pilot": TWO_CARDS, "accept_missing_revocation_status": True}}
        )
        anchor.write_text(hosting.tls_anchor_pem)
        party = NlVerifierParty(served.requester_url, served.public_url, "jobs", tls_anchor=str(anchor))
        some = attacks(only=["ADV-061/no-proof", "ADV-061/replay", "ADV-060"])
        report = HostileWallet(edi).report(party, some)
        assert report.honest.verdict is Verdict.SURVIVED, report.honest.story()
        assert report.count(Verdict.SURVIVED) == len(some), [one.story() for one in report.holes]
        honest = HostileWallet(edi, associates=False).honest(party)  # one key for both cards proves itself
        assert honest.verdict is Verdict.SURVIVED
