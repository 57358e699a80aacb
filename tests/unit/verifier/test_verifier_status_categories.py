"""A status list that an anchor of another category signed is none, at a relying party (ARF topic 31)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.errors import UntrustedCertificate
from nlwallet.http import FetchedStatusList, StatusChecker
from nlwallet.openid4vp import build_response
from nlwallet.status import StatusList, sign_status_list_token
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
URI = "https://pid-issuer.example/status/1"
STATUS = {"status_list": {"idx": 5, "uri": URI}}
CARD = "urn:example:card:1"

MakeWorld = Callable[..., Any]


def signed_by(signer: Any) -> StatusChecker:
    token = sign_status_list_token(
        StatusList(16, bits=1),
        uri=URI,
        key=signer.key,
        chain=signer.chain,
        now=NOW,
        expires_at=NOW + 60,
        ttl=30,
    )
    return StatusChecker(
        lambda uri, *, accept: FetchedStatusList("application/statuslist+jwt", token.encode())
    )


def present(world: Any, issuer: Any, vct: str) -> Any:
    request = world.verifier.request(
        {
            "credentials": [
                {
                    "id": "card",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": [vct]},
                    "claims": [{"path": ["age_over_18"]}],
                }
            ]
        }
    )
    asked = world.fetch(request)
    text = issuer.issue(world.holder.public, vct=vct, status=STATUS)
    shown = issuer.present(
        text, ["age_over_18"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
    )
    world.post(asked, build_response(asked, vp_token={"card": [shown]}))
    return world.verifier.result(request)


PID = "urn:eudi:pid:nl:1"


@pytest.fixture
def other(pid_issuer: Any) -> Any:
    return type(pid_issuer).create("Other")


STRANGERS = [
    one
    for one in Category
    if one not in (Category.PID_PROVIDER, Category.PID_STATUS, Category.STATUS_PROVIDER)
]


@pytest.mark.parametrize("category", STRANGERS)
@pytest.mark.parametrize("named", [True, False])
def test_the_status_of_a_pid_is_told_by_nobody_else(
    category: Category, named: bool, make_world: MakeWorld, pid_issuer: Any, other: Any
) -> None:
    """Whether the status of PIDs has anchors of its own, or their providers sign it themselves."""
    anchors = TrustAnchors().adding(Category.PID_PROVIDER, pid_issuer.anchor)
    if named:
        anchors = anchors.adding(Category.PID_STATUS, type(pid_issuer).create("Status").anchor)
    world = make_world(status_lists=signed_by(other), anchors=anchors.adding(category, other.anchor))
    result = present(world, pid_issuer, PID)
    assert result.presentations == ()
    assert isinstance(result.error, UntrustedCertificate)


def test_an_issuer_does_not_sign_the_lists_where_another_was_notified_for_that(
    make_world: MakeWorld, pid_issuer: Any, other: Any
) -> None:
    anchors = (
        TrustAnchors()
        .adding(Category.PID_PROVIDER, pid_issuer.anchor)
        .adding(Category.PID_STATUS, other.anchor)
    )
    refused = present(make_world(status_lists=signed_by(pid_issuer), anchors=anchors), pid_issuer, PID)
    assert isinstance(refused.error, UntrustedCertificate)
    taken = present(make_world(status_lists=signed_by(other), anchors=anchors), pid_issuer, PID)
    assert taken.error is None
    assert taken.claims("card") == {"age_over_18": True}


@pytest.mark.parametrize(
    ("issued_by", "signed_by_one_of"),
    [
        (Category.PUB_EAA_PROVIDER, Category.EAA_PROVIDER),
        (Category.PUB_EAA_PROVIDER, Category.QEAA_PROVIDER),
        (Category.EAA_PROVIDER, Category.PUB_EAA_PROVIDER),
        (Category.QEAA_PROVIDER, Category.PUB_EAA_STATUS),
    ],
)
def test_a_type_of_several_categories_has_the_lists_of_who_issued_it(
    issued_by: Category, signed_by_one_of: Category, make_world: MakeWorld, eaa_issuer: Any, other: Any
) -> None:
    anchors = TrustAnchors().adding(issued_by, eaa_issuer.anchor).adding(signed_by_one_of, other.anchor)
    refused = present(make_world(status_lists=signed_by(other), anchors=anchors), eaa_issuer, CARD)
    assert isinstance(refused.error, UntrustedCertificate)
    taken = present(make_world(status_lists=signed_by(eaa_issuer), anchors=anchors), eaa_issuer, CARD)
    assert taken.claims("card") == {"age_over_18": True}
