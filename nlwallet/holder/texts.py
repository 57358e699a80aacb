"""Every word that the wallet says to its holder, in Dutch and in English, as data.

The words themselves are in :mod:`nlwallet.holder.texts_nl` and :mod:`nlwallet.holder.texts_en`, those about issuers
in ``texts_providers_…``, and those of what comes afterwards in ``texts_rights_…``.

The words are for people who read quickly: short sentences, B1 level, calm, and concrete about what
happens. Nothing here is shown to a developer; errors (in English, with sections) are in
:mod:`nlwallet.errors`. A text is looked up by key through :func:`say`; names between braces are
filled in. Both languages have the same keys with the same names (a test keeps it so).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from nlwallet.errors import LocalError
from nlwallet.holder.texts_en import EN
from nlwallet.holder.texts_nl import NL
from nlwallet.holder.texts_providers_en import PROVIDERS_EN
from nlwallet.holder.texts_providers_nl import PROVIDERS_NL
from nlwallet.holder.texts_rights_en import RIGHTS_EN
from nlwallet.holder.texts_rights_nl import RIGHTS_NL

Language: TypeAlias = Literal["nl", "en"]

LANGUAGES: Final[tuple[Language, ...]] = ("nl", "en")

TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "nl": {**NL, **PROVIDERS_NL, **RIGHTS_NL},
    "en": {**EN, **PROVIDERS_EN, **RIGHTS_EN},
}


def checked_language(language: str) -> Language:
    """``language``, if there are texts in it. Raises :class:`~nlwallet.errors.LocalError`."""
    for known in LANGUAGES:
        if language == known:
            return known
    raise LocalError(f"no language {language!r}", hint=f"one of {', '.join(LANGUAGES)}")


def say(language: Language, key: str, **names: str | int) -> str:
    """The text of ``key`` in ``language``, with ``names`` filled in.

    A name that comes from outside must be made safe first
    (:func:`nlwallet.holder.readable.plain`). Raises :class:`KeyError` for a key that is not there:
    a mistake of ours, not of the input.
    """
    return TEXTS[language][key].format(**names) if names else TEXTS[language][key]


def in_language(texts: Mapping[str, str], language: Language) -> str:
    """The text for ``language`` from a mapping of languages, else the nearest one that exists."""
    for wanted in (language, *LANGUAGES):
        for tag, text in texts.items():
            if tag.lower().split("-")[0] == wanted:
                return text
    return next(iter(texts.values()), "")
