"""The proof of possession of a wallet attestation, as it is sent."""

from __future__ import annotations

import pytest

from nlwallet.crypto import PrivateKey, parse_jws
from nlwallet.openid4vci import sign_attestation_pop

NOW = 1_790_000_000


@pytest.mark.req("K-02")
def test_servers_of_every_draft_find_what_they_ask_for() -> None:
    key = PrivateKey.generate()
    made = [
        sign_attestation_pop(
            "https://wallet.example", key, audience="https://as.example", now=NOW, challenge=c
        )
        for c in ("c-1", None)
    ]
    first, second = (
        parse_jws(one, typ={"oauth-client-attestation-pop+jwt"}, algorithms={"ES256"}, what="the proof")
        for one in made
    )
    first.verify(key.public)
    claims, others = first.claims(what="the proof"), second.claims(what="the proof")
    assert (claims["iss"], claims["aud"]) == ("https://wallet.example", "https://as.example")
    assert claims["iat"] == NOW
    assert NOW < claims["exp"] <= NOW + 600, "up to draft -05 it was required"
    assert claims["challenge"] == "c-1"
    assert "challenge" not in others
    assert claims["jti"] != others["jti"]
