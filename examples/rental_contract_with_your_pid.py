"""Show who you are, and get your rental contract as a card: disclosure-based issuance, as the NL Wallet has it."""

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sandbox import IssuableDocument
from nlwallet.verifier import PresentationResult

CONTRACTS = {  # the landlord's own records
    ("Hofstra", "2000-03-24"): {
        "family_name": "Hofstra",
        "given_name": "Frouke",
        "rental_object": {
            "street_address": "Eerste Vriendschapsstraat",
            "house_number": "14",
            "postal_code": "1099AA",
            "locality": "Amsterdam",
        },
        "landlord": {"name": "Woningcorporatie De Goede Huizen", "trade_register_number": "90000011"},
        "start_date": "2023-10-01",
        "monthly_rent": "812.40",
    }
}

LANDLORD = RelyingPartyRecord.of(
    legal_name="Woningcorporatie De Goede Huizen",
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
            credentials=(
                RegisteredCredential(types=("urn:eudi:pid:nl:1",), claims=(("family_name",), ("birthdate",))),
            ),
        ),
    ),
)


def contracts_of(presented: PresentationResult) -> list[IssuableDocument]:
    """Which cards there are for who this is: one, several, or none."""
    tenant = presented.claims("pid")
    found = CONTRACTS.get((tenant["family_name"], tenant["birthdate"]))
    return [IssuableDocument("urn:nlwallet:rental-contract:1", found)] if found else []


with Sandbox() as edi:
    issuer = edi.issuer("rental-contract")
    rental = edi.disclosure_based_issuance(
        LANDLORD, host="verhuur.example", issuer=issuer, documents=contracts_of
    )
    request = rental.request()
    print(request.qr())  # what the landlord's website shows

    frouke = edi.wallet("frouke")
    prompt = frouke.open(request.uri)
    print(prompt)  # the landlord asks for her name and date of birth, and says why
    outcome = prompt.approve(pin=Sandbox.PIN)
    print(outcome.told("nl"))  # in return there is an offer
    print(rental.state(request).status)  # offered

    received = frouke.open_offer(outcome.offer).fetch()
    print(received)  # the contract, checked; it is not kept yet
    received.keep(pin=Sandbox.PIN)
    print(rental.state(request).status)  # issued

    liv = edi.wallet("liv")  # owns her house
    print(liv.open(rental.request().uri).approve(pin=Sandbox.PIN).told("nl"))
