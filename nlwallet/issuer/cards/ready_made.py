"""A card that comes with the library: its type, who issues it, and who of the invented people has one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.personas import persona
from nlwallet.trust import Category


@dataclass(frozen=True, slots=True)
class ReadyMadeCard:
    """One card. ``category`` is the kind of provider that may issue it, ``organization`` who does in the sandbox."""

    name: str
    """``diploma``; how :func:`~nlwallet.issuer.card` finds it."""
    configuration: CredentialConfiguration
    category: Category
    organization: str
    host: str
    """Where its issuer lives in the sandbox, such as ``diplomas.example``."""
    attributes: Callable[[str, int], dict[str, Any] | None]
    """The claims of a persona at a time in seconds; ``None`` for one who has no such card."""

    doctype: str | None = None
    """Of its twin, where a specification says what the card is as an mdoc; else that of its own type."""

    @property
    def configurations(self) -> tuple[CredentialConfiguration, CredentialConfiguration]:
        """Both formats of it, the SD-JWT VC first; from one data set come both."""
        return self.configuration, self.configuration.as_mdoc(doctype=self.doctype)

    def claims(self, person: str, *, now: int) -> dict[str, Any]:
        """What stands on the card of a persona, by a short name such as ``frouke``.

        Raises :class:`~nlwallet.errors.LocalError` for an unknown persona, and with the code ``no_such_card`` for
        one who does not have this card.
        """
        persona(person)
        claims = self.attributes(person.lower(), now)
        if claims is None:
            raise LocalError(f"{person} has no {self.name}", code="no_such_card", hint="cards_of(person)")
        return deepcopy(claims)
