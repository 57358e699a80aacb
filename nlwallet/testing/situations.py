"""Situations in which a wallet asks its holder something, and what somebody careful does in each.

They are the yardstick of the consent prompt: of its words, its pages and the scripted citizens
(:mod:`nlwallet.testing.citizen`). Everybody in them is invented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nlwallet.claim_path import ClaimPath
from nlwallet.errors import LocalError
from nlwallet.holder import ConsentPrompt, Language, OverAsking
from nlwallet.holder.consent import Decision
from nlwallet.issuer import card
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox import Sandbox
from nlwallet.verifier import Verifier

PID: Final = "urn:eudi:pid:nl:1"
DIPLOMA: Final = card("diploma").configuration.vct
LICENCE: Final = card("driving-licence").configuration.vct
NAME: Final[tuple[ClaimPath, ...]] = (("given_name",), ("family_name",))
SCHOOL = "vakschool.example"


@dataclass(frozen=True, slots=True)
class Situation:
    """One request to one citizen.

    ``careful`` is what somebody careful answers, ``warnings`` the codes that the prompt shows, heaviest first.
    ``make`` gives the prompt, in a sandbox that :func:`sandbox` made.
    """

    id: str
    title: Mapping[str, str]
    careful: Decision
    warnings: tuple[str, ...]
    make: Callable[[Sandbox, Language], ConsentPrompt]

    def prompt(self, edi: Sandbox, language: Language = "nl") -> ConsentPrompt:
        """A new prompt, with its holder's wallet in ``language``."""
        return self.make(edi, language)


def sandbox(**options: Any) -> Sandbox:
    """A sandbox in which all situations can happen: in its profile a page without a certificate may ask too."""
    return Sandbox(profile=OPENID4VP_1_0, **options)


def situation(name: str) -> Situation:
    """The situation of that id. Raises :class:`~nlwallet.errors.LocalError`."""
    for one in SITUATIONS:
        if one.id == name:
            return one
    raise LocalError(
        f"there is no situation {name!r}", hint=f"one of {', '.join(one.id for one in SITUATIONS)}"
    )


# Who asks ----------------------------------------------------------------------------------------------


def _party(
    edi: Sandbox,
    host: str,
    name: str,
    number: int,
    purpose: tuple[str, str],
    *credentials: tuple[str, tuple[ClaimPath, ...]],
    days: int = 90,
    third_parties: bool = False,
) -> Verifier:
    record = RelyingPartyRecord.of(
        legal_name=f"{name} B.V.",
        trade_name=name,
        identifier=f"NTRNL-900001{number:02}",
        services=[{"nl": purpose[0], "en": purpose[1]}],
        website=f"https://{host}/",
        support_uri=f"https://{host}/gegevens-verwijderen",
        supervisory_authority={
            "name": "Testautoriteit Persoonsgegevens",
            "country": "NL",
            "uri": "https://toezicht.example/melden",
        },
        intended_uses=[
            {
                "id": "doel",
                "purpose": {"nl": purpose[0], "en": purpose[1]},
                "privacy_policy": f"https://{host}/privacy",
                "retention": {"days": days, "shared_with_third_parties": third_parties},
                "credentials": [{"types": (vct,), "claims": claims} for vct, claims in credentials],
            }
        ],
    )
    return edi.register(record, host=host)


def _pilot(pilot_id: str) -> Callable[[Sandbox, Language], ConsentPrompt]:
    return lambda edi, language: edi.wallet("frouke", language=language).open(
        edi.relying_party(pilot_id).request().uri
    )


def _over_asking(edi: Sandbox, language: Language) -> ConsentPrompt:
    query = _query(("pid", PID, (("family_name",), ("address",), ("bsn",))))
    request = edi.relying_party("over-asking").request(query)
    return edi.wallet("frouke", language=language).open(request.uri)


def _registered_subset(edi: Sandbox, language: Language) -> ConsentPrompt:
    query = _query(("pid", PID, (("family_name",), ("address",), ("bsn",))))
    claims = query["credentials"][0]["claims"]
    claims[:] = [claim | {"id": claim["path"][0]} for claim in claims]
    query["credentials"][0]["claim_sets"] = [["family_name", "address", "bsn"], ["family_name", "address"]]
    policy: OverAsking = "registered_only"
    wallet = edi.wallet("frouke", language=language, over_asking=policy)
    return wallet.open(edi.relying_party("over-asking").request(query).uri)


