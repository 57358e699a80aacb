"""Whole issuances with peers, as wallet and as issuer: each row of the table in docs/interop.md is walked."""

from __future__ import annotations

from typing import Any

import pytest
from interop_openid4vci_cases import (
    BY_REFERENCE,
    CASES,
    CREDO,
    DPOP,
    DPOP_WITHOUT_NONCE,
    MDOC,
    ONE,
    OPENID4VC,
    Case,
)
from interop_openid4vci_flows import expected, peer_receives, we_receive
from interop_openid4vci_world import World, vct

from nlwallet import Wallet
from nlwallet.errors import RemoteError
from nlwallet.sdjwt import known_types

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


class Abroad(World):
    """A wallet that knows nothing of the types of the peer, which tells in its metadata what they are called."""

    def wallet(self, case: Case) -> Wallet:
        self.types = known_types()
        self.kept = super().wallet(case)
        return self.kept

    def configurations(self, case: Case) -> dict[str, dict[str, Any]]:
        found = super().configurations(case)
        namespace = [vct("library-card")] if case.mdoc else []
        found["library-card"]["credential_metadata"] = {
            "display": [{"name": "Library card", "locale": "en"}, {"name": "Leenpas", "locale": "nl-NL"}],
            "claims": [
                {"path": [*namespace, "number"], "display": [{"name": "Pasnummer", "locale": "nl-NL"}]},
            ],
        }
        return found


@pytest.mark.parametrize("mdoc", [False, True], ids=["sd-jwt", "mdoc"])
@pytest.mark.parametrize("peer", [OPENID4VC, CREDO])
def test_our_wallet_calls_a_card_of_a_peer_by_the_words_of_its_issuer(
    peer: str, mdoc: bool, peers: Any
) -> None:
    case = Case(
        peer,
        "issuer",
        gets=MDOC if mdoc else ONE,
        offer=BY_REFERENCE,
        token=DPOP_WITHOUT_NONCE if peer == CREDO else DPOP,
    )
    world = Abroad()
    assert we_receive(case, world, peers) == expected(case)
    (card,) = world.kept.cards
    assert (card.name("nl"), card.name("en")) == ("“Leenpas”", "“Library card”")
    first, *rest = (line.label for line in world.kept.describe(card, "nl").lines)
    assert first == "“Pasnummer” (number)"
    assert "branch" in rest


@rows("issuer", refused=True)
def test_our_wallet_does_not_receive_from_a_peer(
    case: Case, peers: Any, refusal: type[Exception], record_property: Any
) -> None:
    record_property("openid4vci", case.id)
    with pytest.raises((refusal, RemoteError), match=case.refused):
        we_receive(case, World(), peers)
