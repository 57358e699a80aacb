"""From an answer of the population register to the claims of the NL PID (``urn:eudi:pid:nl:1``)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer.bsn import check_bsn
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.credential_metadata import LIMITED_TIME, ONCE_ONLY
from nlwallet.issuer.personas import BrpAnswer

NL_PID = "urn:eudi:pid:nl:1"

_DAY, _WEEK = 86_400, 7 * 86_400

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
        attestation_qualification="PuB-EAA",
        reuse_methods=(ONCE_ONLY if batch_size > 1 else LIMITED_TIME,),
        renew_at_unused=1 if batch_size > 1 else None,
        renew_before_end=min(_WEEK, days * _DAY // 2),
    )


def pid_claims(answer: BrpAnswer, *, now: int) -> dict[str, Any]:
    """The claims of the NL PID for a BRP answer; the age is that of the day of ``now`` (UTC).

    ``answer`` is one person, or the whole answer with one person in ``personen``.

    Raises :class:`~nlwallet.errors.LocalError` when the register does not say enough: no full date of birth,
    no given name (somebody with a single name has it as surname), or an address abroad.
    """
    answer = _person(answer)
    bsn = check_bsn(_text(answer, "burgerservicenummer"))
    naam = _object(answer, "naam")
    born = birthdate_of(answer)
    claims: dict[str, Any] = {
        "family_name": family_name_of(answer),
        "given_name": _given_name(naam),
        "birthdate": born.isoformat(),
        "age_over_18": age_at(born, now) >= 18,
        "bsn": bsn,
        "recovery_code": hmac.new(_RECOVERY_KEY, bsn.encode("ascii"), hashlib.sha256).hexdigest(),
        "address": address_of(answer),
    }
    nationalities = _nationalities(answer)
    return claims | ({"nationalities": nationalities} if nationalities else {})


def _person(answer: BrpAnswer) -> BrpAnswer:
    if "personen" not in answer:
        return answer
    people = answer["personen"]
    if not isinstance(people, list) or len(people) != 1 or not isinstance(people[0], dict):
        raise LocalError(
            "the answer is not about exactly one person", code="incomplete_brp", pointer="/personen"
        )
    return people[0]


def family_name_of(answer: BrpAnswer) -> str:
    """The surname with what goes before it. Raises :class:`~nlwallet.errors.LocalError`."""
    naam = _object(answer, "naam")
    before, surname = _optional(naam, "voorvoegsel", "/naam"), _text(naam, "geslachtsnaam", "/naam")
    return f"{before} {surname}" if before else surname


def _given_name(naam: BrpAnswer) -> str:
    if "voornamen" not in naam:
        raise LocalError(
            "the register knows no given name",
            code="incomplete_brp",
            pointer="/naam/voornamen",
            hint="given_name is mandatory in the NL PID, and nothing may be made up",
        )
    return _text(naam, "voornamen", "/naam")


def _nationalities(answer: BrpAnswer) -> list[str]:
    """In the register's words; statelessness and unknown nationalities have no description, and are left out."""
    entries = answer.get("nationaliteiten", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _missing("/nationaliteiten")
    return [
        _text(
            _object(entry, "nationaliteit", f"/nationaliteiten/{n}"), "omschrijving", f"/nationaliteiten/{n}"
        )
        for n, entry in enumerate(entries)
        if "nationaliteit" in entry
    ]


def birthdate_of(answer: BrpAnswer) -> date:
    """The date of birth. Raises :class:`~nlwallet.errors.LocalError` when it is not known in full."""
    try:
        return date.fromisoformat(answer["geboorte"]["datum"]["datum"])
    except (KeyError, TypeError, ValueError):
        raise LocalError(
            "the register knows no full date of birth",
            code="incomplete_brp",
            pointer="/geboorte/datum",
            hint="a PID has a full birthdate (PID rulebook)",
        ) from None


def age_at(born: date, now: int) -> int:
    """The age in whole years on the day of ``now`` (UTC)."""
    today = datetime.fromtimestamp(now, UTC).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def address_of(answer: BrpAnswer) -> dict[str, str]:
    """The address in the Netherlands. Raises :class:`~nlwallet.errors.LocalError` for one abroad."""
    place = _object(answer, "verblijfplaats")
    if place.get("type") != "Adres":
        raise LocalError(
            "the address is not a Dutch address",
            code="foreign_address",
            pointer="/verblijfplaats/type",
            hint="the NL PID has an address in the Netherlands only",
        )
    home = _object(place, "verblijfadres", "/verblijfplaats")
    at = "/verblijfplaats/verblijfadres"
    country = (
        _text(_object(home, "land", at), "omschrijving", f"{at}/land") if "land" in home else "Nederland"
    )
    return {
        "street_address": _optional(home, "officieleStraatnaam", at) or _text(home, "korteStraatnaam", at),
        "house_number": _house_number(home, at),
        "postal_code": _text(home, "postcode", at),
        "locality": _text(home, "woonplaats", at),
        "country": country,
    }


def _house_number(home: BrpAnswer, at: str) -> str:
    """Number, letter and addition without spaces; "bij" and "tegenover" stand before, and exclude the addition."""
    number = home.get("huisnummer")
    if type(number) is not int or number < 1:
        raise _missing(f"{at}/huisnummer")
    letter = _optional(home, "huisletter", at)
    if "aanduidingBijHuisnummer" in home:
        place = _object(home, "aanduidingBijHuisnummer", at)
        return f"{_text(place, 'omschrijving', at)} {number}{letter}"
    return f"{number}{letter}{_optional(home, 'huisnummertoevoeging', at)}"


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


def _optional(answer: BrpAnswer, name: str, at: str) -> str:
    return _text(answer, name, at) if answer.get(name) else ""


def _missing(pointer: str) -> LocalError:
    return LocalError("the register's answer is incomplete", code="incomplete_brp", pointer=pointer)
