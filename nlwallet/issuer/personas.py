"""Invented people, each as an answer of the population register (BRP) to a query by BSN (Haal Centraal form).

Nobody here exists: the BSNs are test numbers, and names, dates and addresses are made up. Two of them cannot get
a PID: ``eline``, who lives abroad, and ``suryani``, who has no given name.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer.bsn import check_test_bsn

BrpAnswer = Mapping[str, Any]


def persona(name: str) -> dict[str, Any]:
    """The BRP answer of a persona, by a short name such as ``frouke``. Raises :class:`LocalError`."""
    try:
        answer = deepcopy(_PERSONAS[name.lower()])
    except KeyError:
        raise LocalError(
            f"there is no persona {name!r}", hint=f"one of {', '.join(persona_names())}"
        ) from None
    check_test_bsn(answer["burgerservicenummer"])
    return answer


def persona_names() -> tuple[str, ...]:
    """The short names of all personas."""
    return tuple(_PERSONAS)


def _answer(
    bsn: str,
    voornamen: str | None,
    geslachtsnaam: str,
    geboren: str,
    *,
    straat: str,
    huisnummer: int,
    postcode: str,
    woonplaats: str,
    voorvoegsel: str = "",
    huisletter: str = "",
    toevoeging: str = "",
    aanduiding: str = "",
    nationaliteiten: tuple[str, ...] = ("Nederlandse",),
    geboren_te: str = "",
    geboorteland: str = "Nederland",
) -> dict[str, Any]:
    naam = {"voornamen": voornamen, "voorvoegsel": voorvoegsel, "geslachtsnaam": geslachtsnaam}
    adres = {
        "officieleStraatnaam": straat,
        "huisnummer": huisnummer,
        "huisletter": huisletter,
        "huisnummertoevoeging": toevoeging,
        "aanduidingBijHuisnummer": {"omschrijving": aanduiding} if aanduiding else None,
        "postcode": postcode,
        "woonplaats": woonplaats,
    }
    return {
        "burgerservicenummer": bsn,
        "naam": {key: value for key, value in naam.items() if value},
        "geboorte": {
            "datum": {"type": "Datum", "datum": geboren},
            "plaats": {"omschrijving": geboren_te or woonplaats},
            "land": {"omschrijving": geboorteland},
        },
        "nationaliteiten": [
            {"type": "Nationaliteit", "nationaliteit": {"omschrijving": omschrijving}}
            for omschrijving in nationaliteiten
        ],
        "verblijfplaats": {"type": "Adres", "verblijfadres": {k: v for k, v in adres.items() if v}},
    }


_PERSONAS: dict[str, dict[str, Any]] = {
    "frouke": _answer(
        "999958379",
        "Frouke",
        "Hofstra",
        "2000-03-24",
        straat="Eerste Vriendschapsstraat",
        huisnummer=14,
        postcode="1099AA",
        woonplaats="Amsterdam",
    ),
    "yusuf": _answer(
        "999927176",
        "Yusuf",
        "Aydın",
        "1987-11-02",
        straat="Kanaalpad",
        huisnummer=203,
        toevoeging="3",
        postcode="6599ZB",
        woonplaats="Nijmegen",
        nationaliteiten=("Nederlandse", "Turkse"),
        geboren_te="Arnhem",
    ),
    "jip": _answer(
        "999971153",
        "Jip Willemijn",
        "Laan",
        "2010-06-15",
        voorvoegsel="van der",
        straat="Molenwerf",
        huisnummer=7,
        huisletter="B",
        toevoeging="II",
        postcode="3599XK",
        woonplaats="Utrecht",
    ),
    "cor": _answer(
        "999908704",
        "Cornelis Johannes",
        "Berg",
        "1941-01-30",
        voorvoegsel="van den",
        straat="Havendijk",
        huisnummer=88,
        postcode="8899CC",
        woonplaats="Harlingen",
    ),
    "amara": _answer(
        "999913050",
        "Amara",
        "Okafor",
        "1995-09-09",
        straat="Nieuwe Gracht",
        huisnummer=1,
        huisletter="A",
        postcode="2399DD",
        woonplaats="Leiden",
        nationaliteiten=("Nigeriaanse",),
        geboren_te="Lagos",
        geboorteland="Nigeria",
    ),
    "liv": _answer(
        "999996575",
        "Liv",
        "Ås-Jónsdóttir",
        "1979-02-28",
        straat="Zeeweg",
        huisnummer=450,
        postcode="4399EE",
        woonplaats="Middelburg",
        nationaliteiten=("Nederlandse", "IJslandse"),
        geboren_te="Reykjavik",
        geboorteland="IJsland",
    ),
    # On a houseboat opposite number 12: the register says so before the number.
    "noor": _answer(
        "999940107",
        "Noor Sophie",
        "Wit",
        "1998-02-28",
        voorvoegsel="de",
        straat="Schippersgracht",
        huisnummer=12,
        aanduiding="tegenover",
        postcode="1099ZW",
        woonplaats="Amsterdam",
    ),
    # One name, which the register has as surname: no NL PID, for its type makes given_name mandatory.
    "suryani": _answer(
        "999940193",
        None,
        "Suryani",
        "1972-08-17",
        straat="Javaplein",
        huisnummer=31,
        postcode="1099JV",
        woonplaats="Amsterdam",
        nationaliteiten=("Nederlandse", "Indonesische"),
    ),
    # Abroad: no NL PID either.
    "eline": {
        "burgerservicenummer": "999916968",
        "naam": {"voornamen": "Eline", "geslachtsnaam": "Peeters"},
        "geboorte": {"datum": {"type": "Datum", "datum": "1990-12-12"}},
        "nationaliteiten": [{"type": "Nationaliteit", "nationaliteit": {"omschrijving": "Belgische"}}],
        "verblijfplaats": {
            "type": "VerblijfplaatsBuitenland",
            "verblijfadres": {
                "regel1": "Kerkstraat 9",
                "regel2": "9999 Voorbeelddorp",
                "land": {"omschrijving": "België"},
            },
        },
    },
}
