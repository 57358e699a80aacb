"""Whole issuances with peers, as wallet and as issuer: each row of the table in docs/interop.md is walked."""

from __future__ import annotations

from typing import Any

import pytest
from interop_openid4vci_cases import CASES, Case
from interop_openid4vci_flows import expected, peer_receives, we_receive
from interop_openid4vci_world import World

from nlwallet.errors import RemoteError

pytestmark = pytest.mark.node


def rows(role: str, *, refused: bool) -> Any:
    chosen = [c for c in CASES if c.role == role and c.walked and bool(c.refused) is refused]
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(case, id=case.id, marks=[pytest.mark.req(*case.req)] if case.req else [])
            for case in chosen
        ],
    )


@rows("wallet", refused=False)
def test_a_peer_receives_from_our_issuer(case: Case, peers: Any, record_property: Any) -> None:
    record_property("openid4vci", case.id)
    assert peer_receives(case, World(), peers) == expected(case)


@rows("wallet", refused=True)
def test_a_peer_does_not_receive_from_our_issuer(
    case: Case, peers: Any, refusal: type[Exception], record_property: Any
) -> None:
    record_property("openid4vci", case.id)
    with pytest.raises(refusal, match=case.refused):
        peer_receives(case, World(), peers)


@rows("issuer", refused=False)
def test_our_wallet_receives_from_a_peer(case: Case, peers: Any, record_property: Any) -> None:
    record_property("openid4vci", case.id)
    assert we_receive(case, World(), peers) == expected(case)


@rows("issuer", refused=True)
def test_our_wallet_does_not_receive_from_a_peer(
    case: Case, peers: Any, refusal: type[Exception], record_property: Any
) -> None:
    record_property("openid4vci", case.id)
    with pytest.raises((refusal, RemoteError), match=case.refused):
        we_receive(case, World(), peers)
