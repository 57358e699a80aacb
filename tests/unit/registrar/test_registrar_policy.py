"""When a registration certificate is revoked: what the policy says, and what is done (ARF RPRC_01b)."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_decode, parse_json
from nlwallet.http import HttpClient
from nlwallet.registrar import Registrar
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox import pilot
from nlwallet.status import Status

RECORD = pilot("cafe-de-vrije-val").record


def changed(registrar: Registrar) -> None:
    registrar.update(
        RelyingPartyRecord.of(**{**RECORD.model_dump(exclude_none=True), "trade_name": "Anders"})
    )


@pytest.mark.req("RPRC_01b")
@pytest.mark.parametrize(
    ("words", "happens"),
    [
        ("suspended", lambda registrar: registrar.suspend(RECORD.identifier)),
        ("cancelled", lambda registrar: registrar.cancel(RECORD.identifier)),
        ("record changes", changed),
        ("provider of registration certificates stops", Registrar.cancel_registration_authority),
        ("", lambda registrar: registrar.renew(RECORD.identifier)),
    ],
    ids=["suspended", "cancelled", "changed", "stopped", "nothing of the kind"],
)
def test_a_certificate_is_revoked_when_its_policy_says_so(words: str, happens: Any) -> None:
    registrar = Registrar.create(clock=TravellingClock(1_790_000_000), base_url="https://registrar.example")
    got = registrar.register(RECORD, PrivateKey.generate().public, dns_names=("cafe.example",))
    [text] = got.registration_certificates.values()
    claims = parse_json(b64url_decode(text.split(".")[1]))
    http = HttpClient()
    http.mount("https://registrar.example", registrar.app)
    policy = http.get(claims["certificate_policy"], accept="text/plain", what="the policy").body.decode()
    assert words in " ".join(policy.split())
    statuses, index = registrar._office.revocations.statuses, claims["status"]["status_list"]["idx"]
    assert statuses[index] == Status.VALID
    happens(registrar)
    assert statuses[index] == (Status.INVALID if words else Status.VALID)
