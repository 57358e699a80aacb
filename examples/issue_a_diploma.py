"""Issue a diploma: an issuer in ten lines, a wallet that keeps the card, and an employer who asks for it."""

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.issuer import CredentialConfiguration
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    Retention,
    SupervisoryAuthority,
)

VCT = "urn:example:diploma:1"


def claim(name: str, nl: str, en: str, *, mandatory: bool = True) -> dict:
    """What is known of one claim: its path, its labels, and that its holder decides whether to show it."""
    labels = [{"locale": "nl-NL", "label": nl}, {"locale": "en-GB", "label": en}]
    return {"path": [name], "display": labels, "sd": "always", "mandatory": mandatory}


TYPE = {  # what the card is called and what may be on it: SD-JWT VC type metadata
    "vct": VCT,
    "display": [{"locale": "nl-NL", "name": "Diploma"}, {"locale": "en-GB", "name": "Diploma"}],
    "claims": [
        claim("programme", "Opleiding", "Programme"),
        claim("graduated_on", "Diploma behaald op", "Graduated on"),
        claim("cum_laude", "Cum laude", "With distinction", mandatory=False),
    ],
}

GRADUATES = {"frouke": {"programme": "Economie", "graduated_on": "2023-08-31", "cum_laude": True}}

EMPLOYER = RelyingPartyRecord.of(
    legal_name="BaanVinder B.V.",
    trade_name="BaanVinder",
    identifier="NTRNL-90000021",
    services=(LocalizedText(nl="Werk vinden", en="Finding work"),),
    website="https://baanvinder.example/",
    support_uri="https://baanvinder.example/gegevens-verwijderen",
    supervisory_authority=SupervisoryAuthority(
        name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
    ),
    intended_uses=(
        IntendedUse(
            id="solliciteren",
            purpose=LocalizedText(nl="Uw sollicitatie behandelen", en="Handle your application"),
            privacy_policy="https://baanvinder.example/privacy",
            retention=Retention(days=90),
            credentials=(RegisteredCredential(types=(VCT,), claims=(("programme",), ("graduated_on",))),),
            query_ids=("diploma",),
        ),
    ),
)

with Sandbox() as edi:
    university = edi.issuer(  # key, certificate, status lists; everybody in the sandbox trusts it
        "university.example",
        configurations=[CredentialConfiguration.from_type_metadata(TYPE)],
        attributes=GRADUATES.get,  # the claims of a person; None for who has no diploma
        organization="Testuniversiteit Waterland",
    )
    frouke = edi.wallet("frouke")

    offer = university.offer_to("frouke")
    print(offer.qr())  # what the student portal shows
    prompt = frouke.open_offer(offer.link())  # who offers what; nothing is asked for yet
    print(prompt)
    received = prompt.fetch()  # the card, checked
    print(received)
    received.keep(pin=Sandbox.PIN)  # or received.discard()

    employer = edi.register(EMPLOYER, host="baanvinder.example")
    request = employer.request()
    consent = frouke.open(request.uri)
    print(consent)
    consent.approve(pin=Sandbox.PIN)

    print(employer.result(request).claims("diploma"))  # the programme and the date, and not how good she was
