"""A relying party whose registrar gave it CWTs: over the internet and in proximity (ETSI TS 119 472-2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nlwallet import Sandbox, Verifier
from nlwallet.clock import TravellingClock
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import TYP, X5CHAIN, sign_cose_sign1, x5chain
from nlwallet.encoding import b64url_decode, b64url_encode, parse_json
from nlwallet.link import link_pair
from nlwallet.profiles import HAIP_1_0, STRICT

PIN = Sandbox.PIN
PID = "urn:eudi:pid:nl:1"


@pytest.fixture(params=[HAIP_1_0, STRICT], ids=lambda one: one.name)
def edi(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(1_790_000_000), profile=request.param) as one:
        yield one


def with_cwts(edi: Sandbox, party: Verifier, **changes: Any) -> Verifier:
    """The same party; its registrations say the same, in the other envelope."""
    office = edi.registrar._office

    def cwt(jwt: str) -> str:
        claims = {**parse_json(b64url_decode(jwt.split(".")[1])), **changes}
        headers = {TYP: "rc-wrp+cwt", X5CHAIN: x5chain(office._signer_chain)}
        return b64url_encode(sign_cose_sign1(dump_cbor(claims), office._signer, protected=headers))

    held = party.certificates
    party.certificates = replace(
        held, registration_certificates={use: cwt(one) for use, one in held.registration_certificates.items()}
    )
    return party


@pytest.mark.req("RPRC_17", "RPRC_20")
def test_over_the_internet(edi: Sandbox) -> None:
    bar = with_cwts(edi, edi.relying_party("cafe-de-vrije-val"))
    request = bar.request()
    prompt = edi.wallet("frouke").open(request.uri)
    assert prompt.warnings == ()
    assert prompt.purpose == "Controleren of u 18 jaar of ouder bent"
    prompt.approve(pin=PIN)
    assert bar.result(request).claims("pid") == {"age_over_18": True}


@pytest.mark.req("RPRC_19", "RPRC_20")
@pytest.mark.parametrize("intermediary", [False, True], ids=["itself", "through an intermediary"])
@pytest.mark.parametrize("form", ["jwt", "cwt"])
def test_in_proximity(edi: Sandbox, form: str, intermediary: bool) -> None:
    bar = edi.relying_party("strandbar-zonder-bereik", through=edi.intermediary() if intermediary else None)
    bar = with_cwts(edi, bar) if form == "cwt" else bar
    frouke = edi.wallet("frouke", cards=("pid-mdoc",))
    device, reader = link_pair()
    shown = frouke.proximity(device)
    reading = bar.proximity(shown.engagement, reader)
    prompt = shown.prompt(0)
    assert prompt.warnings == ()
    assert "Doorgeefluik" not in str(prompt)
    prompt.approve(pin=PIN)
    [presented] = reading.result(0).presentations
    assert presented.claims == {PID: {"age_over_18": True}}
    party = frouke.log[-1].party
    assert party.identifier == bar.certificates.record.identifier
    assert (party.intermediary is not None) is intermediary


@pytest.mark.req("RPRC_17a")
def test_one_of_somebody_else_is_none(edi: Sandbox) -> None:
    bar = with_cwts(edi, edi.relying_party("strandbar-zonder-bereik"), sub="NTRNL-11111111")
    device, reader = link_pair()
    shown = edi.wallet("frouke", cards=("pid-mdoc",)).proximity(device)
    bar.proximity(shown.engagement, reader)
    prompt = shown.prompt(0)
    if edi.profile is STRICT:
        assert prompt.consent().blocked
    else:
        assert "registration_mismatch" in [one.code for one in prompt.warnings]
