"""What a relying party is after, as far as its words tell: an age check, or a check where somebody lives.

The words are the registered purpose, or where there is no registration the ids that the party chose. A guess
made from words never refuses anything; it only leads to advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_AGE = re.compile(
    r"\b(leeftijd(?!svorm)\w*|minstens \d\d|vanaf \d\d jaar|\d\d ?(\+|plus|jaar of ouder|or older|or over)"
    r"|\d\d bent|(you are|bent|is) (al |minstens |at least )?\d\d|ouder dan \d\d|older than \d\d|over \d\d"
    r"|meerderjarig\w*|volwassen\w*|age|ages|of age|adults?)(?!\w)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(identi|naam|\bnames?\b|adres|address|account|inschrij|aanmeld|inlog|log ?in|registr|contract|overeenkomst"
    r"|verzeker|insur|rekening|lidmaatschap|member)",
    re.IGNORECASE,
)
"""Who says one of these does more than to check an age."""

_LIMIT = re.compile(r"(?<!\d)(1[2-9]|2[0-5]|6[0-9])(?!\d)")
_POSTCODE = re.compile(
    r"\b(postcode\w*|postal code|post code|zip ?code|zip|wijk\w*|buurt\w*|bezorggebied\w*|delivery area)(?!\w)",
    re.IGNORECASE,
)
_TOWN = re.compile(
    r"\b(woonplaats\w*|inwoner\w*|woont in|woonachtig|residen(t|ts|cy)|place of residence|lives? in)(?!\w)",
    re.IGNORECASE,
)
ADULT = 18


@dataclass(frozen=True, slots=True)
class Purpose:
    """The words, and whether they were registered: only what was registered decides what is enough."""

    texts: tuple[str, ...]
    registered: bool = False

    @classmethod
    def of(cls, texts: Iterable[str], *, registered: bool) -> Purpose:
        """The purpose behind some words; those of an id are split."""
        return cls(tuple(re.sub(r"[_-]+", " ", text[:2048]) for text in texts), registered)

    @property
    def is_age_check(self) -> bool:
        """Whether all that matters is how old somebody is."""
        return self._says(_AGE) and not self._says(_MORE)

    @property
    def age_limit(self) -> int:
        """The age that the words name, else 18."""
        found = [match for text in self.texts for match in _LIMIT.findall(text)]
        return int(found[0]) if found else ADULT

    @property
    def address_part(self) -> str:
        """``postal_code`` or ``locality`` when that part of an address is what matters; else empty."""
        if self._says(_POSTCODE):
            return "postal_code"
        return "locality" if self._says(_TOWN) else ""

    def _says(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(text) for text in self.texts)
