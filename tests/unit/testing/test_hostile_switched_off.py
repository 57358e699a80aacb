"""Attacks with mdocs and on transactions, against our own verifier with one check switched off: they find the hole.

For SD-JWT VCs a verifier that is weak in every way stands beside this (``test_hostile_holes.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_hostile_wallet import CARDS, DOCUMENT, PAYMENTS

from nlwallet.clock import TravellingClock
from nlwallet.mdoc import device_response, issuer_signed
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile import HostileWallet, Verdict, VerifierParty, attacks
from nlwallet.verifier import verification

ELEMENTS = ("ADV-119/value", "ADV-119/absent", "ADV-120/namespace")
TIMES = ("ADV-122/expired", "ADV-122/not-yet", "ADV-122/signed")
SIGNERS = (
    "ADV-123/untrusted",
    "ADV-123/usage",
    "ADV-123/no-usage",
    "ADV-123/category",
    "ADV-123/key",
    "ADV-125/curve",
    "ADV-125/empty",
)
DEVICE = (
    "ADV-115/nonce",
    "ADV-115/client-id",
    "ADV-115/response-uri",
    "ADV-115/replay",
    "ADV-046",
    "ADV-116/null",
    "ADV-116/hex",
    "ADV-117/dc-api",
    "ADV-117/redirect",
    "ADV-117/prefix",
    "ADV-117/origin",
    "ADV-118",
    "ADV-124/key",
    "ADV-124/none",
    "ADV-124/zeros",
    "ADV-124/mac",
    "ADV-159/attacker",
)
TRANSACTIONS = (
    "ADV-163/missing",
    "ADV-163/wrong",
    "ADV-163/empty",
    "ADV-163/too-many",
    "ADV-163/too-few",
    "ADV-163/order",
    "ADV-163/decoded",
    "ADV-164/algorithm",
    "ADV-164/missing",
    "ADV-165",
)


def _off(*_: Any, **__: Any) -> None:
    pass


def _whoever(message: Any, *_: Any) -> Any:
    return message.chain


CHECKS: dict[str, tuple[Any, str, Callable[..., Any], tuple[str, ...]]] = {
    "digests": (issuer_signed, "_check_digests", _off, ELEMENTS),
    "validity": (issuer_signed, "_check_validity", _off, TIMES),
    "issuer's signature": (issuer_signed, "_verify_signature", _whoever, SIGNERS),
    "device's signature": (device_response, "verify_device_auth", lambda *_, **__: "signature", DEVICE),
    "authorisation": (verification, "check_authorisation", _off, TRANSACTIONS),
}
ALL = [(check, id_) for check, (*_, ids) in CHECKS.items() for id_ in ids]


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(), profile=OPENID4VP_1_0) as made:
        yield made


@pytest.fixture(scope="module")
def wallet(edi: Sandbox) -> HostileWallet:
    return HostileWallet(edi)


@pytest.mark.parametrize(("check", "id_"), ALL, ids=[id_ for _, id_ in ALL])
def test_a_check_that_is_off_is_a_hole_that_is_found(
    check: str, id_: str, edi: Sandbox, wallet: HostileWallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    party = (
        VerifierParty(bar, CARDS, {"transaction_data": PAYMENTS})
        if check == "authorisation"
        else VerifierParty(bar, {"credentials": [DOCUMENT]})
    )
    (attack,) = attacks(only=[id_])
    assert wallet.attack(party, attack).verdict is Verdict.SURVIVED
    module, name, instead, _ = CHECKS[check]
    monkeypatch.setattr(module, name, instead)
    assert wallet.honest(party).verdict is Verdict.SURVIVED
    result = wallet.attack(party, attack)
    assert result.verdict is Verdict.HOLE, f"{id_}: {result.seen}"
