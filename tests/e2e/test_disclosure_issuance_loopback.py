"""Disclosure-based issuance over real HTTPS: wallet, relying party, issuer, and the issuer's own server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.issuer import card
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sandbox import IssuableDocument, IssuanceStatus
from nlwallet.sandbox.loopback import Loopback

RECORD = RelyingPartyRecord.of(
    legal_name="Woningcorporatie De Goede Huizen (test)",
    trade_name="De Goede Huizen",
    identifier="NTRNL-90000011",
    services=(LocalizedText(nl="Huurcontract als kaart", en="Rental contract as a card"),),
    website="https://verhuur.example/",
    support_uri="https://verhuur.example/gegevens-verwijderen",
    supervisory_authority=SupervisoryAuthority(
        name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
    ),
    intended_uses=(
        IntendedUse(
            id="huurcontract",
            purpose=LocalizedText(nl="Uw huurcontract opzoeken", en="Look up your rental contract"),
            privacy_policy="https://verhuur.example/privacy",
            retention=Retention(days=0),
            credentials=(RegisteredCredential(types=("urn:eudi:pid:nl:1",), claims=(("given_name",),)),),
        ),
    ),
)


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    hosting = Loopback()
    with Sandbox(hosting=hosting) as one:
        yield one


def test_a_pid_goes_in_and_a_card_comes_out_over_https(edi: Sandbox) -> None:
    asked: list[Any] = []

    async def contracts(request: Request) -> JSONResponse:
        asked.append(await request.json())
        (attestation,) = asked[-1][0]["attestations"]
        name = attestation["attributes"]["given_name"].lower()
        claims = card("rental-contract").claims(name, now=edi.clock.now())
        return JSONResponse([IssuableDocument("urn:nlwallet:rental-contract:1", claims).as_json()])

    hosting = edi._hosting
    hosting.serve("records.example", Starlette(routes=[Route("/contracts", contracts, methods=["POST"])]))
    rental = edi.disclosure_based_issuance(
        RECORD,
        host="verhuur.example",
        issuer=edi.issuer("rental-contract"),
        documents=f"{hosting.origin('records.example')}/contracts",
    )
    request = rental.request()
    frouke = edi.wallet("frouke")
    outcome = frouke.open(request.uri).approve(pin=Sandbox.PIN)
    assert rental.state(request).status is IssuanceStatus.OFFERED
    (contract,) = frouke.open_offer(outcome.offer or "").fetch().keep(pin=Sandbox.PIN)
    assert contract.claims["monthly_rent"] == "812.40"
    assert rental.state(request).status is IssuanceStatus.ISSUED
    assert len(asked) == 1
