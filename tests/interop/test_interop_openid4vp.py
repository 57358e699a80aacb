"""Whole presentations with peers, as wallet and as verifier: each row of the table in docs/interop.md is walked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from interop_openid4vp_cases import CASES, OPENID4VC, Case
from interop_openid4vp_flows import peer_answers, we_answer
from interop_openid4vp_queries import QUERIES
from interop_openid4vp_world import World

from nlwallet.errors import RemoteError
from nlwallet.verifier import Status

pytestmark = pytest.mark.node

ROOMS = {OPENID4VC: ("vpWallet", "vpVerifier")}

Worlds = Callable[[str], World]


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    made: dict[str, World] = {}

    def world(profile: str) -> World:
        if profile not in made:
            made[profile] = World(profile)
        return made[profile]

    yield world
    for each in made.values():
        each.close()


def rows(role: str, *, refused: bool) -> Any:
    chosen = [c for c in CASES if c.role == role and c.walked and bool(c.refused) is refused]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in chosen])


@rows("wallet", refused=False)
def test_a_peer_answers_our_verifier(case: Case, worlds: Worlds, peers: Any, record_property: Any) -> None:
    record_property("openid4vp", case.id)
    result, shown = peer_answers(case, worlds(case.profile), peers, ROOMS[case.peer][0])
    assert result.status is Status.VERIFIED
    assert shown == QUERIES[case.asks].shown


@rows("wallet", refused=True)
def test_a_peer_does_not_answer_our_verifier(
    case: Case, worlds: Worlds, peers: Any, refusal: type[Exception], record_property: Any
) -> None:
    record_property("openid4vp", case.id)
    with pytest.raises(refusal, match=case.refused):
        peer_answers(case, worlds(case.profile), peers, ROOMS[case.peer][0])


@rows("verifier", refused=False)
def test_our_wallet_answers_a_peer(
    case: Case, worlds: Worlds, peers: Any, refusal: type[Exception], record_property: Any
) -> None:
    record_property("openid4vp", case.id)
    shown = we_answer(case, worlds(case.profile), peers, ROOMS[case.peer][1], refusal)
    assert shown == QUERIES[case.asks].shown


@rows("verifier", refused=True)
def test_our_wallet_and_a_peer_do_not_agree(
    case: Case, worlds: Worlds, peers: Any, refusal: type[Exception], record_property: Any
) -> None:
    record_property("openid4vp", case.id)
    with pytest.raises((refusal, RemoteError), match=case.refused):
        we_answer(case, worlds(case.profile), peers, ROOMS[case.peer][1], refusal)
