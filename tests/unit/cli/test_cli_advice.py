"""What a terminal advises when a requester keeps to less than HAIP 1.0, as the EU reference verifier may."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.cli.advice import with_advice
from nlwallet.clock import TravellingClock
from nlwallet.errors import RemoteError, UntrustedCertificate
from nlwallet.sandbox import pilot
from nlwallet.verifier.eu_server import EuServer, eu_app

HOST = "eu-verifier.example"
ASKED: dict[str, Any] = {
    "dcql_query": {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                "claims": [{"path": ["age_over_18"]}],
            }
        ]
    },
    "nonce": "n-0S6_WzA2Mj",
}
LESS: dict[str, tuple[Any, dict[str, Any]]] = {
    "host": ("x509_san_dns", {}),
    "not encrypted": ("x509_hash", {"response_mode": "direct_post"}),
    "by value": ("x509_hash", {"jar_mode": "by_value"}),
}


def link_of(edi: Sandbox, members: dict[str, Any]) -> str:
    begun = edi.client().post_json(
        f"https://{HOST}/ui/presentations/v2", ASKED | members, accept="application/json", what="test"
    )
    return str(json.loads(begun.body)["authorization_request_uri"])


@pytest.mark.parametrize("less", LESS)
def test_the_advice_is_a_profile_that_takes_the_request(less: str) -> None:
    with Sandbox(clock=TravellingClock(1_790_000_000), profile="openid4vp-1.0") as edi:
        identity, members = LESS[less]
        edi.register(
            pilot("cafe-de-vrije-val").record,
            host=HOST,
            identity=identity,
            app=lambda party: eu_app(EuServer(party, clock=edi.clock)),
        )
        with pytest.raises(RemoteError) as caught:
            edi.wallet("frouke", behaves_as="haip-1.0").open(link_of(edi, members))
        assert "--profile eudi-reference" in with_advice(caught.value, ()).hint
        assert with_advice(caught.value, ("urn:x",)).hint == caught.value.hint
        willing = edi.wallet("frouke", behaves_as="eudi-reference")
        assert willing.open(link_of(edi, members)).approve(pin=edi.PIN).redirect_uri is None


def test_an_anchor_is_advised_only_where_one_is_missing() -> None:
    unknown = UntrustedCertificate("there is no trust anchor for the issuer's certificate")
    assert "--category pid_provider" in with_advice(unknown, ("urn:eudi:pid:de:1",)).hint
    status = UntrustedCertificate("'X' of the status list signer was issued by 'Y', which is no anchor here")
    assert "--category pid_status" in with_advice(status, ("urn:eudi:pid:de:1",)).hint
    assert "--category status_provider" in with_advice(status, ("urn:example:gym",)).hint
    misnamed = UntrustedCertificate(
        "iss is not a name in it", spec="SD-JWT VC §2.5", hint="put the URI into it"
    )
    assert with_advice(misnamed, ("urn:eudi:pid:de:1",)).hint == "put the URI into it"
