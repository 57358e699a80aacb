"""The pilots that come with the sandbox. The parties are invented, the municipality's registration too."""

from __future__ import annotations

from nlwallet.errors import LocalError
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sandbox.pilot import Pilot

NL_PID = "urn:eudi:pid:nl:1"

_AUTHORITY = SupervisoryAuthority(
    name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
)


def _party(
    *,
    host: str,
    legal_name: str,
    trade_name: str,
    identifier: str,
    service: LocalizedText,
    use: IntendedUse,
    public_body: bool = False,
) -> RelyingPartyRecord:
    return RelyingPartyRecord.of(
        legal_name=legal_name,
        trade_name=trade_name,
        identifier=identifier,
        services=(service,),
        website=f"https://{host}/",
        support_uri=f"https://{host}/gegevens-verwijderen",
        supervisory_authority=_AUTHORITY,
        intended_uses=(use,),
        public_body=public_body,
    )


LOGIN = Pilot(
    id="gemeente-amsterdam",
    title={"nl": "Inloggen bij de gemeente Amsterdam", "en": "Log in to the municipality of Amsterdam"},
    story={
        "nl": "Frouke wil op haar laptop iets regelen bij de gemeente. Ze logt in met haar BSN.",
        "en": "Frouke wants to arrange something with the municipality. She logs in with her BSN.",
    },
    host="mijn.amsterdam.example",
    record=_party(
        host="mijn.amsterdam.example",
        legal_name="Gemeente Amsterdam (test)",
        trade_name="Gemeente Amsterdam",
        identifier="NTRNL-90000001",
        public_body=True,
        service=LocalizedText(nl="Zaken regelen met de gemeente", en="Arrange things with the municipality"),
        use=IntendedUse(
            id="inloggen",
            purpose=LocalizedText(nl="Inloggen bij Mijn Amsterdam", en="Log in to My Amsterdam"),
            privacy_policy="https://mijn.amsterdam.example/privacy",
            retention=Retention(days=365, deletable=False),
            credentials=(RegisteredCredential(types=(NL_PID,), claims=(("bsn",),)),),
        ),
    ),
    intended_use="inloggen",
    flow="same_device",
    return_page="https://mijn.amsterdam.example/ingelogd",
)

CAFE = Pilot(
    id="cafe-de-vrije-val",
    title={"nl": "18+ aantonen in een café", "en": "Prove 18+ at a café"},
    story={
        "nl": "Frouke bestelt een biertje. Het café hoeft alleen te weten dat ze 18 of ouder is.",
        "en": "Frouke orders a beer. All that the café needs to know is that she is 18 or older.",
    },
    host="cafe-de-vrije-val.example",
    record=_party(
        host="cafe-de-vrije-val.example",
        legal_name="Café De Vrije Val B.V.",
        trade_name="Café De Vrije Val",
        identifier="NTRNL-90000002",
        service=LocalizedText(nl="Drankjes aan de bar", en="Drinks at the bar"),
        use=IntendedUse(
            id="leeftijd",
            purpose=LocalizedText(
                nl="Controleren of u 18 jaar of ouder bent", en="Check that you are 18 or older"
            ),
            privacy_policy="https://cafe-de-vrije-val.example/privacy",
            retention=Retention(days=0),
            credentials=(RegisteredCredential(types=(NL_PID,), claims=(("age_over_18",),)),),
        ),
    ),
    intended_use="leeftijd",
)

OVER_ASKING = Pilot(
    id="over-asking",
    title={"nl": "Een webwinkel die te veel vraagt", "en": "A web shop that asks too much"},
    story={
        "nl": "Een webwinkel vraagt bij een bestelling om het BSN, zonder dat te hebben aangemeld.",
        "en": "A web shop asks for the BSN with an order, without having registered that.",
    },
    host="gretige-webwinkel.example",
    record=_party(
        host="gretige-webwinkel.example",
        legal_name="Gretige Webwinkel B.V.",
        trade_name="De Gretige Webwinkel",
        identifier="NTRNL-90000003",
        service=LocalizedText(nl="Online bestellen", en="Ordering online"),
        use=IntendedUse(
            id="bezorgen",
            purpose=LocalizedText(nl="Uw bestelling bezorgen", en="Deliver your order"),
            privacy_policy="https://gretige-webwinkel.example/privacy",
            retention=Retention(days=730, shared_with_third_parties=True),
            credentials=(RegisteredCredential(types=(NL_PID,), claims=(("family_name",), ("address",))),),
        ),
    ),
    intended_use="bezorgen",
    query={
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [NL_PID]},
                "claims": [{"path": ["family_name"]}, {"path": ["address"]}, {"path": ["bsn"]}],
            }
        ]
    },
)

BEACH_BAR = Pilot(
    id="strandbar-zonder-bereik",
    title={"nl": "18+ aantonen zonder internet", "en": "Prove 18+ without the internet"},
    story={
        "nl": "Frouke bestelt een biertje op het strand. Er is geen bereik. De bar hoeft alleen te weten dat ze 18 "
        "of ouder is.",
        "en": "Frouke orders a beer on the beach. There is no coverage. All that the bar needs to know is that she is "
        "18 or older.",
    },
    host="strandbar-zonder-bereik.example",
    record=_party(
        host="strandbar-zonder-bereik.example",
        legal_name="Strandbar Zonder Bereik B.V.",
        trade_name="Strandbar Zonder Bereik",
        identifier="NTRNL-90000004",
        service=LocalizedText(nl="Drankjes op het strand", en="Drinks on the beach"),
        use=IntendedUse(
            id="leeftijd",
            purpose=LocalizedText(
                nl="Controleren of u 18 jaar of ouder bent", en="Check that you are 18 or older"
            ),
            privacy_policy="https://strandbar-zonder-bereik.example/privacy",
            retention=Retention(days=0),
            credentials=(
                RegisteredCredential(format="mso_mdoc", types=(NL_PID,), claims=((NL_PID, "age_over_18"),)),
            ),
        ),
    ),
    intended_use="leeftijd",
)

NEARBY: tuple[Pilot, ...] = (BEACH_BAR,)
"""Walked by meeting (``nlwallet proximity``), not by the demo, whose pilots are online."""

PILOTS: tuple[Pilot, ...] = (LOGIN, CAFE, OVER_ASKING)


def pilot(pilot_id: str) -> Pilot:
    """The pilot of that id. Raises :class:`~nlwallet.errors.LocalError`."""
    every = (*PILOTS, *NEARBY)
    for each in every:
        if each.id == pilot_id:
            return each
    raise LocalError(f"there is no pilot {pilot_id!r}", hint=f"one of {', '.join(each.id for each in every)}")
