"""Every word that the wallet says can be read by people who read little: a score for each text, in both languages.

Flesch reading ease for English, and Douma's version of it for Dutch (Douma 1960): both go down with long sentences
and long words. ``docs/consent.md`` says why the thresholds are what they are. A label of a few words has no sentence
to measure; of these the words themselves are judged.
"""

from __future__ import annotations

from statistics import mean
from typing import Any

import pytest
from reading_ease import A_SENTENCE, LEAST, LEAST_ON_AVERAGE, MOST_WORDS, score, sentences, syllables, words

from nlwallet.holder.texts import LANGUAGES, TEXTS
from nlwallet.holder.weight import WEIGHTS
from nlwallet.testing.situations import SITUATIONS, sandbox

LONG_WORD = 4
"""Syllables from which on a word in a label must be one that people know from letters they get."""

KNOWN_LONG_WORDS = {
    "nl": {
        "aangeboden",
        "geboortedatum",
        "gecontroleerd",
        "identiteit",
        "ingetrokken",
        "intersekse",
        "officiële",
        "privacyverklaring",
        "uitgegeven",
        "verwijderen",
    },
    "en": {"identity", "registration", "applicable"},
}

TYPICAL = {
    "name": "Café De Zon",
    "what": {"nl": "een betaling", "en": "a payment"},
    "card": "Diploma",
    "cards": "Diploma",
    "labels": {"nl": "uw naam", "en": "your name"},
    "claims": {"nl": "uw adres", "en": "your address"},
    "names": "Café De Zon",
    "through": "Café De Zon",
    "purpose": {"nl": "een woning huren", "en": "rent a home"},
    "remark": {"nl": "Dit klopt niet.", "en": "This is wrong."},
    "authority": {"nl": "de overheid", "en": "the state"},
    "file": "brief.pdf",
    "first": {"nl": "1 mei 2026", "en": "1 May 2026"},
    "last": {"nl": "2 mei 2026", "en": "2 May 2026"},
    "host": "winkel.nl",
    "hosts": "winkel.nl",
    "website": "winkel.nl",
    "contact": "winkel.nl",
    "date": {"nl": "1 mei 2026", "en": "1 May 2026"},
    "period": {"nl": "2 jaar", "en": "2 years"},
    "age": "21",
    "count": "6",
    "number": "12345678",
    "issuer": {"nl": "de gemeente", "en": "the city"},
    "reason": {"nl": "Deze partij mag dit niet.", "en": "This party may not do this."},
    "guidance": {"nl": "Kijk in uw brief.", "en": "Look in your letter."},
}


def test_what_is_for_others_is_there() -> None:
    assert TEXTS["nl"].keys() >= FOR_OTHERS


class Typical(dict[str, str]):
    def __missing__(self, name: str) -> str:
        raise AssertionError(f"give TYPICAL a value for {name}")


def filled(key: str, language: str) -> str:
    names = {name: value if isinstance(value, str) else value[language] for name, value in TYPICAL.items()}
    return TEXTS[language][key].format_map(Typical(names))  # type: ignore[index]


FOR_OTHERS = {
    "erasure.subject",
    "erasure.closing",
    "report.subject",
    "report.subject.through",
    "report.closing",
}
"""Above and below a letter that the holder sends: they are read at an office, and name the law that it looks for."""

KEYS = [
    key for key in TEXTS["nl"] if key not in {"months", *FOR_OTHERS}
]  # the months are never shown as a text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_each_text_can_be_read(key: str, language: str) -> None:
    text = filled(key, language)
    if len(words(text)) >= A_SENTENCE:
        assert score(text, language) >= LEAST, (text, score(text, language))
        assert max(len(words(one)) for one in sentences(text)) <= MOST_WORDS, text
    else:
        long = {word.lower() for word in words(text) if syllables(word, language) >= LONG_WORD}
        assert long <= KNOWN_LONG_WORDS[language], text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_as_a_whole_is_easy(language: str) -> None:
    texts = [filled(key, language) for key in KEYS]
    scores = [score(text, language) for text in texts if len(words(text)) >= A_SENTENCE]
    assert len(scores) > 130
    assert mean(scores) >= LEAST_ON_AVERAGE


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_list_of_known_words_has_a_word_too_many(language: str) -> None:
    labels = [filled(key, language) for key in KEYS]
    short = {word.lower() for text in labels if len(words(text)) < A_SENTENCE for word in words(text)}
    assert short >= KNOWN_LONG_WORDS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_is_one_sentence(language: Any) -> None:
    with sandbox() as edi:
        for situation in SITUATIONS:
            assert len(sentences(situation.prompt(edi, language).consent().title)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_ticked_is_read_easiest_of_all(language: str) -> None:
    boxes = [filled(f"warning.{one.code}.confirm", language) for one in WEIGHTS]
    assert mean(score(text, language) for text in boxes) >= LEAST_ON_AVERAGE


HARD = {
    "nl": "De verwerking van persoonsgegevens geschiedt overeenkomstig de toepasselijke privacywetgeving, waarbij "
    "betrokkenen desgewenst verwijderingsverzoeken kunnen indienen.",
    "en": "The processing of personal information is conducted in accordance with applicable legislation, whereby "
    "individuals may submit applications for deletion.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_lawyers_write_would_not_pass(language: str) -> None:
    assert score(HARD[language], language) < 20


@pytest.mark.parametrize(
    ("language", "word", "count"),
    [
        ("nl", "wallet", 2),
        ("nl", "gegevens", 3),
        ("nl", "geboortedatum", 5),
        ("nl", "nieuwe", 2),
        ("nl", "adres", 2),
        ("nl", "ruim", 1),
        ("nl", "identiteit", 4),
        ("en", "share", 1),
        ("en", "shared", 1),
        ("en", "asked", 1),
        ("en", "registered", 3),
        ("en", "details", 2),
        ("en", "registration", 4),
        ("en", "people", 2),
        ("en", "the", 1),
    ],
)
def test_syllables(language: str, word: str, count: int) -> None:
    assert syllables(word, language) == count
