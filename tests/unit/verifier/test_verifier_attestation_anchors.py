"""Whose signature counts for which attestation: each kind of provider has anchors of its own (ARF OIA_13 to OIA_15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.errors import UntrustedCertificate
from nlwallet.trust import Category, TrustAnchors
from nlwallet.verifier import Status, TrustPolicy

DIPLOMA = "https://university.example/diploma"
KINDS = {
    Category.QEAA_PROVIDER: "OIA_13",
    Category.PUB_EAA_PROVIDER: "OIA_14",
    Category.EAA_PROVIDER: "OIA_15",
}


def shown(world: Any) -> Any:
    """The result of a presentation of a diploma by whoever has one."""
    query = {
        "id": "d",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": [DIPLOMA]},
        "claims": [{"path": ["degree"]}],
    }
    request = world.verifier.request({"credentials": [query]})
    asked = world.fetch(request)
    text = world.eaa_issuer.issue(world.holder.public, vct=DIPLOMA, claims={"degree": "Law"})
    presented = world.eaa_issuer.present(
        text, ["degree"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
    )
    world.answer(asked, {"d": [presented]})
    return world.verifier.result(request)


@pytest.mark.parametrize(
    "kind", [pytest.param(one, marks=pytest.mark.req(name), id=one.name) for one, name in KINDS.items()]
)
def test_an_attestation_counts_under_the_anchors_of_its_kind_and_under_no_others(
    make_world: Callable[..., Any], eaa_issuer: Any, pid_issuer: Any, kind: Category
) -> None:
    policy = TrustPolicy({DIPLOMA: (kind,)})
    here = TrustAnchors().adding(kind, eaa_issuer.anchor)
    result = shown(make_world(anchors=here, trust=policy))
    assert result.claims("d") == {"degree": "Law"}
    elsewhere = TrustAnchors().adding(kind, pid_issuer.anchor)
    for other in Category:
        if other is not kind:
            elsewhere = elsewhere.adding(other, eaa_issuer.anchor)
    result = shown(make_world(anchors=elsewhere, trust=policy))
    assert (result.status, result.presentations) == (Status.FAILED, ())
    assert isinstance(result.error, UntrustedCertificate)