def _unverified(edi: Sandbox, language: Language) -> ConsentPrompt:
    origin = "https://gratis-kaartjes.example"
    party = edi.relying_party("cafe-de-vrije-val")
    query = _query(("pid", PID, (*NAME, ("birthdate",))))
    asked = party.dc_api_request(query, origins=[origin], form="unsigned")
    return edi.wallet("frouke", language=language).open_dc_api([asked.as_json()], origin=origin)


def _portrait(edi: Sandbox, language: Language) -> ConsentPrompt:
    frouke = edi.wallet("frouke", language=language, cards=("driving-licence",))
    claims = (("given_name",), ("family_name",), ("driving_privileges",), ("portrait",))
    purpose = ("Een auto aan u meegeven", "Hand a car over to you")
    party = _party(edi, "autoverhuur.example", "Autoverhuur Rijswijk", 1, purpose, (LICENCE, claims))
    return frouke.open(party.request().uri)


def _bsn(edi: Sandbox, language: Language) -> ConsentPrompt:
    purpose = ("Een kamer aan u verhuren", "Rent a room to you")
    party = _party(
        edi, "kamerverhuur.example", "Kamerverhuur Noord", 2, purpose, (PID, (*NAME, ("bsn",))), days=730
    )
    return edi.wallet("frouke", language=language).open(party.request().uri)


def _two_cards(edi: Sandbox, language: Language) -> ConsentPrompt:
    frouke = edi.wallet("frouke", language=language, cards=("diploma", _second_school(edi)))
    claims: tuple[ClaimPath, ...] = (("institution",), ("programme",), ("level",))
    purpose = ("Uw diploma bekijken voor een vacature", "See your diploma for a job")
    party = _party(edi, "uitzendbureau.example", "Uitzendbureau De Brug", 3, purpose, (DIPLOMA, claims))
    return frouke.open(party.request().uri)


def _second_school(edi: Sandbox) -> str:
    try:
        edi.issuer(SCHOOL)
    except LocalError:
        other = {"institution": "Vakschool De Molenwerf", "programme": "Scheepsbouw", "level": "mbo-4"}
        ready = card("diploma")
        edi.issuer(
            SCHOOL,
            configurations=(ready.configuration,),
            attributes=lambda person: (ready.attributes(person, edi.clock.now()) or {}) | other,
            category=ready.category,
            organization="Testregister Vakscholen",
        )
    return SCHOOL


def _job(edi: Sandbox) -> Verifier:
    claims: tuple[ClaimPath, ...] = (("programme",), ("institution",))
    purpose = ("Uw sollicitatie behandelen", "Handle your application")
    credentials = ((PID, NAME), (DIPLOMA, claims))
    return _party(edi, "baanvinder.example", "BaanVinder", 4, purpose, *credentials)


def _several_cards(edi: Sandbox, language: Language) -> ConsentPrompt:
    frouke = edi.wallet("frouke", language=language, cards=("pid", "diploma"))
    return frouke.open(_job(edi).request().uri)


def _missing_card(edi: Sandbox, language: Language) -> ConsentPrompt:
    edi.issuer("diploma")
    return edi.wallet("frouke", language=language).open(_job(edi).request().uri)


def _optional_card(edi: Sandbox, language: Language) -> ConsentPrompt:
    frouke = edi.wallet("frouke", language=language, cards=("pid", "diploma"))
    query = _query(("naam", PID, NAME), ("diploma", DIPLOMA, (("programme",), ("institution",))))
    query["credential_sets"] = [{"options": [["naam"]]}, {"options": [["diploma"]], "required": False}]
    return frouke.open(_job(edi).request(query).uri)


def _housing(edi: Sandbox) -> Verifier:
    claims = (*NAME, ("birthdate",), ("nationalities",), ("address",))
    purpose = ("U inschrijven voor een woning", "Put you on the list for a home")
    return _party(edi, "woonstad.example", "Woonstad", 5, purpose, (PID, claims), days=365)


def _first_time(edi: Sandbox, language: Language) -> ConsentPrompt:
    return edi.wallet("frouke", language=language).open(_housing(edi).request().uri)


