"""From an answer of the population register to the claims of the NL PID (``urn:eudi:pid:nl:1``)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer.bsn import check_bsn
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.personas import BrpAnswer

NL_PID = "urn:eudi:pid:nl:1"

_RECOVERY_KEY = b"nlwallet sandbox recovery code"
"""Not a secret: in the sandbox the code only has to be the same each time for the same person."""


def pid_configuration(*, days: int = 365, batch_size: int = 10) -> CredentialConfiguration:
    """The NL PID as an SD-JWT VC: every claim selectively disclosable, parts of the address too."""
    top = (
        "family_name",
        "given_name",
        "birthdate",
        "age_over_18",
        "nationalities",
        "bsn",
        "recovery_code",
        "address",
    )
    address = ("street_address", "house_number", "postal_code", "locality", "country")
    return CredentialConfiguration(
        id="nl-pid",
        vct=NL_PID,
        scope="nl-pid",
        disclosable=(*((name,) for name in top), *(("address", name) for name in address)),
        lifetime_days=days,
        batch_size=batch_size,
    )


def pid_claims(answer: BrpAnswer, *, now: int) -> dict[str, Any]:
    """The claims of the NL PID for a BRP answer; the age is that of the day of ``now`` (UTC).

    Raises :class:`~nlwallet.errors.LocalError` when the register does not say enough: no full date of birth,
    no surname, or an address abroad.
    """
    bsn = check_bsn(_text(answer, "burgerservicenummer"))
    naam = _object(answer, "naam")
    born = _birthdate(answer)
    surname = " ".join(filter(None, (naam.get("voorvoegsel"), _text(naam, "geslachtsnaam", "/naam"))))
    claims: dict[str, Any] = {
        "family_name": surname,
        "given_name": _text(naam, "voornamen", "/naam"),
        "birthdate": born.isoformat(),
        "age_over_18": _age(born, datetime.fromtimestamp(now, UTC).date()) >= 18,
        "bsn": bsn,
        "recovery_code": hmac.new(_RECOVERY_KEY, bsn.encode("ascii"), hashlib.sha256).hexdigest(),
        "address": _address(_object(answer, "verblijfplaats")),
    }
    nationalities = [
        entry["nationaliteit"]["omschrijving"]
        for entry in answer.get("nationaliteiten", [])
        if "omschrijving" in entry.get("nationaliteit", {})
    ]
    return claims | ({"nationalities": nationalities} if nationalities else {})


def _birthdate(answer: BrpAnswer) -> date:
    try:
        return date.fromisoformat(answer["geboorte"]["datum"]["datum"])
    except (KeyError, TypeError, ValueError):
        raise LocalError(
            "the register knows no full date of birth",
            code="incomplete_brp",
            pointer="/geboorte/datum",
            hint="a PID has a full birthdate (PID rulebook)",
        ) from None


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _address(place: BrpAnswer) -> dict[str, str]:
    if place.get("type") != "Adres":
        raise LocalError(
            "the address is not a Dutch address",
            code="foreign_address",
            pointer="/verblijfplaats/type",
            hint="the NL PID has an address in the Netherlands only",
        )
    home = _object(place, "verblijfadres", "/verblijfplaats")
    at = "/verblijfplaats/verblijfadres"
    number = "".join(
        str(home[part]) for part in ("huisnummer", "huisletter", "huisnummertoevoeging") if home.get(part)
    )
    if not number:
        raise _missing(f"{at}/huisnummer")
    return {
        "street_address": home.get("officieleStraatnaam") or _text(home, "korteStraatnaam", at),
        "house_number": number,
        "postal_code": _text(home, "postcode", at),
        "locality": _text(home, "woonplaats", at),
        "country": "Nederland",
    }


def _object(answer: BrpAnswer, name: str, at: str = "") -> BrpAnswer:
    value = answer.get(name)
    if not isinstance(value, dict):
        raise _missing(f"{at}/{name}")
    return value


def _text(answer: BrpAnswer, name: str, at: str = "") -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise _missing(f"{at}/{name}")
    return value


def _missing(pointer: str) -> LocalError:
    return LocalError("the register's answer is incomplete", code="incomplete_brp", pointer=pointer)
