"""The wallet of the library Multipaz gets cards of our issuer (OpenID4VCI), and shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from interop_multipaz_parties import signer_of
from interop_openid4vci_cases import (
    ATTESTATION,
    ATTESTED,
    BATCH,
    CLIENT_ID,
    KEYS_ATTESTED,
    MDOC,
    MDOCS,
    ONE,
    SCOPE,
    STATE,
    TX_CODE,
    WRONG_TX_CODE,
    Case,
)
from interop_openid4vci_flows import _mended, _our_offer, personal
from interop_openid4vci_world import BACK, CLAIMS, PEER_CLIENT, STORED_SAFELY, World

from nlwallet.crypto import CertificateChain
from nlwallet.mdoc import DocumentSigners, claims_of, verify_mdoc
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import IssuerKey, verify_sd_jwt_vc

pytestmark = pytest.mark.jvm

PLAIN = Case("Multipaz", "wallet")
BY_CODE = [
    replace(PLAIN, grant=STATE, client=CLIENT_ID, gets=MDOC),
    replace(PLAIN, grant=SCOPE, client=CLIENT_ID, gets=ONE),
    replace(PLAIN, grant=STATE, client=ATTESTED, gets=MDOC),
    replace(PLAIN, grant=SCOPE, client=ATTESTED, gets=ONE),
]
BEFOREHAND = [
    replace(PLAIN, gets=MDOC),
    replace(PLAIN, gets=BATCH),
    replace(PLAIN, gets=MDOCS, client=ATTESTED),
    replace(PLAIN, gets=MDOC, grant=TX_CODE),
    replace(PLAIN, gets=ONE, proof=ATTESTATION),
    replace(PLAIN, gets=MDOC, proof=KEYS_ATTESTED),
]


def received(multipaz: Any, case: Case, **more: Any) -> tuple[World, dict[str, Any]]:
    """What the peer's wallet gets, and what it finds in it."""
    world = World()
    offer, tx_code = _our_offer(case, world.issuer(case))
    given = {
        "offer": offer,
        "txCode": tx_code or "",
        "copies": case.copies,
        "clientId": PEER_CLIENT,
        "redirectUri": BACK,
        "provider": signer_of(world.peer_provider.key, world.peer_provider.chain),
        "stored": STORED_SAFELY.key_storage,
        **more,
    }
    wallet = multipaz("wallet.new")
    return world, multipaz("wallet.provision", wallet=wallet, web=_mended(case, world.web), **given)


def taken(case: Case, world: World, got: dict[str, Any]) -> None:
    """It finds nothing to say of what came, and there is in it what was offered."""
    (name,) = case.cards
    assert (got["display"], len(got["cards"])) == (name, case.copies)
    for one in got["cards"]:
        assert one["found"] == ""
        assert claims(case, world, one["card"]) == CLAIMS[name]


def claims(case: Case, world: World, card: str) -> dict[str, Any]:
    now = world.clock.now()
    if case.mdoc:
        signers = DocumentSigners([world.issuing.certificate])
        mdoc = verify_mdoc(card, issuer=signers, now=now, algorithms={"ES256"})
        return claims_of(mdoc.doctype, mdoc.claims)

    def issuer_key(header: Any, _payload: Any, *, now: int) -> IssuerKey:
        return IssuerKey(CertificateChain.from_x5c(header["x5c"]).leaf.public_key)

    return personal(verify_sd_jwt_vc(card, issuer_key=issuer_key, now=now, profile=HAIP_1_0).claims)


@pytest.mark.parametrize("case", BY_CODE, ids=lambda case: case.id)
def test_their_wallet_gets_a_card_of_our_issuer(case: Case, multipaz: Any) -> None:
    taken(case, *received(multipaz, case))


@pytest.mark.parametrize("case", BEFOREHAND, ids=lambda case: case.id)
def test_their_wallet_gets_a_card_that_was_authorized_beforehand(case: Case, multipaz: Any) -> None:
    """It asks for identifiers and does not use them (§8.2): ours knows which card is meant all the same."""
    taken(case, *received(multipaz, case))


def test_their_wallet_would_get_it_by_its_identifier_too(multipaz: Any) -> None:
    mended = replace(PLAIN, gets=MDOC, mended="identifier")
    taken(mended, *received(multipaz, mended))


def test_their_wallet_asks_its_holder_again_for_a_wrong_code(multipaz: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match="retry=true"):
        received(multipaz, replace(PLAIN, grant=WRONG_TX_CODE, gets=MDOC))


def test_our_issuer_gives_no_card_for_keys_that_may_be_anywhere(
    multipaz: Any, refusal: type[Exception]
) -> None:
    case = replace(PLAIN, gets=ONE, proof=ATTESTATION)
    with pytest.raises(refusal, match="not attested to be kept as this credential needs"):
        received(multipaz, case, stored=["iso_18045_basic"])
