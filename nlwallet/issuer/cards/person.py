"""What every card says of a persona: the same name and date of birth as the population register has."""

from __future__ import annotations

from datetime import date
from typing import Any

from nlwallet.issuer.personas import persona
from nlwallet.issuer.pid import birthdate_of, family_name_of


def names_of(person: str) -> dict[str, Any]:
    """``family_name``, and ``given_name`` of who has one. Raises :class:`~nlwallet.errors.LocalError`."""
    answer = persona(person)
    given_name = answer["naam"].get("voornamen")
    return {"family_name": family_name_of(answer), **({"given_name": given_name} if given_name else {})}


def born_of(person: str) -> date:
    """The date of birth of a persona. Raises :class:`~nlwallet.errors.LocalError`."""
    return birthdate_of(persona(person))
