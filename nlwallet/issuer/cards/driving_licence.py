"""The driving licence. Its claims have the names of ISO/IEC 18013-5 §7.2.1, so that an mdoc can say the very same.

That table makes ``given_name`` and ``portrait`` mandatory; the portrait is a drawing of nobody.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from nlwallet.issuer.cards.person import born_of, names_of
from nlwallet.issuer.cards.portrait import portrait
from nlwallet.issuer.pid import age_at

AUTHORITY = "Testregister Rijbewijzen"
_YEARS = 10
_YEARS_FROM_75 = 5

_LICENCES: dict[str, tuple[str, dict[str, str]]] = {
    "frouke": ("2018-06-11", {"AM": "2018-06-11", "B": "2018-06-11"}),
    "yusuf": ("2006-02-20", {"AM": "2006-02-20", "B": "2006-02-20", "BE": "2012-05-07"}),
    "cor": ("1960-04-04", {"AM": "1960-04-04", "B": "1960-04-04"}),
    "amara": ("2021-10-25", {"AM": "2021-10-25", "B": "2021-10-25"}),
    "liv": ("1998-08-17", {"A": "2001-06-01", "AM": "1998-08-17", "B": "1998-08-17"}),
    "noor": ("2017-01-09", {"AM": "2017-01-09", "B": "2017-01-09"}),
}
"""When the first licence was issued, and since when each category counts.

Jip is too young, Suryani has no given name and does not drive, and Eline's licence is Belgian.
"""


def driving_licence_claims(person: str, *, now: int) -> dict[str, Any] | None:
    """The claims of a persona's driving licence, renewed whenever it ran out; ``None`` for one who has none."""
    about, born = names_of(person), born_of(person)
    if person not in _LICENCES:
        return None
    first, categories = _LICENCES[person]
    issued, expires = _in_force(date.fromisoformat(first), born, datetime.fromtimestamp(now, UTC).date())
    return about | {
        "birth_date": born.isoformat(),
        "issue_date": issued.isoformat(),
        "expiry_date": expires.isoformat(),
        "issuing_country": "NL",
        "issuing_authority": AUTHORITY,
        "document_number": f"99{issued:%y%m%d}{list(_LICENCES).index(person):02}",
        "portrait": portrait(),
        "driving_privileges": [
            {"vehicle_category_code": code, "issue_date": since, "expiry_date": expires.isoformat()}
            for code, since in categories.items()
        ],
        "un_distinguishing_sign": "NL",
        "age_over_18": age_at(born, now) >= 18,
    }


def _in_force(first: date, born: date, today: date) -> tuple[date, date]:
    """Issue and expiry of the licence that counts today; who is 75 or older gets one for five years."""
    issued = first
    while True:
        years = _YEARS_FROM_75 if issued.year - born.year >= 75 else _YEARS
        expires = issued.replace(year=issued.year + years)
        if expires > today:
            return issued, expires
        issued = expires
