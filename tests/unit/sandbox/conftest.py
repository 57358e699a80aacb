"""A landlord who gives a rental contract to whoever shows who she is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.issuer import card, persona, pid_claims
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sandbox import DisclosureBasedIssuance, InProcess, IssuableDocument
from nlwallet.verifier import PresentationResult

NOW = 1_790_000_000
HOST = "verhuur.goede-huizen.example"
ASKED = ("family_name", "given_name", "birthdate")
RENTAL_CONTRACT = "urn:nlwallet:rental-contract:1"

RECORD = RelyingPartyRecord.of(
    legal_name="Woningcorporatie De Goede Huizen (test)",
    trade_name="De Goede Huizen",
    identifier="NTRNL-90000011",
    services=(LocalizedText(nl="Huurcontract als kaart", en="Rental contract as a card"),),
    website=f"https://{HOST}/",
    support_uri=f"https://{HOST}/gegevens-verwijderen",
    supervisory_authority=SupervisoryAuthority(
        name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
    ),
    intended_uses=(
        IntendedUse(
            id="uitgifte",
            purpose=LocalizedText(nl="Uw huurcontract opzoeken", en="Look up your rental contract"),
            privacy_policy=f"https://{HOST}/privacy",
            retention=Retention(days=0),
            credentials=(
                RegisteredCredential(types=("urn:eudi:pid:nl:1",), claims=tuple((name,) for name in ASKED)),
            ),
        ),
    ),
)


class Landlord:
    """The sandbox, the two parts of the landlord, and what the landlord was asked."""

    def __init__(self) -> None:
        self.hosting = InProcess()
        self.clock = TravellingClock(NOW)
        self.edi = Sandbox(clock=self.clock, hosting=self.hosting, record_wire=True)
        self.issuer = self.edi.issuer("rental-contract")
        self.asked: list[PresentationResult] = []
        self.contracts = {
            self.key_of(pid_claims(persona(name), now=NOW)): (name,) for name in ("frouke", "cor")
        }

    @staticmethod
    def key_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
        """By which the landlord knows its tenants."""
        return tuple(claims[name] for name in ASKED)

    def documents(self, result: PresentationResult) -> list[IssuableDocument]:
        """The landlord's own records."""
        self.asked.append(result)
        names = self.contracts.get(self.key_of(result.presentations[0].claims), ())
        return [IssuableDocument(RENTAL_CONTRACT, self.contract(name)) for name in names]

    @staticmethod
    def contract(name: str, **changes: Any) -> dict[str, Any]:
        """A contract; ``...`` takes something away."""
        claims = {**card("rental-contract").claims(name, now=NOW), **changes}
        return {name: value for name, value in claims.items() if value is not ...}

    def issuance(
        self, documents: Callable[[PresentationResult], Any] | str | None = None
    ) -> DisclosureBasedIssuance:
        """The use case, registered and served."""
        return self.edi.disclosure_based_issuance(
            RECORD, host=HOST, issuer=self.issuer, documents=documents or self.documents, name="huurcontract"
        )

    def wallet(self, name: str = "frouke") -> Wallet:
        return self.edi.wallet(name)

    def answers(self) -> list[dict[str, Any]]:
        """What the landlord answered to presentations since the last look, and what they were."""
        assert self.edi.wire is not None
        return [
            exchange.as_dict()
            for exchange in self.edi.wire.take()
            if exchange.to == HOST and exchange.target.startswith("/response/")
        ]


@pytest.fixture
def landlord() -> Iterator[Landlord]:
    one = Landlord()
    yield one
    one.edi.close()
