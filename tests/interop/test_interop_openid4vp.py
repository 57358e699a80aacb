"""@openid4vc/openid4vp as wallet against our verifier, and as verifier against our wallet; see docs/interop.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from interop_openid4vp_cases import CASES, QUERIES, Case
from interop_openid4vp_world import HOST, ORIGIN, PeerVerifier, World, personal

from nlwallet import Sandbox
from nlwallet.openid4vp import REGISTRATION_CERTIFICATE
from nlwallet.verifier import Status

pytestmark = pytest.mark.node

Worlds = Callable[[str], World]


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    made: dict[str, World] = {}

    def world(profile: str) -> World:
        return made.setdefault(profile, made.get(profile) or World(profile))

    yield world
    for each in made.values():
        each.close()


def cases(role: str) -> Any:
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case.id) for case in CASES if case.role == role and case.walked]
    )


@cases("wallet")
def test_a_peer_answers_our_verifier(case: Case, worlds: Worlds, peers: Any, record_property: Any) -> None:
    record_property("openid4vp", case.id)
    world, shown = worlds(case.profile), QUERIES[case.asks].shown
    verifier = world.verifier(case)
    request = verifier.request(world.query(case))
    answer = peers(
        "vpWallet.answer",
        web=world.web,
        request=request.uri,
        cards=world.cards,
        trust={"anchors": world.access_anchors},
    )
    result = verifier.result(request)
    assert (answer["status"], result.status) == (200, Status.VERIFIED), result.as_dict()
    for query_id, claims_of in shown.items():
        assert [personal(claims) for claims in result.all_claims(query_id)] == claims_of


@cases("verifier")
def test_our_wallet_answers_a_peer(case: Case, worlds: Worlds, peers: Any, record_property: Any) -> None:
    record_property("openid4vp", case.id)
    world, shown = worlds(case.profile), QUERIES[case.asks].shown
    verifier = PeerVerifier(peers, "vpVerifier", world)
    world.citizen.mount(ORIGIN, verifier)
    chain = world.certificates.access_chain
    clients = {"x509_hash": chain.leaf.x509_hash(), "x509_san_dns": HOST}
    request = peers(
        "vpVerifier.request",
        parameters={
            "client_id": f"{case.client}:{clients[case.client]}",
            "response_uri": f"{ORIGIN}/response",
            "response_mode": case.mode,
            "dcql_query": world.query(case),
            "verifier_info": [
                {"format": REGISTRATION_CERTIFICATE, "data": each}
                for each in world.certificates.registration_certificates.values()
            ],
        },
        signer={"method": "x5c", "alg": "ES256", "x5c": chain.x5c(), "jwk": world.key.private_jwk()},
        requestUri=f"{ORIGIN}/request",
        scheme="openid4vp://?request_uri_method=post" if case.request.endswith("post") else "openid4vp://",
    )
    world.citizen.open(request["link"]).approve(pin=Sandbox.PIN)
    verdict = verifier.verdicts[request["id"]]
    assert verdict["satisfied"]
    assert {
        query_id: [personal(claims) for claims in each] for query_id, each in verdict["claims"].items()
    } == shown
