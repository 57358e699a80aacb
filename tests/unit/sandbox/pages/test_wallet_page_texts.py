"""The words of the wallet's pages: the same in both languages, and as easy to read as those of the wallet itself.

The formulas and thresholds are those of ``docs/consent.md``, "Words".
"""

from __future__ import annotations

from statistics import mean
from string import Formatter

import pytest
from reading_ease import A_SENTENCE, LEAST, LEAST_ON_AVERAGE, MOST_WORDS, score, sentences, words

from nlwallet.holder import Language
from nlwallet.sandbox.pages.wallet_texts import WALLET_TEXTS

LANGUAGES: tuple[Language, ...] = ("nl", "en")
KEYS = list(WALLET_TEXTS["nl"])

TYPICAL = {
    **dict.fromkeys(("name", "person", "issuer", "authority"), "Café De Zon"),
    **dict.fromkeys(("card", "subject"), "Diploma"),
    **dict.fromkeys(("pin", "left", "all", "seconds", "minutes"), "12"),
    "address": "winkel.nl",
    "schemes": "",
    "packages": "",
    "date": "1 mei 2026",
    "time": "14:05",
}


def test_both_languages_say_the_same_things_with_the_same_names() -> None:
    dutch, english = WALLET_TEXTS["nl"], WALLET_TEXTS["en"]
    assert list(dutch) == list(english)
    for key in KEYS:
        names = [
            {field for _, field, _, _ in Formatter().parse(text[key]) if field} for text in (dutch, english)
        ]
        assert names[0] == names[1], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_can_be_read(language: Language) -> None:
    hard = []
    for key in KEYS:
        text = WALLET_TEXTS[language][key].format_map(TYPICAL)
        if len(words(text)) < A_SENTENCE:
            continue
        if score(text, language) < LEAST or max(len(words(one)) for one in sentences(text)) > MOST_WORDS:
            hard.append((key, round(score(text, language)), text))
    assert hard == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_as_a_whole_is_easy(language: Language) -> None:
    texts = [WALLET_TEXTS[language][key].format_map(TYPICAL) for key in KEYS]
    scores = [score(text, language) for text in texts if len(words(text)) >= A_SENTENCE]
    assert len(scores) > 80
    assert mean(scores) >= LEAST_ON_AVERAGE
