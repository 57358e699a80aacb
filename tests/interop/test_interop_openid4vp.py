"""Whole presentations with peers, as wallet and as verifier: each row of the table in docs/interop.md is walked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from interop_openid4vp_cases import CASES, Case
from interop_openid4vp_flows import AnswerRefused, peer_answers, we_answer
from interop_openid4vp_queries import QUERIES
from interop_openid4vp_world import World

from nlwallet.errors import RemoteError
from nlwallet.verifier import Status

pytestmark = pytest.mark.node

Worlds = Callable[[str], World]


def rows(role: str, *, refused: bool) -> Any:
    chosen = [c for c in CASES if c.role == role and c.walked and bool(c.refused) is refused]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in chosen])


@rows("wallet", refused=False)
def test_a_peer_answers_our_verifier(case: Case, worlds: Worlds, peers: Any, record_property: Any) -> None:
    record_property("openid4vp", case.id)
    result, shown = peer_answers(case, worlds(case.profile), peers)
    assert result.status is Status.VERIFIED
    assert shown == QUERIES[case.asks].shown


@rows("wallet", refused=True)
def test_a_peer_does_not_answer_our_verifier(
    case: Case, worlds: Worlds, peers: Any, refusal: type[Exception], record_property: Any
) -> None:
    record_property("openid4vp", case.id)
    with pytest.raises((refusal, AnswerRefused), match=case.refused):
        peer_answers(case, worlds(case.profile), peers)


@rows("verifier", refused=False)
def test_our_wallet_answers_a_peer(case: Case, worlds: Worlds, peers: Any, record_property: Any) -> None:
    record_property("openid4vp", case.id)
    shown = we_answer(case, worlds(case.profile), peers)
    assert shown == QUERIES[case.asks].shown


@rows("verifier", refused=True)
def test_our_wallet_and_a_peer_do_not_agree(
    case: Case, worlds: Worlds, peers: Any, refusal: type[Exception], record_property: Any
) -> None:
    record_property("openid4vp", case.id)
    with pytest.raises((refusal, RemoteError), match=case.refused):
        we_answer(case, worlds(case.profile), peers)
