"""What the pages of the wallet say around the wallet's own words, in Dutch (B1) and plain English.

Both languages have the same keys with the same names, and are scored as those of the wallet are
(``docs/consent.md``, "Words").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nlwallet.holder import Language
from nlwallet.sandbox.pages.wallet_texts_en import WALLET_EN
from nlwallet.sandbox.pages.wallet_texts_nl import WALLET_NL

WALLET_TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {"nl": WALLET_NL, "en": WALLET_EN}


def words(language: Language, key: str, **names: str | int) -> str:
    """The text of ``key``; names from outside are made safe first. Raises :class:`KeyError` for no such key."""
    text = WALLET_TEXTS[language][key]
    return text.format(**names) if names else text
