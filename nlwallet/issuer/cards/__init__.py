"""Ready-made cards with invented data: for each a type, a configuration, and what the invented people have on it.

A persona does not have every card: ``jip`` is too young for a driving licence, ``eline`` lives abroad. The function
of a card then gives ``None``, and :meth:`ReadyMadeCard.claims` raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer.cards.certificate_of_conduct import certificate_of_conduct_claims
from nlwallet.issuer.cards.diploma import diploma_claims
from nlwallet.issuer.cards.driving_licence import AUTHORITY, driving_licence_claims
from nlwallet.issuer.cards.health_insurance import INSURER, health_insurance_claims
from nlwallet.issuer.cards.income_statement import income_statement_claims
from nlwallet.issuer.cards.library_card import LIBRARY, library_card_claims
from nlwallet.issuer.cards.museum_card import MUSEUMS, museum_card_claims
from nlwallet.issuer.cards.ready_made import ReadyMadeCard
from nlwallet.issuer.cards.rental_contract import LANDLORD, rental_contract_claims
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.personas import persona
from nlwallet.issuer.pid import pid_claims, pid_configuration
from nlwallet.mdoc import MDL_DOCTYPE
from nlwallet.trust import Category

__all__ = ["ReadyMadeCard", "card", "card_names", "cards_of"]

_QUALIFICATIONS = {Category.PUB_EAA_PROVIDER: "PuB-EAA", Category.EAA_PROVIDER: "EAA"}


def card(name: str) -> ReadyMadeCard:
    """The ready-made card of that name, such as ``diploma``. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        return _CARDS[name]
    except KeyError:
        raise LocalError(
            f"there is no ready-made card {name!r}", hint=f"one of {', '.join(card_names())}"
        ) from None


def card_names() -> tuple[str, ...]:
    """The names of all ready-made cards."""
    return tuple(_CARDS)


def cards_of(person: str, *, now: int) -> tuple[str, ...]:
    """The names of the cards that a persona has. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
    persona(person)
    return tuple(name for name, one in _CARDS.items() if one.attributes(person.lower(), now) is not None)


def _pid(person: str, now: int) -> dict[str, Any] | None:
    try:
        return pid_claims(persona(person), now=now)
    except LocalError:
        return None


def _card(
    name: str,
    category: Category,
    organization: str,
    host: str,
    claims: Callable[..., dict[str, Any] | None],
    doctype: str | None = None,
) -> ReadyMadeCard:
    configuration = CredentialConfiguration.from_type_metadata(
        f"urn:nlwallet:{name}:1",
        configuration_id=name,
        batch_size=10,
        attestation_qualification=_QUALIFICATIONS[category],
    )
    return ReadyMadeCard(
        name,
        configuration,
        category,
        organization,
        host,
        lambda person, now: claims(person, now=now),
        doctype,
    )


_PUB_EAA, _EAA = Category.PUB_EAA_PROVIDER, Category.EAA_PROVIDER
_CARDS: dict[str, ReadyMadeCard] = {
    one.name: one
    for one in (
        ReadyMadeCard(
            "pid", pid_configuration(), Category.PID_PROVIDER, "Testuitgever", "pid-issuer.example", _pid
        ),
        _card("diploma", _PUB_EAA, "Testregister Diploma's", "diplomas.example", diploma_claims),
        _card("rental-contract", _EAA, LANDLORD, "goede-huizen.example", rental_contract_claims),
        _card("health-insurance", _EAA, INSURER, "zorgeloos.example", health_insurance_claims),
        _card(
            "driving-licence", _PUB_EAA, AUTHORITY, "rijbewijzen.example", driving_licence_claims, MDL_DOCTYPE
        ),
        _card("library-card", _EAA, LIBRARY, "boekenboom.example", library_card_claims),
        _card(
            "certificate-of-conduct",
            _PUB_EAA,
            "Testregister Verklaringen",
            "verklaringen.example",
            certificate_of_conduct_claims,
        ),
        _card(
            "income-statement",
            _PUB_EAA,
            "Testregister Inkomens",
            "inkomens.example",
            income_statement_claims,
        ),
        _card("museum-card", _EAA, MUSEUMS, "kijkplezier.example", museum_card_claims),
    )
}
