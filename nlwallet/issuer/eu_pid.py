"""The European PID in both its formats (PID_02): ``urn:eudi:pid:1`` and ``eu.europa.ec.eudi.pid.1``.

Who gets a PID for the whole of the EU gets these mandatory data (PID rulebook 1.7 §2.2, §2.4); the Dutch one
(:mod:`nlwallet.issuer.pid`) has fewer, and a BSN.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nlwallet.errors import LocalError
from nlwallet.issuer.cards.portrait import portrait
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.credential_metadata import LIMITED_TIME, ONCE_ONLY
from nlwallet.issuer.personas import BrpAnswer
from nlwallet.issuer.pid import pid_claims
from nlwallet.mdoc import EU_PID_DOCTYPE

EU_PID_VCT: Final = "urn:eudi:pid:1"

_DAY, _WEEK = 86_400, 7 * 86_400
_AUTHORITY = "Testuitgever van persoonsgegevens"

_COUNTRIES: Final[Mapping[str, str]] = {
    "Nederland": "NL",
    "Nigeria": "NG",
    "IJsland": "IS",
    "België": "BE",
}
_NATIONALITIES: Final[Mapping[str, str]] = {
    "Nederlandse": "NL",
    "Turkse": "TR",
    "Nigeriaanse": "NG",
    "IJslandse": "IS",
    "Indonesische": "ID",
    "Belgische": "BE",
}
"""The register has descriptions, the PID country codes (ISO 3166-1): as many as the invented people need."""
_UNKNOWN_NATIONALITY = "QU"

_ADDRESS = ("formatted", "street_address", "postal_code", "locality", "country")
_BIRTH = ("locality", "country")


def eu_pid_configuration(*, days: int = 365, batch_size: int = 10) -> CredentialConfiguration:
    """The European PID as an SD-JWT VC: each claim, member and list entry disclosable by itself (PID_21).

    Its twin is ``.as_mdoc(doctype=EU_PID_DOCTYPE)``; :func:`eu_pid_configurations` gives both.
    """
    top = (
        "family_name",
        "given_name",
        "birthdate",
        "place_of_birth",
        "nationalities",
        "picture",
        "address",
        "issuing_authority",
        "issuing_country",
        "document_number",
        "date_of_issuance",
        "date_of_expiry",
    )
    return CredentialConfiguration(
        id="eu-pid",
        vct=EU_PID_VCT,
        scope="eu-pid",
        disclosable=(
            *((name,) for name in top),
            *(("place_of_birth", name) for name in _BIRTH),
            ("nationalities", None),
            *(("address", name) for name in _ADDRESS),
        ),
        lifetime_days=days,
        batch_size=batch_size,
        reuse_methods=(ONCE_ONLY if batch_size > 1 else LIMITED_TIME,),
        renew_at_unused=1 if batch_size > 1 else None,
        renew_before_end=min(_WEEK, days * _DAY // 2),
    )


def eu_pid_configurations(
    *, days: int = 365, batch_size: int = 10
) -> tuple[CredentialConfiguration, CredentialConfiguration]:
    """Both formats of it; from one data set come both."""
    sd_jwt_vc = eu_pid_configuration(days=days, batch_size=batch_size)
    return sd_jwt_vc, sd_jwt_vc.as_mdoc(doctype=EU_PID_DOCTYPE)


def eu_pid_claims(answer: BrpAnswer, *, now: int) -> dict[str, Any]:
    """The claims of the European PID for a BRP answer, under the names of the SD-JWT VC.

    Raises :class:`~nlwallet.errors.LocalError` as :func:`~nlwallet.issuer.pid_claims` does, and when it is not known
    where somebody was born.
    """
    of_the_netherlands = pid_claims(answer, now=now)
    person = answer["personen"][0] if "personen" in answer else answer
    address = of_the_netherlands["address"]
    street = f"{address['street_address']} {address['house_number']}"
    year = datetime.fromtimestamp(now, UTC).year
    return {
        "family_name": of_the_netherlands["family_name"],
        "given_name": of_the_netherlands["given_name"],
        "birthdate": of_the_netherlands["birthdate"],
        "place_of_birth": _birth(person),
        "nationalities": _nationalities(of_the_netherlands.get("nationalities", [])),
        "picture": portrait(),
        "address": {
            "formatted": f"{street}, {address['postal_code']} {address['locality']}",
            "street_address": street,
            "postal_code": address["postal_code"],
            "locality": address["locality"],
            "country": "NL",
        },
        "issuing_authority": _AUTHORITY,
        "issuing_country": "NL",
        "document_number": f"EU-{year}-{of_the_netherlands['bsn'][-4:]}",
        "date_of_issuance": f"{year}-01-01",
        "date_of_expiry": f"{year + 10}-01-01",
    }


def _birth(person: BrpAnswer) -> dict[str, str]:
    born = person.get("geboorte", {})
    found: dict[str, str] = {}
    place, land = _description(born, "plaats"), _description(born, "land")
    if place:
        found["locality"] = place
    if land in _COUNTRIES:
        found["country"] = _COUNTRIES[land]
    if not found:
        raise LocalError(
            "the register does not know where somebody was born",
            code="incomplete_brp",
            pointer="/geboorte/plaats",
            hint="a PID has a place of birth: a town, a region or a country (PID rulebook 1.7 §2.2)",
        )
    return found


def _description(born: Any, name: str) -> str:
    entry = born.get(name) if isinstance(born, Mapping) else None
    text = entry.get("omschrijving") if isinstance(entry, Mapping) else None
    return text if isinstance(text, str) else ""


def _nationalities(described: list[str]) -> list[str]:
    return [_NATIONALITIES.get(one, _UNKNOWN_NATIONALITY) for one in described] or [_UNKNOWN_NATIONALITY]
