"""What the fuzz run found in requests, kept: values of a type that nobody expects there."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp import AuthorizationRequest, reply_address

CLAIMS: dict[str, Any] = {
    "response_mode": "direct_post.jwt",
    "response_uri": "https://rp.example/response",
    "response_type": "vp_token",
    "client_id": "x509_hash:abc",
    "nonce": "n-0S6_WzA2Mj",
    "aud": "https://self-issued.me/v2",
    "dcql_query": {
        "credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:1"]}}]
    },
}


def test_the_claims_here_are_right() -> None:
    assert AuthorizationRequest.parse(CLAIMS).exp is None
    assert reply_address(CLAIMS, None) is not None


@pytest.mark.parametrize("mode", [["direct_post"], {"direct_post": 1}, None, 7, "query"], ids=repr)
def test_a_response_mode_of_any_type_gives_no_address(mode: Any) -> None:
    assert reply_address({**CLAIMS, "response_mode": mode}, None) is None


@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_times_beyond_every_number(name: str) -> None:
    """JSON knows no largest integer; one of 400 digits is a time like any other, an infinite float is none."""
    assert getattr(AuthorizationRequest.parse({**CLAIMS, name: 10**400}), name) == 10**400
    for wrong in (float("inf"), float("nan"), "1790000000", True, [1]):
        with pytest.raises(InvalidRequest, match="NumericDate"):
            AuthorizationRequest.parse({**CLAIMS, name: wrong})
