"""The diploma: what somebody learned, and where. The schools are invented."""

from __future__ import annotations

from typing import Any

from nlwallet.issuer.cards.person import born_of, names_of

_WATERLAND = "Testuniversiteit Waterland"
_ZUIDERLICHT = "Hogeschool Zuiderlicht"
_MOLENWERF = "Vakschool De Molenwerf"

_DIPLOMAS: dict[str, dict[str, Any]] = {
    "frouke": {
        "institution": _WATERLAND,
        "programme": "Economie",
        "level": "wo-master",
        "degree": "MSc",
        "eqf_level": 7,
        "graduation_date": "2023-08-31",
        "cum_laude": True,
        "diploma_number": "W-2023-004417",
    },
    "yusuf": {
        "institution": _ZUIDERLICHT,
        "programme": "Verpleegkunde",
        "level": "hbo-bachelor",
        "degree": "BSc",
        "eqf_level": 6,
        "graduation_date": "2010-07-02",
        "cum_laude": False,
        "diploma_number": "Z-2010-000981",
    },
    "amara": {
        "institution": _WATERLAND,
        "programme": "Informatica",
        "level": "wo-bachelor",
        "degree": "BSc",
        "eqf_level": 6,
        "graduation_date": "2018-07-13",
        "cum_laude": True,
        "diploma_number": "W-2018-002250",
    },
    "liv": {
        "institution": _WATERLAND,
        "programme": "Zeekunde",
        "level": "wo-master",
        "degree": "MSc",
        "eqf_level": 7,
        "graduation_date": "2004-09-30",
        "cum_laude": False,
        "diploma_number": "W-2004-000733",
    },
    "noor": {
        "institution": _MOLENWERF,
        "programme": "Scheepsbouw",
        "level": "mbo-4",
        "eqf_level": 4,
        "graduation_date": "2018-06-29",
        "cum_laude": False,
        "diploma_number": "M-2018-000058",
    },
    "suryani": {
        "institution": _ZUIDERLICHT,
        "programme": "Lerarenopleiding Biologie",
        "level": "hbo",
        "eqf_level": 6,
        "graduation_date": "1998-07-03",
        "cum_laude": False,
        "diploma_number": "Z-1998-000312",
    },
    "eline": {
        "institution": _ZUIDERLICHT,
        "programme": "Logistiek",
        "level": "hbo-bachelor",
        "degree": "BSc",
        "eqf_level": 6,
        "graduation_date": "2013-07-05",
        "cum_laude": False,
        "diploma_number": "Z-2013-001604",
    },
}
"""Jip is still at school, and Cor's diploma is older than the register."""


def diploma_claims(person: str, *, now: int) -> dict[str, Any] | None:
    """The claims of a persona's diploma; ``None`` for one who has none."""
    about = names_of(person) | {"birthdate": born_of(person).isoformat()}
    return about | _DIPLOMAS[person] if person in _DIPLOMAS else None