def _second_time(edi: Sandbox, language: Language) -> ConsentPrompt:
    frouke = edi.wallet("frouke", language=language)
    first = frouke.open(_housing(edi).request().uri)
    first.approve(pin=Sandbox.PIN, despite_warnings=["first_time_many"])
    return frouke.open(_housing(edi).request().uri)


def _more_than_age(edi: Sandbox, language: Language) -> ConsentPrompt:
    purpose = ("Controleren of u 18 jaar of ouder bent", "Check that you are 18 or older")
    party = _party(edi, "slijterij.example", "Slijterij Het Vat", 6, purpose, (PID, (("birthdate",),)))
    return edi.wallet("frouke", language=language).open(party.request().uri)


def _grabby(edi: Sandbox, language: Language) -> ConsentPrompt:
    purpose = ("Controleren of u 18 jaar of ouder bent", "Check that you are 18 or older")
    party = _party(edi, "winactie.example", "WinActie", 7, purpose, (PID, (("age_over_18",),)))
    names = (*NAME, ("birthdate",), ("address",), ("bsn",), ("recovery_code",))
    return edi.wallet("frouke", language=language).open(party.request(_query(("pid", PID, names))).uri)


def _query(*credentials: tuple[str, str, tuple[ClaimPath, ...]]) -> dict[str, Any]:
    return {
        "credentials": [
            {
                "id": name,
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [vct]},
                "claims": [{"path": list(path)} for path in claims],
            }
            for name, vct, claims in credentials
        ]
    }


def _of(
    name: str,
    title: tuple[str, str],
    careful: Decision,
    make: Callable[[Sandbox, Language], ConsentPrompt],
    *warnings: str,
) -> Situation:
    return Situation(name, {"nl": title[0], "en": title[1]}, careful, warnings, make)


SITUATIONS: Final[tuple[Situation, ...]] = (
    _of(
        "login", ("Inloggen bij de gemeente", "Log in at city hall"), "approve", _pilot("gemeente-amsterdam")
    ),
    _of("age-check", ("18+ in een café", "18+ at a pub"), "approve", _pilot("cafe-de-vrije-val")),
    _of(
        "over-asking",
        ("Een winkel vraagt te veel", "A shop asks too much"),
        "deny",
        _over_asking,
        "over_asking",
        "bsn_outside_government",
    ),
    _of(
        "registered-subset",
        ("De wallet deelt alleen wat is aangemeld", "The wallet shares only what was registered"),
        "deny",
        _registered_subset,
        "over_asking",
    ),
    _of(
        "unverified",
        ("Niemand weet wie dit vraagt", "Nobody knows who asks"),
        "deny",
        _unverified,
        "unknown_party",
        "not_registered",
    ),
    _of("portrait", ("Een foto van uw gezicht", "A photo of your face"), "approve", _portrait, "portrait"),
    _of(
        "bsn-outside-government",
        ("Een verhuurder vraagt uw BSN", "A landlord asks for your BSN"),
        "deny",
        _bsn,
        "bsn_outside_government",
    ),
    _of("two-cards", ("Kiezen uit twee kaarten", "Choose between two cards"), "approve", _two_cards),
    _of("several-cards", ("Gegevens van twee kaarten", "Details of two cards"), "approve", _several_cards),
    _of("missing-card", ("Een kaart ontbreekt", "A card is missing"), "deny", _missing_card),
    _of("optional-card", ("Een kaart mag, maar hoeft niet", "A card that may"), "approve", _optional_card),
    _of(
        "first-time",
        ("Voor het eerst, en meteen veel", "The first time, and much at once"),
        "approve",
        _first_time,
        "first_time_many",
    ),
    _of("second-time", ("Hetzelfde nog eens", "The same once more"), "approve", _second_time),
    _of(
        "more-than-age",
        ("Een geboortedatum voor een leeftijd", "A date of birth for an age"),
        "deny",
        _more_than_age,
        "more_than_age",
    ),
    _of(
        "grabby",
        ("Alles tegelijk", "All at once"),
        "deny",
        _grabby,
        "recovery_code",
        "over_asking",
        "bsn_outside_government",
        "more_than_age",
        "first_time_many",
    ),
)
"""All of them. Where ``careful`` says ``deny`` though nothing could be shared anyway, a card is missing."""
